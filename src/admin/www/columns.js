// The columns of the list: what each shows of a record, which are shown, and how that is chosen.

import { nameOfClient, whence } from "./clients.js";
import { clock, duration, h } from "./dom.js";
import { meant } from "./names.js";
import { noteOf } from "./notes.js";
import { change, state } from "./state.js";
import { groupOf, hostChoices, signOf, sources } from "./words.js";

const usual = ["time", "client", "wanted", "vhost", "verdict", "tls", "took"];

const first = (list, words) => (list?.length ? words(list[0]) : "");

/// A guess, and shown as one.
const family = (guess) => {
  if (!guess) return "";
  if (guess.family === "unknown") return "unknown";
  return guess.confidence === "likely" && !guess.disagreement ? `likely ${guess.name}` : `${guess.name}?`;
};

/// label, the content of the cell, and its title where it has one
const columns = {
  time: ["time", (record) => clock(record.time), (record) => record.time],
  client: ["client", (record) => {
    const note = noteOf("client", record.client?.address);
    const name = nameOfClient(record.client?.address);
    return [record.client?.address ?? "", name ? h("small", { class: "client-name", title: whence }, ` ${name}`) : "", note ? h("small", {}, ` ${note}`) : ""];
  }],
  wanted: ["wanted name", (record) => {
    const wanted = record.wanted ?? {};
    const sni = record.hello ? record.hello.sni?.raw ?? "none" : "";
    return [wanted.name ?? (record.seen ? "" : "unknown"), meant(wanted.name),
      wanted.name ? h("small", {}, ` ${sources[wanted.source] ?? wanted.source}`) : "",
      sni === "none" ? h("small", { class: "finding" }, " sni=none") : ""];
  }],
  vhost: ["virtual host", (record) => record.virtual_host
    ? [record.virtual_host, meant(record.virtual_host), h("small", {}, ` ${hostChoices[record.host_choice] ?? record.host_choice}`)] : ""],
  verdict: ["verdict", (record) => [
    h("span", { class: "sign", "aria-hidden": "true" }, record.seen ? "…" : signOf(record.verdict)), " ",
    record.seen ? "…" : record.verdict, record.provisional && !record.seen ? h("small", {}, " so far") : ""]],
  tls: ["TLS", (record) => record.tls?.version?.replace("TLS ", "") ?? record.hello?.highest_version ?? ""],
  took: ["duration", (record) => (record.seen ? "" : duration(record.duration_us))],
  attempt: ["attempt", (record) => record.attempt ?? ""],
  port: ["port", (record) => record.local?.port ?? ""],
  sni: ["SNI", (record) => (record.hello ? [record.hello.sni?.raw ?? "none", meant(record.hello.sni?.raw)] : "")],
  listener: ["listener", (record) => record.listener ?? ""],
  user: ["SIP user", (record) => record.user ?? ""],
  agent: ["user agent", (record) => record.user_agent ?? ""],
  family: ["client family", (record) => family(record.client_family),
    ({ client_family: guess }) => guess && ["a guess", guess.disagreement, guess.basis].filter(Boolean).join("; ")],
  alert: ["alert", (record) => first(record.tls?.alerts?.filter((alert) => alert.code !== 0), (alert) =>
    `${alert.code} ${alert.name} ${alert.direction === "from-client" ? "from" : "to"} the client`)],
  suite: ["cipher suite", (record) => record.tls?.cipher_suite ?? ""],
  subject: ["subject shown", (record) => record.certificate?.subject ?? ""],
  sans: ["SANs", (record) => record.certificate?.san.length ?? ""],
  ja4: ["JA4", (record) => record.hello?.ja4 ?? ""],
  bytes: ["bytes", (record) => (record.bytes_in === undefined ? "" : `${record.bytes_in} in, ${record.bytes_out} out`)],
  close: ["close", (record) => record.close ?? ""],
  fault: ["fault", (record) => record.fault?.what ?? ""],
};

export function chosen() {
  const names = state.columns.split(",").filter((name) => columns[name]);
  return names.length ? names : usual;
}

/// The first is that of the buttons that open a row's steps.
export const heads = () => [h("th", { scope: "col", class: "more" }, h("span", { class: "away" }, "steps")),
  ...chosen().map((name) => h("th", { scope: "col", class: name }, columns[name][0]))];

/// All but the first.
export function cells(record) {
  const group = record.seen ? "waits" : groupOf(record.verdict);
  return chosen().map((name) => h("td", { class: name === "verdict" ? `verdict ${group}` : name,
    "data-label": usual.includes(name) ? undefined : columns[name][0],
    title: columns[name][2]?.(record) }, columns[name][1](record)));
}

/// The check boxes; `changed` is called after each.
export function chooser(changed) {
  const pick = (name, on) => {
    const names = Object.keys(columns).filter((one) => (one === name ? on : chosen().includes(one)));
    change({ columns: names.length === 0 || names.join() === usual.join() ? "" : names.join() });
    changed();
  };
  return h("details", { class: "choose" }, h("summary", {}, "columns"),
    h("fieldset", {}, h("legend", {}, "columns of the list"),
      Object.entries(columns).map(([name, [label]]) => h("label", {},
        h("input", { type: "checkbox", name: `column-${name}`, checked: chosen().includes(name),
          onchange: (event) => pick(name, event.target.checked) }), " ", label))));
}
