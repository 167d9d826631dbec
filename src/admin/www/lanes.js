// DNS, TCP, TLS and SIP on one time scale. A pause longer than `longest` is drawn short and says how long it was.

import { duration, h, s } from "./dom.js";
import { flat } from "./steps.js";

const longest = 200_000;  // µs; what takes longer is a pause worth a word
const width = 560;
const laneHeight = 34;
const left = 40;

/// Time to place: the pauses between steps are cut to a fixed width, what is left shares the rest.
function scaleOf(points) {
  const cut = 46;
  const pauses = [];
  for (let i = 1; i < points.length; ++i)
    if (points[i] - points[i - 1] > longest) pauses.push([points[i - 1], points[i]]);
  const shown = points.at(-1) - points[0] - pauses.reduce((sum, [from, to]) => sum + to - from, 0);
  const room = width - left - 56 - cut * pauses.length;
  const per = room / Math.max(shown, 1);
  const place = (time) => {
    let x = left + 6 + (time - points[0]) * per;
    for (const [from, to] of pauses) {
      if (time <= from) break;
      x += time >= to ? cut - (to - from) * per : (cut * (time - from)) / (to - from) - (time - from) * per;
    }
    return x;
  };
  return { place, pauses };
}

export function lanes(steps) {
  const all = flat(steps).sort((one, other) => one.at - other.at);
  if (all.length === 0) return null;
  const points = [...new Set(all.flatMap((step) => [step.at, step.at + step.took]))]
    .sort((one, other) => one - other);
  const { place, pauses } = scaleOf(points);
  const names = ["DNS", "TCP", "TLS", "SIP"];
  const height = names.length * laneHeight + 24;
  const drawing = s("svg", { viewBox: `0 0 ${width} ${height}`, class: "lanes", role: "img",
    "aria-label": "look-ups, connection, handshake and messages on one time scale; the list below says the same" });
  names.forEach((name, i) => {
    const y = i * laneHeight + 14;
    drawing.append(s("text", { x: 0, y: y + 4, class: "lane" }, name),
      s("line", { x1: left, x2: width, y1: y, y2: y, class: "rule" }));
    if (!all.some((step) => step.lane === name))
      drawing.append(s("text", { x: left + 6, y: y + 18, class: "nothing" }, "nothing"));
  });
  for (const [from, to] of pauses) {
    const x = (place(from) + place(to)) / 2;
    drawing.append(s("line", { x1: x, x2: x, y1: 2, y2: height - 18, class: "pause" }),
      s("text", { x, y: height - 4, class: "pause", "text-anchor": "middle" }, duration(to - from)));
  }
  let before = points[0];
  const ends = {};  // of the last word in each lane, so that words do not lie on each other
  for (const step of all) {
    const y = names.indexOf(step.lane) * laneHeight + 14;
    const x = place(step.at);
    const to = step.lane === "DNS" || step.id ? place(step.at + step.took) : x;
    const mark = s("g", { class: step.good ? "good" : "bad" },
      s("rect", { x, y: y - 6, width: Math.max(Math.min(to, width - 8) - x, 4), height: 12, rx: 2 }),
      s("title", {}, `${step.text}: +${duration(step.at - points[0])}, ${duration(Math.max(0, step.at - before))} after the step before`));
    before = Math.max(before, step.at);
    drawing.append(mark);
    if (x >= (ends[step.lane] ?? 0)) {
      const word = `${step.short}${step.lane === "DNS" ? (step.empty ? " –" : step.good ? " ✓" : " ✗") : ""}`;
      drawing.append(s("text", { x, y: y + 18, class: "word" }, word));
      ends[step.lane] = x + word.length * 6.6 + 6;
    }
  }
  drawing.append(s("text", { x: left, y: height - 4, class: "tick" }, "0 ms"),
    s("text", { x: width, y: height - 4, class: "tick", "text-anchor": "end" }, duration(points.at(-1) - points[0])));
  return h("figure", { tabindex: 0, role: "group", "aria-label": "time line" }, drawing);
}

/// What a pause before this step is typical of.
function typical(step, previous) {
  if (step.lane === "DNS" || previous?.lane === "DNS") return ": DNS was slow, or a look-up went elsewhere";
  if (previous?.short === "certificate" || previous?.short === "Finished")
    return ": the client thought about the certificate; typical of a revocation list (CRL) that cannot be reached, or of a person before a dialog";
  return "";
}

/// The same as a list: each step with its time since the first, and the pause before it where it was long.
export function stepList(steps) {
  const first = steps.length ? Math.min(...flat(steps).map((step) => step.at)) : 0;
  let before = first;
  let previous;
  const items = (level) => h("ul", { class: "steps" }, level.map((step) => {
    const pause = step.at - before;
    const why = pause > longest ? typical(step, previous) : "";
    before = Math.max(before, step.at);
    previous = step;
    return h("li", { class: step.good ? "good" : "bad" },
      h("span", { class: "at" }, `+${duration(step.at - first)}`),
      h("span", { class: "sign", "aria-hidden": "true" }, step.empty ? "–" : step.good ? "✓" : "✗"), " ",
      h("span", { class: "said-by-peer" }, step.lane === "TLS" ? `TLS ${step.text}` : step.lane === "DNS" ? `DNS ${step.text}` : step.text),
      pause > longest ? h("em", {}, ` after a pause of ${duration(pause)}${why}`) : "",
      step.below.length ? items(step.below) : "");
  }));
  return items(steps);
}
