// Steps below a row of the list: opened and closed by keyboard and pointer while the list goes on.

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

let lab;
let browser;
let signed;
before(async () => {
  lab = await Lab.start();
  browser = await launch();
  await lab.post("/hosts/front01/reissue", { add: ["sipinternal.contoso.test"] });
  assert.equal(await lab.signin(), 0);
  await lab.handshake("sip.contoso.test", "GET / HTTP/1.0\r\n\r\n");
  await lab.plain("OPTIONS sip:x SIP/2.0\r\n\r\n");
  signed = (await lab.recorded(3)).find((record) => record.user);
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

const rowOf = (page, record) => page.locator(`#rows tr[data-id="${record.id}"]`);
const buttonOf = (page, record) => rowOf(page, record).getByRole("button", { name: "steps at" });
const stepsOf = (page, record) => page.locator(`[id="steps-${record.id}"]`);
const focused = (page) => page.evaluate(() => document.activeElement.dataset.id ?? document.activeElement.textContent);

/// Each steps row stands below its own row, as wide as the table.
async function inPlace(page, count) {
  const found = await page.locator("#rows .steps-row").evaluateAll((rows) => rows.map((row) => ({
    own: row.id === `steps-${row.previousElementSibling?.dataset.id}`,
    wide: row.cells[0].colSpan === document.querySelectorAll(".live thead th").length })));
  assert.deepEqual(found, Array.from({ length: count }, () => ({ own: true, wide: true })));
}

test("by keyboard: → opens the steps of the selected row, ← closes them; j and k skip them", async () => {
  const page = await look(browser, lab);
  const keys = page.keyboard;
  await rowOf(page, signed).waitFor();
  await keys.press("j");
  while (await focused(page) !== signed.id) await keys.press("j");
  const button = buttonOf(page, signed);
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await keys.press("ArrowRight");
  const steps = stepsOf(page, signed);
  for (const lane of ["DNS A sipinternal.contoso.test", "TCP 127.0.0.1:", "TLS ClientHello",
    "TLS certificate of front01 sent", "TLS Finished", "SIP REGISTER alice@contoso.test", "SIP REGISTER answered 200", "accepted"])
    await steps.locator("li", { hasText: lane }).first().waitFor();
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  assert.equal(await button.getAttribute("aria-controls"), await steps.getAttribute("id"));
  assert.equal(await focused(page), signed.id, "the focus stays on the row");
  await keys.press("ArrowRight");
  await inPlace(page, 1);
  await keys.press("k");
  await keys.press("j");
  assert.equal(await focused(page), signed.id);
  assert.ok(await page.locator("#drawer").isHidden());
  await keys.press("ArrowLeft");
  await inPlace(page, 0);
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await keys.press("ArrowLeft");
  await inPlace(page, 0);

  // The button: the next stop after the selected row, and the only one of its kind.
  await keys.press("Tab");
  assert.match(await focused(page), /^steps at \d\d:\d\d:\d\d/);
  assert.equal(await page.locator("#rows button.more[tabindex='0']").count(), 1);
  for (const key of ["Enter", "Space"]) {
    await keys.press(key);
    await inPlace(page, key === "Enter" ? 1 : 0);
  }
  assert.ok(await page.locator("#drawer").isHidden());
  await keys.press("Shift+Tab");
  await keys.press("Enter");
  await page.locator("#drawer").getByText("On one clock").waitFor();
  await keys.press("Escape");
  await keys.press("?");
  await page.getByRole("dialog").getByText("open and close its steps").waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("several stay open while rows come, columns change and a filter is set; the button keeps the focus", async () => {
  const page = await look(browser, lab);
  await rowOf(page, signed).waitFor();
  const others = (await lab.everything()).filter((record) => record.id !== signed.id).slice(0, 1);
  for (const record of [signed, ...others]) await buttonOf(page, record).click();
  await stepsOf(page, signed).getByText("SIP REGISTER alice").first().waitFor();
  assert.ok(await page.locator("#drawer").isHidden(), "the button does not open the record");
  await inPlace(page, 2);
  const client = tls.connect({ host: "127.0.0.1", port: lab.port, servername: "slow.contoso.test", rejectUnauthorized: false });
  await once(client, "secureConnect");
  const slow = page.locator("#rows tr", { hasText: "so far" });
  await slow.waitFor();
  const id = await slow.getAttribute("data-id");
  await slow.getByRole("button", { name: "steps at" }).click();
  await stepsOf(page, { id }).getByText("so far").waitFor();
  await inPlace(page, 3);
  await lab.handshake("later.contoso.test");
  await page.locator("#rows tr", { hasText: "later.contoso.test" }).waitFor();
  await inPlace(page, 3);
  client.end();
  await stepsOf(page, { id }).locator("li", { hasText: "finished-" }).filter({ hasNotText: "so far" }).first().waitFor();
  await stepsOf(page, { id }).getByText("so far").waitFor({ state: "detached" });
  assert.match(await focused(page), /^steps at/, "a row that is painted anew keeps the focus on its button");
  await page.getByText("columns", { exact: true }).click();
  await page.getByLabel("cipher suite").check();
  await inPlace(page, 3);
  await page.locator(".chip", { hasText: "rejected" }).click();  // the list is read anew
  await stepsOf(page, signed).getByText("SIP REGISTER alice").first().waitFor();
  await stepsOf(page, { id }).getByText("TLS Finished").waitFor();
  await inPlace(page, 3);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("what began earlier and ends now comes below the steps of what began later, not between", async () => {
  const early = net.connect(lab.port, "127.0.0.1");
  await once(early, "connect");
  await lab.handshake("above.contoso.test");
  const page = await look(browser, lab);
  await page.locator("#connection.live").waitFor();
  await page.locator("#rows tr", { hasText: "above.contoso.test" }).getByRole("button", { name: "steps at" }).click();
  await page.locator("#rows .steps-row").getByText("TLS Finished").waitFor();
  early.destroy();
  await page.locator("#rows tr", { hasText: "closed-before-hello" }).waitFor();
  assert.match(await page.locator("#rows tr").nth(2).innerText(), /closed-before-hello/);
  await inPlace(page, 1);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("beside an open drawer, and with many columns, names have room and steps are as wide as the table", async () => {
  const page = await look(browser, lab, `/?open=${signed.id}`);
  await page.locator("#drawer").getByText("On one clock").waitFor();
  await buttonOf(page, signed).click();
  await stepsOf(page, signed).getByText("TLS Finished").waitFor();
  const widths = () => page.evaluate(() => ["table.live", ".live .steps-row > td", ".live th.wanted"].map((at) => document.querySelector(at).clientWidth));
  let [table, steps, wanted] = await widths();
  assert.ok(Math.abs(table - steps) < 3 && wanted > 150, `beside the drawer: ${[table, steps, wanted]}`);
  await page.keyboard.press("Escape");
  await page.goto(`${lab.url}/?columns=time,client,wanted,vhost,verdict,tls,took,sni,user,alert,suite,subject,close`);
  await buttonOf(page, signed).click();
  await stepsOf(page, signed).getByText("TLS Finished").waitFor();
  [table, steps, wanted] = await widths();
  assert.ok(Math.abs(table - steps) < 3 && wanted > 150, `with many columns: ${[table, steps, wanted]}`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth <= 0), true, "the table scrolls, not the page");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("what the history does not have yet is asked for again, and is no error", async () => {
  const page = await look(browser, lab);
  let asked = 0;
  await page.route(`**/api/v1/attempts/${signed.attempt}`, async (route) => {
    if (++asked === 1) return route.fulfill({ status: 404, json: { error: { what: "no attempt is in the history" } } });
    if (asked > 2) return route.continue();
    const reply = await route.fetch();
    const attempt = await reply.json();
    attempt.records = attempt.records.filter((record) => record.schema.startsWith("fakeocs.dns/"));
    return route.fulfill({ json: attempt });
  });
  await buttonOf(page, signed).click();
  await stepsOf(page, signed).getByText("TLS Finished").waitFor();  // of the record itself
  await stepsOf(page, signed).getByText("SIP REGISTER alice").first().waitFor();
  assert.equal(asked, 3);
  assert.equal(await page.locator("main .problem", { hasText: /./ }).count(), 0);
  await page.unroute(`**/api/v1/attempts/${signed.attempt}`);
  await page.route("**/api/v1/attempts/*", (route) => route.fulfill({ status: 503, json: { error: { what: "the disk is on fire" } } }));
  await buttonOf(page, signed).click();
  await buttonOf(page, signed).click();
  await stepsOf(page, signed).getByText("the disk is on fire").waitFor();
  await stepsOf(page, signed).getByText("TLS Finished").waitFor();
  await page.context().close();
});

test("with its row the steps go where newer ones take its place", async () => {
  const page = await look(browser, lab);
  await rowOf(page, signed).waitFor();
  await page.locator("#connection.live").waitFor();
  await buttonOf(page, signed).click();
  await stepsOf(page, signed).getByText("SIP REGISTER alice").first().waitFor();
  const before = (await lab.everything()).length;
  await lab.crowd(290);
  await lab.recorded(before + 290);
  await page.waitForFunction((count) => document.querySelectorAll("#rows tr[data-id]").length >= count, Math.min(300, before + 290));
  await inPlace(page, before + 290 > 300 ? 0 : 1);
  await lab.crowd(20);
  await page.waitForFunction(() => document.querySelectorAll("#rows tr[data-id]").length === 300 && !document.querySelector("#rows .steps-row"));
  assert.equal(await rowOf(page, signed).count(), 0);
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowRight");
  await inPlace(page, 1);
  const newest = await page.locator("#rows tr[data-id]").first().getAttribute("data-id");
  await lab.handshake("last.contoso.test");
  await page.locator("#rows tr", { hasText: "last.contoso.test" }).waitFor();
  assert.equal(await page.locator("#rows tr[data-id]").count(), 300, "steps push no row out");
  assert.equal(await page.locator("#rows .steps-row").getAttribute("id"), `steps-${newest}`);
  await inPlace(page, 1);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
