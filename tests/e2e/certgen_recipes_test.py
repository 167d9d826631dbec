"""certs/recipes.yaml made by scripts/make-certs: each role good as `names` wants it, each fault there and said aloud."""

import json
import os
import re
import subprocess
import unittest

from certgen_case import PROGRAM, SOURCE, CertgenCase

DOMAIN = ["--sip-domain", "contoso.test"]
BOTH = [*DOMAIN, "--sip-domain", "fabrikam.test"]
EDGE = ["--server", "edge01.corp.contoso.test"]
# What `names` is told for the good recipe of each role.
ROLES = {
    "ocs-se": [*DOMAIN, "--server", "ocs01.contoso.test", "--web", "webfarm.contoso.test"],
    "ocs-pool": [*DOMAIN, "--pool", "pool01.contoso.test", "--server", "fe01.contoso.test", "--server",
                 "fe02.contoso.test", "--web", "webfarm.contoso.test"],
    "ocs-pool-member": ["--server", "conf01.contoso.test"],
    "ocs-director": [*DOMAIN, "--server", "director.contoso.test"],
    "ocs-edge": BOTH,
    "ocs-edge-internal": EDGE,
    "ocs-webconf-edge": ["--server", "webcon.contoso.test"],
    "ocs-av": ["--server", "av.contoso.test"],
    "ocs-rp": ["--web", "webfarm.contoso.test"],
    "ocs-cwa": ["--web", "cwa.contoso.test"],
    "lync-se": [*DOMAIN, "--server", "lync01.contoso.test", "--web", "webint.contoso.test"],
    "lync-fe": [*DOMAIN, "--pool", "pool01.contoso.test", "--server", "fe01.contoso.test"],
    "lync-director": [*DOMAIN, "--server", "director.contoso.test"],
    "lync-mediation": ["--pool", "mediation.contoso.test", "--server", "med01.contoso.test"],
    "lync-sba": [*DOMAIN, "--server", "branch01.contoso.test"],
    "lync-edge": BOTH,
    "lync-edge-im": BOTH,
    "lync-edge-internal": EDGE,
    "lync-av": ["--server", "av.contoso.test"],
    "lync-rp": [*DOMAIN, "--web", "webext.contoso.test"],
    "rfc5922": DOMAIN,
}
# recipe, who asks, for which name, exit code
OUTCOMES = [
    ("article", "communicator2007", "sip.schertz.local", 0),
    ("article", "communicator2007", "sipinternal.schertz.local", 10),
    ("article-fixed", "communicator2007", "sipinternal.schertz.local", 0),
    ("ocs-se-no-san", "communicator2007", "ocs01.contoso.test", 0),
    ("ocs-se-no-san", "rfc9525", "ocs01.contoso.test", 10),
    ("ocs-se-san-without-cn", "communicator2007", "ocs01.contoso.test", 0),
    ("ocs-se-san-without-cn", "lync2010", "ocs01.contoso.test", 10),
    ("ocs-se-no-sip", "communicator2007", "sip.contoso.test", 10),
    ("ocs-se-no-sipinternal", "communicator2007", "sipinternal.contoso.test", 10),
    ("ocs-se-wildcard", "communicator2007", "sip.contoso.test", 10),
    ("ocs-se-wildcard", "lync2010", "sip.contoso.test", 0),
    ("ocs-pool-server-cn", "communicator2007", "pool01.contoso.test", 10),
    ("ocs-edge-one-domain", "communicator2007", "sip.fabrikam.test", 10),
    ("ocs-edge-internal-name", "communicator2007", "sip.contoso.test", 10),
    ("lync-edge-cn-not-in-san", "lync2010", "sip.contoso.test", 10),
    ("lync-fe-wildcard-only", "lync2010", "pool01.contoso.test", 0),
    ("lync-rp-no-lyncdiscover", "lync2010", "lyncdiscover.contoso.test", 10),
    ("rfc5922", "rfc5922", "contoso.test", 0),
    ("rfc5922-dns-only", "rfc5922", "contoso.test", 0),
    ("rfc5922-wildcard", "rfc5922", "sip.contoso.test", 10),
    ("no-names", "openssl", "sip.contoso.test", 10),
    ("trailing-blank", "lync2010", "sip.contoso.test", 10),
    ("embedded-nul", "lync2010", "sip.contoso.test", 10),
    ("ip-as-dns", "rfc9525", "192.0.2.1", 10),
    ("long-name", "rfc9525", "a-pool-name-that-is-longer-than-a-common-name-may-be.branch.contoso.test", 0),
    ("expired", "lync2010", "sip.contoso.test", 11),
    ("not-yet-valid", "lync2010", "sip.contoso.test", 11),
    ("no-eku", "lync2010", "sip.contoso.test", 0),
    ("client-eku", "lync2010", "sip.contoso.test", 11),
    ("with-crl", "lync2010", "sip.contoso.test", 0),
    ("revoked", "lync2010", "sip.contoso.test", 11),
    ("self-signed", "lync2010", "sip.contoso.test", 11),
    ("untrusted-root", "lync2010", "sip.contoso.test", 11),
    ("intermediate", "lync2010", "sip.contoso.test", 0),
    ("missing-intermediate", "lync2010", "sip.contoso.test", 11),
]


