// What would fix a mismatch, ready to paste on Windows and on Linux.

import { del, get, has, post, putRecord, query } from "./api.js";
import { button, copyButton, h, pasteable, say } from "./dom.js";
import { isHostName } from "./words.js";

const dnsNames = (certificate) =>
  [...new Set([...(certificate?.san ?? []).filter((name) => name.kind === "DNS").map((name) => name.text),
    ...(certificate?.san_present ? [] : certificate?.common_names ?? [])])].filter((name) => isHostName(name.replace(/^\*\./, "")));

function addTheName(record, explanation) {
  const names = [...dnsNames(record.certificate), explanation.wanted];
  const request = names.map((name) => `dns=${name}`).join("&");
  const card = h("section", { class: "card" },
    h("h4", {}, "Put the name on the certificate"),
    h("p", {}, "Clients that ask for it are then content. The certificate is a new one: on a real server it has to be " +
      "assigned, and the names on it now stay."),
    explanation.fixes.filter((line) => line.includes(" reissue ")).map((line) => pasteable("here", line)),
    // Of the two cmdlet names in use, Microsoft documents only Request-CsCertificate; -Output writes a request for any CA.
    pasteable("PowerShell (Lync, Skype for Business), request in a file",
      `Request-CsCertificate -New -Type Default -DomainName "${names.join(",")}" -Output C:\\front.req`),
    h("p", { class: "copies" }, "names: ",
      copyButton("with commas", names.join(",")), copyButton("one a line", names.join("\n")),
      copyButton("as DNS:…", names.map((name) => `DNS:${name}`).join(",")),
      copyButton("for certreq.inf", `[Extensions]\n2.5.29.17 = "{text}"\n_continue_ = "${request}"`)));
  const host = record.virtual_host;
  has("/hosts/{id}/reissue").then((known) => {
    if (!known || !host || !record.certificate.generated) return;
    const place = h("p", { class: "reissue" });
    const reissue = button(`reissue ${host} with this name`, () => ask(place, host, explanation.wanted));
    place.append(reissue);
    card.append(place);
  });
  return card;
}

function ask(place, host, name) {
  let busy = false;  // a second click would leave nothing to undo to
  const sure = button(`yes, add ${name}`, async () => {
    if (busy) return;
    busy = true;
    try {
      await post(`/hosts/${encodeURIComponent(host)}/reissue`, { add: [name] });
    } catch (refused) {
      failed(place, refused);
      return;
    }
    const undo = button("undo", async () => {
      try {
        await post(`/hosts/${encodeURIComponent(host)}/undo`, {});
        place.replaceChildren("undone: the certificate from before is served again");
      } catch (refused) {
        place.replaceChildren(h("span", { class: "problem", role: "alert" }, refused.message));
      }
    });
    place.replaceChildren(`reissued; the next connection gets it. `, undo);
    undo.focus();
    say("reissued");
  });
  place.replaceChildren(`A new certificate for ${host}, with ${name} added? `, sure, " ",
    button("no", () => place.replaceChildren(button(`reissue ${host} with this name`, () => ask(place, host, name)))));
  sure.focus();
}

/// Only where the certificate has a name in the domain: that name is then what SRV can lead to.
function publishSrv(record, explanation) {
  const domain = explanation.wanted.split(".").slice(1).join(".");
  const target = dnsNames(record.certificate).find((name) => !name.includes("*") && name.endsWith(`.${domain}`));
  if (!target || !domain.includes(".")) return null;
  const internal = "_sipinternaltls._tcp";
  const port = record.local.port;
  const place = h("p", {});
  const offer = () => place.replaceChildren(button("publish it in this lab's DNS", () =>
    publish(place, offer, { name: `${internal}.${domain}.`, type: "SRV", value: `0 0 ${port} ${target}.` },
      { name: `${target}.`, type: "A", value: record.local.address })));
  if (!record.local.address.includes(":")) offer();
  return h("section", { class: "card" },
    h("h4", {}, "Lead clients to a name that is on it"),
    h("p", {}, `An SRV record comes before sipinternal and sip: clients then want ${target}. It needs an address of its own.`),
    pasteable("zone file", `${internal}.${domain}. 300 IN SRV 0 0 ${port} ${target}.`),
    pasteable("dnscmd", `dnscmd . /RecordAdd ${domain} ${internal} 300 SRV 0 0 ${port} ${target}.`),
    pasteable("PowerShell", `Add-DnsServerResourceRecord -Srv -ZoneName ${domain} -Name ${internal} -DomainName ${target} ` +
      `-Priority 0 -Weight 0 -Port ${port} -TimeToLive 00:05:00`),
    place);
}

