// WCAG 2.2 A and AA by axe-core over every view and every part of the drawer, light and dark; and by keyboard alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Lab, launch, look } from "./lab.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const views = ["", "?view=attempts", "?view=matrix", "?view=hosts", "?view=dns", "?view=ca"];
const tabs = ["answer", "hello", "certificate", "close", "sip", "raw", "compare"];

let lab;
let empty;
let browser;
let record;
before(async () => {
  [lab, empty] = await Promise.all([Lab.start(), Lab.start()]);
  browser = await launch();
  await lab.signin();
  await lab.plain("OPTIONS sip:x SIP/2.0\r\n\r\n");
  await lab.handshake("sip.contoso.test", "REGISTER sip:contoso.test SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n");
  await lab.post("/dns/faults", { name: "sip.contoso.test", fault: "servfail" });
  await lab.post("/faults", { fault: "expired", name: "nobody.contoso.test" });
  await lab.post("/faults", { fault: "close", at: "finished", name: "nobody2.contoso.test", next: 3 });
  record = (await lab.recorded(3)).at(-1);
});
after(async () => {
  await browser?.close();
  await Promise.all([lab, empty].map((one) => one?.stop()));
  for (const one of [lab, empty]) one?.remove();
});

async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations: found, passes } = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return { checked: passes.length, found: found.flatMap((rule) => rule.nodes.map((node) =>
      `${rule.id}: ${node.html.slice(0, 140)}: ${(node.failureSummary ?? "").split("\n").slice(1).join(" ").trim().slice(0, 200)}`)) };
  });
}

const settled = async (page) => {
  await page.locator("#connection.live").waitFor();
  await page.locator("main > div > *").first().waitFor();
  await page.waitForLoadState("load");
};

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 360]) {
    test(`every view and part, ${colorScheme}, ${width} px`, async () => {
      const page = await look(browser, lab, "/livez", { viewport: { width, height: 800 }, colorScheme });
      const all = [];
      const check = async (where) => {
        const { checked, found } = await violations(page);
        assert.ok(checked > 10, `${where}: ${checked} rules looked at something`);
        all.push(...found.map((text) => `${where}: ${text}`));
      };
      for (const view of views) {
        await page.goto(`${lab.url}/${view}`);
        await settled(page);
        await page.locator("#faults li").nth(1).waitFor();
        if (view === "") {
          await page.locator("details.choose summary").click();
          await page.locator("details.grammar summary").click();
          await page.locator(`#rows tr[data-id="${record.id}"] button.more`).click();
          await page.locator("#rows .steps-row .steps .steps").waitFor();
        }
        if (view.includes("matrix")) await page.locator("table.matrix").waitFor();
        if (view.includes("attempts")) await page.locator(".attempts .steps").first().waitFor();
        await check(view || "list");
      }
      for (const tab of tabs) {
        await page.goto(`${lab.url}/?open=${record.id}&tab=${tab}`);
        await settled(page);
        await page.locator("#drawer [role=tabpanel] > *").first().waitFor();
        if (tab === "answer") await page.locator("#drawer").getByText("On one clock").waitFor();
        if (tab === "compare") await page.locator("table.compare").waitFor();
        await check(tab);
      }
      await page.goto(`${lab.url}/?filter=verdikt:x`);
      await page.locator("#filter-problem", { hasText: "verdikt" }).waitFor();
      await check("a wrong filter");
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await check("keys");
      for (const view of ["", "?view=attempts", "?view=matrix"]) {
        await page.goto(`${empty.url}/${view}`);
        await settled(page);
        await page.locator("code", { hasText: "signin" }).first().waitFor();
        await check(`empty ${view}`);
      }
      assert.deepEqual(all, []);
      await page.context().close();
    });
  }
}

test("by Tab alone: every control of every view is reached in order, and where the focus is can be seen", async () => {
  const page = await look(browser, lab);
  for (const view of [...views, `?open=${record.id}`, `?open=${record.id}&tab=compare`]) {
    await page.goto(`${lab.url}/${view}`);
    await settled(page);
    if (view.includes("open=")) await page.locator("#drawer [role=tabpanel] > *").first().waitFor();
    if (view.endsWith(record.id)) await page.locator("#drawer").getByText("On one clock").waitFor();
    if (view.includes("compare")) await page.locator("table.compare").waitFor();
    if (view.includes("matrix")) await page.locator("table.matrix").waitFor();
    // What a pointer can use, but for the rows and parts of which one at a time is a stop.
    const controls = await page.evaluate(() => {
      const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
        .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0);
      all.forEach((each, i) => { each.dataset.stop = i; });
      document.activeElement?.blur();
      getSelection().removeAllRanges();
      return all.length;
    });
    assert.ok(controls > 8, view);
    await page.evaluate(() => { document.body.tabIndex = -1; document.body.focus(); });
    const reached = new Set();
    for (let i = 0; i < 4 * controls + 50 && reached.size < controls; ++i) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        const style = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        return { stop: element.dataset.stop, what: element.outerHTML.slice(0, 100), body: element === document.body,
          outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, seen: box.bottom > 0 && box.top < innerHeight };
      });
      if (at.body) continue;
      assert.ok(at.outlined, `${view}: ${at.what} shows no focus`);
      assert.ok(at.seen, `${view}: ${at.what} is out of sight`);
      if (at.stop !== undefined) reached.add(at.stop);
    }
    assert.equal(reached.size, controls, `${view}: not reached: ${JSON.stringify(await page.evaluate((known) =>
      [...document.querySelectorAll("[data-stop]")].filter((each) => !known.includes(each.dataset.stop)).map((each) => each.outerHTML.slice(0, 100)), [...reached]))}`);
  }
  await page.context().close();
});
