"""The public host-name vectors (tests/data/hostname-match.jsonl) through the real programs.

fakeocs-certgen issues a certificate with the names of each row, this test's own DER encoder says which bytes
must stand in it, and `fakeocs-certgen check --batch` answers for each host: under the row's policy, and under
openssl for what OpenSSL 3.0 was observed to say.
"""

import base64
import collections
import ipaddress
import json
import re
import unittest

from certgen_case import SOURCE, CertgenCase

POLICIES = {"strict": "rfc9525", "sip-rfc5922": "rfc5922", "openssl": "openssl"}
NO_POLICY = {
    "cn-fallback": "a CN that counts beside some SAN contents: no client of this project compares so",
    "lax-partial": "partial wildcards in the suite's own way; openssl has its own rule for them",
    "lax-partial-multilabel": "wildcards over several labels: no client of this project compares so",
    "cn-fallback+lax-partial": "both of the above",
    "dotnet": "X509Certificate2.MatchesHostname; nearest to Schannel, but not what Communicator calls",
    "dotnet-no-cn": "the same without the CN",
    "strict-psl": "needs the public suffix list",
    "strict-psl-url-host": "needs the public suffix list and unescapes URL hosts",
    "no-wildcards": "a caller that switched wildcards off",
    "openssl-no-wildcards": "X509_CHECK_FLAG_NO_WILDCARDS, which is not flags 0",
    "no-ip": "a caller that switched addresses off",
    "uri-exact": "a URI is no host name",
    "uri-id": "a URI identity is no host name",
    "srv-id": "an SRV identity is no host name",
}
OBSERVED = "observed.openssl_3_0_check_host"
# Fewer than these, and the test has stopped testing.
LEAST_RUN = {"strict": 366, "sip-rfc5922": 24, "openssl": 243, OBSERVED: 1134}
LEAST_CERTIFICATES = 513

IA5_TAGS = {"dns": 0x82, "uri": 0x86, "email": 0x81}


def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def oid(dotted):
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    encoded = bytearray()
    for arc in [first * 40 + second, *rest]:
        piece = [arc & 0x7F]
        while arc := arc >> 7:
            piece.append(0x80 | arc & 0x7F)
        encoded += bytes(reversed(piece))
    return der(0x06, bytes(encoded))


class Names:
    """The names of a row: as bytes, as DER, and as a recipe."""

    OTHER = "1.3.6.1.4.1.99999.1"

    def __init__(self, row):
        encoding = row.get("name_encoding") or "utf-8"
        as_bytes = lambda texts: [text.encode(encoding) for text in texts]
        self.common_names = as_bytes(row["cn"])
        self.san_present = row["san_present"]
        self.readable = "does not parse" not in row.get("note", "")
        self.san = [("dns", name) for name in as_bytes(row["san_dns"])]
        self.san += [("uri", name) for name in as_bytes(row["san_uri"])]
        for text in row["san_ip"]:
            is_hex = text.startswith("hex:")
            self.san.append(("ip", bytes.fromhex(text[4:]) if is_hex else ipaddress.ip_address(text).packed))
        for text in row["san_other"]:
            kind, _, value = text.partition(":")
            raw_kinds = {"othername", "dirname", "rid"}
            self.san.append((kind, bytes.fromhex(value) if kind in raw_kinds else value.encode(encoding)))

    def san_der(self):
        if not self.readable:
            return bytes.fromhex("3081")
        entries = []
        for kind, value in self.san:
            if kind in IA5_TAGS:
                entries.append(der(IA5_TAGS[kind], value))
            elif kind == "ip":
                entries.append(der(0x87, value))
            elif kind == "srv":
                entries.append(der(0xA0, oid("1.3.6.1.5.5.7.8.7"), der(0xA0, der(0x16, value))))
            elif kind == "othername":
                entries.append(der(0xA0, oid(self.OTHER), der(0xA0, value or der(0x0C))))
            elif kind == "dirname":
                entries.append(der(0xA4, value))
            else:
                entries.append(der(0x88, value))
        return der(0x30, *entries)

    def expected_der(self):
        """Patterns of what must stand in the certificate, in this order."""
        parts = [re.escape(der(0x30, oid("2.5.4.3"), der(0x0C, name))) for name in self.common_names]
        if self.san_present:
            maybe_critical = b"(\x01\x01\xff)?"
            parts.append(re.escape(oid("2.5.29.17")) + maybe_critical + re.escape(der(0x04, self.san_der())))
        return parts

    def recipe(self):
        """None where a recipe cannot say it: a CN is UTF-8 and has at most 64 bytes."""
        sans = []
        for kind, value in self.san:
            if kind == "ip" and len(value) in (4, 16):
                sans.append(f"IP:{ipaddress.ip_address(value)}")
            elif kind == "ip":
                sans.append(f"IP:hex:{value.hex()}")
            elif kind in ("dns", "uri", "email", "srv"):
                word = kind if kind == "email" else kind.upper()
                plain = re.fullmatch(rb"[ -~]+", value)
                sans.append(f"{word}:{value.decode()}" if plain else f"{word}-hex:{value.hex()}")
            elif kind == "othername":
                sans.append(f"other:{self.OTHER}:{(value or der(0x0C)).hex()}")
            else:
                sans = None
                break
        try:
            subject = ["CN=" + name.decode("utf-8") for name in self.common_names]
        except UnicodeDecodeError:
            return None
        if any(len(name) > 64 for name in self.common_names):
            return None
        recipe = {"key": "p-256", "issuer": "self_signed", "subject": subject}
        if self.san_present and (not sans or not self.readable):
            recipe["san_der"] = self.san_der().hex()
        else:
            recipe["sans"] = sans
        return recipe


