// Header, views, keys. Each view is a module with show(place); the list stays alive behind the others.

import { get, hasSession, leave } from "./api.js";
import { AttemptsView } from "./attempts.js";
import { CaView } from "./ca.js";
import { loadClientNames } from "./clients.js";
import { DnsView } from "./dns.js";
import { button, clock, fill, h, pasteable } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Faults } from "./faults.js";
import { HostsView } from "./hosts.js";
import { ListView } from "./list.js";
import { MatrixView } from "./matrix.js";
import { change, read, state } from "./state.js";
import { FirstTrial } from "./trial.js";

const place = document.getElementById("view");
const connection = document.getElementById("connection");
const banner = document.getElementById("banner");
const away = document.getElementById("away");
const faults = new Faults(document.getElementById("faults"));
const firstTrial = new FirstTrial();
let status = null;
let shown = null;

const list = new ListView({
  open: openRecord,
  lesson,
  heard: undefined,
});
list.heard = {
  state: (word) => {
    connection.className = word;
    fill(connection, h("span", { "aria-hidden": "true" }, word === "live" ? "● " : "○ "), word);
    if (word === "live") refreshStatus();
    if (away.hidden !== (word === "live")) {
      away.hidden = word === "live";
      fill(away, `Reconnecting… What is shown is as of ${clock(Date.now())}; what happens meanwhile is added as soon as the lab answers.`);
    }
  },
  handshake: (record) => { faults.heard(record); drawer.refresh(record); shown?.handshake?.(record); },
  dns: (event) => { faults.asked(event); views.dns.heard(event); shown?.dns?.(event); },
  lesson,
};

const drawer = new Drawer(document.getElementById("drawer"),
  { closed: () => { list.mark(""); list.focus(); }, noted: () => list.paintColumns() });

const views = {
  list: { title: "connections", show: (at) => list.show(at) },
  attempts: new AttemptsView({ open: openRecord, commands }),
  matrix: new MatrixView({ commands }),
  hosts: new HostsView({ faults }),
  dns: new DnsView({ changed: () => refreshStatus() }),
  ca: new CaView(),
};

faults.lifted = () => { if (shown === views.dns) views.dns.load(); };

function openRecord(id) {
  change({ open: id, with: "" }, state.open === "");
  list.mark(id);
  drawer.open(id, list.records.get(id));
}

async function show(name, { focus = false } = {}) {
  const view = views[name] ?? views.list;
  shown = view;
  document.title = `${view.title} — fakeocs`;
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === (views[name] ? name : "list")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // A place of its own: what a view left behind fetches late goes where nobody looks.
  const own = h("div");
  place.replaceChildren(own);
  if (focus) place.focus();
  await view.show(own);
}

function go(name) {
  if (!drawer.place.hidden) drawer.close();
  change({ view: name === "list" ? "" : name, open: "", tab: "", with: "" }, true);
  show(name, { focus: true });
}

fill(document.getElementById("views"), Object.entries(views).map(([name, view], i) => {
  const link = h("a", { href: name === "list" ? "/" : `/?view=${name}`, title: `key ${i + 1}`, onclick: (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(name);
  } }, view.title);
  link.dataset.view = name;
  return link;
}));

async function refreshStatus({ names = true } = {}) {
  faults.load();
  try {
    status = await get("/status");
  } catch {
    return;
  }
  tellLab();
  if (names) nameClients();
  const failing = (status.sinks ?? []).filter((sink) => sink.failing);
  banner.hidden = failing.length === 0;
  if (failing.length)
    fill(banner, `Not written at the moment: ${failing.map((sink) => `${sink.name} (${sink.lost} lost)`).join(", ")}.`);
  if (list.rows.size === 0 && shown === views.list) list.paintEmpty();
}

/// The feed tells nothing of zones: who changes them here says so, who does elsewhere is seen within a minute.
async function nameClients() {
  if (!status?.dns || !(await loadClientNames())) return;
  list.paintColumns();
  drawer.repaint();
}
setInterval(() => { if (!document.hidden) nameClients(); }, 60_000);

