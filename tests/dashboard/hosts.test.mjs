// More virtual hosts than a page shows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

const count = 130;
const host = (i) => `  - {id: host${i}, names: [h${i}.contoso.test], certificate: {generate: {subject: CN=h${i}.contoso.test, key: p-256}}}`;

let lab;
let browser;
before(async () => {
  lab = await Lab.serve(`listeners: [{port: 0}]\nhosts:\n${Array.from({ length: count }, (_, i) => host(i)).join("\n")}\n`);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

test("they come a hundred at a time, and what is left out is said", async () => {
  const page = await look(browser, lab, "/?view=hosts");
  const cards = page.locator("section.card h3", { hasText: /^host\d+ / });
  await page.getByText("130 in all.").waitFor();
  assert.equal(await cards.count(), 100);
  await page.getByText("100 of 130 are shown").waitFor();
  const arm = page.getByRole("form", { name: "arm a fault" });
  await arm.locator("[name=fault]").selectOption("certificate");
  await page.getByRole("button", { name: "30 more" }).focus();
  await page.keyboard.press("Enter");
  await cards.nth(129).waitFor();
  assert.equal(await page.getByRole("button", { name: /more$/ }).count(), 0);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^host100 /, "the focus goes to the first of them");
  await page.getByRole("button", { name: "arm a fault for host129" }).click();
  assert.equal(await arm.locator("[name=host]").inputValue(), "host129");
  await arm.locator("[name=value]").selectOption("host128");
  await arm.locator("[name=fault]").selectOption("alert");
  await arm.locator("[name=fault]").selectOption("certificate");
  await arm.locator("[name=value]").selectOption("host127");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a page that does not come says so, and can be asked for again", async () => {
  const page = await look(browser, lab, "/?view=hosts");
  await page.route(/first=100/, (route) => route.fulfill({ status: 503, json: { error: { what: "not now" } } }), { times: 1 });
  await page.getByRole("button", { name: "30 more" }).click();
  await page.locator("main .problem", { hasText: "not now" }).waitFor();
  await page.getByRole("button", { name: "30 more" }).click();
  await page.locator("section.card h3", { hasText: /^host129 / }).waitFor();
  assert.equal(await page.locator("main .problem", { hasText: "not now" }).count(), 0);
  await page.context().close();
});

test("the matrix says which hosts are not in it, and has one that was asked for, wherever it stands", async () => {
  await lab.handshake("h120.contoso.test");
  await lab.recorded(1);
  const page = await look(browser, lab, "/?view=matrix");
  await page.getByRole("columnheader", { name: "host120" }).waitFor();
  await page.getByText(/Not in this table: 128 hosts that no client has asked for yet/).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