def question(row, policy):
    asked = {"policy": policy}
    if row.get("name_encoding"):
        asked["host_hex"] = row["host"].encode(row["name_encoding"]).hex()
    else:
        asked["host"] = row["host"]
    return json.dumps(asked)


class VectorsTest(CertgenCase):
    def test_every_row_through_a_certificate_with_its_names(self):
        vectors = (SOURCE / "tests/data/hostname-match.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in vectors]
        self.departures = json.loads((SOURCE / "tests/data/hostname-match-departures.json").read_text())
        groups = collections.defaultdict(list)
        fields = ["cn", "san_present", "san_dns", "san_uri", "san_ip", "san_other", "name_encoding", "note"]
        for row in rows:
            groups[json.dumps([row.get(field) for field in fields])].append(row)
        recipes = {f"v{number:04}": group for number, group in enumerate(groups.values())}
        names = {name: Names(group[0]) for name, group in recipes.items()}
        self.issue_all(names)

        self.counts = collections.defaultdict(collections.Counter)
        self.wrong = []
        for name, group in recipes.items():
            if names[name].recipe() is None:
                for row in group:
                    self.counts[row["policy"]]["skipped: no recipe can say these names"] += 1
                continue
            self.hold_bytes(name, names[name])
            self.ask(name, group)
        self.print_counts()
        self.assertEqual(self.wrong, [])
        self.assertGreaterEqual(len(recipes), LEAST_CERTIFICATES)
        for policy, least in LEAST_RUN.items():
            self.assertGreaterEqual(self.counts[policy]["run"], least, policy)

    def issue_all(self, names):
        made = {name: each.recipe() for name, each in names.items()}
        made = {name: recipe for name, recipe in made.items() if recipe}
        # JSON is YAML.
        (self.home / "recipes.yaml").write_text(json.dumps({"recipes": made}, indent=1))
        self.certgen("issue", "--recipes", "recipes.yaml")

    def hold_bytes(self, name, names):
        pem = (self.state / name / "cert.pem").read_text()
        certificate = base64.b64decode(re.sub("-----[^-]+-----", "", pem))
        at = 0
        for part in names.expected_der():
            found = re.compile(part, re.DOTALL).search(certificate, at)
            self.assertIsNotNone(found, f"{name}: {part!r} is not in {certificate.hex()}")
            at = found.end()
        if not names.san_present:
            self.assertNotIn(oid("2.5.29.17"), certificate)

    def ask(self, name, group):
        asked = [(row, question(row, policy)) for row in group
                 for policy in [POLICIES.get(row["policy"], "openssl"), "openssl"]]
        answers = self.certgen("check", name, "--batch", "-", stdin="".join(line + "\n" for _, line in asked))
        covered = [json.loads(line)["covered"] for line in answers.stdout.splitlines()]
        self.assertEqual(len(covered), len(asked), name)
        for at, row in enumerate(group):
            self.judge(row, covered[2 * at])
            self.judge_observed(row, covered[2 * at + 1])

    def judge(self, row, covered):
        count = self.counts[row["policy"]]
        if row["policy"] not in POLICIES:
            count[f"skipped: {NO_POLICY[row['policy']]}"] += 1
        elif row["disputed"]:
            count["disputed"] += 1
            print(f"disputed  {row['id']} says {row['expected_match']}, we say {covered}; "
                  f"against it: {', '.join(row.get('disputed_with') or ['another row'])}")
        elif row["id"] in self.departures:
            count["departed from"] += 1
            print(f"departed  {row['id']} says {row['expected_match']}: {self.departures[row['id']]}")
            self.assertNotEqual(covered, row["expected_match"], f"{row['id']} is no departure any more")
        else:
            count["run"] += 1
            if covered != row["expected_match"]:
                self.wrong.append(row)

    def judge_observed(self, row, covered):
        count = self.counts[OBSERVED]
        observed = row["observed"]["openssl_3_0_check_host"]
        if observed is None:
            count["skipped: nothing observed"] += 1
        elif "no-wildcards" in row["policy"] and "*" in json.dumps(row):
            count["skipped: observed with X509_CHECK_FLAG_NO_WILDCARDS, and a '*' is in it"] += 1
        else:
            count["run"] += 1
            if covered != observed:
                self.wrong.append((OBSERVED, row))

    def print_counts(self):
        print()
        for policy, count in sorted(self.counts.items()):
            parts = ", ".join(f"{number} {word}" for word, number in count.items())
            print(f"{policy:32} {parts}")


if __name__ == "__main__":
    unittest.main()
