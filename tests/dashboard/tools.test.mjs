// What one does with the list besides reading it: columns, saved filters, clear, export, notes, comparison.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

let lab;
let browser;
before(async () => {
  lab = await Lab.start();
  browser = await launch();
  assert.equal(await lab.signin(), 10);
  await lab.handshake("sip.contoso.test", "GET / HTTP/1.0\r\n\r\n");
  await lab.plain("OPTIONS sip:x SIP/2.0\r\n\r\n");
  await lab.recorded(3);
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

const rows = (page) => page.locator("#rows tr[data-id]");
const parameters = (page) => new URL(page.url()).searchParams;

test("columns are chosen, stay in the URL, and show what the record has", async () => {
  const page = await look(browser, lab);
  await rows(page).nth(2).waitFor();
  await page.getByText("columns", { exact: true }).click();
  await page.getByLabel("cipher suite").check();
  await page.getByLabel("duration").uncheck();
  await page.locator("#rows td.suite", { hasText: "TLS_" }).first().waitFor();
  assert.equal(await page.locator("#rows td.took").count(), 0);
  const url = page.url();
  await page.goto(url);
  await page.locator("thead th.suite").waitFor();
  assert.equal(await page.locator("thead th").count(), await rows(page).first().locator("td").count());
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("with every column there is none is squeezed", async () => {
  const page = await look(browser, lab);
  await rows(page).nth(2).waitFor();
  await page.getByText("columns", { exact: true }).click();
  for (const box of await page.locator("fieldset input[name^=column-]").all()) await box.check();
  const squeezed = await page.locator("table.live thead th").evaluateAll((heads) => heads
    .filter((head) => head.scrollWidth > head.clientWidth + 1).map((head) => head.textContent));
  assert.deepEqual(squeezed, []);
  assert.ok(await page.locator("table.live thead th").count() > 18);
  await page.context().close();
});

test("a filter is saved, chosen again and forgotten", async () => {
  const page = await look(browser, lab);
  await page.locator("#filter").fill("verdict:accepted");
  await page.locator("#filter").press("Enter");
  await page.getByRole("button", { name: "save this filter" }).click();
  await page.goto(lab.url);
  await rows(page).nth(2).waitFor();
  await page.getByRole("button", { name: "verdict:accepted", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll("#rows tr[data-id]").length === 1);
  assert.equal(parameters(page).get("filter"), "verdict:accepted");
  await page.getByRole("button", { name: "not TLS" }).click();
  await page.locator("#rows", { hasText: "not-tls" }).waitFor();
  await page.getByRole("button", { name: "forget verdict:accepted" }).click();
  await page.reload();
  await rows(page).first().waitFor();
  assert.equal(await page.getByRole("button", { name: "verdict:accepted", exact: true }).count(), 0);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("clear takes away what is shown and shows what comes; the history keeps all", async () => {
  const page = await look(browser, lab);
  await rows(page).nth(2).waitFor();
  await page.getByRole("button", { name: "clear", exact: true }).click();
  await page.getByText("Nothing since it was cleared.").waitFor();
  const before = await lab.everything();
  await lab.handshake("later.contoso.test");
  await page.locator("#rows tr", { hasText: "later.contoso.test" }).waitFor();
  await lab.recorded(before.length + 1);
  await page.reload();
  await page.locator("#rows tr", { hasText: "later.contoso.test" }).waitFor();
  assert.equal(await rows(page).count(), 1, "cleared in the URL");
  await page.getByRole("button", { name: "show it again" }).click();
  await rows(page).nth(3).waitFor();
  assert.equal(await rows(page).count(), before.length + 1);
  await page.context().close();
});

test("export has all that match the filter, over the page's end, as the log has them", async () => {
  const crowded = await Lab.start();
  try {
    await crowded.handshake("sip.contoso.test");
    await crowded.crowd(700);
    const wanted = (await crowded.recorded(701)).filter((record) => record.verdict === "closed-before-hello");
    assert.ok(wanted.length > 500, "more than one page of the API, and than the table's rows");
    const page = await look(browser, crowded, "/?filter=verdict%3Aclosed-before-hello");
    await rows(page).first().waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "export" }).click();
    const lines = readFileSync(await (await download).path(), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map((line) => line.id), wanted.reverse().map((record) => record.id));
    assert.equal(lines[0].schema, "fakeocs.handshake/1");
    assert.equal(lines[0].sequence, undefined);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await crowded.stop();
    crowded.remove();
  }
});

test("a note on a client is in its rows and is there after a reload, as text", async () => {
  const page = await look(browser, lab);
  await rows(page).first().click();
  await page.locator("#drawer").getByText("notes", { exact: true }).click();
  const note = page.getByLabel("on 127.0.0.1");
  await note.fill("<b>XP</b> in the lab");
  await note.press("Enter");
  await page.locator("#rows td.client", { hasText: "<b>XP</b> in the lab" }).first().waitFor();
  await page.reload();
  await page.locator("#rows td.client", { hasText: "<b>XP</b> in the lab" }).first().waitFor();
  assert.equal(await page.getByLabel("on 127.0.0.1").inputValue(), "<b>XP</b> in the lab");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("comparison tells what changed: names, certificate and verdict before and after a fix", async () => {
  const fixed = await Lab.start();
  try {
    assert.equal(await fixed.signin(), 10);
    await fixed.post("/hosts/front01/reissue", { add: ["sipinternal.contoso.test"] });
    assert.equal(await fixed.signin(), 0);
    const [late, early] = await fixed.recorded(2);
    const page = await look(browser, fixed, `/?open=${late.id}&tab=compare`);
    const line = (label) => page.locator("table.compare tr", { has: page.locator("th", { hasText: new RegExp(`^${label}$`) }) });
    await line("verdict").getByText("changed").waitFor();
    assert.deepEqual(await line("verdict").locator("mark").allTextContents(), [early.verdict, late.verdict]);
    assert.deepEqual(await line("names on it").locator("mark").allTextContents(), ["DNS sipinternal.contoso.test"]);
    await line("names on it").getByText("≠ 1 more").waitFor();
    await line("wanted").getByText("same").waitFor();
    await line("cipher suites").getByText("same").waitFor();
    // The other way round, chosen by hand: it is in the URL.
    await page.goto(`${fixed.url}/?open=${early.id}&tab=compare&with=${late.id}`);
    await line("names on it").getByText("≠ 1 fewer").waitFor();
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await fixed.stop();
    fixed.remove();
  }
});

test("evidence to hand on is a file of the connection or of its attempt, redacted where asked", async () => {
  const page = await look(browser, lab, "/?filter=wanted%3Asipinternal.contoso.test&tab=raw");
  await rows(page).last().click();
  const files = {};
  for (const label of ["this connection", "this connection, redacted", "the whole attempt"]) {
    const download = page.waitForEvent("download");
    await page.locator("#drawer").getByRole("link", { name: label, exact: true }).click();
    files[label] = readFileSync(await (await download).path());
    assert.equal(files[label].subarray(0, 2).toString(), "PK", label);
  }
  assert.ok(files["the whole attempt"].length > files["this connection"].length);
  await page.context().close();
});

test("the bars tell how many connections there were, in words too", async () => {
  const page = await look(browser, lab);
  await rows(page).nth(2).waitFor();
  const count = await rows(page).count();
  await page.getByRole("img", { name: new RegExp(`^connections: ${count} in the last 15 min, most in half a minute: \\d+$`) }).waitFor();
  assert.ok(await page.locator(".spark rect.good").count() >= 1);
  assert.ok(await page.locator(".spark rect.other").count() >= 1);
  await page.context().close();
});

test("an empty lab's commands are the lab's own: pasted, they make a row", async () => {
  const empty = await Lab.start();
  try {
    for (const view of ["/", "/?view=attempts", "/?view=matrix"]) {
      const page = await look(browser, empty, view);
      await page.locator("code", { hasText: `--state-dir ${empty.folder}` }).first().waitFor();
      await page.context().close();
    }
    const page = await look(browser, empty);
    const handshake = await page.locator("code", { hasText: "openssl s_client" }).textContent();
    await empty.shell(handshake);
    await rows(page).first().waitFor();
    await page.context().close();
  } finally {
    await empty.stop();
    empty.remove();
  }
});

test("under virtual hosts a certificate is reissued with names added and taken away, after a question, and undone", async () => {
  const page = await look(browser, lab, "/?view=hosts");
  const names = async () => (await lab.ask("/hosts")).hosts[0].certificate.san.map((name) => name.text);
  const before = await names();
  await page.getByLabel("names to add").fill("one.contoso.test, two.contoso.test");
  await page.getByLabel("names to take away").fill("pool01.contoso.test");
  await page.getByRole("button", { name: "reissue", exact: true }).click();
  await page.getByText("with one.contoso.test, two.contoso.test, without pool01.contoso.test?").waitFor();
  assert.deepEqual(await names(), before, "asked first");
  await page.getByRole("button", { name: "yes, reissue" }).click();
  await page.locator("section.card li", { hasText: "two.contoso.test" }).waitFor();
  assert.deepEqual((await names()).sort(), [...before.filter((name) => name !== "pool01.contoso.test"), "one.contoso.test", "two.contoso.test"].sort());
  await page.getByRole("button", { name: /^undo the reissue/ }).click();
  await page.getByText("the certificate from before is served again").waitFor();
  assert.deepEqual(await names(), before);
  await page.reload();
  await page.getByRole("button", { name: "reissue", exact: true }).click();
  await page.getByText("name what to add or to take away").waitFor();
  await page.route("**/reissue", (route) => route.fulfill({ status: 503, json: { error: { what: "cannot write the key", hint: "is the disk full?" } } }));
  await page.getByLabel("names to add").fill("three.contoso.test");
  await page.getByRole("button", { name: "reissue", exact: true }).click();
  await page.getByRole("button", { name: "yes, reissue" }).click();
  await page.getByText("cannot write the key; is the disk full?").waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a long pause in the time line says how long it was and what it is typical of", async () => {
  const page = await look(browser, lab, "/livez");
  // The pause is the client's: it thinks for 300 ms after Finished before it leaves.
  const slow = await lab.thinker("sip.contoso.test", 300);
  await page.goto(`${lab.url}/?open=${slow.id}`);
  await page.locator("#drawer .steps em", { hasText: /after a pause of \d+ ms: .*revocation list/ }).waitFor();
  await page.locator("#drawer svg text.pause", { hasText: /^\d+ ms$/ }).waitFor();
  await page.context().close();
});

test("a sign-in after another is an attempt of its own; all open at once, and each has a link to it alone", async () => {
  assert.equal(await lab.signin(), 10);
  const page = await look(browser, lab, "/?view=attempts");
  const trees = page.locator(".attempts details.attempt");
  await trees.nth(1).waitFor();
  assert.equal(await page.locator(".attempts details.attempt[open]").count(), 1);
  await page.getByRole("button", { name: "open all" }).click();
  await page.locator(".attempts .steps").nth(1).waitFor();
  await page.getByRole("button", { name: "close all" }).click();
  assert.equal(await page.locator(".attempts details.attempt[open]").count(), 0);
  await trees.nth(1).locator("summary").click();
  const link = await trees.nth(1).getByRole("button", { name: "copy link" }).getAttribute("title");
  const second = await trees.nth(1).locator("summary").textContent();
  await page.goto(link);
  await page.locator(".attempts .steps").first().waitFor();
  assert.equal(await trees.count(), 1);
  assert.equal(await trees.first().locator("summary").textContent(), second);
  await page.getByRole("link", { name: "show all of them" }).click();
  await trees.nth(1).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the answer can be copied as text for a ticket, and the hello's bytes are a file", async () => {
  const own = await Lab.start();
  try {
    await own.signin();
    const [record] = await own.recorded(1);
    const page = await look(browser, own, `/?open=${record.id}`);
    const copy = page.getByRole("button", { name: "copy as text, for a ticket" });
    await page.locator("#drawer").getByText("judge as").waitFor();  // all is told
    const text = await copy.getAttribute("title");
    for (const line of [/^finished-no-data: close_notify .* after Finished$/m, new RegExp(`^when +${record.time} `, "m"), /^client +127\.0\.0\.1:\d+, no SNI$/m,
      /^lab +127\.0\.0\.1:\d+, virtual host front01 \(default: no SNI\), TLS 1\.0$/m, /^how sure +likely$/m, /^ +- the wanted name is not on the certificate$/m,
      /^wanted +sipinternal\.contoso\.test, known by DNS, compared as Communicator 2007, R2$/m,
      /^presented +DNS sip\.contoso\.test: label 1 is 'sip', wanted 'sipinternal'$/m, /^fix +.*reissue front01 --add-san sipinternal\.contoso\.test/m,
      new RegExp(`^record +${record.id}, attempt ${record.attempt}$`, "m"), /\?open=/])
      assert.match(text, line);
    await page.locator("#tab-hello").click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: /^the bytes, \d+$/ }).click();
    const bytes = readFileSync(await (await download).path());
    const { raw_hello: raw } = await own.ask(`/handshakes/${record.id}`);
    assert.deepEqual(bytes, Buffer.from(raw.base64, "base64"));
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await own.stop();
    own.remove();
  }
});
