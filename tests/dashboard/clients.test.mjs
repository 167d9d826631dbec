// Names of clients, out of the lab's own zones.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

const config = `
listeners: [{port: 0}]
hosts: [{id: front01, names: [sip.contoso.test], certificate: {generate: {subject: CN=sip.contoso.test}}}]
dns:
  port: 0
  zones:
    - name: contoso.test
      records:
        - {name: sip, type: A, value: 127.0.0.1}
        - {name: pc77, type: A, value: 127.0.0.77}
        - {name: one, type: A, value: 127.0.0.78}
        - {name: two, type: A, value: 127.0.0.78}
        - {name: pc79, type: A, value: 127.0.0.79}
        - {name: "*.any", type: A, value: 127.0.0.80}
`;

let lab;
let browser;
before(async () => {
  lab = await Lab.serve(config);
  browser = await launch();
  for (const from of ["127.0.0.1", "127.0.0.77", "127.0.0.78", "127.0.0.79", "127.0.0.80"]) await lab.handshake("sip.contoso.test", "", from);
  await lab.recorded(5);
});
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

const client = (page, address) => page.locator("#rows td.client", { hasText: new RegExp(`^${address.replaceAll(".", "\\.")}( |$)`) });

test("an address that one name has is called by it; what several share, and the loopback, is not", async () => {
  const page = await look(browser, lab);
  await client(page, "127.0.0.77").getByText("pc77.contoso.test").waitFor();
  assert.equal(await client(page, "127.0.0.77").locator("small").getAttribute("title"), "from this lab's zone");
  for (const address of ["127.0.0.1", "127.0.0.78", "127.0.0.80"])
    assert.equal(await client(page, address).textContent(), address);
  await client(page, "127.0.0.77").click();
  await page.locator("#drawer .who", { hasText: "127.0.0.77 (pc77.contoso.test, from this lab's zone) to front01" }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a change under DNS is seen in the list", async () => {
  const page = await look(browser, lab);
  await client(page, "127.0.0.79").getByText("pc79.contoso.test").waitFor();
  await page.keyboard.press("5");
  await page.getByRole("button", { name: "delete A of pc79.contoso.test" }).click();
  await page.getByRole("button", { name: "put it back" }).waitFor();
  // Known at once, not only when the list is looked at again.
  await page.evaluate(async () => { window.names = await import("/clients.js"); });
  await page.waitForFunction(() => window.names.nameOfClient("127.0.0.79") === "");
  await page.keyboard.press("1");
  await client(page, "127.0.0.77").getByText("pc77.contoso.test").waitFor();
  await page.waitForFunction(() => ![...document.querySelectorAll("#rows td.client")].some((cell) => cell.textContent.includes("pc79")));
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("a PTR record comes before, in both families, whatever the spelling", async () => {
  const page = await look(browser, lab, "/livez");
  const records = [{ name: "77.0.0.127.in-addr.arpa", type: "PTR", value: "desk.contoso.test." },
    { name: "pc77.contoso.test", type: "A", value: "127.0.0.77" },
    { name: "78.0.0.127.in-addr.arpa.", type: "PTR", value: "shared.contoso.test." },
    { name: "1.0.0.127.in-addr.arpa", type: "PTR", value: "localhost." },
    { name: `1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`, type: "PTR", value: "Six.Contoso.test." },
    { name: "seven.contoso.test", type: "AAAA", value: "2001:DB8:0::7" }];
  await page.route("**/api/v1/dns/records", (route) => route.fulfill({ json: { zones: [{ name: "x", records }] } }));
  await page.goto(lab.url);
  await client(page, "127.0.0.77").getByText("desk.contoso.test").waitFor();
  await client(page, "127.0.0.78").getByText("shared.contoso.test").waitFor();
  assert.equal(await client(page, "127.0.0.1").textContent(), "127.0.0.1");
  const names = await page.evaluate(async () => {
    const { nameOfClient } = await import("/clients.js");
    return ["2001:db8::1", "2001:0db8:0:0::7", "::ffff:127.0.0.77", "::1", "", undefined, "nonsense:"].map((address) => nameOfClient(address));
  });
  assert.deepEqual(names, ["six.contoso.test", "seven.contoso.test", "desk.contoso.test", "", "", "", ""]);
  await page.context().close();
});
