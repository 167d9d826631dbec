// How the page behaves: by keyboard, on a narrow screen, with every verdict and fault; and what it weighs.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Lab, launch, look } from "./lab.mjs";

const www = new URL("../../src/admin/www/", import.meta.url);
const views = ["", "?view=attempts", "?view=matrix", "?view=hosts", "?view=dns", "?view=ca"];

let lab;
let browser;
before(async () => {
  lab = await Lab.start();
  browser = await launch();
  await lab.signin();
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.contoso.test`;
  await lab.handshake(long);
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

test("a view whose answer comes late does not stand in the place of the one shown after it", async () => {
  const page = await look(browser, lab);
  const ofHosts = /\/api\/v1\/hosts\?limit=100$/;
  const held = [];
  await page.route(ofHosts, (route) => { held.push(route); });
  await page.locator("#rows tr[data-id]").first().waitFor();
  const asked = page.waitForRequest(ofHosts);
  await page.keyboard.press("4");
  await asked;
  await page.keyboard.press("5");
  await page.getByRole("heading", { name: "DNS of the lab" }).waitFor();
  const answered = page.waitForResponse(ofHosts);
  for (const route of held) await route.continue();
  await (await answered).finished();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.ok(await page.getByRole("heading", { name: "DNS of the lab" }).isVisible());
  assert.equal(await page.getByRole("heading", { name: "Virtual hosts" }).count(), 0);
  await page.context().close();
});

test("by keyboard alone: views, search, rows, drawer, parts, and back", async () => {
  const page = await look(browser, lab);
  const keys = page.keyboard;
  await page.locator("#rows tr[data-id]").nth(1).waitFor();
  await keys.press("j");
  await keys.press("j");
  const second = await page.locator("#rows tr[data-id]").nth(1).getAttribute("data-id");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), second, "j goes down");
  await keys.press("ArrowUp");
  await keys.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), second, "and so do the arrows");
  await keys.press("Enter");
  await page.locator("#drawer").getByText("On one clock").waitFor();
  await page.locator("#drawer").getByText("judge as").waitFor();  // all is told
  for (let i = 0; i < 5; ++i) await keys.press("Tab");  // close, copy link, only this client, notes, the parts
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-answer");
  await keys.press("ArrowRight");
  await page.locator("#drawer").getByText("Cipher suites, in the client's order").waitFor();
  await page.locator("#drawer").getByText("supported_groups", { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "tab-hello", "the focus stays with the part");
  await keys.press("Escape");
  await page.locator("#drawer").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), second, "the focus is back on the row");
  await keys.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "filter");
  await keys.type("sni:none");
  await keys.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("#rows tr[data-id]").length === 1);
  await keys.press("Escape");
  await keys.press("?");
  await page.getByRole("dialog").waitFor();
  await keys.press("Escape");
  for (const [key, head] of [["2", "Attempts"], ["3", "Names asked for"], ["4", "Virtual hosts"], ["5", "DNS of the lab"], ["6", "The lab's CA"]]) {
    await keys.press(key);
    await page.locator("h2", { hasText: head }).waitFor();
  }
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("what is told later leaves the focus in the drawer where it is", async () => {
  const page = await look(browser, lab);
  const open = await page.locator("#rows tr[data-id]").first().getAttribute("data-id");
  let tell;
  const told = new Promise((resolve) => { tell = resolve; });
  await page.route("**/explanation", async (route) => { await told; await route.continue(); });
  await page.locator(`#rows tr[data-id="${open}"]`).click();
  await page.locator("#drawer").getByText("On one clock").waitFor();
  await page.locator("#drawer").getByRole("link", { name: "only this client" }).focus();
  tell();
  await page.locator("#drawer").getByText("judge as").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "only this client");
  await page.context().close();
});

