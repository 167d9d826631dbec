// One connection, the answer first.

import { get } from "./api.js";
import { nameOfClient, whence } from "./clients.js";
import { comparePanel } from "./compare.js";
import { button, clock, copyButton, duration, fill, h, pairs, say } from "./dom.js";
import { handOn, secrets } from "./evidence.js";
import { fixes } from "./fixes.js";
import { helloTab } from "./hello.js";
import { lanes, stepList } from "./lanes.js";
import { nameTable } from "./names.js";
import { keepNote, noteOf } from "./notes.js";
import { change, state } from "./state.js";
import { belongingTo, stepsOf } from "./steps.js";
import { ticketText } from "./ticket.js";
import { isWhole, withWhole } from "./whole.js";
import { groupOf, hostChoices, signOf, sources } from "./words.js";

const tabs = { answer: "answer", hello: "hello", certificate: "certificate", close: "close", sip: "SIP", raw: "raw",
  compare: "compare" };

export class Drawer {
  constructor(place, { closed, noted }) {
    this.place = place;
    this.closed = closed;
    this.noted = noted;
    this.panels = {
      answer: (record) => this.answerPanel(record), hello: helloTab, certificate: certificatePanel, close: closePanel,
      sip: (record) => this.sipPanel(record), raw: rawPanel, compare: comparePanel,
    };
  }

  async open(id, known, { focus = true } = {}) {
    const turn = this.turn = (this.turn ?? 0) + 1;
    this.record = known?.seen ? undefined : known;
    this.explanation = undefined;
    this.offers = undefined;
    this.attempt = undefined;
    this.place.hidden = false;
    document.body.classList.add("with-drawer");
    this.problem = "";
    if (known?.seen) this.problem = "This connection is in its handshake; its record comes with its end.";
    this.paint();
    if (focus) this.place.querySelector("h2")?.focus();
    try {
      if (!this.record) {
        const whole = await get(`/handshakes/${encodeURIComponent(id)}`);
        if (turn !== this.turn) return;
        isWhole(whole);
        this.record = whole;
      }
      this.problem = "";
    } catch (refused) {
      if (turn !== this.turn || known?.seen) return;
      this.problem = `${refused.message}${refused.hint ? `; ${refused.hint}` : ""}`;
    }
    this.paint();
    if (!this.record) return;
    const [explanation, attempt] = await Promise.allSettled([
      get(`/handshakes/${encodeURIComponent(id)}/explanation`),
      this.record.attempt ? get(`/attempts/${encodeURIComponent(this.record.attempt)}`) : Promise.resolve(null)]);
    if (turn !== this.turn) return;
    this.explanation = explanation.value;
    this.offers = undefined;
    this.explained = explanation.status === "fulfilled" ? "" : explanation.reason.message;
    this.attempt = attempt.value;
    this.paint();
  }

  /// A record that is open has changed: its verdict is not provisional any more.
  refresh(record) {
    if (this.place.hidden || state.open !== record.id) return;
    this.open(record.id, record, { focus: false });
  }

  /// What is told of clients has changed: this line alone, what is typed below it stays.
  repaint() {
    if (this.place.hidden || !this.record) return;
    const focus = this.focusPlace();
    this.place.querySelector(".who")?.replaceWith(this.who(this.record));
    focus();
  }

  close() {
    if (this.place.hidden) return;
    this.turn = (this.turn ?? 0) + 1;
    this.place.hidden = true;
    this.place.replaceChildren();
    document.body.classList.remove("with-drawer");
    change({ open: "", tab: "", with: "" });
    this.closed();
  }

  paint() {
    const record = this.record;
    const focus = this.focusPlace();
    const scroll = this.place.scrollTop;
    const tab = tabs[state.tab] ? state.tab : "answer";
    const chosen = record ? this.panels[tab](record) : null;
    fill(this.place,
      h("div", { class: "drawer-head" },
        h("h2", { tabindex: -1, id: "drawer-head" }, record ? this.headline(record) : "connection"),
        button("close", () => this.close(), { title: "Esc" })),
      this.problem ? h("p", { class: "problem", role: "alert" }, this.problem) : "",
      record ? [
        this.who(record),
        this.notes(record),
        h("div", { role: "tablist", "aria-label": "parts of the record", onkeydown: (event) => this.tabKeys(event, tab) },
          Object.entries(tabs).map(([name, label]) => h("button", {
            type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(name === tab), "aria-controls": "tab-panel",
            tabindex: name === tab ? 0 : -1, onclick: () => this.choose(name) }, label))),
        h("div", { role: "tabpanel", id: "tab-panel", "aria-labelledby": `tab-${tab}` }, chosen)] : "");
    focus();
    this.place.scrollTop = scroll;
  }

