"""Real clients against the real program: what each does with a good name and a bad one, and the record of it."""

import json
import ssl
import unittest

from lab import Lab, LabTest, run

GOOD = "sip.contoso.test"
WRONG = "sipinternal.contoso.test"


class Clients(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.quickstart("contoso.test")

    def setUp(self):
        super().setUp()
        self.since = self.lab.mark()

    def record(self):
        (record,) = self.lab.records(1, self.since)
        return record

    def test_openssl_with_the_right_name_is_answered(self):
        for version in ("-tls1_2", "-tls1_3"):
            done = self.lab.s_client(GOOD, version)
            self.assertIn("fakeocs saw this connection", done.stdout, done.stderr)
        for record in self.lab.records(2, self.since):
            self.assertEqual(record["verdict"], "accepted")

    def test_openssl_with_a_wrong_name_sends_alert_42(self):
        self.assertNotEqual(self.lab.s_client(WRONG).returncode, 0)
        record = self.record()
        self.assertEqual(record["verdict"], "rejected-alert")
        self.assertEqual(record["tls"]["alerts"][0]["code"], 42)
        self.assertEqual(record["wanted"]["name"], WRONG)

    def test_openssl_without_the_ca_sends_alert_48(self):
        run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.lab.port}", "-servername", GOOD, "-verify_return_error"])
        self.assertEqual(self.record()["verdict"], "rejected-alert")

    def test_curl_with_the_right_name_reads_json(self):
        done = self.lab.curl(GOOD, "-H", "Accept: application/json")
        self.assertEqual(json.loads(done.stdout)["sni"], GOOD, done.stderr)
        self.assertEqual(self.record()["verdict"], "accepted")

    def test_curl_with_a_wrong_name_leaves_after_the_handshake(self):
        self.assertEqual(self.lab.curl(WRONG).returncode, 60)
        self.assertEqual(self.record()["verdict"], "finished-no-data")
        self.lab.wait_for_output(f"sni={WRONG} .*finished-no-data")

    def test_gnutls_with_a_wrong_name_is_rejected(self):
        run(["gnutls-cli", "--x509cafile", self.lab.ca, "--port", self.lab.port, "--sni-hostname", WRONG,
             "--verify-hostname", WRONG, "127.0.0.1"])
        self.assertEqual(self.record()["verdict"], "rejected-alert")

    def test_python_with_right_and_wrong_name(self):
        context = ssl.create_default_context(cafile=self.lab.ca)
        for name, verdict in ((GOOD, "accepted"), (WRONG, "rejected-alert")):
            with self.lab.connect() as plain:
                port = plain.getsockname()[1]
                try:
                    with context.wrap_socket(plain, server_hostname=name) as tls:
                        tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
                        self.assertIn(b"200 OK", tls.recv(4096))
                except ssl.SSLCertVerificationError:
                    self.assertEqual(name, WRONG)
            self.assertEqual(self.lab.record_of(port)["verdict"], verdict)


if __name__ == "__main__":
    unittest.main()
