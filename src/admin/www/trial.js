// A connection that the lab makes to itself, to see what a client sees without having one.

import { get, post } from "./api.js";
import { button, fill, h, say } from "./dom.js";
import { presented } from "./names.js";

const mostCompared = 20;  // certificates that the lab compares at once
const labels = ["sipinternal", "sip", "sipexternal", "lyncdiscoverinternal"];

/// A name that the host answers for, or "".
export function nameOf(host) {
  const own = host.names?.[0] ?? host.certificate?.san.find((name) => name.kind === "DNS")?.text ?? host.certificate?.common_names[0] ?? "";
  return own.replace(/^\*\./, "sip.");
}

/// The first host's name, and one of the domain that no certificate has, where both can be known.
async function suggestions(domain) {
  const { hosts, next } = await get(`/hosts?limit=${mostCompared}`);
  const name = hosts.length ? nameOf(hosts[0]) : "";
  if (!domain || next !== undefined || !hosts.length || hosts.some((host) => !host.certificate)) return { name };
  const wanted = labels.map((label) => `${label}.${domain}`);
  const { compared } = await post("/compare", { wanted, certificates: hosts.map((host) => presented(host.certificate)) });
  return { name, other: wanted.find((one, i) => compared.every((row) => !row[i].covered_by.includes("openssl"))) };
}

/// A form that tries a name; `label` is what its button says.
export function trial({ name = "", label, about }) {
  const field = h("input", { name: "name", value: name, required: true, autocomplete: "off", spellcheck: "false" });
  const told = h("p", { class: "note" });
  let busy = false;
  const run = async () => {
    if (busy) return;  // a disabled button would lose the focus
    busy = true;
    fill(told, "connecting …");
    try {
      const { name: tried, result, why, handshake } = await post("/test-connection", { name: field.value.trim() });
      fill(told, `${tried}: ${result}; ${why} `, handshake ? h("a", { href: `/?open=${encodeURIComponent(handshake)}` }, "its record") : "");
      say(`${tried}: ${result}; ${why}`);
    } catch (refused) {
      fill(told, h("span", { class: "problem" }, refused.message, refused.hint ? `; ${refused.hint}` : ""));
      say(refused.message);
    }
    busy = false;
  };
  const form = h("form", { class: "line", "aria-label": about, onsubmit: (event) => { event.preventDefault(); run(); } },
    h("label", {}, "server name", field), h("button", {}, label));
  return { place: h("div", { class: "trial" }, form, told), field, form, told, run };
}

/// The one of an empty list: it knows a name, and one that goes wrong.
export class FirstTrial {
  constructor() {
    this.trial = trial({ label: "make a test connection", about: "make a test connection" });
    this.place = this.trial.place;
  }

  /// Once there is something to suggest.
  async suggest(domain) {
    if (this.asked) return;
    this.asked = true;
    let known;
    try {
      known = await suggestions(domain);
    } catch {
      this.asked = false;  // the lab is away: next time
      return;
    }
    if (!this.trial.field.value) this.trial.field.value = known.name;
    if (!known.other) return;
    this.trial.form.append(button(`try ${known.other}, which no certificate has`, () => {
      this.trial.field.value = known.other;
      this.trial.run();
    }));
  }
}
