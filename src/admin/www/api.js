// Asking the lab. A failure says what it is and what to do about it.

export class Refused extends Error {
  constructor(status, error) {
    super(error?.what ?? `the lab answered ${status}`);
    this.status = status;
    this.hint = error?.hint ?? "";
  }
}

async function ask(method, path, body) {
  let reply;
  try {
    reply = await fetch(`/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { what: "the lab does not answer", hint: "is it running?" });
  }
  const text = await reply.text();
  let told = null;
  try { told = JSON.parse(text); } catch { /* an export is text */ }
  if (reply.status === 401) location.assign("/login");  // the session has ended
  if (!reply.ok) throw new Refused(reply.status, told?.error);
  return told ?? text;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const del = (path) => ask("DELETE", path);

/// A record as the lab lists it, put into its zone: back, or in another's place.
export const putRecord = ({ name, type, ttl, value }) => post("/dns/records", { name: `${name}.`, type, ttl, value });

export function query(parameters) {
  const words = Object.entries(parameters).filter(([, value]) => value !== "" && value !== undefined);
  return words.length ? `?${words.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&")}` : "";
}

/// The paths this lab has: a view that needs another one says so instead of failing.
let paths;
export async function has(path) {
  paths ??= fetch("/api/openapi.json").then((reply) => reply.json()).then((page) => Object.keys(page.paths ?? {}))
    .catch(() => []);
  return (await paths).some((known) => known.endsWith(path));
}

/// Whether a token was asked for: there is a session that can be left.
export const hasSession = async () => {
  if (location.protocol !== "https:") return false;  // tokens are for TLS only
  try { return (await fetch("/login", { method: "HEAD" })).ok; } catch { return false; }
};

export async function leave() {
  await fetch("/logout", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  location.assign("/login");
}
