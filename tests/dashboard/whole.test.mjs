// What a connection's record does not carry, and what the lab is asked for: its chain, its SIP text, names in
// two scripts, whose lab it is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { existsSync } from "node:fs";
import { Lab, launch, look } from "./lab.mjs";

let lab;
let browser;
let record;
before(async () => {
  lab = await Lab.start();
  browser = await launch();
  await lab.post("/hosts/front01/reissue", { add: ["sipinternal.contoso.test", "xn--bcher-kva.contoso.test"] });
  assert.equal(await lab.signin(), 0);
  [record] = await lab.recorded(1);
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

test("the head says whose lab it is", async () => {
  const page = await look(browser, lab);
  await page.locator("#lab", { hasText: "zone contoso.test, 1 virtual host" }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("SIP messages are there as they were, both ways, without credentials", async () => {
  const page = await look(browser, lab, `/?open=${record.id}&tab=sip`);
  const texts = page.locator("#drawer section.card pre");
  await texts.nth(1).waitFor({ state: "attached" });
  const said = await texts.allTextContents();
  assert.match(said[0], /^REGISTER sip:contoso\.test SIP\/2\.0\n/);
  assert.ok(said.some((text) => text.startsWith("SIP/2.0 ")), "our answer");
  await page.getByText("the message as it was").first().click();
  await texts.first().waitFor({ state: "visible" });
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the chain is a tree with the root above, which was not sent", async () => {
  const page = await look(browser, lab, `/?open=${record.id}&tab=certificate`);
  const tree = page.locator("#drawer #tab-panel > div > ul.chain");
  await tree.waitFor();
  const lines = (await tree.innerText()).split("\n").filter(Boolean);
  assert.match(lines[0], /FAKE OCS LAB.*not sent/i);
  assert.match(lines.at(-1), /^server: .*sip\.contoso\.test/);
  await page.context().close();
});

test("an internationalized name is shown both ways, and hides nothing", async () => {
  const page = await look(browser, lab, `/?open=${record.id}`);
  await page.locator("#drawer td.name", { hasText: "xn--bcher-kva.contoso.test (bücher.contoso.test)" }).waitFor();
  // RFC 3492 §7.1, and what is none.
  const shown = await page.evaluate(async (names) => {
    const { inScript } = await import("/idn.js");
    return names.map(inScript);
  }, ["xn--ihqwcrb4cv8a8dqg056pqjye", "xn--Proprostnemluvesky-uyb24dma41a", "xn--a!", "sip.contoso.test",
    "xn--a-qgn.test", "xn--99999999.test"]);
  assert.equal(shown[0], "他们为什么不说中文");
  assert.equal(shown[1], "pročprostěnemluvíčesky");
  assert.equal(shown[4], "a\\u{200b}.test", "what cannot be seen is spelled");
  assert.deepEqual([shown[2], shown[3], shown[5]], ["", "", ""]);
  await page.context().close();
});

test("under virtual hosts the path of the PFX can be copied", async () => {
  const { pfx } = (await lab.ask("/hosts")).hosts[0];
  assert.ok(existsSync(pfx), pfx);
  const page = await look(browser, lab, "/?view=hosts");
  assert.equal(await page.getByRole("button", { name: "copy PFX path" }).getAttribute("title"), pfx);
  await page.context().close();
});

test("what was asked for later is asked once, and is no part of the record that is shown", async () => {
  const page = await look(browser, lab);
  let asked = 0;
  page.on("request", (request) => { asked += request.url().endsWith(`/handshakes/${record.id}`) ? 1 : 0; });
  await page.locator("#rows tr[data-id]").first().click();
  for (const tab of ["certificate", "hello", "certificate"]) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator("#drawer").getByText(tab === "hello" ? "supported_groups" : "Chain, as it is sent", { exact: true }).waitFor();
  }
  await page.locator("#tab-raw").click();
  const shown = JSON.parse(await page.locator("#tab-panel pre").textContent());
  assert.equal(shown.id, record.id);
  assert.deepEqual(["whole", "hello_names", "chain"].filter((key) => key in shown), []);
  assert.equal(asked, 1);
  await page.context().close();
});

test("in the list, too, an xn-- name has beside it what it means, and stays what was sent", async () => {
  await lab.handshake("xn--bcher-kva.contoso.test");
  const page = await look(browser, lab, "/?columns=time,wanted,sni");
  const row = page.locator("#rows tr", { hasText: "xn--bcher-kva" });
  for (const column of ["wanted", "sni"])
    assert.match(await row.locator(`td.${column}`).innerText(), /^xn--bcher-kva\.contoso\.test\s+\(bücher\.contoso\.test\)/);
  await row.getByRole("button", { name: "steps at" }).click();
  await page.locator("#rows .steps-row").getByText("sni=xn--bcher-kva.contoso.test (bücher.contoso.test)").waitFor();
  const host = await page.evaluate(async () => {
    const { cells } = await import("/columns.js");
    history.replaceState(null, "", "/?columns=vhost");
    (await import("/state.js")).read();
    return cells({ virtual_host: "xn--mnchen-3ya", host_choice: "exact", verdict: "accepted" })[0].textContent;
  });
  assert.equal(host, "xn--mnchen-3ya (münchen) exact name");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
