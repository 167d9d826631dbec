// The live list under load and over interruptions: what comes is there, once, in its place, and the page stays quick.

import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fakeocs, Lab, launch, look } from "./lab.mjs";

const most = 300;  // rows of the table
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const idsOf = (page) => page.locator("#rows tr[data-id]").evaluateAll((rows) => rows.map((row) => row.dataset.id));
const newestFirst = (records) => [...records]
  .sort((one, other) => (`${one.time} ${one.id}` < `${other.time} ${other.id}` ? 1 : -1)).map((record) => record.id);

/// Until the page's rows are these records' and none is provisional; what they are instead, if that does not happen.
async function shows(page, records) {
  const ids = newestFirst(records).slice(0, most);
  const right = page.waitForFunction((wanted) => {
    const rows = [...document.querySelectorAll("#rows tr[data-id]")];
    return JSON.stringify(rows.map((row) => row.dataset.id)) === wanted && !rows.some((row) => row.querySelector(".verdict.waits"));
  }, JSON.stringify(ids), { polling: 200 }).catch(() => undefined);
  await right;
  assert.deepEqual(await idsOf(page), ids);
}

/// The page with a count of the long tasks of its main thread and of the rows made, from its first moment on.
async function measured(lab) {
  const page = await look(browser, lab, "/livez");
  await page.addInitScript(() => {
    window.longest = 0;
    window.made = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
    }).observe({ type: "longtask", buffered: true });
    const create = document.createElement;
    document.createElement = function (name, ...more) {
      if (name === "tr") ++window.made;
      return create.call(this, name, ...more);
    };
  });
  page.requests = [];
  page.on("request", (request) => page.requests.push(new URL(request.url()).pathname));
  return page;
}

/// What is asked for beside the list, now or a little later: the faults every few seconds, whose lab it is, the names of
/// clients, and in an empty list what could be tried.
const beside = new Set(["/faults", "/dns/faults", "/status", "/hosts", "/dns/records", "/compare"]);

async function loaded(page, lab) {
  page.requests.length = 0;
  await page.goto(lab.url);
  await page.locator("#connection.live").waitFor();
  await page.locator("main > div > *").first().waitFor();
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  return { requests: page.requests.filter((path) => !beside.has(path.replace("/api/v1", ""))).sort(), made: await page.evaluate(() => window.made), paint };
}

test("the first paint costs the same with 1,000 records as with none, but for the rows of one page", async (t) => {
  const lab = await Lab.start();
  try {
    const page = await measured(lab);
    const empty = await loaded(page, lab);
    await lab.crowd(1000);
    const records = await lab.recorded(1000);
    const full = await loaded(page, lab);
    await shows(page, records.slice(0, 200));
    assert.deepEqual(full.requests, empty.requests, "nothing more is asked for");
    assert.ok(full.made - empty.made <= 200, `${full.made - empty.made} rows were made`);
    t.diagnostic(`first contentful paint after ${empty.paint} ms, with 1,000 records ${full.paint} ms`);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await lab.stop();
    lab.remove();
  }
});

test("a burst of 1,000 connections loses nothing and does not freeze the page", async (t) => {
  const lab = await Lab.start();
  try {
    const page = await measured(lab);
    await loaded(page, lab);
    const begun = Date.now();
    await lab.crowd(1000);
    t.diagnostic(`1,000 connections in ${Date.now() - begun} ms`);
    const records = await lab.recorded(1000);
    assert.equal(records.length, 1000);
    await shows(page, records);
    const made = await page.evaluate(() => window.made);
    assert.ok(made <= 1100, `${made} rows were made for 1,000 connections`);
    assert.equal(await page.locator("#rows tr.gap").count(), 0);

    // Scrolled down, the list holds still and counts.
    await page.evaluate(() => window.scrollTo(0, 2000));
    const held = await idsOf(page);
    await lab.crowd(40);
    await page.locator(".fresh", { hasText: "40 new" }).waitFor();
    assert.deepEqual(await idsOf(page), held);
    await page.locator(".fresh").click();
    await page.locator(".fresh").waitFor({ state: "hidden" });
    await shows(page, await lab.recorded(1040));
    const longest = await page.evaluate(() => window.longest);
    t.diagnostic(`the longest task of the page's main thread: ${longest} ms`);
    assert.ok(longest < 1000, `the page stood still for ${longest} ms`);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await lab.stop();
    lab.remove();
  }
});

test("what ends while the page asks for the first time is there; what began earlier stands below what began later", async () => {
  const lab = await Lab.start();
  try {
    const early = net.connect(lab.port, "127.0.0.1");
    await once(early, "connect");
    const page = await look(browser, lab, "/livez");
    const held = [];
    await page.route("**/api/v1/events*", (route) => { held.push(route); });
    const asked = page.waitForRequest("**/api/v1/events*");
    await page.goto(lab.url);
    await asked;
    await lab.handshake("between.contoso.test");
    await lab.recorded(1);
    for (const route of held) await route.continue();
    await page.locator("#rows tr", { hasText: "between.contoso.test" }).waitFor();
    early.destroy();
    const both = await lab.recorded(2);
    assert.equal(both[0].verdict, "closed-before-hello", "it ended last");
    await shows(page, both);
    assert.equal((await idsOf(page))[0], both[1].id);
    await page.context().close();
  } finally {
    await lab.stop();
    lab.remove();
  }
});

