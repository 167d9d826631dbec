"""unknown_names: mint: any valid name gets a certificate of its own, a wrong one where its prefix asks for it."""

import ssl
import socket
import unittest

from lab import PATIENCE, Lab, LabTest, run, wait_for

CONFIG = """
listeners:
  - {port: 0, unknown_names: mint}
mint:
  key: p-256
  rules:
    - prefix: old
      certificate: {subject: "CN=old.{name}", sans: ["old.{name}"], not_before: -400d, not_after: -1d}
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
"""


class Minting(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG)

    def names_for(self, name, verify=True):
        """The SAN of what a client that sends this SNI is shown."""
        context = ssl.create_default_context(cafile=self.lab.ca)
        context.check_hostname = False
        if not verify:
            context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.lab.port), timeout=PATIENCE) as plain:
            with context.wrap_socket(plain, server_hostname=name) as tls:
                return tls.getpeercert(binary_form=not verify)

    def record_of_name(self, name):
        """The record of the one connection that asked for this name, however it is escaped."""
        def look():
            for record in self.lab.all_records():
                if record.get("hello", {}).get("sni", {}).get("raw") == name:
                    return record
            return None

        return wait_for(look, f"a record of {name}", self.lab.alive)

    def test_a_name_nobody_has_gets_a_certificate_that_a_verifying_client_takes(self):
        for name in ("any.contoso.test", "a_b.contoso.test", "a" * 63 + ".test", ".".join(["x" * 50] * 4)):
            done = self.lab.s_client(name)
            self.assertIn("fakeocs saw this connection", done.stdout, done.stderr)
            record = self.record_of_name(name)
            self.assertEqual((record["host_choice"], record["virtual_host"], record["verdict"]),
                             ("minted", "minted", "accepted"))

    def test_a_configured_host_wins(self):
        self.lab.s_client("sip.contoso.test")
        self.assertEqual(self.record_of_name("sip.contoso.test")["virtual_host"], "front01")

    def test_a_known_name_keeps_its_certificate(self):
        first = self.names_for("twice.contoso.test", verify=False)
        self.assertEqual(self.names_for("twice.contoso.test", verify=False), first)
        self.assertNotEqual(self.names_for("other.contoso.test", verify=False), first)

    def test_prefixes_bring_the_defect_they_name(self):
        rows = [("wrong.contoso.test", "42", "name-mismatch"), ("expired.contoso.test", "45", "validity-dates"),
                ("old.contoso.test", "45", "validity-dates"), ("unknown-ca.contoso.test", "48", "untrusted-issuer"),
                ("self-signed.contoso.test", "48", "untrusted-issuer"), ("no-server-auth.contoso.test", "43", "key-usage")]
        for name, alert, cause in rows:
            with self.subTest(name):
                self.lab.s_client(name)
                record = self.record_of_name(name)
                self.assertEqual(record["verdict"], "rejected-alert")
                self.assertIn(alert, record["detail"])
                self.assertEqual(record["causes"][0], cause)

    def test_what_is_no_host_name_is_never_minted(self):
        for name in ("a b.test", "-x.test", "a" * 64 + ".test", "192.0.2.1"):
            with self.subTest(name):
                run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.lab.port}", "-servername", name])
                record = self.record_of_name(name)
                self.assertEqual((record["host_choice"], record["virtual_host"]), ("default-invalid-sni", "front01"))

    def test_the_hello_has_its_fingerprints(self):
        self.lab.s_client("print.contoso.test")
        hello = self.record_of_name("print.contoso.test")["hello"]
        self.assertRegex(hello["ja3"], "^[0-9a-f]{32}$")
        self.assertRegex(hello["ja4"], "^t13d[0-9]{4}00_[0-9a-f]{12}_[0-9a-f]{12}$")


if __name__ == "__main__":
    unittest.main()
