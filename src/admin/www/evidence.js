// One file to hand on, of an attempt or of one connection: the lab makes it.

import { h } from "./dom.js";

export const handOn = (id, label = "export") => ["", "redacted"].map((how) =>
  h("a", { href: `/api/v1/attempts/${encodeURIComponent(id)}/export${how ? "?redact=1" : ""}`, download: true },
    how ? `${label}, redacted` : label));