/// Only for a name that a look-up led to: clients that find none go on to the next one they try.
function dropTheName(record, explanation) {
  const [label, ...rest] = explanation.wanted.split(".");
  const domain = rest.join(".");
  const target = `sip.${domain}`;
  if (!["dns", "both"].includes(record.wanted?.source) || !domain.includes(".") || label === "sip"
    || !dnsNames(record.certificate).includes(target)) return null;
  const type = /\(CNAME /.test(explanation.asked ?? "") ? "CNAME" : "A";
  const place = h("p", {});
  const offer = () => place.replaceChildren(button("take it out of this lab's DNS", () => drop(place, offer, explanation.wanted,
    { name: `${target}.`, type: "A", value: record.local.address })));
  if (!record.local.address.includes(":")) offer();
  return h("section", { class: "card" },
    h("h4", {}, "Take away the name that led here"),
    h("p", {}, `Clients that find no ${label} try the names after it; ${target} is on the certificate and has to be there. `
      + "Whatever else uses the name loses it."),
    pasteable("dnscmd", `dnscmd . /RecordDelete ${domain} ${label} ${type} /f`),
    pasteable("PowerShell", `Remove-DnsServerResourceRecord -ZoneName ${domain} -Name ${label} -RRType ${type === "A" ? "A" : "CName"} -Force`),
    place);
}

/// What was refused, beside what can still be done about it.
const failed = (place, refused, left) => place.replaceChildren(
  h("span", { class: "problem", role: "alert" }, refused.message, refused.hint ? `; ${refused.hint}` : ""), " ", left ?? "");

/// The records of the name go, the address comes where it has none; undo brings back what was.
async function drop(place, offer, name, address) {
  let deleted = [];
  let added = false;
  const undo = button("undo", async () => {
    try {
      for (; deleted.length; deleted.pop()) await putRecord(deleted.at(-1));
      if (added) await del(`/dns/records${query({ name: address.name, type: address.type })}`);
      offer();
      say("undone");
    } catch (refused) {
      failed(place, refused, undo);
    }
  });
  try {
    const { zones } = await get("/dns/records");
    const known = zones.flatMap((zone) => zone.records).some((other) => `${other.name}.` === address.name);
    if (!known) {
      await post("/dns/records", address);
      added = true;
    }
    ({ deleted } = await del(`/dns/records${query({ name: `${name}.` })}`));
  } catch (refused) {
    failed(place, refused, added ? undo : undefined);
    return;
  }
  place.replaceChildren("taken away; the next look-up finds none. ", undo);
  undo.focus();
  say("taken away");
}

/// The SRV record, and an address of its target where that has none. Undo takes away what was added, and what was
/// there of the same name and type before stays.
async function publish(place, offer, srv, address) {
  const added = [];
  const undo = button("undo", async () => {
    try {
      while (added.length) {
        const { name, type, before } = added.at(-1);
        await del(`/dns/records${query({ name, type })}`);
        for (const one of before) await putRecord(one);
        added.pop();
      }
      offer();
      say("undone");
    } catch (refused) {
      failed(place, refused, undo);
    }
  });
  let beside = 0;
  try {
    const { zones } = await get("/dns/records");
    const all = zones.flatMap((zone) => zone.records);
    const known = all.some((other) => `${other.name}.` === address.name);
    for (const one of known ? [srv] : [address, srv]) {
      const before = all.filter((other) => `${other.name}.` === one.name && other.type === one.type);
      await post("/dns/records", one);
      added.push({ ...one, before });
      beside = before.length;
    }
  } catch (refused) {
    failed(place, refused, added.length ? undo : undefined);
    return;
  }
  place.replaceChildren("published; the next look-up gets it. ",
    beside ? `${beside === 1 ? "Another SRV record of the name is" : `${beside} other SRV records of the name are`} still there: clients take any of them. ` : "", undo);
  undo.focus();
  say("published");
}

export function fixes(record, explanation) {
  if (!explanation || explanation.went_on) return null;
  const cards = [];
  const mismatch = explanation.covered === false && isHostName(explanation.wanted);
  if (mismatch) cards.push(addTheName(record, explanation), publishSrv(record, explanation), dropTheName(record, explanation));
  const others = explanation.fixes.filter((line) => !(mismatch && line.includes(" reissue ")));
  if (others.length) {
    cards.push(h("section", { class: "card" }, h("h4", {}, "Issue it without the defect"),
      others.map((line) => pasteable("here", line))));
  }
  if (cards.every((card) => !card)) return null;
  return h("section", { "aria-labelledby": "fixes-head" }, h("h3", { id: "fixes-head" }, "Any one of these fixes it"),
    cards.filter(Boolean));
}