  /// Puts the focus back where it was, in what is painted anew: by its id, else as the same of the controls.
  focusPlace() {
    const controls = () => [...this.place.querySelectorAll("a, button, input, select, summary, [tabindex]")];
    const before = document.activeElement;
    const at = controls().indexOf(before);
    return () => {
      if (at < 0) return;
      const now = before.id ? document.getElementById(before.id) : controls()[at];
      if (this.place.contains(now) && now.tagName === before.tagName) now.focus();
    };
  }

  who(record) {
    const { address } = record.client;
    const name = nameOfClient(address);
    return h("p", { class: "who" }, address, name ? h("span", { class: "client-name", title: whence }, ` (${name}, ${whence})`) : "",
      ` to ${record.virtual_host ?? "no virtual host"}, `,
      h("time", { datetime: record.time, title: record.time }, clock(record.time)), `, ${duration(record.duration_us)} `,
      copyButton("link", location.href), " ",
      h("a", { href: `/?filter=${encodeURIComponent(`peer:${address}`)}` }, "only this client"));
  }

  headline(record) {
    return [h("span", { class: `sign ${groupOf(record.verdict)}`, "aria-hidden": "true" }, signOf(record.verdict)),
      ` ${record.verdict}`, record.provisional ? h("small", {}, " so far") : ""];
  }

  notes(record) {
    const line = (kind, id, label) => h("label", {}, label, h("input", { id: `note-${kind}`, value: noteOf(kind, id), maxlength: 200,
      autocomplete: "off", onchange: (event) => {
        say(keepNote(kind, id, event.target.value.trim()) ? "noted, in this browser" : "this browser keeps nothing");
        this.noted();
      } }));
    const some = noteOf("client", record.client.address) || noteOf("connection", record.id);
    return h("details", { class: "notes", open: this.notesOpen || Boolean(some), ontoggle: (event) => { this.notesOpen = event.target.open; } },
      h("summary", {}, "notes"),
      line("client", record.client.address, `on ${record.client.address} `), line("connection", record.id, "on this connection "),
      h("p", { class: "note" }, "Kept in this browser; the lab does not know them."));
  }

  choose(tab) {
    change({ tab: tab === "answer" ? "" : tab });
    this.paint();
    document.getElementById(`tab-${tab}`).focus();
  }

  tabKeys(event, tab) {
    const names = Object.keys(tabs);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.choose(names[(names.indexOf(tab) + by + names.length) % names.length]);
  }

  // -- the tabs ---------------------------------------------------------------------------------------------

  answerPanel(record) {
    const told = this.explanation;
    const policy = state.policy || told?.policy || record.policies?.[0];
    const steps = stepsOf(belongingTo(record, this.attempt?.records ?? []));
    return [
      h("p", { class: "meaning" }, told?.meaning ?? record.detail ?? ""),
      record.detail ? h("p", { class: "note" }, record.detail) : "",
      this.explained ? h("p", { class: "problem" }, `What it means is not told by this lab: ${this.explained}`) : "",
      record.causes?.length || told?.reasons?.length ? [
        h("h3", {}, `How sure: ${record.confidence}`),
        h("ul", {}, (told?.reasons ?? record.reasons).map((reason) => h("li", {}, reason)))] : "",
      told?.asked ? h("p", {}, "asked for ", told.asked) : "",
      told?.hint ? h("p", { class: "note" }, told.hint) : "",
      h("p", { class: "copies" }, copyButton("as text, for a ticket", ticketText(record, told, location.href))),
      nameTable(told, policy, (chosen) => { change({ policy: chosen }); this.paint(); }),
      this.offers ??= fixes(record, told) ?? "",  // the same ones after a look at another part: their undo is in them
      h("h3", {}, "On one clock"), lanes(steps), stepList(steps)];
  }

  sipPanel(record) {
    const messages = (this.attempt?.records ?? []).filter((other) => other.connection === record.id);
    if (messages.length === 0) return h("p", {}, "No SIP message came or went on this connection.");
    const said = new Map(messages.map((event) => [event.sequence, h("div", {})]));
    withWhole(record, (whole) => {
      for (const { sequence, text } of whole.sip_texts ?? []) {
        if (said.has(sequence)) fill(said.get(sequence), rawText(text));
      }
    });
    return messages.map((event) => h("section", { class: "card" },
      h("h4", {}, event.status === undefined ? `${event.method} from the client` : `${event.status} ${event.reason ?? ""} to the client`),
      pairs([["at", duration(event.at_us)], ["user", event.user], ["domain", event.domain], ["User-Agent", event.user_agent],
        ["Call-ID", event.call_id], ["CSeq", event.cseq], ["epid", event.epid],
        ["credentials", event.has_credentials ? "sent; not kept" : ""], ["bytes", event.bytes], ["problem", event.problem]]),
      said.get(event.sequence)));
  }
}

