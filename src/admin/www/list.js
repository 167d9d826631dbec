// The list of connections, live. What comes is painted in batches, and the table never has more rows than
// `most`; the rest is in the history, one filter away.

import { get, query } from "./api.js";
import { cells, chooser, heads } from "./columns.js";
import { button, clock, fill, h } from "./dom.js";
import { exportFiltered } from "./export.js";
import { Feed } from "./feed.js";
import { StepsRow, stepsId } from "./rowsteps.js";
import { savedFilters } from "./saved.js";
import { Spark } from "./spark.js";
import { change, state } from "./state.js";
import { groupOf, groups } from "./words.js";

const most = 300;

export class ListView {
  constructor({ open, heard }) {
    this.openRecord = open;
    this.heard = heard;
    this.records = new Map();  // by id, in the order of their coming
    this.waiting = new Map();  // not painted yet
    this.rows = new Map();
    this.unfolded = new Set();  // ids of the rows whose steps are shown
    this.steps = new Map();     // by id: the rows that show them
    this.passedBy = 0;         // of `waiting`, when there were too many
    this.paused = false;
    this.selected = "";
    this.spark = new Spark();
    setInterval(() => this.paintSpark(), 15_000);
    this.feed = new Feed({
      state: (word) => this.heard.state(word),
      seen: (line) => this.take({ ...line, verdict: "", provisional: true, seen: true }),
      silent: (record) => this.take(record),
      handshake: (record) => { this.take(record); this.heard.handshake(record); },
      dns: (event) => this.heard.dns(event),
      sip: () => {},
      gap: (gap) => this.gap(gap),
    });
  }

