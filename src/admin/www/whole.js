// What the list and the feed do not carry of a connection: the lab is asked for it when a part shows it.

import { get } from "./api.js";

/// Calls `paint` with the record as it is, and again once the lab has told the rest.
export function withWhole(record, paint) {
  paint(record.whole ?? {});
  if (record.whole) return;
  get(`/handshakes/${encodeURIComponent(record.id)}`).then((whole) => {
    record.whole = whole;
    paint(whole);
  }).catch(() => { /* in no history yet: what the record has must do */ });
}
