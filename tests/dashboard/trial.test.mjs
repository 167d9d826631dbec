// Test connections, by a button: from an empty list and from the virtual hosts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const fine = async (page) => {
  assert.deepEqual(page.problems, []);
  assert.deepEqual(page.elsewhere, []);
  await page.context().close();
};

async function inLab(does) {
  const lab = await Lab.start();
  try {
    await does(lab);
    await lab.stop();
  } finally {
    lab.remove();
  }
}

test("from an empty list, by keyboard: the row appears, is said, and has the focus", () => inLab(async (lab) => {
  const page = await look(browser, lab);
  const field = page.getByLabel("server name");
  await page.waitForFunction(() => document.querySelector(".trial input")?.value === "sip.contoso.test");
  await page.locator("#connection.live").waitFor();
  await field.focus();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "make a test connection");
  await page.keyboard.press("Enter");
  const row = page.locator("#rows tr[data-id]");
  await row.getByText("sip.contoso.test").first().waitFor();
  await page.locator("#said", { hasText: "sip.contoso.test: accepted; the certificate is of the lab's CA" }).waitFor();
  assert.equal(await row.count(), 1);
  await page.waitForFunction(() => document.activeElement.dataset.id !== undefined);
  const [record] = await lab.everything();
  assert.deepEqual([record.close, record.verdict], ["close_notify", "accepted"]);
  await fine(page);
}));

test("a name that no certificate has is offered, and refused as a client does", () => inLab(async (lab) => {
  const page = await look(browser, lab);
  await page.getByRole("button", { name: "try sipinternal.contoso.test, which no certificate has" }).click();
  await page.locator("#rows tr", { hasText: "sipinternal.contoso.test" }).locator("td.verdict", { hasText: "rejected-alert" }).waitFor();
  await page.locator("#said", { hasText: "sipinternal.contoso.test: refused" }).waitFor();
  await fine(page);
}));

test("what is typed stays while the page is painted, and what is refused is said", () => inLab(async (lab) => {
  const page = await look(browser, lab);
  const field = page.getByLabel("server name");
  await page.waitForFunction(() => document.querySelector(".trial input")?.value === "sip.contoso.test");
  await field.fill("bad..name");
  await lab.post("/dns/faults", { name: "sip.contoso.test", fault: "servfail" });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await field.press("Enter");
  await page.locator(".trial .problem", { hasText: "'bad..name' is not a host name" }).waitFor();
  assert.equal(await field.inputValue(), "bad..name");
  assert.equal(await page.evaluate(() => document.activeElement.name), "name");
  await fine(page);
}));

test("each virtual host can be tried; the answer leads to its record", () => inLab(async (lab) => {
  const page = await look(browser, lab, "/?view=hosts");
  const form = page.getByRole("form", { name: "make a test connection to front01" });
  assert.equal(await form.getByLabel("server name").inputValue(), "sip.contoso.test");
  await form.getByLabel("server name").fill("other.contoso.test");
  await form.getByRole("button", { name: "try this name" }).click();
  await page.locator(".trial", { hasText: "other.contoso.test: refused; the certificate has DNS:sip.contoso.test" }).waitFor();
  await page.getByRole("link", { name: "its record" }).click();
  await page.locator("#drawer").getByText("bad_certificate").first().waitFor();
  await fine(page);
}));
