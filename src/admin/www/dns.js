// The lab's DNS: records, faults, and what is being asked.

import { del, get, post, putRecord, query } from "./api.js";
import { button, clock, fill, h, say, table } from "./dom.js";

const kinds = ["nxdomain", "servfail", "refused", "drop", "delay", "target"];

const types = ["A", "AAAA", "CNAME", "SRV", "TXT", "PTR"];

/// What can be done with a record. A fault is of one name, so a wildcard cannot have one.
const changes = ({ name, type }) => (!types.includes(type) ? [] : name.startsWith("*") ? ["change", "delete"] : ["break", "change", "delete"]);

export class DnsView {
  constructor({ changed }) {
    this.title = "DNS";
    this.changed = changed;
    this.asked = [];
  }

  heard(event) {
    this.asked.unshift(event);
    this.asked.length = Math.min(this.asked.length, 50);
  }

  dns() {
    if (this.timer) return;
    this.timer = setTimeout(() => { this.timer = undefined; if (this.live?.isConnected) this.paintAsked(); }, 250);
  }

  async show(place) {
    this.changing = undefined;
    this.problem = h("p", { class: "problem", role: "alert" });
    this.records = h("section", {});
    this.faults = h("section", {});
    this.live = h("section", {});
    // The forms stay while the tables are painted anew: what is typed is not lost.
    this.forms = { fault: this.faultForm(), add: this.addForm() };
    fill(place, h("h2", {}, "DNS of the lab"), this.problem, h("h3", {}, "Faults"), this.faults, this.forms.fault,
      this.records, this.forms.add,
      h("p", { class: "copies" }, "export for ", ["bind", "dnsmasq", "windows"].map((target) =>
        [h("a", { href: `/api/v1/dns/export?for=${target}`, target: "_blank", rel: "noopener" }, target), " "])),
      this.live);
    this.paintAsked();
    await this.load();
  }

  async load() {
    try {
      const [records, faults] = await Promise.all([get("/dns/records"), get("/dns/faults")]);
      fill(this.problem);
      this.paintRecords(records.zones);
      this.paintFaults(faults.faults);
    } catch (refused) {
      this.fail(refused);
    }
  }

  fail(refused) { fill(this.problem, refused.message, refused.hint ? `; ${refused.hint}` : ""); }

  async does(action, done) {
    try {
      await action();
    } catch (refused) {
      this.fail(refused);
      return;
    }
    say(done);
    await this.load();
    this.changed();
  }

  paintRecords(zones) {
    fill(this.records, zones.map((zone) => h("section", {},
      h("h3", {}, zone.name),
      table(`records of ${zone.name}`, ["name", "type", "TTL", "value", "change"], zone.records.map((record) => [
        h("td", { class: "name" }, record.name), record.type, h("td", { "data-label": "TTL" }, record.ttl), h("td", { class: "name" }, record.value),
        changes(record).map((word) => [button(word, () => this[word](record),
          { "aria-label": `${word} ${record.type} of ${record.name}` }), " "])])))));
    if (!zones[0]) return;
    this.forms.add.elements.name.placeholder = `sip.${zones[0].name}`;
    this.forms.fault.elements.name.placeholder = `sipinternal.${zones[0].name}`;
  }

  /// The form for faults, filled in for this record.
  break(record) {
    const { name, type, fault } = this.forms.fault.elements;
    name.value = record.name;
    type.value = record.type;
    this.forms.fault.scrollIntoView({ block: "nearest" });
    fault.focus();
  }

  /// The form for records is about this one until it is sent, or not to be.
  change(record) {
    this.changing = record;
    const form = this.forms.add;
    for (const key of ["name", "type", "ttl", "value"]) form.elements[key].value = record[key];
    fill(form.querySelector("h4"), `change ${record.type} of ${record.name}`);
    fill(form.querySelector("button"), "change");
    form.querySelector(".away-with-it").hidden = false;
    form.scrollIntoView({ block: "nearest" });
    form.elements.value.focus();
  }

  addAgain() {
    this.changing = undefined;
    const form = this.forms.add;
    form.reset();
    fill(form.querySelector("h4"), "add a record");
    fill(form.querySelector("button"), "add");
    form.querySelector(".away-with-it").hidden = true;
  }

