// Faults on demand: armed on the page, said over every view, seen by a client, lifted.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fakeocs, Lab, launch, look } from "./lab.mjs";

const config = `
listeners: [{name: front, port: 0}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
  - id: front02
    certificate: {generate: {subject: CN=front02, sans: [front02.contoso.test], key: p-256}}
`;

let lab;
let browser;
before(async () => {
  lab = await Lab.serve(config);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

const command = (...words) => execFileSync(fakeocs, ["fault", ...words, "--state-dir", join(lab.folder, "state")], { encoding: "utf8" });
const quiet = async (page) => {
  await page.locator("#faults").waitFor({ state: "hidden" });
  assert.equal(command("list"), "no fault is armed\n");
};

test("armed on the page, said over every view with what is left, struck, lifted", async () => {
  const page = await look(browser, lab, "/?view=hosts");
  const banner = page.locator("#faults");
  await page.getByRole("button", { name: "arm a fault for front01" }).click();
  const form = page.getByRole("form", { name: "arm a fault" });
  assert.equal(await form.locator("[name=host]").inputValue(), "front01");
  await form.locator("[name=fault]").selectOption("close");
  await form.locator("[name=value]").selectOption("hello");
  await form.getByLabel("for the next").fill("2");
  await form.getByRole("button", { name: "arm" }).click();
  await banner.getByText("1 fault is armed").waitFor();
  await banner.getByText("host front01: close after the ClientHello, next 2").waitFor();
  for (const key of ["1", "2", "6"]) {
    await page.locator("body").press(key);
    assert.ok(await banner.getByText("next 2").isVisible());
  }
  await lab.handshake("sip.contoso.test");
  await banner.getByText("next 1").waitFor();
  await banner.getByText("struck 1").waitFor();
  const [record] = await lab.everything();
  assert.equal(record.detail, "fault: close after the ClientHello");
  await banner.getByRole("button", { name: /^lift host front01/ }).click();
  await quiet(page);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the last one struck, the banner goes by itself", async () => {
  const page = await look(browser, lab);
  command("arm", "close", "hello", "--next", "1");  // by somebody else
  await page.locator("#faults").getByText("every connection: close after the ClientHello, next 1").waitFor();
  await lab.handshake("sip.contoso.test");
  await quiet(page);
  await page.locator("#rows tr[data-id]").first().click();
  await page.locator("#drawer").getByText("this was the armed fault 'close after the ClientHello', not the client").waitFor();
  await page.context().close();
});

test("every kind has its own question, and what the lab refuses is said", async () => {
  const page = await look(browser, lab, "/?view=hosts");
  const form = page.getByRole("form", { name: "arm a fault" });
  await form.waitFor();
  const arm = async (kind, label, value, line) => {
    await form.locator("[name=fault]").selectOption(kind);
    const told = form.locator("[name=value]");
    if (label) assert.ok((await form.locator("label:has([name=value])").textContent()).startsWith(`${label} `));
    else assert.equal(await told.count(), 0);
    if (value !== undefined) await (await told.evaluate((at) => at.tagName) === "SELECT" ? told.selectOption(value) : told.fill(value));
    if (value === "redirect") await form.locator("[name=home]").fill("pool02.contoso.test");
    await form.getByRole("button", { name: "arm" }).click();
    await page.locator("#faults").getByText(line).waitFor();
  };
  await arm("wait", "ms", "3000", "wait 3000 ms before the answer");
  await arm("reset", "where", "finished", "reset after Finished");
  await arm("alert", "alert", "200", "alert 200 unassigned");
  await arm("unrecognized_name", "", undefined, "alert 112 unrecognized_name");
  await arm("certificate", "of host", "front02", "certificate of front02");
  await arm("expired", "", undefined, "expired certificate");
  await arm("slow", "bytes a second", "50", "slow, 50 bytes a second");
  await arm("register", "answer", "redirect", "REGISTER answered 301 to pool02.contoso.test");
  await form.locator("[name=fault]").selectOption("close");
  await form.locator("[name=value]").selectOption("accept");
  await form.getByLabel("wanted name").fill("sip.contoso.test");
  await form.getByRole("button", { name: "arm" }).click();
  await page.getByText("at accept nobody knows yet").waitFor();
  await page.locator("#faults").getByRole("button", { name: "lift all" }).click();
  await quiet(page);
  assert.deepEqual(page.problems, []);
  assert.deepEqual(page.elsewhere, []);
  await page.context().close();
});
