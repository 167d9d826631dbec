// The ClientHello by name: the lab knows the names of numbers, and is asked for them.

import { button, copyButton, fill, h, pairs, save } from "./dom.js";
import { withWhole } from "./whole.js";

const hex = (number) => `0x${number.toString(16).padStart(4, "0")}`;

/// The names of these numbers; the numbers themselves while there are none.
const named = (names, numbers) => (numbers ?? []).map((number, i) => names?.length === numbers.length ? names[i] : hex(number));

const list = (head, names) => names.length
  ? [h("h3", {}, `${head}, ${names.length}`), h("ol", { class: "names" }, names.map((name) => h("li", {}, name)))]
  : "";

export function helloTab(record) {
  const hello = record.hello;
  if (!hello) {
    return h("div", {}, h("p", {}, record.first_line ? `No ClientHello came; the first line was: ${record.first_line}` : "No ClientHello came."),
      record.client_family ? pairs(family(record.client_family)) : "");
  }
  const place = h("div", {});
  withWhole(record, (whole) => fill(place, parts(record, whole.hello_names ?? {}, whole.suite_support ?? [], whole.raw_hello)));
  return place;
}

const supports = { yes: "✓ yes", no: "✗ no", "compiled-out": "✗ compiled out", signalling: "signal", grease: "GREASE", unknown: "not known" };

/// Each suite with whether it could have been agreed on, in words.
function suites(names, support) {
  if (support.length !== names.length) return list("Cipher suites, in the client's order", names);
  const real = support.filter((one) => one.support !== "grease" && one.support !== "signalling").length;
  const had = support.filter((one) => one.support === "yes").length;
  const untold = support.some((one) => one.support === "unknown");
  return [
    h("h3", {}, `Cipher suites, in the client's order, ${names.length}`),
    h("p", { class: had || untold ? "note" : "problem" }, "Could each have been agreed on, with what this host allowed and its certificate? ",
      untold ? "The record does not say what that was." : `${had} of ${real}.`),
    h("ol", { class: "names suites" }, names.map((name, i) => h("li", {}, name,
      h("small", { class: ["no", "compiled-out"].includes(support[i].support) ? "finding" : "" }, ` ${supports[support[i].support] ?? support[i].support}: ${support[i].why}`))))];
}

/// A guess, and shown as one: the basis is beside it.
function family(guess) {
  if (!guess) return [];
  const likely = guess.family === "unknown" ? "unknown" : `${guess.confidence === "likely" ? "likely" : "possibly"} ${guess.name}`;
  return [["client family, a guess", likely], ["what it goes by", guess.basis], ["but", guess.disagreement]];
}

function parts(record, names, support, raw) {
  const hello = record.hello;
  return [
    hello.parse_problem ? h("p", { class: "problem" }, hello.parse_problem) : "",
    pairs([
      ...family(record.client_family),
      ["server name", hello.sni.form === "absent" ? "none sent, as Windows XP, Server 2003 and phones do" : hello.sni.raw],
      ["its form", hello.sni.form],
      ["highest version", hello.highest_version], ["legacy version", names.legacy_version ?? hex(hello.legacy_version)],
      ["record version", names.record_version ?? hex(hello.record_version)],
      ["supported versions", named(names.supported_versions, hello.supported_versions).join(", ")],
      ["SSLv2 framing", hello.sslv2_framed ? "yes: Windows XP and older" : "no"],
      ["ALPN", hello.alpn.join(", ")], ["point formats", hello.point_formats.join(", ")],
      ["JA3", hello.ja3], ["JA4", hello.ja4], ["bytes", hello.bytes]]),
    h("p", { class: "copies" }, copyButton("JA3", hello.ja3), copyButton("JA4", hello.ja4),
      raw ? button(`the bytes, ${raw.bytes}`, () => save(`hello-${record.id}.bin`,
        Uint8Array.from(atob(raw.base64), (letter) => letter.charCodeAt(0)), "application/octet-stream")) : ""),
    suites(named(names.cipher_suites, hello.cipher_suites), support),
    list("Extensions", named(names.extensions, hello.extensions)),
    list("Groups", named(names.groups, hello.groups)),
    list("Signature algorithms", named(names.signature_algorithms, hello.signature_algorithms))];
}
