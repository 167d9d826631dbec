// The near-miss table: every presented name beside the wanted one, with the label that differs marked.

import { h } from "./dom.js";
import { inBrackets } from "./idn.js";
import { policies } from "./words.js";

/// A presented name with the labels that the wanted one does not have at that place, from the right.
export function marked(name, wanted) {
  const labels = name.split(".");
  const others = (wanted ?? "").split(".");
  return labels.flatMap((label, i) => {
    const other = others[others.length - labels.length + i];
    const same = other !== undefined && other.toLowerCase() === label.toLowerCase();
    return [i ? "." : "", same ? label : h("mark", {}, label)];
  });
}

/// Beside a name, what its xn-- labels mean to a person.
export const meant = (name) => {
  const meaning = inBrackets(name);
  return meaning ? h("small", { class: "idn" }, meaning) : "";
};

/// What the lab needs of a certificate to compare names with it.
export function presented({ common_names, san, san_present = san.length > 0, san_readable }) {
  return { common_names, san_present, san_readable, san };
}

export function nameTable(explanation, policy, choose) {
  if (!explanation?.policies) return null;
  const judged = explanation.policies[policy] ?? Object.values(explanation.policies)[0];
  const rows = judged.names.map((line) => h("tr", { class: line.covers ? "good" : "bad" },
    h("td", {}, h("span", { class: "sign", "aria-hidden": "true" }, line.covers ? "✓" : "✗"), line.covers ? " covers" : " no"),
    h("td", {}, line.kind),
    h("td", { class: "name" }, line.covers ? line.name : marked(line.name, explanation.wanted), meant(line.name)),
    h("td", { class: "whole" }, line.detail || line.reason)));
  const taken = Object.entries(explanation.policies).filter(([, verdict]) => verdict.covered).map(([name]) => policies[name]);
  return h("section", { "aria-labelledby": "names-head" },
    h("h3", { id: "names-head" }, "Names"),
    h("p", {}, "wanted ", h("code", { class: "name" }, explanation.wanted), meant(explanation.wanted)),
    judged.wanted_problem ? h("p", { class: "problem" }, judged.wanted_problem) : "",
    h("label", {}, "judge as ",
      h("select", { id: "policy", onchange: (event) => choose(event.target.value) },
        Object.entries(policies).map(([name, words]) =>
          h("option", { value: name, selected: name === policy }, `${words}${name === explanation.policy ? " (this lab)" : ""}`)))),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "presented names" },
      h("table", { class: "plain cards" },
        h("caption", {}, judged.covered ? "the name is on the certificate" : "the name is not on the certificate"),
        h("thead", {}, h("tr", {}, ["fits", "kind", "presented", "why"].map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, rows.length ? rows : h("tr", {}, h("td", { colspan: 4 }, "the certificate has no name"))))),
    h("p", { class: "note" }, taken.length ? `taken by: ${taken.join("; ")}` : "no policy takes it"));
}
