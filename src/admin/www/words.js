// What the words of a record look like: the verdicts in groups, each with a sign that needs no colour.

export const groups = {
  ok: { sign: "✓", label: "went on", verdicts: ["signed-in", "accepted"] },
  rejected: { sign: "✗", label: "rejected", verdicts: ["rejected-alert"] },
  left: { sign: "!", label: "left after the certificate",
    verdicts: ["finished-no-data", "finished-silent", "closed-in-handshake"] },
  odd: { sign: "≠", label: "no handshake",
    verdicts: ["no-common-version", "no-common-cipher", "bad-hello", "not-tls", "handshake-timeout"] },
  scanners: { sign: "·", label: "scanners",
    verdicts: ["closed-before-hello", "closed-after-hello", "closed-partial-hello", "no-bytes"] },
  ours: { sign: "■", label: "turned away", verdicts: ["turned-away", "server-error"] },
};

export const groupOf = (verdict) =>
  Object.keys(groups).find((name) => groups[name].verdicts.includes(verdict)) ?? "odd";

export const signOf = (verdict) => groups[groupOf(verdict)].sign;

export const policies = {
  communicator2007: "Communicator 2007, R2",
  lync2010: "Lync 2010 to Skype for Business",
  rfc9525: "browsers, RFC 9525",
  rfc5922: "SIP domain, RFC 5922",
  openssl: "OpenSSL",
};

export const sources = { sni: "SNI", dns: "DNS", both: "DNS, SNI", sip: "REGISTER", unknown: "unknown" };

export const hostChoices = {
  exact: "exact name", wildcard: "wildcard", "default-no-sni": "default: no SNI",
  "default-unknown-name": "default: unknown name", "default-invalid-sni": "default: no valid SNI",
};

/// A name as a reader may paste it: nothing in it that a shell or a zone file would take for more.
export const isHostName = (name) => /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?$/i.test(name ?? "");