  show(place) {
    this.search = h("input", {
      type: "search", id: "filter", name: "filter", value: state.filter, autocomplete: "off", spellcheck: "false",
      placeholder: "verdict:rejected-alert sni:*.contoso.test -peer:127.0.0.1", "aria-describedby": "filter-problem",
      onkeydown: (event) => { if (event.key === "Enter") this.applyFilter(); },
      onsearch: () => this.applyFilter(),
      oninput: () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.applyFilter(), 400); },
    });
    this.problem = h("p", { id: "filter-problem", class: "problem", role: "alert" });
    this.saved = savedFilters(() => state.filter, (filter) => { this.search.value = filter; this.applyFilter(); });
    this.chips = h("div", { class: "chips", role: "group", "aria-label": "kinds of outcome" });
    this.fresh = button("", () => this.resume(), { class: "fresh", hidden: true });
    this.pauseButton = button("pause", () => this.pause(!this.paused), { "aria-pressed": "false" });
    this.cleared = h("p", { class: "note", hidden: true });
    this.head = h("tr", {}, heads());
    this.body = h("tbody", { id: "rows" });
    this.empty = h("div", { class: "empty", onfocusout: (event) => {
      if (this.rows.size && !this.empty.contains(event.relatedTarget)) this.paintEmpty();
    } });
    this.table = h("table", { class: "live", "aria-label": "connections, the newest first" }, h("thead", {}, this.head), this.body);
    fill(place,
      h("div", { class: "bar" },
        h("label", { for: "filter" }, "search"), this.search,
        h("div", { class: "does" }, this.pauseButton,
          button("clear", () => this.clear(), { title: "takes what is shown away, here only: the history keeps it" }),
          button("export", () => this.export(), { title: "all that match the filter, as JSON Lines" }))),
      this.problem, this.saved.place, h("div", { class: "overview" }, this.spark.place, this.chips), this.cleared, this.fresh,
      h("div", { class: "wide" }, this.table), this.empty,
      chooser(() => this.paintColumns()),
      h("details", { class: "grammar" }, h("summary", {}, "what the search understands"), grammar()));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (event.target.closest("button.more")) this.toggleSteps(row);
      else this.pick(row);
    });
    this.body.addEventListener("focusin", (event) => this.select(event.target.closest("tr")));
    this.paintChips();
    return this.load();
  }

  /// The typed filter and the chips, in the one language there is.
  fullFilter() {
    const hidden = state.hide.split(",").filter((name) => groups[name]).flatMap((name) => groups[name].verdicts);
    return [state.filter, hidden.length ? `-verdict:${hidden.join(",")}` : ""].filter(Boolean).join(" ");
  }

  applyFilter() {
    clearTimeout(this.typing);
    const text = this.search.value.trim();
    if (text === state.filter) return;
    change({ filter: text });
    this.saved.paint();
    this.load();
  }

  async load() {
    const turn = this.turn = (this.turn ?? 0) + 1;
    this.feed.close();
    let page;
    try {
      page = await get(`/handshakes${query({ filter: this.fullFilter(), limit: 200 })}`);
    } catch (refused) {
      if (turn !== this.turn) return;
      fill(this.problem, `${refused.message}${refused.hint ? `; ${refused.hint}` : ""}`);
      if (refused.status === 0 || refused.status === 503) {
        this.heard.state("reconnecting");
        setTimeout(() => { if (turn === this.turn) this.load(); }, 1500);
      }
      return;
    }
    if (turn !== this.turn) return;
    fill(this.problem);
    this.records.clear();
    this.waiting.clear();
    this.rows.clear();
    this.steps.clear();
    this.body.replaceChildren();
    this.complete = !page.next;
    this.last = page.last;
    this.spark.painted = "";
    this.paintCleared();
    for (const record of page.handshakes.reverse())
      if (!state.after || record.sequence > Number(state.after)) this.take(record);
    this.paint();
    this.feed.start(this.fullFilter(), page.last);
  }

  take(record) {
    const known = this.records.get(record.id);
    if (known && !known.provisional && record.provisional) return;
    if (record.seen && known) return;
    if (record.sequence) this.last = record.sequence;
    this.records.set(record.id, record);
    this.waiting.set(record.id, record);
    // While another view is shown nothing is painted, and while this one is held little is: neither may pile up.
    while (this.records.size > 4 * most) this.records.delete(this.records.keys().next().value);
    while (this.waiting.size > 4 * most) {
      this.waiting.delete(this.waiting.keys().next().value);
      ++this.passedBy;
    }
    this.paintSoon();
  }

  paintSoon() {
    if (this.painting) return;
    this.painting = true;
    // A hidden page gets no animation frames, and must not pile up either.
    const paint = () => { this.painting = false; clearTimeout(timer); cancelAnimationFrame(frame); this.paint(); };
    const timer = setTimeout(paint, 250);
    const frame = requestAnimationFrame(paint);
  }

  paint() {
    if (!this.body?.isConnected) return;
    const holds = this.paused || (window.scrollY > 200 && this.rows.size > 20);
    if (holds) {
      // What is there already may change its verdict; what is new waits.
      let unseen = 0;
      for (const [id, record] of this.waiting) {
        if (!this.rows.has(id)) { ++unseen; continue; }
        this.paintRow(record);
        this.waiting.delete(id);
      }
      this.fresh.hidden = unseen === 0;
      fill(this.fresh, `${unseen + this.passedBy} new ↑`);
    } else {
      this.passedBy = 0;
      const news = [...this.waiting.values()].sort(byTime).slice(-most);
      for (const record of this.waiting.values()) if (this.rows.has(record.id)) this.paintRow(record);
      this.waiting.clear();
      for (const record of news) if (!this.rows.has(record.id)) this.place(record);
      while (this.rows.size > most) this.dropLast();
      this.fresh.hidden = true;
    }
    this.paintTabStop();
    this.paintChips();
    this.paintEmpty();
    this.paintSpark();
  }

  /// By the time of its start: what was seen long ago and ends now does not push newer rows out.
  place(record) {
    let below = this.body.firstElementChild;
    while (below && below.at > whenOf(record)) below = below.nextElementSibling;
    if (!below && this.rows.size >= most) return;
    const row = record.gap ? gapRow(record) : this.paintRow(record);
    row.at = whenOf(record);
    row.key = record.id;
    this.rows.set(record.id, row);
    this.body.insertBefore(row, below);
    if (this.unfolded.has(record.id)) this.showSteps(row);
  }

  /// The oldest row, and its steps.
  dropLast() {
    const { key } = this.body.lastElementChild;
    this.hideSteps(key);
    this.unfolded.delete(key);
    this.rows.get(key).remove();
    this.rows.delete(key);
  }

  paintRow(record) {
    let row = this.rows.get(record.id);
    if (!row) {
      row = h("tr", { tabindex: -1 }, h("td", { class: "more" }, moreButton(record)));
      row.dataset.id = record.id;
    }
    // The button stays, and with it the focus it may have.
    while (row.childElementCount > 1) row.lastElementChild.remove();
    row.append(...cells(record));
    row.record = record;
    this.steps.get(record.id)?.show(record);
    if (record.id === state.open) row.setAttribute("aria-selected", "true");
    return row;
  }

  /// After another choice of columns, or a note.
  paintColumns() {
    if (!this.head) return;
    fill(this.head, heads());
    for (const id of this.rows.keys()) if (this.records.has(id)) this.paintRow(this.records.get(id));
    for (const wide of this.body.querySelectorAll(".gap > td, .steps-row > td")) wide.colSpan = this.head.childElementCount;
  }

  paintSpark() {
    if (!this.spark.place.isConnected) return;
    this.spark.paint(this.records.values(), this.complete && this.records.size < 4 * most);
  }

  paintChips() {
    const count = {};
    for (const record of this.records.values())
      if (record.verdict) count[groupOf(record.verdict)] = (count[groupOf(record.verdict)] ?? 0) + 1;
    const hidden = new Set(state.hide.split(","));
    const words = JSON.stringify([count, [...hidden]]);
    if (words === this.chipWords && this.chips.childElementCount) return;
    this.chipWords = words;
    const focused = document.activeElement?.dataset?.group;
    fill(this.chips, Object.entries(groups).map(([name, group]) => {
      const chip = button([h("span", { class: `sign ${name}`, "aria-hidden": "true" }, group.sign),
        ` ${group.label} ${hidden.has(name) ? "" : count[name] ?? 0}`], () => this.toggle(name),
      { class: "chip", "aria-pressed": String(!hidden.has(name)), title: group.verdicts.join(", ") });
      chip.dataset.group = name;
      return chip;
    }));
    if (focused) this.chips.querySelector(`[data-group="${focused}"]`)?.focus();
  }

  toggle(name) {
    const hidden = new Set(state.hide.split(",").filter(Boolean));
    if (!hidden.delete(name)) hidden.add(name);
    change({ hide: [...hidden].join(",") });
    this.load();
  }

  paintEmpty() {
    const none = this.body.rows.length === 0;
    this.table.hidden = none;
    if (!none) {
      if (this.empty.querySelector("input:focus")) return;  // who types there goes on typing there
      const left = this.empty.contains(document.activeElement);
      this.empty.hidden = true;
      if (left) this.focus();
      return;
    }
    this.empty.hidden = false;
    if (state.after) {
      fill(this.empty, h("p", {}, "Nothing since it was cleared."));
      return;
    }
    if (this.fullFilter()) {
      fill(this.empty, h("p", {}, "No connection in the history matches this filter."),
        button("clear the filter", () => {
          this.search.value = "";
          change({ filter: "", hide: "" });
          this.load();
        }));
      return;
    }
    // Painted anew, its form would lose the focus.
    if (this.empty.querySelector(".lesson")?.contains(document.activeElement)) return;
    fill(this.empty, this.heard.lesson());
  }

  pause(on) {
    this.paused = on;
    this.pauseButton.setAttribute("aria-pressed", String(on));
    fill(this.pauseButton, on ? "go on" : "pause");
    if (!on) this.paint();
  }

  resume() {
    window.scrollTo({ top: 0 });
    this.pause(false);
  }

  /// Of this view: the history keeps all.
  clear() {
    change({ after: String(this.last ?? 0) });
    this.load();
  }

  paintCleared() {
    this.cleared.hidden = !state.after;
    fill(this.cleared, "What came before is cleared away here; the history has it. ",
      button("show it again", () => { change({ after: "" }); this.load(); }, { class: "link" }));
  }

  async export() {
    try {
      await exportFiltered(this.fullFilter(), state.after);
    } catch (refused) {
      fill(this.problem, `${refused.message}${refused.hint ? `; ${refused.hint}` : ""}`);
    }
  }

  gap(gap) {
    const newest = [...this.waiting.values(), ...this.records.values()].sort(byTime).at(-1);
    if (gap.lost === undefined && state.after) change({ after: "" });  // its number may be one of another history
    this.gaps = (this.gaps ?? 0) + 1;
    const id = `gap-${this.gaps}`;
    this.waiting.set(id, { id, gap: gap.lost !== undefined ? `${gap.lost} records were lost here` : `some connections are missing here: ${gap.why}`,
      time: gap.to ?? `${newest?.time ?? ""}~` });
    this.paintSoon();
  }

  // -- by keyboard ------------------------------------------------------------------------------------------

  /// One row is where Tab stops: the selected one, else the first.
  paintTabStop() {
    const stop = this.rows.get(this.selected) ?? this.body.querySelector("tr[data-id]");
    if (!stop || stop.tabIndex === 0) return;
    const before = this.body.querySelector("tr[tabindex='0']");
    for (const [row, tabIndex] of [[before, -1], [stop, 0]])
      if (row) row.tabIndex = row.querySelector("button.more").tabIndex = tabIndex;
  }

  select(row) {
    if (!row?.dataset.id) return;
    this.selected = row.dataset.id;
    this.paintTabStop();
  }

  pick(row) {
    if (!row?.dataset.id) return;
    this.select(row);
    row.focus({ preventScroll: true });
    this.openRecord(row.dataset.id);
  }

  mark(id) {
    this.body?.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
    this.rows.get(id)?.setAttribute("aria-selected", "true");
  }

  /// j and k, arrows. With the drawer open it follows.
  move(by) {
    const rows = [...this.body.rows].filter((row) => row.dataset.id);
    if (rows.length === 0) return;
    const at = rows.findIndex((row) => row.dataset.id === this.selected);
    const row = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    this.select(row);
    row.focus();
    if (state.open) this.openRecord(row.dataset.id);
  }

  // -- the steps of a row, below it -------------------------------------------------------------------------

  /// → and ← on the selected row.
  unfold(open) {
    const row = this.rows.get(this.selected);
    if (row && open !== this.steps.has(this.selected)) this.toggleSteps(row);
  }

  toggleSteps(row) {
    const { id } = row.dataset;
    if (this.unfolded.delete(id)) {
      this.hideSteps(id);
    } else {
      this.unfolded.add(id);
      this.showSteps(row);
    }
  }

  showSteps(row) {
    const { id } = row.dataset;
    const steps = new StepsRow(id, this.head.childElementCount);
    // Sorted as the row itself, so that nothing comes between them.
    steps.element.at = row.at;
    steps.element.key = id;
    this.steps.set(id, steps);
    row.after(steps.element);
    row.querySelector("button.more").setAttribute("aria-expanded", "true");
    steps.show(row.record);
  }

  hideSteps(id) {
    this.steps.get(id)?.element.remove();
    this.steps.delete(id);
    this.rows.get(id).querySelector("button.more")?.setAttribute("aria-expanded", "false");
  }

  openSelected() {
    if (this.selected) this.pick(this.rows.get(this.selected));
  }

  focus() {
    (this.rows.get(this.selected) ?? this.body?.querySelector("tr[data-id]"))?.focus();
  }
}

