// Names that clients asked for × virtual hosts: the picture for the change board.

import { get, post, query } from "./api.js";
import { fill, h } from "./dom.js";
import { presented } from "./names.js";
import { change, state } from "./state.js";
import { policies } from "./words.js";

/// The newest certificate of each virtual host, and the names that were wanted, out of the records.
export async function fromRecords() {
  const page = await get(`/handshakes${query({ limit: 500 })}`);
  const hosts = new Map();
  const wanted = new Map();
  for (const record of page.handshakes) {
    if (record.virtual_host && record.certificate) {
      const host = hosts.get(record.virtual_host) ?? { id: record.virtual_host, certificate: record.certificate, served: 0 };
      ++host.served;
      hosts.set(record.virtual_host, host);
    }
    const name = record.wanted?.name;
    if (!name) continue;
    const row = wanted.get(name) ?? { name, count: 0, went: 0, served: {} };
    ++row.count;
    if (record.virtual_host) row.served[record.virtual_host] = (row.served[record.virtual_host] ?? 0) + 1;
    if (["signed-in", "accepted"].includes(record.verdict)) ++row.went;
    wanted.set(name, row);
  }
  return { hosts: [...hosts.values()], wanted: [...wanted.values()].sort((a, b) => b.count - a.count), total: page.handshakes.length };
}

const mostHosts = 20;  // that are compared at once, and fit on a page
const mostNames = 100;
const mostRead = 2000;

/// Hosts with what they serve, at most so many: `total` says how many there are.
async function manyHosts() {
  const hosts = [];
  for (let next = 0; ;) {
    const page = await get(`/hosts?first=${next}`);
    hosts.push(...page.hosts);
    if (page.next === undefined || hosts.length >= mostRead) return { hosts, total: page.total };
    next = page.next;
  }
}

export class MatrixView {
  constructor({ commands }) {
    this.title = "matrix";
    this.commands = commands;
  }

  async show(place) {
    this.place = place;
    fill(place, h("h2", {}, "Names asked for × virtual hosts"), h("p", { role: "status" }, "…"));
    try {
      const { hosts: seen, wanted, total } = await fromRecords();
      const { hosts: read, total: ofHosts } = await manyHosts();
      const all = read.filter((host) => host.certificate);
      // The ones that were asked come first; of ten thousand hosts not all fit on a page.
      const asked = new Set(seen.map((host) => host.id));
      const hosts = [...all.filter((host) => asked.has(host.id)), ...all.filter((host) => !asked.has(host.id))];
      this.hosts = hosts.slice(0, mostHosts);
      this.wanted = wanted.slice(0, mostNames);
      this.total = total;
      this.leftOut = [
        hosts.length > mostHosts && `${hosts.length - mostHosts} hosts, those asked for last of all`,
        read.length > all.length && `${read.length - all.length} hosts that no client has asked for yet: their certificates are not loaded`,
        ofHosts > read.length && `${ofHosts - read.length} hosts at the end of the configuration`,
        wanted.length > mostNames && `${wanted.length - mostNames} names, those asked for least`].filter(Boolean);
      this.compared = this.hosts.length && this.wanted.length ? (await post("/compare", {
        wanted: this.wanted.map((row) => row.name),
        certificates: this.hosts.map((host) => presented(host.certificate)),
      })).compared : [];
    } catch (refused) {
      fill(place, h("h2", {}, "Names asked for × virtual hosts"), h("p", { class: "problem", role: "alert" }, refused.message));
      return;
    }
    this.paint();
  }

  paint() {
    const policy = policies[state.policy] ? state.policy : "communicator2007";
    const head = h("h2", {}, "Names asked for × virtual hosts");
    if (!this.compared.length) {
      fill(this.place, head, h("div", { class: "empty" },
        h("p", {}, "No client has asked for a name yet. A sign-in fills this table; paste one of these:"), this.commands()));
      return;
    }
    const cell = (covered, host, row) => {
      const takes = covered.includes(policy);
      const others = covered.filter((name) => name !== policy).map((name) => policies[name]);
      return h("td", { class: takes ? "good" : "bad" },
        h("span", { class: "sign", "aria-hidden": "true" }, takes ? "✓" : "✗"), takes ? " would match" : " would not",
        !takes && others.length ? h("small", {}, ` but for ${others.join("; ")}`) : "",
        h("small", { class: "served" }, row.served[host.id] ? `shown ${row.served[host.id]} times`.replace("1 times", "once") : "not shown"));
    };
    fill(this.place, head,
      h("p", { class: "note" }, `Of the last ${this.total} connections, held against the certificate that each virtual host has; `
        + "below each: how often clients that asked for the name were shown that host."),
      this.leftOut.length ? h("p", { class: "note" }, `Not in this table: ${this.leftOut.join("; ")}.`) : "",
      h("label", {}, "judge as ", h("select", { id: "matrix-policy", onchange: (event) => { change({ policy: event.target.value });
        this.paint();
        document.getElementById("matrix-policy")?.focus();
      } },
        Object.entries(policies).map(([name, words]) => h("option", { value: name, selected: name === policy }, words)))),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "matrix" },
        h("table", { class: "plain matrix" },
          h("caption", {}, `would the certificate be taken by ${policies[policy]}?`),
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "name asked for"), h("th", { scope: "col" }, "connections"),
            this.hosts.map((host) => h("th", { scope: "col" }, host.id)))),
          h("tbody", {}, this.wanted.map((row, i) => h("tr", {},
            h("th", { scope: "row" }, h("code", {}, row.name)),
            h("td", {}, `${row.count}, ${row.went} went on`),
            this.hosts.map((host, j) => cell(this.compared[j][i].covered_by, host, row))))))));
  }
}
