// A sign-in is seen as it happens, understood, and what is wrong is put right.

import assert from "node:assert/strict";
import { execSync } from "node:child_process";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

let lab;
let browser;
before(async () => {
  lab = await Lab.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

const fine = (page) => {
  assert.deepEqual(page.problems, []);
  assert.deepEqual(page.elsewhere, [], "nothing is asked of anybody but the lab");
};

test("an empty lab teaches what to paste; a sign-in appears live, and the drawer answers", async () => {
  const page = await look(browser, lab);
  await page.getByText("signin alice@contoso.test").first().waitFor();
  await page.locator("#connection.live").waitFor();
  assert.equal(await lab.signin(), 10, "the name is not on the certificate");
  const row = page.locator("#rows tr[data-id]").first();
  await row.getByText("sipinternal.contoso.test").waitFor();
  await row.locator("td.verdict", { hasText: /finished-no-data|rejected-alert/ }).waitFor();
  await row.click();
  const drawer = page.locator("#drawer");
  await drawer.getByText("the name is not on the certificate").first().waitFor();
  assert.deepEqual(await drawer.locator("section mark").first().allTextContents(), ["sip"], "the label that differs is marked");
  await drawer.locator("code", { hasText: "reissue" }).first().waitFor();
  await drawer.locator("code", { hasText: "dnscmd . /RecordAdd" }).waitFor();
  await drawer.locator("code", { hasText: "Add-DnsServerResourceRecord" }).waitFor();
  await drawer.locator("svg.lanes").waitFor();
  assert.ok(new URL(page.url()).searchParams.get("open"), "the URL leads back here");
  await page.reload();
  await drawer.getByText("the name is not on the certificate").first().waitFor();
  for (const tab of ["hello", "certificate", "close", "SIP", "raw"]) {
    await drawer.getByRole("tab", { name: tab, exact: true }).click();
    await drawer.getByRole("tabpanel").waitFor();
  }
  fine(page);
  await page.context().close();
});

test("the fix that is shown, pasted into a shell, makes the next sign-in pass", async () => {
  const page = await look(browser, lab, "/?filter=wanted%3Asipinternal.contoso.test");
  await page.locator("#rows tr[data-id]").first().click();
  const line = await page.locator("#drawer code", { hasText: "--add-san" }).first().textContent();
  await page.keyboard.press("Escape");
  execSync(line, { cwd: lab.folder, stdio: "ignore" });
  assert.equal(await lab.signin(), 0, "signed in");
  await page.locator("#rows td.verdict.ok").first().waitFor();
  await page.goto(`${lab.url}/?view=matrix`);
  await page.locator("tr", { hasText: "sipinternal.contoso.test" }).getByText("would match").waitFor();
  fine(page);
  await page.context().close();
});

test("the button reissues the certificate, the next sign-in passes, and undo brings the old one back", async () => {
  const fresh = await Lab.start();
  const page = await look(browser, fresh);
  try {
    await page.locator("#connection.live").waitFor();
    assert.equal(await fresh.signin(), 10);
    await page.locator("#rows tr", { hasText: "sipinternal.contoso.test" }).first().click();
    const drawer = page.locator("#drawer");
    await drawer.getByRole("button", { name: "reissue front01 with this name" }).click();
    await drawer.getByRole("button", { name: "yes, add sipinternal.contoso.test" }).click();
    await drawer.getByText("reissued; the next connection gets it.").waitFor();
    assert.equal(await fresh.signin(), 0);
    await page.locator("#rows td.verdict.ok").first().waitFor();
    await drawer.getByRole("button", { name: "undo" }).click();
    await drawer.getByText("the certificate from before is served again").waitFor();
    assert.equal(await fresh.signin(), 10);
    await page.keyboard.press("4");
    await page.locator("section.card", { hasText: "front01" }).getByText("pool01.contoso.test").first().waitFor();
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await fresh.stop();
    fresh.remove();
  }
});

test("an SRV record published from the drawer is in the lab's DNS, and undo takes it away", async () => {
  const page = await look(browser, lab, "/?filter=verdict%3Afinished-no-data,rejected-alert");
  await page.locator("#rows tr[data-id]").first().click();
  const drawer = page.locator("#drawer");
  const srv = async () => (await lab.ask("/dns/records")).zones[0].records.filter((record) => record.type === "SRV").length;
  await drawer.getByRole("button", { name: "publish it in this lab's DNS" }).click();
  await drawer.getByText("published; the next look-up gets it.").waitFor();
  assert.equal(await srv(), 1);
  await drawer.getByRole("button", { name: "undo" }).click();
  await drawer.getByRole("button", { name: "publish it in this lab's DNS" }).waitFor();
  assert.equal(await srv(), 0);
  fine(page);
  await page.context().close();
});

test("the filter is the lab's, its problems are told, and it stays in the URL", async () => {
  await lab.handshake("other.contoso.test");
  const page = await look(browser, lab, "/?filter=wanted%3Asipinternal.contoso.test");
  await page.locator("#rows tr[data-id]").first().waitFor();
  assert.equal(await page.locator("#rows tr", { hasText: "other.contoso.test" }).count(), 0);
  await page.locator("#filter").fill("verdikt:x");
  await page.locator("#filter").press("Enter");
  await page.locator("#filter-problem", { hasText: "verdikt" }).waitFor();
  await page.locator("#filter").fill("sni:nobody.invalid");
  await page.locator("#filter").press("Enter");
  await page.getByText("No connection in the history matches this filter.").waitFor();
  assert.equal(new URL(page.url()).searchParams.get("filter"), "sni:nobody.invalid");
  await page.getByRole("button", { name: "clear the filter" }).click();
  await page.locator("#rows tr[data-id]").first().waitFor();
  assert.equal(new URL(page.url()).search, "");
  await page.context().close();
});