const whenOf = (record) => `${record.time} ${record.id}`;
const byTime = (one, other) => (whenOf(one) < whenOf(other) ? -1 : 1);

const moreButton = (record) => h("button", { type: "button", class: "more", tabindex: -1, "aria-expanded": "false",
  "aria-controls": stepsId(record.id) }, h("span", { class: "away" }, `steps at ${clock(record.time)}`));

const gapRow = (gap) => h("tr", { class: "gap" }, h("td", { colspan: heads().length }, gap.gap));

function grammar() {
  const rows = [
    ["verdict:rejected-alert", "the outcome; commas separate alternatives"],
    ["sni:*.contoso.test  sni:none", "the server name as sent, or none"],
    ["wanted:sip.contoso.test", "the name the client meant"],
    ["peer:192.168.56.0/24", "a client, or a net of them"],
    ["vhost:front01  user:alice  attempt:a17", "who, and where"],
    ["agent:uccapi  family:schannel*", "User-Agent of its SIP messages; the client's family, a guess"],
    ["alert:48  tls:<1.2  since:10m", "alerts, versions, times"],
    ["fault:alert  fault:none", "the kind of the armed fault that struck it, or none"],
    ["-peer:127.0.0.1", "a minus negates"],
    ["\"some text\"", "anywhere in the record"],
  ];
  return h("dl", {}, rows.flatMap(([term, meaning]) => [h("dt", {}, h("code", {}, term)), h("dd", {}, meaning)]));
}
