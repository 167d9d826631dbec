// Two connections side by side, and with them the look-ups of their attempts: what changed is marked, in words too.

import { get, query } from "./api.js";
import { clock, duration, fill, h } from "./dom.js";
import { change, state } from "./state.js";
import { hostChoices, sources } from "./words.js";

const alerts = (record) => record.tls?.alerts?.filter((alert) => alert.code !== 0)
  .map((alert) => `${alert.code} ${alert.name} ${alert.direction === "from-client" ? "from" : "to"} the client`);

/// Of each record one value, or a list of them.
const aspects = {
  outcome: [
    ["verdict", (record) => record.verdict], ["detail", (record) => record.detail], ["how sure", (record) => record.confidence],
    ["alerts", alerts], ["close", (record) => record.close], ["fault", (record) => record.fault?.what]],
  names: [
    ["wanted", (record) => record.wanted?.name], ["known by", (record) => sources[record.wanted?.source] ?? record.wanted?.source],
    ["server name sent", (record) => record.hello && (record.hello.sni.raw ?? "none")],
    ["virtual host", (record) => record.virtual_host],
    ["chosen by", (record) => record.host_choice && (hostChoices[record.host_choice] ?? record.host_choice)],
    ["SIP user", (record) => record.user], ["User-Agent", (record) => record.user_agent],
    ["client family, a guess", (record) => record.client_family?.name]],
  certificate: [
    ["subject", (record) => record.certificate?.subject],
    ["names on it", (record) => record.certificate?.san.map((name) => `${name.kind} ${name.text}`)],
    ["issuer", (record) => record.certificate?.issuer], ["valid to", (record) => record.certificate?.not_after],
    ["key", (record) => record.certificate?.key], ["signature", (record) => record.certificate?.signature],
    ["SHA-256", (record) => record.certificate?.fingerprint]],
  handshake: [
    ["version", (record) => record.tls?.version], ["cipher suite", (record) => record.tls?.cipher_suite],
    ["highest version", (record) => record.hello?.highest_version], ["JA4", (record) => record.hello?.ja4],
    ["cipher suites", (record) => record.hello?.cipher_suites.map(hex)], ["extensions", (record) => record.hello?.extensions.map(String)],
    ["groups", (record) => record.hello?.groups.map(hex)], ["ALPN", (record) => record.hello?.alpn]],
};

const hex = (number) => `0x${number.toString(16).padStart(4, "0")}`;
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/// The values of a list; those the other list does not have are marked.
function shown(value, other) {
  if (value === undefined || value === null || value.length === 0) return h("span", { class: "note" }, "none");
  if (!Array.isArray(value)) return same(value, other) ? value : h("mark", {}, value);
  const known = new Set(other ?? []);
  return h("ul", { class: "plain-list" }, value.map((item) => h("li", {}, known.has(item) ? item : h("mark", {}, item))));
}

function difference(one, other) {
  if (same(one, other)) return "";
  if (!Array.isArray(one ?? other)) return "changed";
  const gone = (other ?? []).filter((item) => !(one ?? []).includes(item)).length;
  const more = (one ?? []).filter((item) => !(other ?? []).includes(item)).length;
  return [more && `${more} more`, gone && `${gone} fewer`].filter(Boolean).join(", ") || "another order";
}

const questions = (attempt, record) => attempt?.records
  .filter((other) => other.schema.startsWith("fakeocs.dns/") && other.time <= record.time)
  .map((event) => `${event.type} ${event.name}: ${event.outcome.replaceAll("-", " ")}`);

function table(one, other, attempts) {
  const all = { ...aspects, "look-ups before it": [["asked", (record) => questions(attempts.get(record.id), record)]] };
  let changes = 0;
  const rows = Object.entries(all).flatMap(([head, lines]) => [
    h("tr", {}, h("th", { scope: "rowgroup", colspan: 4 }, head)),
    ...lines.map(([label, of]) => {
      const [left, right] = [of(one), of(other)];
      if (left === undefined && right === undefined) return "";
      const what = difference(left, right);
      if (what) ++changes;
      return h("tr", { class: what ? "changed" : "" }, h("th", { scope: "row" }, label),
        h("td", {}, shown(right, left)), h("td", {}, shown(left, right)), h("td", {}, what ? `≠ ${what}` : "same"));
    }).filter(Boolean)]);
  return [h("p", { class: "meaning", role: "status" }, changes ? `${changes} things differ` : "Nothing differs."),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "comparison" },
      h("table", { class: "plain compare" }, h("caption", {}, "what differs is marked"),
        h("thead", {}, h("tr", {}, ["what", `the other, ${clock(other.time)}`, `this one, ${clock(one.time)}`, "difference"].map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, rows)))];
}

export function comparePanel(record) {
  const place = h("div", {}, "…");
  paint(place, record);
  return place;
}

async function paint(place, record) {
  try {
    const page = await get(`/handshakes${query({ limit: 200 })}`);
    const others = page.handshakes.filter((other) => other.id !== record.id);
    // The one before it of the same client is what one mostly wants to know.
    const near = others.filter((other) => other.client.address === record.client.address);
    const wanted = state.with || (near.find((other) => other.time < record.time) ?? near[0] ?? others[0])?.id;
    if (!wanted) {
      fill(place, h("p", {}, "There is no other connection yet."));
      return;
    }
    const other = others.find((one) => one.id === wanted) ?? await get(`/handshakes/${encodeURIComponent(wanted)}`);
    const attempts = new Map();
    await Promise.all([record, other].map(async (one) => {
      if (one.attempt) attempts.set(one.id, await get(`/attempts/${encodeURIComponent(one.attempt)}`).catch(() => undefined));
    }));
    const words = (one) => `${clock(one.time)} ${one.client.address} ${one.wanted?.name ?? "unknown"}: ${one.verdict}, ${duration(one.duration_us)}`;
    const choice = h("select", { id: "compare-with", onchange: (event) => { change({ with: event.target.value }); paint(place, record); } },
      [other, ...others.filter((one) => one.id !== other.id)].map((one) => h("option", { value: one.id, selected: one.id === other.id }, words(one))));
    const focused = document.activeElement?.id === "compare-with";
    fill(place, h("label", {}, "compare with ", choice), table(record, other, attempts));
    if (focused) choice.focus();
  } catch (refused) {
    fill(place, h("p", { class: "problem", role: "alert" }, `${refused.message}${refused.hint ? `; ${refused.hint}` : ""}`));
  }
}
