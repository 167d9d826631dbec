"""Real clients against the real program: openssl, curl, gnutls-cli, Python and NSS, each with the right name, a wrong
one, an unknown CA and an expired certificate, in TLS 1.2 and 1.3. What each does with a certificate it does not
like differs, and so does what may be concluded: a row says both."""

import json
import shutil
import ssl
import unittest

from lab import Lab, LabTest, field, run

CONFIG = """
listeners:
  - {port: 0}
ca: {key: p-256}
hosts:
  - id: right
    names: [right.contoso.test]
    certificate: {generate: {subject: CN=right.contoso.test, sans: [right.contoso.test], key: p-256}}
  - id: wrong
    names: [wrong.contoso.test]
    certificate: {generate: {subject: CN=other.contoso.test, sans: [other.contoso.test], key: p-256}}
  - id: unknown
    names: [unknown.contoso.test]
    certificate:
      generate: {subject: CN=unknown.contoso.test, sans: [unknown.contoso.test], key: p-256, issuer: unknown_ca}
  - id: expired
    names: [expired.contoso.test]
    certificate:
      generate:
        subject: CN=expired.contoso.test
        sans: [expired.contoso.test]
        key: p-256
        not_before: -30d
        not_after: -1d
"""
REQUEST = "GET / HTTP/1.0\r\n\r\n"
VERSIONS = ("1.2", "1.3")

# How a client's alert comes: version -> (encrypted, after the server's Finished).
IN_CLEAR = {"1.2": (False, False), "1.3": (False, False)}
ENCRYPTED_IN_13 = {"1.2": (False, False), "1.3": (True, False)}
AFTER_FINISHED_IN_12 = {"1.2": (True, True), "1.3": (True, False)}  # it judges when the handshake is done

NAME, ISSUER, DATES, UNSTATED = "name-mismatch", "untrusted-issuer", "validity-dates", "not-stated"
ACCEPTED = ("accepted", None, None, "likely", [])


def alerts(name, issuer, dates, way):
    """Rows of a client that refuses with an alert; each cause: (number, confidence, causes)."""
    rows = {"right": ACCEPTED}
    for certificate, (code, confidence, causes) in (("wrong", name), ("unknown", issuer), ("expired", dates)):
        rows[certificate] = ("rejected-alert", code, way, confidence, causes)
    return rows


OPENSSL = alerts((42, "likely", [NAME, UNSTATED]), (48, "certain", [ISSUER]), (45, "certain", [DATES]), IN_CLEAR)
# curl lets the handshake finish and looks at the name itself: nothing on the wire says why it leaves.
CURL = {**OPENSSL, "wrong": ("finished-no-data", None, None, "possible", [NAME, UNSTATED])}
# gnutls-cli has one alert for all causes: the server's own facts decide.
GNUTLS = alerts((42, "likely", [NAME, UNSTATED]), (42, "likely", [ISSUER, UNSTATED]), (42, "likely", [DATES, UNSTATED]),
                ENCRYPTED_IN_13)
NSS = alerts((42, "likely", [NAME, UNSTATED]), (48, "certain", [ISSUER]), (45, "certain", [DATES]), AFTER_FINISHED_IN_12)


