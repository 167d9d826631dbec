// What clients and certificates say is hostile text, and stays text in every view.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

const markup = "<img src=x onerror=document.title='taken'>";
const breakout = `"'><script>document.title="taken"</script>`;
const turned = "a\u202egnp.exe\u2066\u200b";  // right to left, isolated, no width

const der = (tag, bytes) => Buffer.concat([Buffer.from(bytes.length < 128 ? [tag, bytes.length] : [tag, 0x82, bytes.length >> 8, bytes.length & 255]), bytes]);
const san = der(0x30, Buffer.concat([
  ...[markup, breakout, `${turned}.contoso.test`].map((name) => der(0x82, Buffer.from(name))),
  der(0x81, Buffer.from(`${markup}@contoso.test`)), der(0x86, Buffer.from(`javascript:${markup}`))]));

const config = `
listeners:
  - {address: 127.0.0.1, port: 0}
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate:
      generate:
        subject: [${JSON.stringify(`CN=${markup}`)}, ${JSON.stringify(`O=${breakout}`)}, ${JSON.stringify(`OU=${turned}`)}]
        san_der: "${san.toString("hex")}"
dns:
  port: 0
  zones:
    - name: contoso.test
      records:
        - {name: sip, type: A, value: 127.0.0.1}
        - {name: sip, type: TXT, value: ${JSON.stringify(JSON.stringify(markup))}}
`;