test("over a restart every record is there, once, in order; a bar says so meanwhile", async () => {
  const lab = await Lab.start();
  try {
    const page = await look(browser, lab);
    await page.locator("#connection.live").waitFor();
    for (let i = 0; i < 30; ++i) await lab.handshake(`before${i}.contoso.test`);
    const before = await lab.recorded(30);
    await shows(page, before);
    assert.ok(await page.locator("#away").isHidden());
    // Refused, the browser gives up and the page has to ask where it stopped; what happens until then it cannot see.
    await page.route("**/api/v1/**", (route) => route.fulfill({ status: 503, json: { error: { what: "not yet" } } }));
    const again = await lab.restart();
    await page.locator("#away", { hasText: "Reconnecting…" }).waitFor();
    assert.deepEqual(await idsOf(page), newestFirst(before), "what was there stays readable");
    await again();
    for (let i = 0; i < 30; ++i) await lab.handshake(`while${i}.contoso.test`);
    await lab.recorded(60);
    assert.ok(await page.locator("#away").isVisible());
    await page.unroute("**/api/v1/**");
    await page.locator("#connection.live").waitFor();
    await page.locator("#away").waitFor({ state: "hidden" });
    for (let i = 0; i < 30; ++i) await lab.handshake(`after${i}.contoso.test`);
    const all = await lab.recorded(90);
    assert.deepEqual(newestFirst(all).slice(60), newestFirst(before), "the history kept its ids");
    await shows(page, all);
    assert.equal(await page.locator("#rows tr.gap").count(), 0);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await lab.stop();
    lab.remove();
  }
});

test("what is not kept any more is a row that says so, in its place", async () => {
  const lab = await Lab.serve(`
listeners: [{address: 127.0.0.1, port: 0}]
history: {records: 100}
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: "CN=sip.contoso.test", sans: [sip.contoso.test]}}
`);
  try {
    const page = await look(browser, lab);
    await page.locator("#connection.live").waitFor();
    await lab.handshake("first.contoso.test");
    const first = await lab.recorded(1);
    await shows(page, first);
    await page.route("**/api/v1/**", (route) => route.abort());
    await (await lab.restart())();
    await lab.crowd(240);
    await lab.recorded(240);
    await (await lab.restart())();  // the start deletes what is beyond a hundred
    const kept = await lab.everything();
    assert.equal(kept.length, 100);
    await page.unroute("**/api/v1/**");
    await page.locator("#rows tr.gap", { hasText: "what lies between is not kept any more" }).waitFor();
    await shows(page, [...first, ...kept]);
    const at = await page.locator("#rows tr").evaluateAll((rows) => rows.findIndex((row) => row.className === "gap"));
    assert.equal(at, 100, "above what was there, below what came after");
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await lab.stop();
    lab.remove();
  }
});

test("records that the history itself has lost are a row with their number, between what came before and after", async () => {
  const lab = await Lab.start();
  try {
    const page = await look(browser, lab);
    await page.locator("#connection.live").waitFor();
    await lab.handshake("before.contoso.test");
    const [before] = await lab.recorded(1);
    await shows(page, [before]);
    // As the journal's writer says it once its disk has room again.
    const gap = join(lab.folder, "gap.jsonl");
    writeFileSync(gap, `${JSON.stringify({ schema: "fakeocs.gap/1", lost: 7, from: before.time, to: new Date().toISOString() })}\n`);
    assert.equal(await lab.shell(`${fakeocs} log --import ${gap} --state-dir ${lab.folder}/state`), 0);
    await lab.handshake("after.contoso.test");
    const all = await lab.recorded(2);
    await page.locator("#rows tr.gap", { hasText: "7 records were lost here" }).waitFor();
    await shows(page, all);
    const kinds = await page.locator("#rows tr").evaluateAll((rows) => rows.map((row) => row.className === "gap"));
    assert.deepEqual(kinds, [false, true, false]);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await lab.stop();
    lab.remove();
  }
});

test("a history that was begun anew is told, too, and its records are shown", async () => {
  const lab = await Lab.start();
  try {
    const page = await look(browser, lab);
    await page.locator("#connection.live").waitFor();
    for (let i = 0; i < 5; ++i) await lab.handshake(`old${i}.contoso.test`);
    const old = await lab.recorded(5);
    await shows(page, old);
    const again = await lab.restart();
    for (const name of ["history.db", "history.db-wal", "history.db-shm"]) rmSync(join(lab.folder, "state", name), { force: true });
    await again();
    await page.locator("#rows tr.gap", { hasText: "the history was begun anew" }).waitFor();
    await lab.handshake("new.contoso.test");
    await shows(page, [...old, ...await lab.recorded(1)]);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await lab.stop();
    lab.remove();
  }
});
