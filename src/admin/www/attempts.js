// Attempts as trees: the look-ups, connections and messages of one sign-in on one clock.

import { get, query } from "./api.js";
import { button, clock, copyButton, fill, h } from "./dom.js";
import { handOn } from "./evidence.js";
import { stepList } from "./lanes.js";
import { state } from "./state.js";
import { stepsOf } from "./steps.js";
import { groupOf, signOf } from "./words.js";

/// The view with this one attempt, open.
export const linkTo = (id) => `/?view=attempts&filter=${encodeURIComponent(`attempt:${id}`)}`;

export class AttemptsView {
  constructor({ open, commands }) {
    this.title = "attempts";
    this.openRecord = open;
    this.commands = commands;
  }

  async show(place) {
    this.items = h("div", { class: "attempts" });
    this.problem = h("p", { class: "problem", role: "alert" });
    this.more = button("older", () => this.load(this.next), { hidden: true });
    this.fresh = button("there are new ones ↑", () => this.reload(), { class: "fresh", hidden: true });
    this.all = button("open all", () => this.openAll(), { hidden: true });
    fill(place, h("h2", {}, "Attempts"),
      h("p", { class: "note" }, "What one client did in one go, the latest first",
        state.filter ? ["; filter: ", h("code", {}, state.filter), " ", h("a", { href: "/?view=attempts" }, "show all of them")] : ".", " "),
      h("p", {}, this.all),
      this.problem, this.fresh, this.items, this.more);
    await this.load();
  }

  reload() {
    this.items.replaceChildren();
    this.fresh.hidden = true;
    return this.load();
  }

  async load(before) {
    const turn = this.turn = (this.turn ?? 0) + 1;
    let page;
    try {
      // A page may be empty although older ones follow: all it looked at belongs to earlier pages.
      do {
        page = await get(`/attempts${query({ filter: state.filter, limit: 20, before: page?.next ?? before })}`);
      } while (page.attempts.length === 0 && page.next);
    } catch (refused) {
      if (turn !== this.turn) return;
      fill(this.problem, `${refused.message}${refused.hint ? `; ${refused.hint}` : ""}`);
      return;
    }
    if (turn !== this.turn) return;
    fill(this.problem);
    this.next = page.next;
    this.more.hidden = !page.next;
    const first = this.items.childElementCount === 0;
    this.items.append(...page.attempts.map((attempt) => this.item(attempt)));
    if (this.items.childElementCount === 0)
      fill(this.items, h("p", {}, state.filter ? "No attempt matches the filter." : "None yet. To make one, paste one of these:"),
        state.filter ? "" : this.commands());
    else if (first) this.items.firstElementChild.open = true;
    this.paintAll();
  }

  trees() { return [...this.items.querySelectorAll("details.attempt")]; }

  openAll() {
    const open = this.trees().some((tree) => !tree.open);
    for (const tree of this.trees()) tree.open = open;
    this.paintAll();
  }

  paintAll() {
    const trees = this.trees();
    this.all.hidden = trees.length < 2;
    fill(this.all, trees.every((tree) => tree.open) ? "close all" : "open all");
  }

  item(attempt) {
    const verdict = attempt.verdict;
    const body = h("div", {});
    const parts = [[attempt.questions, "question"], [attempt.connections, "connection"], [attempt.messages, "message"]]
      .filter(([count]) => count).map(([count, word]) => `${count} ${word}${count === 1 ? "" : "s"}`).join(", ");
    const details = h("details", { class: "attempt" },
      h("summary", {},
        h("span", { class: `sign ${verdict ? groupOf(verdict) : "waits"}`, "aria-hidden": "true" }, verdict ? signOf(verdict) : "–"),
        " ", h("time", { datetime: attempt.first, title: attempt.first }, clock(attempt.first)), " ",
        h("strong", {}, attempt.user ?? attempt.client), attempt.user ? ` from ${attempt.client}` : "",
        " ", h("span", { class: "verdict" }, verdict ?? "no connection"),
        attempt.wanted ? [" wanted ", h("code", {}, attempt.wanted)] : "", h("small", {}, ` ${parts}`)),
      body);
    details.addEventListener("toggle", () => {
      if (details.open && !body.childElementCount) this.fillTree(attempt.id, body);
      this.paintAll();
    });
    return details;
  }

  async fillTree(id, body) {
    fill(body, "…");
    try {
      const attempt = await get(`/attempts/${encodeURIComponent(id)}`);
      const connections = attempt.records.filter((record) => record.schema.startsWith("fakeocs.handshake/"));
      fill(body, stepList(stepsOf(attempt.records)),
        attempt.left_out ? h("p", {}, `and ${attempt.left_out} more records`) : "",
        h("p", { class: "copies" }, connections.map((record, i) =>
          button(`open connection ${connections.length > 1 ? i + 1 : ""}`, () => this.openRecord(record.id))),
          copyButton("link", new URL(linkTo(id), location.href).href), handOn(id)));
    } catch (refused) {
      fill(body, h("p", { class: "problem" }, refused.message));
    }
  }

  handshake() { this.fresh.hidden = false; }
}
