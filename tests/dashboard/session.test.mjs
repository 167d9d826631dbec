// The dashboard off the loopback: a browser signs in with the token, and out again.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Lab, launch, patience } from "./lab.mjs";

let lab;
let browser;
after(async () => {
  await browser?.close();
  await lab?.stop();
  lab?.remove();
});

test("signing in by the form, and out by the button", async () => {
  lab = new Lab();
  lab.command = ["quickstart", "contoso.test"];
  await lab.run(["--port", "0", "--admin", "https://0.0.0.0:0"]);
  const url = `https://127.0.0.1:${/^listening https \S*?:(\d+)/m.exec(lab.output)[1]}/`;
  const token = readFileSync(join(lab.folder, "state", "api-token"), "utf8").trim();
  browser = await launch();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });  // the lab's CA is not the browser's
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(url);
  await page.fill("#token", token);
  await page.click("button");
  await page.locator("#connection.live").waitFor();
  assert.deepEqual((await context.cookies()).map((cookie) => cookie.name), ["__Host-fakeocs"]);
  await page.locator("#leave").click();
  await page.waitForURL(/\/login$/);
  assert.deepEqual(await context.cookies(), []);
  await page.goto(url);
  assert.match(page.url(), /\/login$/);
});
