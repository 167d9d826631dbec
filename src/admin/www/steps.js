// The records of an attempt as steps on one clock, for the lanes and for the tree.

import { micros } from "./dom.js";
import { inBrackets } from "./idn.js";

const endpoint = (end) => (end.address.includes(":") ? `[${end.address}]:${end.port}` : `${end.address}:${end.port}`);

function question(event) {
  const good = event.outcome === "answered" || event.outcome === "no-data";  // no AAAA is no failure
  const answers = event.answers?.length ? event.answers.join(", ") : event.outcome.replaceAll("-", " ");
  return {
    lane: "DNS", at: micros(event.time), took: event.took_us ?? 0, good, empty: event.outcome === "no-data",
    short: `${event.type} ${event.name.split(".")[0]}`,
    text: `${event.type} ${event.name || "."}${inBrackets(event.name)}: ${answers}${event.truncated ? ", truncated" : ""}` +
      `${event.fault ? ` (fault: ${event.fault})` : ""}`,
    below: [],
  };
}

const tls = (record, us, short, text, good = true) =>
  us === undefined ? [] : [{ lane: "TLS", at: micros(record.time) + us, took: 0, good, short, text, below: [] }];

function ofConnection(record) {
  const start = micros(record.time);
  const times = record.times ?? {};
  const sni = record.hello?.sni?.raw;
  const below = [
    ...(record.hello ? tls(record, times.hello_us ?? 0, "hello",
      `ClientHello up to ${record.hello.highest_version}, sni=${sni ?? "none"}${inBrackets(sni)}`) : []),
    ...tls(record, times.certificate_sent_us, "certificate",
      `certificate of ${record.virtual_host ?? "?"} sent`),
    ...tls(record, times.finished_us, "Finished",
      `Finished, ${record.tls.version ?? ""}${record.tls.cipher_suite ? `, ${record.tls.cipher_suite}` : ""}`),
    ...(record.tls?.alerts ?? []).flatMap((alert) => tls(record, alert.at_us, `alert ${alert.code}`,
      `alert ${alert.code} ${alert.name} ${alert.direction === "from-client" ? "from" : "to"} the client, ` +
      `${alert.after_finished ? "after" : "before"} Finished`, alert.code === 0)),
  ];
  if (record.first_data?.first_line)
    below.push(...tls(record, times.first_data_us, "data", `says ${record.first_data.first_line}`));
  const went = ["signed-in", "accepted"].includes(record.verdict);
  return {
    lane: "TCP", at: start, took: record.duration_us ?? 0, good: true, id: record.id,
    short: "connected", text: `TCP ${endpoint(record.client)} to ${endpoint(record.local)}`,
    below,
    outcome: { lane: "TCP", at: start + (times.closed_us ?? record.duration_us ?? 0), took: 0, good: went,
      short: "close", text: `${record.verdict}${record.provisional ? " so far" : ""}${record.detail ? `: ${record.detail}` : ""}`, verdict: record.verdict, below: [] },
  };
}

function message(event) {
  const good = event.status === undefined || event.status < 400;
  return {
    lane: "SIP", at: micros(event.time), took: 0, good, connection: event.connection,
    short: event.status === undefined ? event.method : `${event.status}`,
    text: (event.status === undefined ? `SIP ${event.method}${event.user ? ` ${event.user}` : ""}` +
      `${event.user_agent ? ` (${event.user_agent})` : ""}`
      : `SIP ${event.method} answered ${event.status} ${event.reason ?? ""}`) +
      (event.problem ? `: ${event.problem}` : ""),
    below: [],
  };
}

/// Top steps in the order of their time; a connection has its TLS and SIP steps and its outcome below it.
export function stepsOf(records) {
  const steps = [];
  const connections = new Map();
  for (const record of records) {
    if (record.schema?.startsWith("fakeocs.dns/")) steps.push(question(record));
    if (record.schema?.startsWith("fakeocs.handshake/")) {
      const step = ofConnection(record);
      connections.set(record.id, step);
      steps.push(step);
    }
  }
  for (const record of records) {
    if (!record.schema?.startsWith("fakeocs.sip/")) continue;
    const step = message(record);
    (connections.get(record.connection)?.below ?? steps).push(step);
  }
  const byTime = (one, other) => one.at - other.at;
  for (const step of connections.values()) {
    step.below.push(step.outcome);
    step.below.sort(byTime);
  }
  return steps.sort(byTime);
}

/// Of an attempt's records: the look-ups before this connection, the connection and its own messages. The
/// record stands in for itself where the history does not have it yet.
export function belongingTo(record, records) {
  const own = records.filter((other) => other.id === record.id || other.connection === record.id ||
    (other.schema.startsWith("fakeocs.dns/") && other.time <= record.time));
  return own.some((other) => other.id === record.id) ? own : [...own, record];
}

export const flat = (steps) => steps.flatMap((step) => [step, ...flat(step.below)]);
