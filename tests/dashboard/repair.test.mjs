// What an administrator does to the lab's DNS from the page, and what tells a client machine whom to trust.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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

const values = async (name) => (await lab.ask("/dns/records")).zones[0].records.filter((record) => record.name === name)
  .map(({ type, ttl, value }) => `${type} ${ttl} ${value}`).sort();

test("the CA can be compared before anything has connected: on the page, for old browsers, at the lab's start", async () => {
  const ca = new X509Certificate(readFileSync(join(lab.folder, "state", "ca", "ca.pem")));
  const [sha256, sha1] = [ca.fingerprint256, ca.fingerprint].map((text) => text.replaceAll(":", "").toLowerCase());
  const page = await look(browser, lab, "/?view=ca");
  const main = page.locator("main");
  await main.getByText(sha256).waitFor();
  await main.getByText(sha1).waitFor();
  const name = /CN=(.*)/.exec(ca.subject)[1];
  assert.ok(await main.getByText(`certutil -delstore Root "${name}"`).isVisible());
  await main.getByRole("link", { name: "the page for clients" }).click();
  await page.getByText(ca.fingerprint256).waitFor();
  await page.getByText(ca.fingerprint, { exact: true }).waitFor();
  assert.ok(lab.output.includes(`\nSHA-256  ${sha256}\nSHA-1    ${sha1}  `), lab.output);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a record is broken at its row, and changed at its row without the others of its name", async () => {
  for (const value of ["0 0 5061 one.contoso.test.", "1 0 5061 two.contoso.test."])
    await lab.post("/dns/records", { name: "_sip._tls.contoso.test.", type: "SRV", value });
  const page = await look(browser, lab, "/?view=dns");
  const main = page.locator("main");
  await main.getByRole("button", { name: "break CNAME of sipinternal.contoso.test" }).click();
  const faults = page.locator("form", { hasText: "break a record" });
  assert.equal(await faults.locator("[name=name]").inputValue(), "sipinternal.contoso.test");
  assert.equal(await faults.locator("[name=type]").inputValue(), "CNAME");
  assert.equal(await page.evaluate(() => document.activeElement.name), "fault");

  const row = main.getByRole("row").filter({ hasText: "1 0 5061 two.contoso.test." });
  await row.getByRole("button", { name: "change" }).click();
  const form = page.locator("form", { hasText: "change SRV of _sip._tls.contoso.test" });
  assert.equal(await form.locator("[name=value]").inputValue(), "1 0 5061 two.contoso.test.");
  await form.locator("[name=value]").fill("1 0 99999 two");
  await form.getByRole("button", { name: "change" }).click();
  await main.locator(".problem", { hasText: "port" }).waitFor();
  assert.equal((await values("_sip._tls.contoso.test")).length, 2, "what is refused changes nothing");
  await form.locator("[name=value]").fill("7 0 5061 two.contoso.test.");
  await form.locator("[name=ttl]").fill("60");
  await form.getByRole("button", { name: "change" }).click();
  await main.getByText("7 0 5061 two.contoso.test.").waitFor();
  assert.deepEqual(await values("_sip._tls.contoso.test"), ["SRV 0 0 0 5061 one.contoso.test.", "SRV 60 7 0 5061 two.contoso.test."]);
  await page.locator("form", { hasText: "add a record" }).waitFor();
  assert.ok(await page.getByRole("button", { name: "leave it" }).isHidden());
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("many questions that a fault strikes are a few looks at what is left of it", async () => {
  await lab.post("/dns/faults", { name: "flood.contoso.test", fault: "servfail", next: 201 });
  const page = await look(browser, lab);
  const banner = page.locator("#faults");
  await banner.getByText("DNS flood.contoso.test: servfail, next 201").waitFor();
  let asked = 0;
  page.on("request", (request) => { if (request.url().endsWith("/dns/faults")) ++asked; });
  for (let i = 0; i < 200; ++i) await lab.question("flood", "contoso", "test");
  await banner.getByText("DNS flood.contoso.test: servfail, next 1", { exact: false }).filter({ hasNotText: /next 1\d/ }).first().waitFor();
  assert.ok(asked < 40, `${asked} looks`);
  await lab.question("flood", "contoso", "test");
  await banner.waitFor({ state: "hidden" });
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the name that led here is taken away from the drawer, the next sign-in goes on to sip, and undo brings it back", async () => {
  assert.equal(await lab.signin(), 10);
  const [record] = await lab.recorded(1);
  const before = await values("sipinternal.contoso.test");
  const page = await look(browser, lab, `/?open=${record.id}`);
  const card = page.locator("#drawer section.card", { hasText: "Take away the name that led here" });
  await card.getByText("dnscmd . /RecordDelete contoso.test sipinternal CNAME /f").waitFor();
  await card.getByText("-Name sipinternal -RRType CName -Force").waitFor();
  await card.getByRole("button", { name: "take it out of this lab's DNS" }).click();
  await card.getByText("taken away").waitFor();
  assert.deepEqual(await values("sipinternal.contoso.test"), []);
  assert.deepEqual(await values("sip.contoso.test"), ["A 0 127.0.0.1"]);
  await card.getByRole("button", { name: "undo" }).click();
  await card.getByRole("button", { name: "take it out of this lab's DNS" }).waitFor();
  assert.deepEqual(await values("sipinternal.contoso.test"), before);
  assert.deepEqual(await values("sip.contoso.test"), []);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the hello says of each suite what the lab makes of it", async () => {
  // As Windows XP: RC4 and 3DES only, which Debian's OpenSSL has not.
  const suites = [0x00, 0x04, 0x00, 0x05, 0x00, 0x0a, 0x00, 0xff];
  const body = [0x03, 0x01, ...Array(32).fill(7), 0, 0, suites.length, ...suites, 1, 0];
  const { last } = await lab.ask("/handshakes?limit=1");
  await lab.plain(Buffer.from([0x16, 3, 1, 0, body.length + 4, 1, 0, 0, body.length, ...body]));
  const record = await lab.ask(`/handshakes/wait?after=${last}&timeout=45`);
  assert.equal(record.verdict, "no-common-cipher");
  const page = await look(browser, lab, `/?open=${record.id}&tab=hello`);
  const panel = page.locator("#tab-panel");
  await panel.getByText("its certificate? 0 of 3.").waitFor();
  await panel.getByText("TLS_RSA_WITH_RC4_128_SHA ✗ compiled out: this OpenSSL has no such suite").waitFor();
  await panel.getByText("signal: no suite: a signal to the server").waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a virtual host's card says what clients may hold against its certificate, whatever name they want", async () => {
  const own = await Lab.serve(`
listeners: [{name: front, port: 0}]
hosts:
  - id: old
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, key: rsa-1024, hash: sha1, not_before: -60d, not_after: -30d, eku: [clientAuth]}}
    tls: {max_version: "1.2"}
  - id: good
    names: [good.contoso.test]
    certificate: {generate: {subject: CN=good.contoso.test, sans: [good.contoso.test], key: p-256}}
`);
  try {
    const page = await look(browser, own, "/?view=hosts");
    const card = (id) => page.locator("section.card", { has: page.getByRole("heading", { name: `${id} arm a fault` }) });
    for (const defect of ["it has expired", "its key or signature is weak", "has no server authentication", "it has no SAN list"])
      await card("old").getByText(defect).waitFor();
    await card("old").getByText("TLS 1.0 to 1.2, security level 0").waitFor();
    await card("good").getByText("TLS 1.0 to 1.3, security level 0").waitFor();
    assert.equal(await card("good").getByText("✗").count(), 0);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await own.stop();
    own.remove();
  }
});