test("360 px: no view scrolls sideways, light or dark", async () => {
  const page = await look(browser, lab, "/", { viewport: { width: 360, height: 640 } });
  const open = await page.locator("#rows tr[data-id]").first().getAttribute("data-id");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const view of [...views, ...["", "hello", "certificate", "close", "sip", "raw", "compare"].map((tab) => `?open=${open}&tab=${tab}`)]) {
      await page.goto(`${lab.url}/${view}`);
      await page.locator(view.includes("open=") ? "#drawer [role=tabpanel]" : "main > div > *").first().waitFor();
      await page.locator("#connection.live").waitFor();
      if (view === "") {
        for (const row of await page.locator("#rows button.more").all()) await row.click();
        await page.locator("#rows .steps-row .steps .steps").nth(1).waitFor();
      }
      const over = await page.evaluate(() => [document.documentElement, document.getElementById("drawer")]
        .map((element) => Math.max(0, element.scrollWidth - element.clientWidth)));
      assert.deepEqual(over, [0, 0], `${view} in ${colorScheme}`);
    }
  }
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("every verdict has its row, its sign and its chip, with the drawer open too", async () => {
  const page = await look(browser, lab);
  const plain = net.connect(lab.port, "127.0.0.1", () => plain.end("OPTIONS sip:x SIP/2.0\r\n\r\n"));
  plain.on("error", () => {});
  plain.resume();
  const row = page.locator("#rows tr", { hasText: "not-tls" });
  await row.waitFor();
  await row.click();
  await page.locator("#drawer h2", { hasText: "not-tls" }).waitFor();
  assert.ok(await row.locator("td.verdict").isVisible());
  await page.locator(".chip", { hasText: "no handshake" }).click();
  await page.waitForFunction(() => ![...document.querySelectorAll("#rows tr")].some((each) => each.textContent.includes("not-tls")));
  assert.equal(new URL(page.url()).searchParams.get("hide"), "odd");
  await page.context().close();
});

test("a fault armed on the DNS page is on every page, and lifted again", async () => {
  const page = await look(browser, lab, "/?view=dns");
  const form = page.locator("form", { hasText: "break a record" });
  await form.locator("[name=name]").fill("sip.contoso.test");
  await form.locator("[name=fault]").selectOption("servfail");
  await form.getByRole("button", { name: "arm" }).click();
  const banner = page.locator("#faults");
  await banner.getByText("DNS sip.contoso.test: servfail, until lifted").waitFor();
  assert.ok(await banner.getByText("1 fault is armed").isVisible());
  await page.keyboard.press("Escape");
  for (const key of ["1", "4", "5"]) {
    await page.keyboard.press(key);
    assert.ok(await banner.getByText("DNS sip.contoso.test: servfail").isVisible());
  }
  await banner.getByRole("button", { name: "lift DNS sip.contoso.test" }).click();
  await banner.waitFor({ state: "hidden" });
  await page.locator("main").getByText("None is armed").waitFor();
  const add = page.locator("form", { hasText: "add a record" });
  await add.locator("[name=name]").fill("sip");
  await add.locator("[name=value]").fill("not an address");
  await add.getByRole("button", { name: "add" }).click();
  await page.locator("main .problem", { hasText: "A is followed by 127.0.0.1" }).waitFor();
  await add.locator("[name=value]").fill("127.0.0.1");
  await add.getByRole("button", { name: "add" }).click();
  await page.locator("td", { hasText: /^sip\.contoso\.test$/ }).waitFor();
  await page.getByRole("button", { name: "delete A of sip.contoso.test" }).click();
  await page.getByRole("button", { name: "put it back" }).click();
  await page.locator("td", { hasText: /^sip\.contoso\.test$/ }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("all files together stay under 150 KB compressed, and none makes markup out of text", () => {
  const files = readdirSync(www);
  const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, www))).length, 0);
  assert.ok(bytes < 150_000, `${bytes} bytes`);
  for (const name of files.filter((each) => each.endsWith(".js")))
    assert.doesNotMatch(readFileSync(new URL(name, www), "utf8"), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
});
