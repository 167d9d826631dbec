// Below a row of the list: the DNS, TCP, TLS and SIP steps of this one connection.

import { get } from "./api.js";
import { clock, fill, h } from "./dom.js";
import { stepList } from "./lanes.js";
import { belongingTo, stepsOf } from "./steps.js";

// The history is written in batches: what is not there yet is asked for again after so many milliseconds.
const pauses = [0, 250, 500, 1000];

export const stepsId = (id) => `steps-${id}`;

export class StepsRow {
  constructor(id, columns) {
    this.place = h("div", { role: "group" }, "…");
    this.element = h("tr", { class: "steps-row", id: stepsId(id) }, h("td", { colspan: columns }, this.place));
  }

  /// Again with each record of the connection: the final one has more than the provisional.
  async show(record) {
    if (record === this.record) return;
    this.record = record;
    this.place.setAttribute("aria-label", `steps of the connection at ${clock(record.time)}`);
    if (this.place.childElementCount === 0) this.paint([]);
    if (!record.attempt) return this.paint([]);
    let refused;
    for (const pause of pauses) {
      if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
      if (this.record !== record || !this.element.isConnected) return;
      let attempt;
      try {
        attempt = await get(`/attempts/${encodeURIComponent(record.attempt)}`);
        refused = undefined;
      } catch (problem) {
        refused = problem;
      }
      if (this.record !== record) return;
      if (attempt) this.paint(attempt.records);
      // A connection that goes on is in no history, nor is what an attempt of many has left out.
      if (record.provisional ? !refused || refused.status === 404
        : attempt && (attempt.left_out || attempt.records.some((other) => other.id === record.id))) return;
    }
    if (refused && refused.status !== 404)
      this.place.append(h("p", { class: "problem" }, `What belongs to it is not told by this lab: ${refused.message}`));
  }

  paint(records) {
    const { record } = this;
    const steps = stepsOf(belongingTo(record, records));
    fill(this.place, steps.length ? stepList(steps) : "",
      record.seen ? h("p", { class: "note" }, "It is in its handshake; more comes with its end.") : "");
  }
}
