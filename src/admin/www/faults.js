// Faults of TLS and SIP: what is armed, over every view, and a form to arm more. docs/faults.md says what each does.

import { del, get, post, query } from "./api.js";
import { button, fill, h, say } from "./dom.js";

const shownAtMost = 5;
const lookAgain = 3000;  // the command line arms, too
const lookForDnsAgain = 60_000;

/// What each kind is told by: the API's field, its label, and what may stand in it.
const kinds = {
  wait: { key: "delay_ms", label: "ms", number: true, usual: "3000" },
  close: { key: "at", label: "where", words: ["accept", "hello", "certificate", "finished"] },
  reset: { key: "at", label: "where", words: ["accept", "hello", "certificate", "finished"] },
  alert: { key: "alert", label: "alert", usual: "handshake_failure" },
  unrecognized_name: {},
  certificate: { key: "of", label: "of host", hosts: true },
  expired: {},
  slow: { key: "bytes_per_second", label: "bytes a second", number: true, usual: "100" },
  register: { key: "answer", label: "answer", words: ["redirect", "forbidden", "not-found", "unavailable", "never"] },
};

/// The banner, and who else shows what is armed: `place` is the banner's.
const keyOf = (fault) => `${fault.dns ? "dns" : "tls"} ${fault.id}`;

