// Filters with a name of their own: three that come with the page, and those that were saved in this browser.

import { button, fill, h, say } from "./dom.js";

const key = "fakeocs.filters";
const most = 20;
const given = {
  "possible mismatches": "verdict:finished-no-data,rejected-alert,finished-silent",
  "not TLS": "verdict:not-tls",
  "SIP ok": "verdict:signed-in,accepted user:*",
};

function own() {
  try {
    const read = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(read) ? read.filter((text) => typeof text === "string") : [];
  } catch {
    return [];
  }
}

function keep(filters) {
  try {
    localStorage.setItem(key, JSON.stringify(filters.slice(-most)));
  } catch {
    say("this browser keeps nothing");
  }
}

/// Buttons: each puts its filter into the search box by `apply`.
export function savedFilters(current, apply) {
  const place = h("div", { class: "saved", role: "group", "aria-label": "saved filters" });
  const paint = () => {
    const text = current();
    const pick = (label, filter) => button(label, () => { apply(text === filter ? "" : filter); paint(); },
      { "aria-pressed": String(text === filter), title: filter, class: "link" });
    fill(place, h("span", {}, "saved:"), Object.entries(given).map(([label, filter]) => pick(label, filter)),
      own().map((filter) => h("span", { class: "own" }, pick(filter, filter),
        button("×", () => { keep(own().filter((other) => other !== filter)); paint(); },
          { "aria-label": `forget ${filter}`, class: "link" }))),
      text && !own().includes(text) && !Object.values(given).includes(text)
        ? button("save this filter", () => { keep([...own(), text]); paint(); say("saved in this browser"); }, { class: "link" }) : "");
  };
  paint();
  return { place, paint };
}
