// A running lab and a browser that looks at its dashboard.

import { spawn } from "node:child_process";
import dgram from "node:dgram";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
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
  /// The lab of `fakeocs quickstart contoso.test`.
  static start() { return new Lab().begin(["quickstart", "contoso.test"], ["--port", "0"]); }

  /// The lab of a configuration file, whose listener asks the kernel for its port.
  static async serve(config) {
    const lab = new Lab();
    writeFileSync(join(lab.folder, "lab.yaml"), config);
    return lab.begin(["serve", "--config", join(lab.folder, "lab.yaml")], ["--admin", "127.0.0.1:0"]);
  }

  constructor() { this.folder = mkdtempSync(join(tmpdir(), "fakeocs-dashboard-")); }

  async begin(command, flags) {
    this.command = command;
    await this.run(flags);
    return this;
  }

  async run(flags) {
    this.output = "";
    this.process = spawn(fakeocs, [...this.command, "--state-dir", join(this.folder, "state"), ...flags],
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

  /// Again on the same dashboard's port, as an administrator would; once it is called, what this returns starts it.
  async restart() {
    const admin = new URL(this.url);
    const flags = this.command[0] === "serve" ? [] : ["--port", "0"];
    await this.stop();
    return () => this.run([...flags, "--admin", `127.0.0.1:${admin.port}`]);
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
  handshake(servername, text = "", localAddress = undefined) {
    return new Promise((resolve) => {
      const socket = tls.connect({ host: "127.0.0.1", port: this.port, servername, rejectUnauthorized: false, localAddress }, () => socket.end(text));
      socket.on("error", resolve);
      socket.on("close", resolve);
      socket.resume();
    });
  }

  /// A handshake whose client leaves that much later without a word; resolves once it is recorded.
  async thinker(servername, milliseconds) {
    const { last } = await this.ask("/handshakes?limit=1");
    await new Promise((resolve) => {
      const socket = tls.connect({ host: "127.0.0.1", port: this.port, servername, rejectUnauthorized: false },
        () => setTimeout(() => socket.end(), milliseconds));
      socket.on("error", resolve);
      socket.on("close", resolve);
      socket.resume();
    });
    return this.ask(`/handshakes/wait?after=${last}&timeout=${patience / 1000}`);
  }

  /// A line as it is pasted; its exit code.
  shell(line) {
    return new Promise((resolve) => { spawn("sh", ["-c", line], { stdio: "ignore" }).once("close", resolve); });
  }

  /// Bytes as they are; resolves once the lab has ended the connection.
  bytes(raw) {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, "127.0.0.1", () => socket.write(raw));
      socket.on("error", resolve);
      socket.on("close", resolve);
      socket.resume();
    });
  }

  /// Text without TLS, then the end.
  plain(text) {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, "127.0.0.1", () => socket.end(text));
      socket.on("error", resolve);
      socket.on("close", resolve);
      socket.resume();
    });
  }

  /// `count` connections that say nothing and leave, fifty at a time.
  async crowd(count) {
    let left = count;
    const one = async () => { while (left-- > 0) await this.plain(""); };
    await Promise.all(Array.from({ length: 50 }, one));
  }

  /// A question for the A records of a name, given by its labels, which may hold any byte; resolves with the answer.
  question(...labels) {
    const socket = dgram.createSocket("udp4");
    const name = labels.map((label) => Buffer.from(label)).flatMap((label) => [Buffer.from([label.length]), label]);
    const packet = Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), ...name, Buffer.from([0, 0, 1, 0, 1])]);
    return new Promise((resolve, reject) => {
      socket.once("message", (answer) => { socket.close(); resolve(answer); });
      socket.once("error", reject);
      socket.send(packet, this.dnsPort, "127.0.0.1");
    });
  }

  /// The same as everything(), as soon as it is at least `count`.
  async recorded(count) {
    for (;;) {
      const { last } = await this.ask("/handshakes?limit=1");
      const found = await this.everything();
      if (found.length >= count) return found;
      const next = await this.ask(`/handshakes/wait?after=${last}&timeout=${patience / 1000}`);
      if (next.error) throw new Error(`${found.length} of ${count} connections were recorded: ${next.error.what}`);
    }
  }

  /// Every connection there is in the history, the newest first.
  async everything() {
    const found = [];
    for (let before = 0; ;) {
      const page = await this.ask(`/handshakes?limit=500${before ? `&before=${before}` : ""}`);
      found.push(...page.handshakes);
      if (!page.next) return found;
      before = page.next;
    }
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
