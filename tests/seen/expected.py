"""What each client is expected to do with each defect, and why: mostly the facts sheet (client-behaviour.md), which
was measured with other versions. Where what is seen differs from it, the row is what is seen and `departs` says so.

An outcome is what observe.outcome_of() makes of a record; a pair is TLS 1.2 and TLS 1.3.
"""

import dataclasses

from defects import DEFECTS, VERSIONS

ACCEPTED = "accepted"
POLITE = "finished-no-data, close_notify"
GONE = "finished-no-data, FIN or RST"
GONE_EARLY = "closed-in-handshake, FIN or RST"
NO_VERSION = "no-common-version"


def clear(code):
    """An OpenSSL client's alert is in clear in TLS 1.3, too (§1 no. 2)."""
    return (f"alert {code} in clear",) * 2


def coded(code):
    return f"alert {code} in clear", f"alert {code} encrypted"


def late(code):
    """TLS 1.2 is finished before this client judges (§2 S3)."""
    return f"alert {code} encrypted, after Finished", f"alert {code} encrypted"


@dataclasses.dataclass(frozen=True)
class Expected:
    rows: dict       # defect → outcome or pair; what is not there is accepted
    sheet: str       # where the facts sheet has it
    reading: str     # what a server can and cannot conclude
    departs: dict = dataclasses.field(default_factory=dict)  # defect → how the sheet differs from the row
    silent: dict = dataclasses.field(default_factory=dict)   # defect → where the sheet says nothing: why it may be so
    besides: tuple = ()  # outcomes of further connections: pre-connects
    sends_sni: bool = True
    sends_first: bool = False  # its request comes before it has looked: what is recorded then is a matter of luck
    only_12: bool = False

    def outcome(self, defect, version):
        if self.only_12 and version == "1.3":
            return NO_VERSION
        row = self.rows.get(defect.key, ACCEPTED)
        return row if isinstance(row, str) else row[VERSIONS.index(version)]


def all_but(rows, **changes):
    return {**rows, **{key.replace("_", "-"): outcome for key, outcome in changes.items()}}


OPENSSL = {"wrong": clear(42), "unknown": clear(48), "expired": clear(45), "early": clear(42), "usage": clear(43),
           "broken": clear(48), "weak": clear(42)}
EVERY_CAUSE = [defect.key for defect in DEFECTS if defect.cause]
CN_BESIDE_ADDRESS = ("§3 has alert 42 for a SAN with an address only; here the CN has the name, and OpenSSL looks at the CN "
                     "where the SAN has no DNS name")

# Alert 42 for all causes (§1 no. 6): the server's own facts decide.
FORTY_TWO = {key: coded(42) for key in EVERY_CAUSE if key not in ("weak", "cn-only")}
UNSTATED = ("It always leaves without a word: a scanner looks the same. What is wrong with the certificate is only "
            "what it may have been.")
WEAK_IS_FINE = "its defaults let RSA 1024 through"
MBEDTLS = {"wrong": clear(42), "unknown": clear(48), "expired": clear(45), "early": clear(46), "usage": clear(43),
           "broken": clear(48), "weak": clear(43), "ip-only": clear(42)}
LIKE_OPENSSL = ("As openssl s_client: 48, 45 and 43 are certain, 42 is the name, the first day of validity or the key. "
                "An alert in clear in TLS 1.3 says that it is of the OpenSSL family.")

# What a record may guess of each.
FAMILIES = {
    **{key: ("openssl",) for key in ("openssl", "curl", "socat", "python", "perl", "ruby", "php", "node")},
    **{key: ("gnutls",) for key in ("git", "wget", "lftp", "gnutls-cli")},
    **{key: (key,) for key in ("nss", "go", "java", "mbedtls", "wolfssl", "rustls", "chromium", "firefox")},
    "baresip": ("baresip", "openssl"), "sipsak": ("sipsak", "gnutls"), "linphonec": ("linphone", "mbedtls"),
}