let lab;
let browser;
before(async () => {
  lab = await Lab.serve(config);
  browser = await launch();
  await lab.question(markup, breakout.slice(0, 60), "contoso", "test");
  await lab.question(turned, "contoso", "test");
  const register = `REGISTER sip:${markup} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1\r\nCall-ID: ${breakout}\r\nCSeq: 1 REGISTER\r\n` +
    `From: "${markup}" <sip:${breakout}@contoso.test>;tag=1;epid=${turned}\r\nTo: <sip:a@contoso.test>\r\nUser-Agent: ${markup}${turned}\r\n` +
    "Content-Length: 0\r\n\r\n";
  await lab.handshake(`${markup}.contoso.test`, register);
  await lab.handshake(breakout, "");
  await lab.handshake(`${turned}.contoso.test`, `${markup} sip:x SIP/2.0\r\n\r\n`);
  await lab.plain(`OPTIONS ${markup}${turned} SIP/2.0\r\n\r\n`);
  await lab.handshake("sip.contoso.test", "");
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

/// No element came of the text, no script ran, and nothing turns the line around.
async function isText(page, where) {
  const found = await page.evaluate(() => ({
    elements: [...document.querySelectorAll("main img, main script, main b, aside img, aside script, #banner img, dialog img")].map((each) => each.outerHTML),
    scripts: document.scripts.length,
    hidden: document.body.innerText.match(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g) ?? [],
    title: document.title,
  }));
  assert.deepEqual(found.elements, [], where);
  assert.equal(found.scripts, 1, where);
  assert.deepEqual(found.hidden, [], where);
  assert.doesNotMatch(found.title, /taken/, where);
  assert.deepEqual(page.problems, [], where);
  assert.deepEqual(page.elsewhere, [], where);
}

test("the certificate that the lab serves has the hostile names, or nothing below is tested", async () => {
  const [newest] = await lab.recorded(5);
  // RFC 4514 puts a backslash before < and >.
  assert.ok(newest.certificate.subject.replaceAll("\\", "").includes(markup), newest.certificate.subject);
  assert.ok(newest.certificate.san.some((name) => name.text === markup), JSON.stringify(newest.certificate.san));
});

test("in the drawer every part shows it as text", async () => {
  const records = await lab.recorded(5);
  assert.equal(records.length, 5);
  const page = await look(browser, lab);
  for (const record of records) {
    for (const tab of ["answer", "hello", "certificate", "close", "sip", "raw", "compare"]) {
      await page.goto(`${lab.url}/?open=${record.id}&tab=${tab}`);
      await page.locator("#drawer [role=tabpanel]").waitFor();
      if (tab === "answer") await page.locator("#drawer").getByText("On one clock").waitFor();
      if (tab === "certificate" && record.certificate) await page.locator("#drawer .names li", { hasText: markup }).first().waitFor();
      await isText(page, `${record.verdict}, ${tab}`);
    }
  }
  const [said] = records.filter((record) => record.hello?.sni.raw?.startsWith("<img"));
  await page.goto(`${lab.url}/?open=${said.id}&tab=sip`);
  await page.locator("#drawer [role=tabpanel]").getByText(markup).first().waitFor();
  await page.context().close();
});

test("in every view it is text", async () => {
  const page = await look(browser, lab);
  await page.locator("#rows tr", { hasText: `${markup}.contoso.test` }).waitFor();
  await page.locator("#rows tr", { hasText: "\\u{202e}" }).waitFor();
  await isText(page, "list");
  await page.goto(`${lab.url}/?view=attempts`);
  await page.locator(".attempts .steps").getByText(markup).first().waitFor();
  await isText(page, "attempts");
  await page.goto(`${lab.url}/?view=matrix`);
  await page.locator("th code", { hasText: "onerror" }).first().waitFor();
  await isText(page, "matrix");
  await page.goto(`${lab.url}/?view=hosts`);
  await page.locator("section.card").getByText(markup).first().waitFor();
  await isText(page, "hosts");
  await page.goto(`${lab.url}/?view=dns`);
  await page.locator("td", { hasText: markup }).first().waitFor();
  await page.locator("#connection.live").waitFor();
  await lab.question(markup, "live", "contoso", "test");
  await page.locator("td", { hasText: "live.contoso.test" }).waitFor();
  await isText(page, "DNS");
  await page.goto(`${lab.url}/?view=ca`);
  await page.getByText("certutil -addstore").waitFor();
  await isText(page, "CA");
  await page.context().close();
});

test("what hostile text brings into the filter and the URL is text, too", async () => {
  const page = await look(browser, lab, `/?filter=${encodeURIComponent(`"${markup}"`)}&open=${encodeURIComponent(markup)}&view=list`);
  await page.locator("#rows tr[data-id]").first().waitFor();
  await page.locator("#drawer .problem").waitFor();
  await isText(page, "the URL");
  await page.locator("#filter").fill(`${markup}:x`);
  await page.locator("#filter").press("Enter");
  await page.waitForFunction(() => document.querySelector("#filter-problem").textContent !== "" || document.querySelector(".empty p"));
  await isText(page, "the filter's problem");
  await page.context().close();
});

test("in an exported file it is text, and its page runs nothing and asks for nothing", async () => {
  const page = await look(browser, lab);
  // Not the attempt of a question that came after the connections.
  await page.goto(`${lab.url}/?view=attempts&filter=${encodeURIComponent("sni:*")}`);
  const folder = mkdtempSync(join(tmpdir(), "fakeocs-export-"));
  const link = page.getByRole("link", { name: "export", exact: true }).first();
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  assert.match(download.suggestedFilename(), /^fakeocs-.*\.zip$/);
  await download.saveAs(join(folder, "one.zip"));
  execFileSync("python3", ["-m", "zipfile", "-e", join(folder, "one.zip"), folder]);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`file://${join(folder, "index.html")}`);
  await page.locator("summary").first().waitFor();
  const found = await page.evaluate(() => ({
    tags: [...new Set([...document.body.querySelectorAll("*")].map((each) => each.localName))].sort(),
    text: document.body.textContent,
    title: document.title,
  }));
  assert.deepEqual(found.tags, ["details", "h1", "p", "pre", "summary"]);
  assert.ok(found.text.includes(markup) && found.text.includes(breakout));
  assert.ok(!/[\u202a-\u202e\u2066-\u2069\u200b]/.test(found.text));
  assert.notEqual(found.title, "taken");
  assert.deepEqual(asked, [`file://${join(folder, "index.html")}`]);
  rmSync(folder, { recursive: true });
  await page.context().close();
});
