// Connections per half minute of the last quarter of an hour, as small bars: what went on below, the rest above.

import { clock, fill, h, s } from "./dom.js";
import { groupOf } from "./words.js";

const span = 15 * 60_000;
const step = 30_000;
const bars = span / step;
const wide = 6;
const high = 28;

export class Spark {
  constructor() { this.place = h("figure", { class: "spark" }); }

  /// `complete`: nothing older than these records is missing from them.
  paint(records, complete) {
    const end = Math.ceil(Date.now() / step) * step;
    const counts = Array.from({ length: bars }, () => ({ ok: 0, other: 0 }));
    let oldest = end;
    for (const record of records) {
      const time = Date.parse(record.time);
      const at = Math.floor((time - (end - span)) / step);
      if (!record.verdict || at < 0 || at >= bars) continue;
      oldest = Math.min(oldest, time);
      ++counts[at][groupOf(record.verdict) === "ok" ? "ok" : "other"];
    }
    const most = Math.max(1, ...counts.map((count) => count.ok + count.other));
    const total = counts.reduce((sum, count) => sum + count.ok + count.other, 0);
    const words = complete ? `${total} in the last 15 min` : `${total} since ${clock(oldest).slice(0, 8)}`;
    const text = JSON.stringify([counts, words]);
    if (text === this.painted) return;
    this.painted = text;
    const height = (count) => (count ? Math.max(2, (count / most) * high) : 0);
    fill(this.place,
      s("svg", { viewBox: `0 0 ${bars * wide} ${high}`, width: bars * wide, height: high, role: "img",
        "aria-label": `connections: ${words}, most in half a minute: ${total ? most : 0}` },
      counts.flatMap(({ ok, other }, i) => {
        const lower = height(ok);
        const upper = height(other);
        const bar = (kind, y, tall) => s("rect", { class: kind, x: i * wide, y, width: wide - 1.5, height: tall });
        return [s("line", { x1: i * wide, x2: i * wide + wide - 1.5, y1: high - 0.5, y2: high - 0.5 }),
          ok ? bar("good", high - lower, lower) : "", other ? bar("other", high - lower - upper, upper) : ""];
      }).filter(Boolean)),
      h("figcaption", {}, words));
  }
}
