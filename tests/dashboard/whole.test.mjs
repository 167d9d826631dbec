// What a connection's record does not carry, and what the lab is asked for: its chain, its SIP text, names in
// two scripts, whose lab it is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { existsSync } from "node:fs";
import { Lab, launch, look } from "./lab.mjs";

/// As Windows XP sends it: eleven suites, no extension.
const xpSuites = "00040005000a00090064006200030006001300120063";
const xpHello = Buffer.from(`16030100410100003d0301${"55".repeat(32)}000016${xpSuites}0100`, "hex");

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

test("who the client may be is shown as a guess, and each suite with whether it could have been agreed on", async () => {
  const page = await look(browser, lab, `/?open=${record.id}&tab=hello`);
  const panel = page.locator("#drawer #tab-panel");
  const pair = (name) => panel.locator("dl > dt", { hasText: name }).locator("xpath=following-sibling::dd[1]");
  assert.equal(await pair("client family, a guess").textContent(), "possibly OpenSSL 1.1 or 3", "as what imitates a client of TLS 1.0");
  assert.match(await pair("what it goes by").textContent(), /^8 suites; .*every program with it looks alike$/);
  assert.match(await pair("but").textContent(), /User-Agent 'UCCA?P.*Office Communicator 2007.*but the hello is that of OpenSSL/);
  await panel.locator("ol.suites li").first().waitFor();
  const suites = await panel.locator("ol.suites li").allTextContents();
  assert.equal(suites.length, record.hello.cipher_suites.length);
  assert.ok(suites.some((text) => text === `${record.tls.cipher_suite} ✓ yes: in ${record.tls.version}`), suites.join("\n"));
  assert.ok(suites.includes("TLS_EMPTY_RENEGOTIATION_INFO_SCSV signal: no suite: a signal to the server"));
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("columns: User-Agent, listener, and the guess with what it goes by", async () => {
  const page = await look(browser, lab, "/?columns=time,verdict,listener,agent,family&filter=agent%3Auccp,uccapi");
  const row = page.locator("#rows tr[data-id]").first();
  assert.equal(await row.locator("td.agent").textContent(), record.user_agent);
  assert.equal(await row.locator("td.listener").textContent(), record.listener);
  assert.equal(await row.locator("td.family").textContent(), "OpenSSL 1.1 or 3?");
  assert.match(await row.locator("td.family").getAttribute("title"), /^a guess; User-Agent .*; \d+ suites; /);
  assert.equal(await page.locator("thead th.family").textContent(), "client family");
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
  assert.deepEqual(["whole", "hello_names", "suite_support", "chain"].filter((key) => key in shown), []);
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

test("suites of old are compiled out, in words", async () => {
  await lab.bytes(xpHello);
  const old = (await lab.recorded(3)).find((one) => one.verdict === "no-common-cipher");
  const page = await look(browser, lab, `/?open=${old.id}&tab=hello`);
  const panel = page.locator("#drawer #tab-panel");
  await panel.getByText("0 of 11.", { exact: false }).waitFor();
  await panel.getByText("likely Schannel of Windows XP or Server 2003").waitFor();
  const suites = await panel.locator("ol.suites li").allTextContents();
  assert.equal(suites[0], "TLS_RSA_WITH_RC4_128_MD5 ✗ compiled out: this OpenSSL has no such suite");
  assert.equal(suites.length, 11);
  await page.goto(`${lab.url}/?columns=time,family&filter=family%3Aschannel*`);
  await page.locator("#rows td.family", { hasText: "likely Schannel of Windows XP or Server 2003" }).waitFor();
  assert.equal(await page.locator("#rows tr[data-id]").count(), 1);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
