// The ClientHello by name. Numbers are the registries' of TLS (IANA); what is not here shows its number.

import { copyButton, h, pairs } from "./dom.js";

const versions = { 0x0002: "SSL 2", 0x0300: "SSL 3", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3" };

const suites = {
  0x0004: "RSA_RC4_128_MD5", 0x0005: "RSA_RC4_128_SHA", 0x0009: "RSA_DES_CBC_SHA", 0x000a: "RSA_3DES_EDE_CBC_SHA",
  0x0013: "DHE_DSS_3DES_EDE_CBC_SHA", 0x0016: "DHE_RSA_3DES_EDE_CBC_SHA", 0x002f: "RSA_AES_128_CBC_SHA",
  0x0032: "DHE_DSS_AES_128_CBC_SHA", 0x0033: "DHE_RSA_AES_128_CBC_SHA", 0x0035: "RSA_AES_256_CBC_SHA",
  0x0038: "DHE_DSS_AES_256_CBC_SHA", 0x0039: "DHE_RSA_AES_256_CBC_SHA", 0x003c: "RSA_AES_128_CBC_SHA256",
  0x003d: "RSA_AES_256_CBC_SHA256", 0x0067: "DHE_RSA_AES_128_CBC_SHA256", 0x006b: "DHE_RSA_AES_256_CBC_SHA256",
  0x009c: "RSA_AES_128_GCM_SHA256", 0x009d: "RSA_AES_256_GCM_SHA384", 0x009e: "DHE_RSA_AES_128_GCM_SHA256",
  0x009f: "DHE_RSA_AES_256_GCM_SHA384", 0x00ff: "EMPTY_RENEGOTIATION_INFO_SCSV", 0x1301: "AES_128_GCM_SHA256",
  0x1302: "AES_256_GCM_SHA384", 0x1303: "CHACHA20_POLY1305_SHA256", 0x1304: "AES_128_CCM_SHA256", 0x5600: "FALLBACK_SCSV",
  0xc009: "ECDHE_ECDSA_AES_128_CBC_SHA", 0xc00a: "ECDHE_ECDSA_AES_256_CBC_SHA", 0xc012: "ECDHE_RSA_3DES_EDE_CBC_SHA",
  0xc013: "ECDHE_RSA_AES_128_CBC_SHA", 0xc014: "ECDHE_RSA_AES_256_CBC_SHA", 0xc023: "ECDHE_ECDSA_AES_128_CBC_SHA256",
  0xc024: "ECDHE_ECDSA_AES_256_CBC_SHA384", 0xc027: "ECDHE_RSA_AES_128_CBC_SHA256", 0xc028: "ECDHE_RSA_AES_256_CBC_SHA384",
  0xc02b: "ECDHE_ECDSA_AES_128_GCM_SHA256", 0xc02c: "ECDHE_ECDSA_AES_256_GCM_SHA384", 0xc02f: "ECDHE_RSA_AES_128_GCM_SHA256",
  0xc030: "ECDHE_RSA_AES_256_GCM_SHA384", 0xcca8: "ECDHE_RSA_CHACHA20_POLY1305", 0xcca9: "ECDHE_ECDSA_CHACHA20_POLY1305",
  0xccaa: "DHE_RSA_CHACHA20_POLY1305",
};

const extensions = {
  0: "server_name", 5: "status_request", 10: "supported_groups", 11: "ec_point_formats", 13: "signature_algorithms",
  15: "heartbeat", 16: "alpn", 18: "signed_certificate_timestamp", 21: "padding", 22: "encrypt_then_mac",
  23: "extended_master_secret", 27: "compress_certificate", 28: "record_size_limit", 35: "session_ticket",
  41: "pre_shared_key", 42: "early_data", 43: "supported_versions", 44: "cookie", 45: "psk_key_exchange_modes",
  47: "certificate_authorities", 49: "post_handshake_auth", 50: "signature_algorithms_cert", 51: "key_share",
  13172: "next_protocol_negotiation", 17513: "application_settings", 65037: "encrypted_client_hello",
  65281: "renegotiation_info",
};

const groups = {
  19: "secp192r1", 21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448",
  256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192", 4588: "X25519MLKEM768",
};

const signatures = {
  0x0101: "rsa_md5", 0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1", 0x0202: "dsa_sha1", 0x0301: "rsa_sha224", 0x0303: "ecdsa_sha224",
  0x0401: "rsa_pkcs1_sha256", 0x0403: "ecdsa_secp256r1_sha256", 0x0402: "dsa_sha256", 0x0501: "rsa_pkcs1_sha384",
  0x0503: "ecdsa_secp384r1_sha384", 0x0601: "rsa_pkcs1_sha512", 0x0603: "ecdsa_secp521r1_sha512",
  0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384", 0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519", 0x0808: "ed448",
  0x0809: "rsa_pss_pss_sha256", 0x080a: "rsa_pss_pss_sha384", 0x080b: "rsa_pss_pss_sha512",
};

const hex = (number) => `0x${number.toString(16).padStart(4, "0")}`;
const isGrease = (number) => (number & 0x0f0f) === 0x0a0a && number >> 8 === (number & 0xff);
const named = (table) => (number) => isGrease(number) ? `GREASE ${hex(number)}` : table[number] ?? hex(number);

const list = (head, numbers, table) => numbers?.length
  ? [h("h3", {}, `${head}, ${numbers.length}`), h("ol", { class: "names" }, numbers.map((number) => h("li", {}, named(table)(number))))]
  : "";

export function helloTab(record) {
  const hello = record.hello;
  if (!hello) return h("p", {}, record.first_line ? `No ClientHello came; the first line was: ${record.first_line}` : "No ClientHello came.");
  return [
    hello.parse_problem ? h("p", { class: "problem" }, hello.parse_problem) : "",
    pairs([
      ["server name", hello.sni.form === "absent" ? "none sent, as Windows XP, Server 2003 and phones do" : hello.sni.raw],
      ["its form", hello.sni.form],
      ["highest version", hello.highest_version], ["legacy version", versions[hello.legacy_version] ?? hex(hello.legacy_version)],
      ["record version", versions[hello.record_version] ?? hex(hello.record_version)],
      ["supported versions", hello.supported_versions.map(named(versions)).join(", ")],
      ["SSLv2 framing", hello.sslv2_framed ? "yes: Windows XP and older" : "no"],
      ["ALPN", hello.alpn.join(", ")], ["point formats", hello.point_formats.join(", ")],
      ["JA3", hello.ja3], ["JA4", hello.ja4], ["bytes", hello.bytes]]),
    h("p", { class: "copies" }, copyButton("JA3", hello.ja3), copyButton("JA4", hello.ja4)),
    list("Cipher suites, in the client's order", hello.cipher_suites, suites),
    list("Extensions", hello.extensions, extensions),
    list("Groups", hello.groups, groups),
    list("Signature algorithms", hello.signature_algorithms, signatures)];
}