export class Faults {
  constructor(place) {
    this.place = place;
    place.tabIndex = -1;
    this.armed = [];
    this.noDnsUntil = 0;
    setInterval(() => { if (!document.hidden) this.load(); }, lookAgain);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.load(); });
  }

  async load() {
    let told;
    try {
      const [others, dns] = await Promise.all([get("/faults"), this.ofDns()]);
      told = [...others.faults, ...dns];
    } catch {
      return;  // the lab is away, and the page says that elsewhere
    }
    const same = JSON.stringify(told) === JSON.stringify(this.armed);
    this.armed = told;
    if (!same) this.paint();
  }

  /// Those of the lab DNS, said in the same way; none where the lab serves no DNS: a reload may bring one.
  async ofDns() {
    if (Date.now() < this.noDnsUntil) return [];
    try {
      return (await get("/dns/faults")).faults.map((fault) => ({ ...fault, dns: true, line: `DNS ${fault.line}` }));
    } catch (refused) {
      if (refused.status !== 503) throw refused;
      this.noDnsUntil = Date.now() + lookForDnsAgain;
      return [];
    }
  }

  /// A connection ended: where a fault struck it, the count has changed.
  heard(record) { if (record.fault) this.soon(); }

  /// The same of a question.
  asked(event) {
    if (!event.fault) return;
    this.noDnsUntil = 0;
    this.soon();
  }

  /// Once for all that are struck in a moment.
  soon() { this.timer ??= setTimeout(() => { this.timer = undefined; this.load(); }, 200); }

  paint() {
    const count = this.armed.length;
    this.place.hidden = count === 0;
    if (!count) return fill(this.place);
    const had = this.place.contains(document.activeElement) ? document.activeElement.dataset.lifts ?? "" : undefined;
    fill(this.place,
      h("p", {}, `${count} fault${count === 1 ? " is" : "s are"} armed: what clients meet is wrong on purpose. `,
        count > 1 ? button("lift all", () => this.lift(), { "data-lifts": "all" }) : ""),
      h("ul", {}, this.armed.slice(0, shownAtMost).map((fault) => h("li", {},
        h("span", {}, fault.line), fault.dns ? " " : h("small", {}, ` struck ${fault.struck} `),
        button("lift", () => this.lift(fault), { "aria-label": `lift ${fault.line}`, "data-lifts": keyOf(fault) })))),
      count > shownAtMost ? h("p", {}, `and ${count - shownAtMost} more: fakeocs fault list, fakeocs dns faults`) : "");
    // On the same button; where that is gone on none, or the next Enter would lift another.
    if (had !== undefined) ([...this.place.querySelectorAll("button")].find((one) => one.dataset.lifts === had) ?? this.place).focus();
  }

  /// Without one: all there are.
  async lift(fault) {
    try {
      if (!fault?.dns) await del(`/faults${query({ id: fault?.id })}`);
      if (fault?.dns || (!fault && this.armed.some((one) => one.dns))) await del(`/dns/faults${query({ id: fault?.id })}`);
      say("lifted");
      if (!fault || fault.dns) this.lifted?.();
    } catch (refused) {
      say(refused.message);  // it was spent meanwhile
    }
    await this.load();
  }

  /// A form that arms one, for these hosts and those it is offered later; choose(id) makes it be about one.
  form(ofHosts) {
    const hosts = [...ofHosts];
    const told = h("span", {});
    const problem = h("p", { class: "problem", role: "alert" });
    const form = h("form", { class: "line", "aria-label": "arm a fault", onsubmit: (event) => {
      event.preventDefault();
      this.arm(form, problem);
    } },
    h("h4", {}, "arm a fault"),
    select("fault", "fault", Object.keys(kinds), { onchange: () => paintTold() }), told,
    select("host", "host", ["", ...hosts]),
    field("name", "wanted name", { placeholder: "any" }),
    field("next", "for the next", { type: "number", min: 1, placeholder: "until lifted" }),
    field("seconds", "for seconds", { type: "number", min: 1, placeholder: "until lifted" }),
    h("button", {}, "arm"));
    const paintTold = () => fill(told, particular(kinds[form.elements.fault.value], hosts, () => paintTold.home()));
    paintTold.home = () => {
      const redirects = form.elements.value?.value === "redirect" && form.elements.fault.value === "register";
      told.querySelector("[data-home]")?.remove();
      if (redirects) told.append(h("span", { "data-home": true }, field("home", "to", { required: true, placeholder: "pool02.contoso.test" })));
    };
    paintTold();
    const section = h("section", { class: "card", id: "arm" }, h("h3", {}, "Faults on demand"), form, problem);
    section.offer = (ids) => {
      hosts.push(...ids);
      for (const name of ["host", ...(form.elements.fault.value === "certificate" ? ["value"] : [])])
        form.elements[name].append(...ids.map((id) => h("option", { value: id }, id)));
    };
    section.choose = (id) => {
      form.elements.host.value = id;
      section.scrollIntoView({ block: "nearest" });
      form.elements.fault.focus();
    };
    return section;
  }

  async arm(form, problem) {
    const words = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
    const { key, number } = kinds[words.fault];
    const body = { fault: words.fault };
    if (key && words.value !== undefined) body[key] = number ? Number(words.value) : words.value;
    for (const name of ["host", "name", "home"]) if (words[name] !== undefined) body[name] = words[name];
    for (const name of ["next", "seconds"]) if (words[name] !== undefined) body[name] = Number(words[name]);
    try {
      const armed = await post("/faults", body);
      fill(problem);
      say(`armed: ${armed.line}${armed.replaced ? `; in place of: ${armed.replaced}` : ""}`);
    } catch (refused) {
      fill(problem, refused.message, refused.hint ? `; ${refused.hint}` : "");
    }
    await this.load();
  }
}

function particular({ key, label, words, hosts: ofHosts, number, usual }, hosts, changed) {
  if (!key) return "";
  const choices = ofHosts ? hosts : words;
  return choices ? select("value", label, choices, { onchange: changed })
    : field("value", label, { required: true, value: usual, ...(number ? { type: "number", min: 1 } : {}) });
}

const field = (name, label, properties) => h("label", {}, label, " ", h("input", { name, autocomplete: "off", spellcheck: "false", ...properties }));
const select = (name, label, options, properties = {}) =>
  h("label", {}, label, " ", h("select", { name, ...properties }, options.map((word) => h("option", { value: word }, word || "any"))));
