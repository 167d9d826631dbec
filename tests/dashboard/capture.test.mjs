// Packets and keys in the raw part of an open connection: there where they were kept, and said how else.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

const config = (more) => `
listeners: [{address: 127.0.0.1, port: 0}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: "CN=sip.contoso.test", sans: [sip.contoso.test]}}
${more}
`;

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "fakeocs-dashboard-"));
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function withLab(more, does) {
  const lab = await Lab.serve(config(more));
  try {
    await does(lab);
  } finally {
    await lab.stop();
    lab.remove();
  }
}

test("captured: both are downloads, and the page says that they are secrets", () => withLab("history: {capture: true}", async (lab) => {
  await lab.handshake("sip.contoso.test", "GET /said-inside HTTP/1.0\r\n\r\n");
  await lab.plain("OPTIONS sip:x SIP/2.0\r\n\r\n");
  const [plain, tls] = await lab.recorded(2);
  const page = await look(browser, lab, `/?open=${tls.id}&tab=raw`);
  await page.locator("#drawer .warning", { hasText: "These are secrets" }).waitFor();
  const read = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
    return [download.suggestedFilename(), readFileSync(await download.path())];
  };
  const [packets, bytes] = await read("packets, for Wireshark");
  assert.equal(packets, `fakeocs-${tls.id}.pcapng`);
  assert.equal(bytes.readUInt32LE(0), 0x0a0d0d0a);
  const [keys, lines] = await read("TLS keys");
  assert.equal(keys, `fakeocs-${tls.id}.keys`);
  assert.match(lines.toString(), /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+\n/);
  assert.ok(!(await page.content()).includes(lines.toString().split(/\s/)[2]), "no key is on the page");
  await page.goto(`${lab.url}/?open=${plain.id}&tab=raw`);
  await page.locator("#drawer").getByText("it ended before there were TLS keys").waitFor();
  assert.equal(await page.getByRole("link", { name: "TLS keys" }).count(), 0);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}));

test("not captured: no link, but what to turn on; and where the keys are with --key-log", () => withLab(`logs: {key_log: ${join(folder, "keys.log")}}`, async (lab) => {
  await lab.handshake("sip.contoso.test", "GET / HTTP/1.0\r\n\r\n");
  const [record] = await lab.recorded(1);
  const page = await look(browser, lab, `/?open=${record.id}&tab=raw`);
  await page.locator("#drawer").getByText("fakeocs serve --capture").waitFor();
  await page.locator("#drawer code", { hasText: join(folder, "keys.log") }).waitFor();
  assert.equal(await page.locator("#drawer a[href$='/capture'], #drawer a[href$='/keys']").count(), 0);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}));
