// What the list and the feed do not carry of a connection: the lab is asked for it when a part shows it.

import { get } from "./api.js";

// Beside the records, so that what is shown and copied of one stays what the lab wrote.
const told = new WeakMap();

/// The lab's answer about this one connection has all of it.
export const isWhole = (record) => told.set(record, record);

/// Calls `paint` with what is known, and again once the lab has told the rest.
export function withWhole(record, paint) {
  const known = told.get(record);
  paint(known ?? {});
  if (known) return;
  get(`/handshakes/${encodeURIComponent(record.id)}`).then((whole) => {
    told.set(record, whole);
    paint(whole);
  }).catch(() => { /* in no history yet: what the record has must do */ });
}
