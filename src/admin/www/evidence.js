// Files to hand on that the lab makes: an attempt or a connection as one, packets, keys.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { withWhole } from "./whole.js";

export const handOn = (id, label = "export") => ["", "redacted"].map((how) =>
  h("a", { href: `/api/v1/attempts/${encodeURIComponent(id)}/export${how ? "?redact=1" : ""}`, download: true },
    how ? `${label}, redacted` : label));

const link = (record, what, label) =>
  h("a", { href: `/api/v1/handshakes/${encodeURIComponent(record.id)}/${what}`, download: true }, label);

/// Its packets and keys where they were kept, else how they are.
export function secrets(record) {
  const place = h("section", { "aria-labelledby": "secrets-head" });
  withWhole(record, (whole) => {
    if (whole.has_capture === undefined) return;
    const file = h("p", {});
    fill(place, h("h3", { id: "secrets-head" }, "Packets and TLS keys"),
      whole.has_capture ? [
        h("p", { class: "copies" }, link(record, "capture", "packets, for Wireshark (pcapng)"),
          whole.has_keys ? link(record, "keys", "TLS keys (NSS key log)") : "it ended before there were TLS keys"),
        h("p", { class: "warning" }, whole.has_keys ? "These are secrets: the packets have the keys in them, and whoever has them reads all that was said, " +
          "credentials too." : "The packets have all that was said, credentials too.")]
        : h("p", { class: "note" }, "Not kept of this connection. ", h("code", {}, "fakeocs serve --capture"), " (", h("code", {}, "history: capture: true"),
          ") keeps them of what connects from then on."),
      file);
    if (whole.has_capture) return;
    get("/config?limit=1").then(({ settings }) => {
      const keyLog = settings.find(({ key }) => key === "logs.key_log")?.value;
      if (keyLog) fill(file, "TLS keys of all connections are in ", h("code", {}, keyLog), " (", h("code", {}, "--key-log"), ").");
    }).catch(() => { /* then without it */ });
  });
  return place;
}