/// As it was; what is long (an epid list, a credential's place) only where somebody wants it.
function rawText(text) {
  const lines = text.split("\n").map((line) => line.length <= 160 ? [line, "\n"]
    : [line.slice(0, 160), h("details", { class: "more" }, h("summary", {}, `${line.length - 160} more characters`), line.slice(160)), "\n"]);
  return h("details", {}, h("summary", {}, "the message as it was"), h("pre", { tabindex: 0 }, lines));
}

/// Who signed whom, the root's place on top: each certificate inside the one that signed it.
function chainTree(chain) {
  const issuer = chain.at(-1).issuer;
  const own = chain.at(-1).subject === issuer;
  return [...chain.map((certificate, i) => [`${i === 0 ? "server: " : ""}${certificate.subject ?? certificate.problem}`,
    certificate.not_after ? `to ${certificate.not_after.slice(0, 10)}` : "", ...(certificate.crl_urls ?? []).map((url) => `CRL at ${url}`)]),
    ...(own || !issuer ? [] : [[issuer, "not sent"]])]
    .reduce((below, [subject, ...rest]) => h("ul", { class: "chain" }, h("li", {}, subject, " ",
      rest.filter(Boolean).map((part) => h("small", {}, ` ${part}`)), below)), "");
}

function certificatePanel(record) {
  const own = record.certificate;
  if (!own) return h("p", {}, "No certificate was chosen for this connection.");
  const tree = h("div", {});
  withWhole(record, (whole) => {
    if (whole.chain?.length) fill(tree, h("h3", {}, "Chain, as it is sent"), chainTree(whole.chain));
  });
  return [
    h("p", { class: "meaning" }, own.shown ? "The client was shown this certificate." : "The client left before it was sent."),
    pairs([
      ["virtual host", `${record.virtual_host ?? ""} (${hostChoices[record.host_choice] ?? record.host_choice})`],
      ["subject", own.subject], ["issuer", own.issuer],
      ["chain", `${own.chain}, ${own.intermediates_sent} intermediates sent${own.intermediate_missing ? ", one is missing" : ""}`],
      ["valid from", own.not_before], ["valid to", own.not_after],
      ["key", own.key], ["signature", `${own.signature}${own.weak ? ", weak" : ""}`],
      ["server authentication", own.server_auth ? (own.has_eku ? "yes" : "no extended key usage: any") : "missing in the extended key usage"],
      ["serial", own.serial], ["SHA-256", own.fingerprint], ["folder", own.folder]]),
    tree,
    h("h3", {}, "SAN"),
    own.san.length ? h("ul", { class: "names" }, own.san.map((name) => h("li", {}, `${name.kind} `, h("code", {}, name.text))))
      : h("p", {}, own.san_present ? "present, but empty or unreadable" : "none: clients may look at the CN"),
    h("p", { class: "copies" }, copyButton("SAN list", own.san.map((name) => name.text).join(",")),
      ["pem", "cer"].map((form) => h("a", { href: `/api/v1/handshakes/${encodeURIComponent(record.id)}/chain?form=${form}`,
        download: true }, `chain.${form}`)))];
}

function closePanel(record) {
  return [
    pairs([
      ["how the client ended", record.close], ["who ended it", record.ended],
      ["handshake", record.tls.handshake_finished ? "finished" : "not finished"],
      ["version", record.tls.version], ["cipher suite", record.tls.cipher_suite], ["group", record.tls.group],
      ["TLS library", record.tls.library_text], ["bytes", `${record.bytes_in} in, ${record.bytes_out} out`],
      ["first bytes", record.first_bytes], ["first line", record.first_line ?? record.first_data?.first_line]]),
    h("h3", {}, "Alerts"),
    record.tls.alerts.length ? h("ul", {}, record.tls.alerts.map((alert) => h("li", {},
      `${alert.direction === "from-client" ? "from" : "to"} the client: ${alert.code} ${alert.name}` +
      `${alert.schannel ? ` (Schannel: ${alert.schannel})` : ""}, ${alert.after_finished ? "after" : "before"} Finished, ` +
      `${alert.encrypted ? "encrypted" : "in clear"}, ${duration(alert.at_us)} after accept`)))
      : h("p", {}, "None. TLS has no alert that means 'wrong name', and no alert means nothing either.")];
}

function rawPanel(record) {
  const sni = record.hello?.sni?.name;
  return [
    h("p", { class: "copies" }, copyButton("JSON", JSON.stringify(record, null, 2)),
      copyButton("openssl line", `openssl s_client -connect ${record.local.address}:${record.local.port}` +
        `${sni ? ` -servername ${sni} -verify_hostname ${sni}` : " -noservername"} -showcerts </dev/null`)),
    h("p", { class: "copies" }, "one file to hand on, with hello, chain, DNS and SIP: ", handOn(record.id, "this connection"),
      record.attempt ? handOn(record.attempt, "the whole attempt") : ""),
    secrets(record),
    h("pre", { tabindex: 0 }, JSON.stringify(record, null, 2))];
}