EXPECTED = {
    "openssl": Expected(
        OPENSSL, "§1 no. 2 to 6",
        "The alert names the chain (48), the expiry (45) and the usage (43) for certain. 42 is the name, the first "
        "day of validity or the key: what the server knows of its certificate decides.",
        departs={"ip-only": CN_BESIDE_ADDRESS}),
    "curl": Expected(
        all_but(OPENSSL, wrong=POLITE, ip_only=POLITE), "§2 S1 and S5",
        "As openssl s_client but for the name, which it looks at when the handshake is finished: it leaves politely, "
        "and nothing on the wire says why. Unlike OpenSSL it does not look at the CN where there is a SAN of any kind."),
    "git": Expected(
        {key: POLITE for key in ("wrong", "unknown", "expired", "early", "broken", "ip-only")}, "§2 S5",
        UNSTATED + " Where it goes on it finds no repository, so it exits with 128 all the same.",
        silent={"usage": "this libcurl does not ask GnuTLS for the usage", "weak": WEAK_IS_FINE}),
    "wget": Expected(
        {key: GONE for key in ("wrong", "unknown", "expired", "early", "broken", "ip-only")}, "§2 S6", UNSTATED,
        silent={"usage": "it does not ask GnuTLS for the usage", "weak": WEAK_IS_FINE}),
    "gnutls-cli": Expected(
        FORTY_TWO, "§1 no. 6",
        "42 for every cause, so the alert alone says nothing. It looks at the CN where there is no SAN.",
        silent={"weak": WEAK_IS_FINE}),
    "nss": Expected(
        {"wrong": late(42), "unknown": late(48), "expired": late(45), "early": late(45), "usage": late(46),
         "broken": late(48)}, "§1 no. 1 and 4, §2 S3",
        "In TLS 1.2 it finishes the handshake and refuses afterwards: a finished handshake proves nothing. 48 is the "
        "chain, 45 the dates, expired or not yet valid.",
        departs={"ip-only": "§1 no. 6 has alert 42 for the name; here the CN has it, and NSS looks there where the SAN "
                            "has no DNS name"},
        silent={"weak": WEAK_IS_FINE}),
    "python": Expected(
        OPENSSL, "§1 no. 2 to 6", LIKE_OPENSSL, departs={"ip-only": CN_BESIDE_ADDRESS}),
    "perl": Expected(
        all_but(OPENSSL, wrong=clear(80)), "§1 no. 8",
        "As openssl s_client but for the name, which a callback checks: 80 internal_error. 80 can be anything; that "
        "the name is not on the certificate makes it the first guess."),
    "ruby": Expected(
        all_but(OPENSSL, ip_only=clear(42)), "§2 S1", LIKE_OPENSSL + " It looks at the CN where there is no SAN at all."),
    "php": Expected(
        all_but(OPENSSL, wrong=POLITE), "§1 no. 9, §2 S5",
        "As openssl s_client but for the name: it finishes the handshake and leaves politely."),
    "node": Expected(
        {key: (GONE, GONE_EARLY) for key in ("wrong", "unknown", "expired", "early", "usage", "broken")},
        "§1 no. 9, §2 S4 and S6",
        "Never an alert: in TLS 1.2 it leaves after the handshake, in TLS 1.3 before its Finished. In TLS 1.3 the "
        "server knows at least that it was after the certificate.",
        silent={"weak": WEAK_IS_FINE}),
    "go": Expected(
        {**FORTY_TWO, "cn-only": coded(42)}, "§1 no. 6",
        "42 for every cause. It never looks at the CN, so a certificate that satisfies others is refused: the record "
        "then says that it may be the name, or the CA.",
        silent={"weak": WEAK_IS_FINE}),
    "java": Expected(
        {"wrong": coded(46), "unknown": coded(46), "expired": coded(45), "early": coded(42), "usage": coded(46),
         "broken": coded(46)},
        "§1 no. 7",
        "46 is name, issuer or usage: only the server's own facts tell. 45 and 42 are the dates. In TLS 1.3 a good "
        "connection ends with alert 90 before close_notify, which is no refusal.",
        departs={"expired": "§1 no. 7 has 46 for everything in TLS 1.3; this version sends 45, as in TLS 1.2",
                 "early": "the same: 42 in TLS 1.3, too"},
        silent={"weak": "JSSE forbids RSA below 1024 only"}),
    "mbedtls": Expected(
        MBEDTLS, "§1 no. 3 to 7",
        "The alert says the cause: 48 chain, 45 expired, 46 not yet valid, 42 name; 43 is the usage or the key. "
        "Debian's version has no TLS 1.3.", only_12=True),
    "wolfssl": Expected(
        {"wrong": coded(42), "unknown": coded(48), "expired": coded(45), "early": coded(45), "usage": coded(42),
         "broken": coded(48), "ip-only": coded(42)}, "§1 no. 3, 4 and 6",
        "48 is the chain, 45 the dates, expired or not yet valid; 42 is the name or the usage. Debian's build verifies "
        "nothing unless the program asks for it; this one does.",
        silent={"weak": WEAK_IS_FINE}),
    "rustls": Expected(
        {key: coded(42) for key in EVERY_CAUSE}, "§1 no. 6",
        "42 for every cause, a short key among them. It never looks at the CN."),
    "baresip": Expected(
        {}, "§5, last paragraph",
        "It registers with whatever certificate it is shown, even with a CA file and `sip_verify_server` set: "
        "`accepted` says nothing about the certificate. Which name it meant is known only from its look-ups.",
        sends_sni=False),
    "sipsak": Expected(
        {}, "§5, last paragraph",
        "It goes on with whatever certificate it is shown: `accepted` says nothing about the certificate.",
        sends_sni=False),
    "lftp": Expected(
        {}, "§1 no. 11, §2 S8",
        "It sends its request before it looks at the certificate, so `accepted` is recorded whether it goes on or not; "
        "on the wire the two look the same. In other runs it is gone before the request.",
        silent={"usage": "it does not ask GnuTLS for the usage", "weak": WEAK_IS_FINE},
        besides=(GONE, POLITE), sends_first=True),
    "socat": Expected(
        all_but(OPENSSL, wrong=POLITE), "§1 no. 9, §2 S1 and S5",
        "As openssl s_client but for the name: it finishes the handshake and leaves politely."),
    "linphonec": Expected(
        all_but(MBEDTLS, weak=ACCEPTED), "§1 no. 5 to 7",
        "mbedTLS inside, and its alerts: 48 chain, 45 expired, 46 not yet valid, 42 name, 43 usage. No TLS 1.3. It "
        "tries again every few seconds: one refusal is many connections.",
        departs={"weak": "§1 no. 5 has alert 43 for a 1024-bit key from mbedTLS; linphone asks mbedTLS for less"},
        only_12=True),
    "chromium": Expected(
        {key: coded(46) for key in EVERY_CAUSE if key != "weak"}, "§1 no. 7",
        "46 for every cause; two or three connections for one refusal. Beside a page that it takes there is a "
        "pre-connect, which is closed without a request and says nothing. It never looks at the CN.",
        silent={"weak": "its own check of key sizes is for public CAs"},
        besides=(GONE, POLITE)),
    "firefox": Expected(
        {"wrong": late(42), "unknown": late(48), "expired": late(45), "early": late(42), "usage": late(46),
         "broken": late(48), "cn-only": late(42), "ip-only": late(42)}, "§1 no. 1, 6 and 7, §2 S3",
        "As NSS: in TLS 1.2 it refuses when the handshake is finished. 48 is the chain, 45 expired, 46 the usage, 42 the "
        "name or not yet valid. One refusal is two connections. Unlike tstclnt it never looks at the CN.",
        silent={"weak": WEAK_IS_FINE}, besides=(GONE, POLITE)),
}
