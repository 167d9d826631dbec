// The ClientHello by name: the lab knows the names of numbers, and is asked for them.

import { copyButton, fill, h, pairs } from "./dom.js";
import { withWhole } from "./whole.js";

const hex = (number) => `0x${number.toString(16).padStart(4, "0")}`;

/// The names of these numbers; the numbers themselves while there are none.
const named = (names, numbers) => (numbers ?? []).map((number, i) => names?.length === numbers.length ? names[i] : hex(number));

const list = (head, names) => names.length
  ? [h("h3", {}, `${head}, ${names.length}`), h("ol", { class: "names" }, names.map((name) => h("li", {}, name)))]
  : "";

const served = { yes: "✓ this lab has it", off: "✗ not offered here: no certificate or no encryption goes with it, or it is off by default",
  absent: "✗ not in this lab's OpenSSL", signal: "a sign, no suite" };

/// Each with what the lab makes of it, since "no common cipher" is read here.
function suites(names, support) {
  const offered = support.filter((word) => word !== "signal").length;
  const common = support.filter((word) => word === "yes").length;
  return [list("Cipher suites, in the client's order", names.map((name, i) => served[support[i]]
    ? [name, h("small", { class: support[i] === "yes" || support[i] === "signal" ? "" : "finding" }, ` ${served[support[i]]}`)] : name)),
  support.length ? h("p", { class: common ? "note" : "problem" }, `Of the ${offered} suites offered this lab has ${common}. `
    + "What a virtual host takes depends on its key, its security level and its versions, too.") : ""];
}

export function helloTab(record) {
  const hello = record.hello;
  if (!hello) return h("p", {}, record.first_line ? `No ClientHello came; the first line was: ${record.first_line}` : "No ClientHello came.");
  const place = h("div", {});
  withWhole(record, (whole) => fill(place, parts(hello, whole.hello_names ?? {})));
  return place;
}

function parts(hello, names) {
  return [
    hello.parse_problem ? h("p", { class: "problem" }, hello.parse_problem) : "",
    pairs([
      ["server name", hello.sni.form === "absent" ? "none sent, as Windows XP, Server 2003 and phones do" : hello.sni.raw],
      ["its form", hello.sni.form],
      ["highest version", hello.highest_version], ["legacy version", names.legacy_version ?? hex(hello.legacy_version)],
      ["record version", names.record_version ?? hex(hello.record_version)],
      ["supported versions", named(names.supported_versions, hello.supported_versions).join(", ")],
      ["SSLv2 framing", hello.sslv2_framed ? "yes: Windows XP and older" : "no"],
      ["ALPN", hello.alpn.join(", ")], ["point formats", hello.point_formats.join(", ")],
      ["JA3", hello.ja3], ["JA4", hello.ja4], ["bytes", hello.bytes]]),
    h("p", { class: "copies" }, copyButton("JA3", hello.ja3), copyButton("JA4", hello.ja4)),
    suites(named(names.cipher_suites, hello.cipher_suites), names.cipher_suites_served ?? []),
    list("Extensions", named(names.extensions, hello.extensions)),
    list("Groups", named(names.groups, hello.groups)),
    list("Signature algorithms", named(names.signature_algorithms, hello.signature_algorithms))];
}