  /// The lab deletes by name and type: what else is of both comes back, and the old one where the new is refused.
  async replace(old, now) {
    const { deleted } = await del(`/dns/records${query({ name: old.name, type: old.type })}`);
    for (const other of deleted.filter((one) => one.value !== old.value)) await putRecord(other);
    try {
      await post("/dns/records", now);
    } catch (refused) {
      await putRecord(old);
      throw refused;
    }
  }

  /// Deletes one name and type; what was there can be put back.
  delete(record) {
    return this.does(async () => {
      const told = await del(`/dns/records${query({ name: record.name, type: record.type })}`);
      this.undo = told.deleted;
    }, `deleted ${record.type} of ${record.name}`).then(() => {
      if (!this.undo) return;
      const gone = this.undo;
      this.undo = undefined;
      const again = button("put it back", () => this.does(async () => {
        for (const one of gone) await putRecord(one);
      }, "put back"));
      this.problem.replaceChildren(h("span", { class: "note" }, `deleted ${record.type} of ${record.name} `), again);
      again.focus();
    });
  }

  addForm() {
    const form = h("form", { class: "line", onsubmit: (event) => {
      event.preventDefault();
      const words = Object.fromEntries(new FormData(form));
      const record = { name: words.name, type: words.type, value: words.value };
      if (words.ttl !== "") record.ttl = Number(words.ttl);
      const old = this.changing;
      this.does(async () => {
        await (old ? this.replace(old, record) : post("/dns/records", record));
        this.addAgain();
      }, old ? "changed" : "added");
    } },
    h("h4", {}, "add a record"),
    field("name", "name", { required: true }),
    select("type", "type", types),
    field("value", "value", { required: true, placeholder: "127.0.0.1, or for SRV: 0 0 5061 sip" }),
    field("ttl", "TTL", { type: "number", min: 0, placeholder: "of the zone" }),
    h("button", {}, "add"), button("leave it", () => this.addAgain(), { class: "away-with-it", hidden: true }));
    return form;
  }

  faultForm() {
    const form = h("form", { class: "line", onsubmit: (event) => {
      event.preventDefault();
      const words = Object.fromEntries(new FormData(form));
      const body = { name: words.name, fault: words.fault };
      if (words.type) body.type = words.type;
      if (words.next) body.next = Number(words.next);
      if (words.fault === "delay") body.delay_ms = Number(words.more);
      if (words.fault === "target") body.target = words.more;
      this.does(() => post("/dns/faults", body), "armed");
    } },
    h("h4", {}, "break a record"),
    field("name", "name", { required: true }),
    select("type", "type", ["", ...types]),
    select("fault", "fault", kinds),
    field("more", "ms, or target", {}),
    field("next", "for the next", { type: "number", min: 1, placeholder: "always" }),
    h("button", {}, "arm"));
    return form;
  }

  paintFaults(faults) {
    fill(this.faults, faults.length ? table("armed faults", ["name", "type", "fault", "left", "change"], faults.map((fault) => [
        h("td", { class: "name" }, fault.name), fault.type ?? "any",
        `${fault.fault}${fault.delay_ms ? ` ${fault.delay_ms} ms` : ""}${fault.target ? ` ${fault.target}` : ""}`,
        h("td", { "data-label": "left" }, fault.next ?? "until lifted"),
        button("lift", () => this.does(() => del(`/dns/faults${query({ id: fault.id })}`), "lifted"), { "aria-label": `lift ${fault.fault} of ${fault.name}` })]))
        : h("p", { class: "note" }, "None is armed: every answer is as the records say."));
  }

  paintAsked() {
    fill(this.live, h("h3", {}, "Asked just now"), this.asked.length
      ? table("the last questions", ["time", "client", "question", "answer"], this.asked.map((event) => [
        clock(event.time), event.client.address, h("td", { class: "name" }, `${event.type} ${event.name}`),
        h("td", { class: "name" }, event.outcome === "answered" ? event.answers.join(", ") : event.outcome.replaceAll("-", " "),
          event.fault ? h("small", {}, ` fault: ${event.fault}`) : "")]))
      : h("p", { class: "note" }, "Nothing since this page was opened."));
  }
}

const field = (name, label, properties) => h("label", {}, label, " ", h("input", { name, autocomplete: "off", spellcheck: "false", ...properties }));
const select = (name, label, options) => h("label", {}, label, " ", h("select", { name }, options.map((word) => h("option", { value: word }, word || "any"))));