class Clients(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG)

    def setUp(self):
        super().setUp()
        self.mark = self.lab.mark()
        # A client is gone before its record is written: the next test must not take it for its own.
        self.addCleanup(lambda: self.lab.records(1, self.mark))

    def check(self, client, expected, family):
        """Runs `client(name, version)` for every row; it returns whether it got the page."""
        for certificate, row in expected.items():
            for version in VERSIONS:
                with self.subTest(certificate=certificate, version=version):
                    self.check_row(client, family, certificate, version, *row)

    def check_row(self, client, family, certificate, version, verdict, code, way, confidence, causes):
        mark = self.lab.mark()
        name = certificate + ".contoso.test"
        self.assertEqual(client(name, version), verdict == "accepted")
        (record,) = self.lab.records(1, mark)
        told = json.dumps(record, indent=1)
        self.assertEqual(record["verdict"], verdict, told)
        self.assertEqual(record["confidence"], confidence, told)
        self.assertEqual(record["causes"], causes, told)
        self.assertEqual(field(record, "tls.version"), "TLS " + version)
        self.assertTrue(field(record, "tls.certificate_sent"))
        self.assertEqual((record["virtual_host"], record["host_choice"]), (certificate, "exact"))
        self.assertEqual(record["wanted"], {"name": name, "source": "sni"})
        guess = record["client_family"]
        self.assertEqual((guess["family"], guess["confidence"]), (family, "likely"), guess)
        encrypted, after_finished = way[version] if way else (None, True)
        self.assertEqual(field(record, "tls.handshake_finished"), after_finished, told)
        refusing = [one for one in record["tls"]["alerts"] if one["direction"] == "from-client" and one["code"] not in (0, 90)]
        self.assertEqual([one["code"] for one in refusing], [code] if code else [])
        for one in refusing:
            self.assertEqual((one["level"], one["encrypted"], one["after_finished"]), (2, encrypted, after_finished))

    def test_openssl(self):
        def s_client(name, version):
            done = self.lab.s_client(name, "-tls" + version.replace(".", "_"))
            self.assertEqual(done.returncode == 0, "fakeocs saw" in done.stdout, done.stderr)
            return "fakeocs saw this connection" in done.stdout

        self.check(s_client, OPENSSL, "openssl")

    def test_python(self):
        def python(name, version):
            context = ssl.create_default_context(cafile=self.lab.ca)
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, "TLSv" + version.replace(".", "_"))
            with self.lab.connect() as plain:
                try:
                    with context.wrap_socket(plain, server_hostname=name) as tls:
                        tls.sendall(REQUEST.encode())
                        return b"200 OK" in tls.recv(4096)
                except ssl.SSLCertVerificationError:
                    return False

        self.check(python, OPENSSL, "openssl")

    def test_curl(self):
        def curl(name, version):
            done = self.lab.curl(name, "--tlsv" + version, "--tls-max", version)
            self.assertEqual(done.returncode, 0 if done.stdout else 60, done.stderr)
            return "fakeocs saw this connection" in done.stdout

        self.check(curl, CURL, "openssl")

    @unittest.skipUnless(shutil.which("gnutls-cli"), "gnutls-cli is not installed")
    def test_gnutls(self):
        def gnutls(name, version):
            done = run(["gnutls-cli", "--x509cafile", self.lab.ca, "--port", self.lab.port, "--sni-hostname", name,
                        "--verify-hostname", name, "--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + version, "127.0.0.1"],
                       REQUEST)
            return "fakeocs saw this connection" in done.stdout

        self.check(gnutls, GNUTLS, "gnutls")

    @unittest.skipUnless(shutil.which("tstclnt") and shutil.which("certutil"), "libnss3-tools is not installed")
    def test_nss(self):
        database = self.lab.folder / "nss"
        database.mkdir()
        run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"])
        run(["certutil", "-A", "-d", f"sql:{database}", "-n", "lab", "-t", "C,,", "-i", self.lab.ca])
        request = self.lab.folder / "request"
        request.write_text(REQUEST)

        def tstclnt(name, version):
            done = run(["tstclnt", "-h", "127.0.0.1", "-p", self.lab.port, "-a", name, "-d", f"sql:{database}",
                        "-V", f"tls{version}:tls{version}", "-A", request])
            return "fakeocs saw this connection" in done.stdout

        self.check(tstclnt, NSS, "nss")

    def test_curl_reads_what_the_server_saw(self):
        done = self.lab.curl("right.contoso.test", "-H", "Accept: application/json")
        page = json.loads(done.stdout)
        self.assertEqual(page["sni"], "right.contoso.test")
        self.assertEqual(page["virtual_host"], "right")
        self.assertEqual(page["covered"], dict.fromkeys(
            ["communicator2007", "lync2010", "rfc9525", "rfc5922", "openssl"], True))
        self.assertIn("TLS_AES_256_GCM_SHA384", page["hello"]["cipher_suites"])
        self.assertIn("h2", page["hello"]["alpn"])

    def test_a_browser_gets_html(self):
        done = self.lab.curl("right.contoso.test", "-i", "-H", "Accept: text/html,*/*;q=0.8")
        self.assertIn("Content-Type: text/html", done.stdout)
        self.assertIn("<h1>fakeocs saw this connection</h1>", done.stdout)

    def test_a_head_ended_by_bare_newlines_is_answered(self):
        done = self.lab.s_client("right.contoso.test", said="GET / HTTP/1.0\n\n")
        self.assertIn("fakeocs saw this connection", done.stdout)

    def test_who_left_without_a_word_on_the_right_name_is_no_mismatch(self):
        self.lab.s_client("right.contoso.test", "-no_ign_eof", said="")
        (record,) = self.lab.records(1, self.mark)
        self.assertEqual(record["verdict"], "finished-no-data")
        self.assertNotIn("name-mismatch", record["causes"])
        self.assertIn("left without a request; the name was on the certificate", record["reasons"])


if __name__ == "__main__":
    unittest.main()