/// Whose lab this is: its zone, and how many hosts it plays.
async function tellLab() {
  const zones = status.dns?.zones ?? 0;
  const zone = zones === 0 ? "" : zones === 1 ? `zone ${status.commands?.domain}, ` : `${zones} zones, `;
  const { total } = await get("/hosts?limit=1").catch(() => ({}));
  if (total !== undefined) fill(document.getElementById("lab"), `${zone}${total} virtual host${total === 1 ? "" : "s"}`);
}

/// What to paste to see the first one; the lab says it, with its own paths and ports.
function commands() {
  const told = status?.commands ?? {};
  return [["a sign-in as Communicator does it", told.signin], ["a handshake", told.s_client], ["a look-up", told.dig]]
    .filter(([, line]) => line).map(([label, line]) => pasteable(label, line));
}

function lesson() {
  if (status) firstTrial.suggest(status.commands?.domain);
  return h("section", { class: "lesson" },
    h("h2", {}, "Nothing has connected yet"),
    h("p", {}, "This page shows each connection as it happens. To see the first one, have the lab connect to itself, as a client that looks at the certificate:"),
    firstTrial.place,
    h("p", {}, "Or paste one of these:"),
    commands(),
    h("p", {}, "A real client on another machine needs the lab's address, its DNS server and its CA: see ",
      h("a", { href: "/?view=ca" }, "CA"), "."));
}

function keys() {
  const dialog = h("dialog", { "aria-labelledby": "keys-head" },
    h("h2", { id: "keys-head" }, "Keys"),
    h("dl", {}, [["j k", "next and previous connection"], ["Enter", "open it"], ["→ ←", "on a row: open and close its steps below it"], ["Esc", "close it"], ["/", "search"],
      ["p", "pause, go on"], ["1 … 6", "views"], ["← →", "parts of an open record, once one has the focus"], ["?", "this"]]
      .flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
    h("form", { method: "dialog" }, h("button", {}, "close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
document.getElementById("keys").addEventListener("click", keys);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape") {
    if (typing) typing.blur();
    else drawer.close();
    return;
  }
  if (typing) return;
  const onList = shown === views.list;
  const names = Object.keys(views);
  const inTabs = event.target.closest("[role=tablist], .scroll, pre");
  const does = {
    j: () => onList && list.move(1), k: () => onList && list.move(-1),
    ArrowDown: () => onList && event.target.closest("#rows") && list.move(1),
    ArrowUp: () => onList && event.target.closest("#rows") && list.move(-1),
    ArrowRight: () => onList && event.target.closest("#rows tr[data-id]") && list.unfold(true),
    ArrowLeft: () => onList && event.target.closest("#rows tr[data-id]") && list.unfold(false),
    Enter: () => onList && event.target.closest("tr[data-id]") && !event.target.closest("button") && list.openSelected(),
    "/": () => onList && list.search.focus(), "?": keys,
    p: () => onList && list.pause(!list.paused),
  }[event.key] ?? (/^[1-6]$/.test(event.key) ? () => go(names[Number(event.key) - 1]) : undefined);
  if (!does || (inTabs && event.key.startsWith("Arrow"))) return;
  // What is not for this place (Enter on a button, an arrow beside the rows) stays the browser's.
  const done = does();
  if (done !== false && done !== null) event.preventDefault();
});

async function restore() {
  read();
  await show(state.view || "list");
  if (state.open) {
    list.mark(state.open);
    drawer.open(state.open, list.records.get(state.open), { focus: false });
  } else if (!drawer.place.hidden) {
    drawer.close();
  }
}

addEventListener("popstate", restore);
read();
await refreshStatus({ names: false });  // the feed will be live in a moment
// The list feeds the other views, so it lives from the start.
if (views[state.view] && state.view !== "list") await list.show(h("div"));
await restore();

hasSession().then((is) => {
  if (is) document.getElementById("keys").before(button("sign out", leave, { id: "leave" }));
});
