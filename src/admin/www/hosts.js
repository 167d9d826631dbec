// Virtual hosts: what each presents.

import { get, has, post } from "./api.js";
import { button, fill, h, say } from "./dom.js";
import { fromRecords } from "./matrix.js";

export class HostsView {
  /// `faults` has the form that arms one.
  constructor({ faults }) {
    this.title = "virtual hosts";
    this.faults = faults;
  }

  async show(place) {
    const head = h("h2", {}, "Virtual hosts");
    fill(place, head, h("p", { role: "status" }, "…"));
    let hosts;
    let note = "";
    try {
      if (await has("/hosts")) {
        hosts = (await get("/hosts")).hosts;
      } else {
        hosts = (await fromRecords()).hosts;
        note = "As seen in the last 500 connections: this lab does not list its virtual hosts itself.";
      }
    } catch (refused) {
      fill(place, head, h("p", { class: "problem", role: "alert" }, refused.message));
      return;
    }
    const arm = this.faults.form(hosts.map((host) => host.id));
    fill(place, head, note ? h("p", { class: "note" }, note) : "", arm,
      hosts.length ? hosts.map((host) => card(host, button("arm a fault", () => arm.choose(host.id), { "aria-label": `arm a fault for ${host.id}` }))) : h("p", { class: "empty" }, "No certificate has been shown yet."));
  }
}

function card(host, armButton) {
  const own = host.certificate;
  const link = (form) => h("a", { href: `/api/v1/hosts/${encodeURIComponent(host.id)}/chain?form=${form}`, download: true }, `.${form}`);
  const head = [h("h3", {}, host.id, " ", armButton),
    host.names ? h("p", {}, "answers for ", host.names.length ? host.names.map((name) => [h("code", {}, name), " "]) : "whatever is unknown") : ""];
  if (!own) return h("section", { class: "card" }, head, h("p", { class: "note" }, "Its certificate is loaded when a client first asks for it."));
  const days = Math.floor((Date.parse(own.not_after) - Date.now()) / 86_400_000);
  return h("section", { class: "card" },
    head,
    h("p", {}, own.subject, host.served !== undefined ? `; served ${host.served} times` : ""),
    h("p", { class: days < 0 ? "problem" : "note" }, days < 0 ? `expired on ${own.not_after.slice(0, 10)}` : `valid to ${own.not_after.slice(0, 10)}, ${days} days`,
      `; ${own.key}, ${own.signature}${own.weak ? ", weak" : ""}; ${own.chain}`,
      own.intermediate_missing ? "; an intermediate is missing" : "", own.server_auth !== false ? "" : "; no serverAuth"),
    h("ul", { class: "names" }, own.san.map((name) => h("li", {}, `${name.kind} `, h("code", {}, name.text))),
      own.common_names.map((name) => h("li", {}, "CN ", h("code", {}, name)))),
    host.names ? h("p", { class: "copies" }, "chain: ", link("pem"), link("cer"),
      host.undo_until ? undoButton(host) : "") : "",
    h("p", { class: "note" }, host.generated ?? own.generated ? "Names are added from a connection that wanted one: open it."
      : "Loaded from files: not made by this lab."));
}

/// The certificate from before the last reissue, for ten minutes.
function undoButton(host) {
  const place = h("span", {});
  place.append(button(`undo the reissue (until ${host.undo_until.slice(11, 16)} UTC)`, async () => {
    try {
      await post(`/hosts/${encodeURIComponent(host.id)}/undo`, {});
      place.replaceChildren("undone: the certificate from before is served again");
      say("undone");
    } catch (refused) {
      place.replaceChildren(h("span", { class: "problem", role: "alert" }, refused.message));
    }
  }));
  return place;
}
