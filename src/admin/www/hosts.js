// Virtual hosts: what each presents.

import { get, post } from "./api.js";
import { button, copyButton, fill, h, say } from "./dom.js";
import { fromRecords } from "./matrix.js";
import { nameOf, trial } from "./trial.js";

const pageSize = 100;

export class HostsView {
  /// `faults` has the form that arms one.
  constructor({ faults }) {
    this.title = "virtual hosts";
    this.faults = faults;
  }

  async show(place) {
    const head = h("h2", {}, "Virtual hosts");
    fill(place, head, h("p", { role: "status" }, "…"));
    let page;
    let served = {};
    try {
      page = await get(`/hosts?limit=${pageSize}`);
      const { hosts: seen, total } = await fromRecords();
      served = Object.fromEntries(seen.map((host) => [host.id, `shown in ${host.served} of the last ${total} connections`]));
    } catch (refused) {
      fill(place, head, h("p", { class: "problem", role: "alert" }, refused.message));
      return;
    }
    const arm = this.faults.form([]);
    const cards = h("div", {});
    const more = h("div", {});
    const put = (host, old) => {
      const made = card(host, served[host.id], button("arm a fault", () => arm.choose(host.id), { "aria-label": `arm a fault for ${host.id}` }),
        (changed) => put(changed, made));
      if (!old) cards.append(made);
      else old.replaceWith(made);
      if (old) made.querySelector("h3").focus();
    };
    const add = ({ hosts, next, total }) => {
      arm.offer(hosts.map((host) => host.id));
      for (const host of hosts) put(host);
      const shown = cards.childElementCount;
      fill(more, next === undefined ? "" : [h("p", { class: "note" }, `${shown} of ${total} are shown, in the order of the configuration. `),
        button(`${Math.min(pageSize, total - shown)} more`, () => further(next))]);
      return cards.children[shown - hosts.length];
    };
    const further = async (next) => {
      try {
        const first = add(await get(`/hosts?first=${next}&limit=${pageSize}`));
        first?.querySelector("h3").focus();
        say(`${cards.childElementCount} are shown`);
      } catch (refused) {
        more.querySelector(".problem")?.remove();
        more.append(h("p", { class: "problem", role: "alert" }, refused.message));
      }
    };
    fill(place, head, h("p", { class: "note" }, `${page.total} in all.`), arm, cards, more);
    add(page);
    if (page.total === 0) fill(cards, h("p", { class: "empty" }, "This lab has no virtual host."));
  }
}

function card(host, served, armButton, changed) {
  const own = host.certificate;
  const link = (form) => h("a", { href: `/api/v1/hosts/${encodeURIComponent(host.id)}/chain?form=${form}`, download: true }, `.${form}`);
  const head = [h("h3", { tabindex: -1 }, host.id, " ", armButton),
    host.names ? h("p", {}, "answers for ", host.names.length ? host.names.map((name) => [h("code", {}, name), " "]) : "whatever is unknown") : ""];
  const test = trial({ name: nameOf(host), label: "try this name", about: `make a test connection to ${host.id}` }).place;
  if (!own) return h("section", { class: "card" }, head, h("p", { class: "note" }, "Its certificate is loaded when a client first asks for it."), test);
  const days = Math.floor((Date.parse(own.not_after) - Date.now()) / 86_400_000);
  return h("section", { class: "card" },
    head,
    h("p", {}, own.subject, served ? `; ${served}` : ""),
    h("p", { class: "note" }, days < 0 ? `expired on ${own.not_after.slice(0, 10)}` : `valid to ${own.not_after.slice(0, 10)}, ${days} days`,
      `; ${own.key}, ${own.signature}; ${own.chain}`,
      host.tls ? `; ${host.tls.min_version} to ${host.tls.max_version.replace("TLS ", "")}, security level ${host.tls.security_level}` : ""),
    defects(own).map((defect) => h("p", { class: "problem" }, "✗ ", defect)),
    h("ul", { class: "names" }, own.san.map((name) => h("li", {}, `${name.kind} `, h("code", {}, name.text))),
      own.common_names.map((name) => h("li", {}, "CN ", h("code", {}, name)))),
    h("p", { class: "copies" }, "chain: ", link("pem"), link("cer"), host.pfx ? copyButton("PFX path", host.pfx) : "", host.undo_until ? undoButton(host, changed) : ""),
    test,
    host.remarks?.length ? h("ul", { class: "note" }, host.remarks.map((remark) => h("li", {}, remark))) : "",
    host.generated ? reissueForm(host, changed) : h("p", { class: "note" }, "Loaded from files: not made by this lab."));
}

/// What clients may hold against it, whatever name they want.
function defects(own) {
  return [
    Date.parse(own.not_after) < Date.now() && "it has expired",
    Date.parse(own.not_before) > Date.now() && `it is valid from ${own.not_before.slice(0, 10)} on only`,
    own.weak && "its key or signature is weak: RSA under 2048 bits, MD5 or SHA-1",
    own.server_auth === false && "its extended key usage has no server authentication",
    own.intermediate_missing && "an intermediate certificate is missing from the chain",
    own.chain !== "to-own-ca" && `it was not issued by this lab's CA (${own.chain}): clients have to trust another`,
    own.san.length === 0 && "it has no SAN list: many clients find no name on it",
  ].filter(Boolean);
}

const words = (text) => text.split(/[\s,]+/).filter(Boolean);

/// Another certificate with names added and taken away; the button in its place asks once more.
function reissueForm(host, changed) {
  const problem = h("p", { class: "problem", role: "alert" });
  const sure = h("p", { class: "copies", hidden: true });
  const form = h("form", { class: "line", "aria-label": `reissue ${host.id}`, onsubmit: (event) => {
    event.preventDefault();
    const { add, remove } = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, words(text)]));
    if (add.length + remove.length === 0) return fill(problem, "name what to add or to take away");
    fill(problem);
    sure.hidden = false;
    const what = [add.length && `with ${add.join(", ")}`, remove.length && `without ${remove.join(", ")}`].filter(Boolean).join(", ");
    let busy = false;  // a second click would leave nothing to undo to
    fill(sure, `A new certificate for ${host.id}, ${what}? `, button("yes, reissue", async () => {
      if (busy) return;
      busy = true;
      try {
        const told = await post(`/hosts/${encodeURIComponent(host.id)}/reissue`, { add, remove });
        say(`reissued ${host.id}; the next connection gets it`);
        changed(told);
      } catch (refused) {
        sure.hidden = true;
        fill(problem, refused.message, refused.hint ? `; ${refused.hint}` : "");
      }
    }), button("no", () => { sure.hidden = true; }));
    sure.querySelector("button").focus();
  } },
  h("label", {}, "names to add", h("input", { name: "add", autocomplete: "off", spellcheck: "false" })),
  h("label", {}, "names to take away", h("input", { name: "remove", autocomplete: "off", spellcheck: "false" })),
  h("button", {}, "reissue"));
  return [form, sure, problem];
}

/// The certificate from before the last reissue, for ten minutes.
function undoButton(host, changed) {
  const place = h("span", {});
  place.append(button(`undo the reissue (until ${host.undo_until.slice(11, 16)} UTC)`, async () => {
    try {
      const told = await post(`/hosts/${encodeURIComponent(host.id)}/undo`, {});
      say("undone: the certificate from before is served again");
      changed(told);
    } catch (refused) {
      place.replaceChildren(h("span", { class: "problem", role: "alert" }, refused.message));
    }
  }));
  return place;
}
