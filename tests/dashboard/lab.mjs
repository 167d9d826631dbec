// A running lab and a browser that looks at its dashboard.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { chromium } from "playwright-core";

export const fakeocs = process.env.FAKEOCS;
export const patience = 45_000;  // a loaded machine; nothing waits this long where all is well

const has = (text, pattern) => {
  const found = pattern.exec(text);
  return found ? found[1] : undefined;
};

export class Lab {
  static async start(...more) {
    const lab = new Lab();
    lab.folder = mkdtempSync(join(tmpdir(), "fakeocs-dashboard-"));
    await lab.run(["--port", "0", ...more]);
    return lab;
  }

  async run(flags) {
    this.output = "";
    this.process = spawn(fakeocs, ["quickstart", "contoso.test", "--state-dir", join(this.folder, "state"), ...flags],
      { stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((resolve) => this.process.once("close", resolve));
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready:\n${this.output}`)), patience);
      const take = (bytes) => {
        this.output += bytes;
        if (!/ready in/.test(this.output)) return;
        clearTimeout(timer);
        resolve();
      };
      this.process.stdout.on("data", take);
      this.process.stderr.on("data", take);
      this.ended.then((code) => reject(new Error(`ended with ${code}:\n${this.output}`)));
    });
    this.url = `http://${has(this.output, /^listening http (\S+)/m)}`;
    this.port = Number(has(this.output, /^listening tls \S*?:(\d+)/m));
    this.dnsPort = Number(has(this.output, /^listening dns \S*?:(\d+) /m));
  }

  /// Ends it; it must end well.
  async stop(by = "SIGTERM") {
    this.process.kill(by);
    const code = await this.ended;
    if (code !== 0 && by === "SIGTERM") throw new Error(`the lab ended with ${code}:\n${this.output}`);
  }

  /// Again on the same ports, as an administrator would.
  async restart() {
    const admin = new URL(this.url);
    await this.stop();
    return () => this.run(["--port", String(this.port), "--admin", `127.0.0.1:${admin.port}`]);
  }

  remove() { rmSync(this.folder, { recursive: true, force: true }); }

  async ask(path, init) {
    const reply = await fetch(`${this.url}/api/v1${path}`, init);
    return reply.json();
  }

  post(path, body) {
    return this.ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  }

  /// `fakeocs signin`; its exit code. The server is given by hand, since without an SRV record a client looks
  /// for it on port 5061, which may be another's.
  signin(user = "alice@contoso.test") {
    return new Promise((resolve) => {
      const child = spawn(fakeocs, ["signin", user, "--dns", `127.0.0.1:${this.dnsPort}`, "--state-dir", join(this.folder, "state"),
        "--server", `sipinternal.contoso.test:${this.port}`], { stdio: "ignore" });
      child.once("close", resolve);
    });
  }

  /// A handshake with this SNI by a client that verifies nothing; sends `text`, then leaves.
  handshake(servername, text = "") {
    return new Promise((resolve) => {
      const socket = tls.connect({ host: "127.0.0.1", port: this.port, servername, rejectUnauthorized: false }, () => socket.end(text));
      socket.on("error", resolve);
      socket.on("close", resolve);
      socket.resume();
    });
  }
}

const browserAt = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

export const launch = () => chromium.launch({ executablePath: browserAt, args: ["--no-sandbox", "--disable-gpu"] });

/// A page that remembers what went wrong on it: errors, refusals by the policy, requests to elsewhere.
export async function look(browser, lab, path = "/", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.problems = [];
  page.elsewhere = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    // A lab that is down refuses connections; the page says that itself.
    if (message.type() === "error" && !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource/.test(message.text()))
      page.problems.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(lab.url) && !url.startsWith("data:") && !url.startsWith("blob:")) page.elsewhere.push(url);
  });
  await page.goto(lab.url + path);
  return page;
}