class RecipesTest(CertgenCase):
    def make_certs(self, *words):
        done = subprocess.run(
            [SOURCE / "scripts/make-certs", "--state-dir", str(self.state), *words], capture_output=True, text=True,
            timeout=300, env={**os.environ, "FAKEOCS_CERTGEN": PROGRAM})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def notes(self):
        """name → note, as they stand in the file."""
        text = (SOURCE / "certs/recipes.yaml").read_text()
        return dict(re.findall(r'^  ([a-z0-9-]+):\n    note: "([^"]*)"$', text, re.M))

    def test_the_bundled_script_makes_them_all(self):
        notes = self.notes()
        told = self.make_certs("--share-key")  # RSA keys of their own would take their time
        blocks = dict(re.findall(r"^certificate  (\S+)  (.*?)(?=^certificate  |\Z)", told, re.M | re.S))
        self.assertEqual(set(blocks), set(notes))
        for name, block in blocks.items():
            with self.subTest(recipe=name):
                self.assertTrue((self.state / name / "fullchain.pem").exists())
                self.assertIn("names to sign", block)
                if notes[name].endswith(", good") or name == "article-fixed":
                    self.assertNotIn("on purpose", block)
        again = self.make_certs("--share-key")
        self.assertEqual(again.count("kept   "), len(notes))
        self.assertNotIn("made    ", again)
        self.every_role_has_its_good_recipe(notes)
        self.faults_are_there()
        for name in ["expired", "not-yet-valid", "client-eku", "revoked", "rsa-1024", "sha1", "rsa-pss", "self-signed",
                     "untrusted-root", "missing-intermediate", "ca-as-leaf", "trailing-blank", "embedded-nul",
                     "ip-as-dns", "two-cns", "no-names", "ocs-se-no-san", "ocs-se-san-without-cn",
                     "ocs-edge-cn-not-in-san"]:
            self.assertIn("on purpose", blocks[name], name)
        self.assertIn("moved into the SAN list", blocks["long-name"])

    def every_role_has_its_good_recipe(self, notes):
        listed = self.run_program("names", "--role", "list").stdout.splitlines()
        self.assertEqual({line.split()[0] for line in listed if not line.startswith(" ")}, set(ROLES))
        for role, words in ROLES.items():
            with self.subTest(role=role):
                wanted = json.loads(self.run_program("names", "--role", role, *words, "--json").stdout)
                made = json.loads(self.certgen("inspect", role, "--json").stdout)
                self.assertTrue(notes[role].endswith(", good"))
                self.assertEqual(made["sans"], wanted["sans"])
                self.assertEqual(made["common_names"], [wanted["common_name"]])
                self.assertEqual(made["eku"], wanted["eku"])

    def faults_are_there(self):
        for name, policy, host, code in OUTCOMES:
            with self.subTest(recipe=name, policy=policy, host=host):
                self.certgen("check", name, "--policy", policy, "--host", host, code=code)
        facts = {"rsa-1024": ("key", "RSA 1024"), "sha1": ("signature", "sha1WithRSAEncryption"),
                 "rsa-pss": ("signature", "rsassaPss"), "ca-as-leaf": ("is_ca", True), "no-eku": ("eku", []),
                 "unreachable-crl": ("crl_urls", ["http://crl.invalid/lab.crl"]), "ecdsa": ("key", "EC P-256")}
        for name, (field, value) in facts.items():
            self.assertEqual(json.loads(self.certgen("inspect", name, "--json").stdout)[field], value, name)
        listed = subprocess.run(
            ["openssl", "crl", "-inform", "DER", "-in", str(self.state / "ca/ca.crl"), "-noout", "-text", "-CAfile",
             str(self.state / "ca/ca.pem")], capture_output=True, text=True, check=True)
        self.assertIn("verify OK", listed.stderr)
        self.assertIn(json.loads(self.certgen("inspect", "revoked", "--json").stdout)["serial"].upper(), listed.stdout)


if __name__ == "__main__":
    unittest.main()
