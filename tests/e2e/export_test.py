"""fakeocs export and the API's export: one file with everything about an attempt, redacted on request."""

import html.parser
import io
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
import zipfile

import dns_message as dns
from admin_test import Api
from lab import FAKEOCS, PATIENCE, Lab, LabTest, run, wait_for

CLIENT = "127.0.0.9"  # not the lab's own address
HOSTILE = "<script>alert(1)</script>&\"'"
CONFIG = """
listeners: [{port: 0}]
ca: {key: p-256}
hosts:
  - id: pool
    names: [sip.contoso.test]
    certificate: {generate: {subject: "CN=sip.contoso.test", sans: [sip.contoso.test], key: p-256}}
dns:
  port: 0
  zones:
    - name: contoso.test
      records:
        - {name: sip, type: A, value: 127.0.0.1}
        - {name: sipinternal, type: CNAME, value: sip.contoso.test.}
"""
SECRET = "TlRMTVNTUAADAAAAGAAYAHIAAAA"


def register():
    return (f"REGISTER sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS 10.9.8.7:5061;branch=z9hG4bK1\r\n"
            f"From: \"Alice <b>Liddell</b>\" <sip:Alice@contoso.test>;tag=1\r\nTo: Al Liddell <sip:alice@contoso.test>\r\n"
            f"Contact: <sip:{CLIENT}:5061;transport=tls>\r\nCall-ID: c1@10.9.8.7\r\nCSeq: 1 REGISTER\r\n"
            f"Authorization: NTLM gssapi-data=\"{SECRET}\"\r\nUser-Agent: {HOSTILE}\x1b[2J\r\n"
            f"Subject: {socket.gethostname()}: alice is at host alice.contoso.test and mail alice@fabrikam.test\r\n"
            f"Content-Length: 22\r\n\r\n<name>Alice L.</name>\n").encode()


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words += data


class Exported(LabTest):
    @classmethod
    def make_lab(cls):
        lab = Lab.configured(CONFIG)
        try:
            cls.talk(lab)
        except BaseException:
            lab.stop()
            raise
        return lab

    @classmethod
    def talk(cls, lab):
        """One client from an address of its own: it looks up, connects, registers; then one with a hostile SNI."""
        plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        plain.bind((CLIENT, 0))
        plain.settimeout(PATIENCE)
        for name in ("sipinternal.contoso.test", "9.0.0.127.in-addr.arpa"):
            plain.sendto(dns.query(name), ("127.0.0.1", lab.dns_port))
            plain.recv(65536)
        plain.close()
        stream = socket.create_connection(("127.0.0.1", lab.port), PATIENCE, (CLIENT, 0))
        port = stream.getsockname()[1]
        context = ssl.create_default_context(cafile=lab.ca)
        context.check_hostname = False
        cls.hello = []
        with context.wrap_socket(stream, server_hostname="sipinternal.contoso.test") as secure:
            cls.leaf = secure.getpeercert(binary_form=True)
            secure.sendall(register())
            secure.recv(65536)
        cls.record = lab.record_of(port)
        stream = socket.create_connection(("127.0.0.1", lab.port), PATIENCE, (CLIENT, 0))
        port = stream.getsockname()[1]
        name = HOSTILE.encode()
        sni = b"\x00" + len(name).to_bytes(2, "big") + name
        sni = len(sni).to_bytes(2, "big") + sni
        sni = b"\x00\x00" + len(sni).to_bytes(2, "big") + sni
        body = b"\x03\x03" + bytes(32) + b"\x00\x00\x02\xc0\x2b\x01\x00" + len(sni).to_bytes(2, "big") + sni
        hello = b"\x01" + len(body).to_bytes(3, "big") + body
        cls.hostile_hello = b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello
        stream.sendall(cls.hostile_hello)
        stream.recv(65536)
        stream.close()
        cls.hostile = lab.record_of(port)
        api = Api(lab.admin_port)
        wait_for(lambda: True if api.ask("GET", f"/api/v1/handshakes/{cls.hostile['id']}").status == 200 else None,
                 "the last record in the history", lab.alive)
        assert cls.hostile["attempt"] == cls.record["attempt"], (cls.hostile, cls.record)

    def setUp(self):
        super().setUp()
        self.api = Api(self.lab.admin_port)
        self.folder = tempfile.mkdtemp(prefix="fakeocs-e2e-")
        self.addCleanup(shutil.rmtree, self.folder)

    def command(self, *arguments, code=0):
        done = subprocess.run([FAKEOCS, "export", *arguments, "--state-dir", self.lab.state], cwd=self.folder,
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def archive(self, *arguments):
        done = self.command(*arguments, "--out", "-")
        return zipfile.ZipFile(io.BytesIO(done.stdout))

    def test_the_file_has_everything_about_the_attempt(self):
        attempt = self.record["attempt"]
        done = self.command(attempt)
        name = f"fakeocs-{attempt}.zip"
        self.assertRegex(done.stdout.decode(), rf"^{name}: \d+ files, \d+ bytes; --redact takes addresses and users out\n$")
        path = os.path.join(self.folder, name)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with zipfile.ZipFile(path) as archive:
            self.assertIsNone(archive.testzip())
            names = archive.namelist()
            self.assertEqual(names[0], "README.txt")
            told = json.loads(archive.read("attempt.json"))
            self.assertEqual((told["schema"], told["redacted"], told["attempt"]), ("fakeocs.export/1", False, attempt))
            self.assertEqual([record["schema"].split("/")[0] for record in told["records"]],
                             ["fakeocs.dns"] * 2 + ["fakeocs.handshake", "fakeocs.sip", "fakeocs.sip", "fakeocs.handshake"])
            self.assertIn(self.record, told["records"])
            self.assertEqual(archive.read("connection-1/certificate-1.cer"), self.leaf)
            self.assertEqual(ssl.PEM_cert_to_DER_cert(archive.read("connection-1/chain.pem").decode().partition("-----END")[0]
                                                      + "-----END CERTIFICATE-----\n"), self.leaf)
            self.assertEqual(archive.read("connection-2/hello.bin"), self.hostile_hello)
            self.assertIn("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", archive.read("connection-2/hello.txt").decode())
            self.assertEqual(archive.read("message-1/message.bin"), register().replace(
                f'NTLM gssapi-data="{SECRET}"'.encode(), f"NTLM ({len(SECRET) + 15} bytes not kept)".encode()))
            self.assertEqual(archive.read("question-1/query.bin"), dns.query("sipinternal.contoso.test"))
            self.assertIn("CNAME sip.contoso.test", archive.read("dns.txt").decode())
            explained = archive.read("explanation.txt").decode()
            self.assertIn("sipinternal.contoso.test", explained)
            self.assertIn("DNS sip.contoso.test: label 1 is 'sip', wanted 'sipinternal'", explained)
            readme = archive.read("README.txt").decode()
            self.assertIn("not redacted", readme)
            for name in names[1:]:
                self.assertIn(name, readme)
            self.assertNotIn("capture.pcapng", names)  # nobody asked for captures

    def test_ids_as_people_have_them(self):
        short = self.record["attempt"].rpartition("-")[2]
        whole = self.archive(self.record["attempt"]).namelist()
        self.assertEqual(self.archive(short).namelist(), whole)
        one = json.loads(self.archive(self.record["id"]).read("attempt.json"))
        kinds = [record["schema"] for record in one["records"]]
        self.assertEqual(kinds.count("fakeocs.handshake/1"), 1)
        self.assertEqual(kinds.count("fakeocs.sip/1"), 2)
        self.assertEqual(one["id"], self.record["id"])
        done = self.command("a99999", code=1)
        self.assertIn("no attempt or connection 'a99999' is in the history", done.stderr.decode())
        self.assertEqual(self.command(code=2).stdout, b"")
        self.command(short, "--out", "x.zip")
        self.assertIn("there is such a file already", self.command(short, "--out", "x.zip", code=1).stderr.decode())
        nowhere = subprocess.run([FAKEOCS, "export", "a1", "--state-dir", "none"], cwd=self.folder, capture_output=True)
        self.assertEqual(nowhere.returncode, 1)

    def test_the_page_runs_nothing_asks_for_nothing_and_shows_hostile_text_as_text(self):
        archive = self.archive(self.record["attempt"])
        text = archive.read("index.html").decode()
        page = Page(text)
        self.assertEqual(set(page.tags), {"html", "head", "meta", "title", "style", "body", "h1", "p", "details",
                                          "summary", "pre"})
        self.assertEqual([key for key, _ in page.attributes if key in ("src", "href", "action") or key.startswith("on")], [])
        self.assertIn(("http-equiv", "Content-Security-Policy"), page.attributes)
        self.assertIn("default-src 'none'", dict(page.attributes)["content"] + text)
        self.assertIn(HOSTILE, page.words)
        self.assertNotIn("\x1b", text)
        for name in archive.namelist():
            if name.endswith(".txt"):
                self.assertNotIn(b"\x1b", archive.read(name), name)

    def test_redacted_names_no_client_no_user_and_no_machine(self):
        archive = self.archive(self.record["attempt"], "--redact")
        told = json.loads(archive.read("attempt.json"))
        self.assertTrue(told["redacted"])
        clients = {record["client"]["address"] for record in told["records"]}
        self.assertEqual(clients, {"client-1"})
        self.assertEqual({record["user"] for record in told["records"] if "user" in record}, {"user-1@contoso.test"})
        gone = [CLIENT, "10.9.8.7", "9.0.0.127", SECRET, "Liddell", "alice@", "Alice L", str(self.lab.state), "alice is"]
        for name in archive.namelist():
            data = archive.read(name).lower()
            for original in gone:
                self.assertNotIn(original.lower().encode(), data, f"{original} in {name}")
        alone = re.compile(rf"(?<![\w.-]){re.escape(socket.gethostname())}(?![\w-])", re.I)  # short ones are in any base64
        for name in ("attempt.json", "explanation.txt", "sip.txt", "dns.txt"):
            self.assertIsNone(alone.search(archive.read(name).decode()), name)
        names = archive.namelist()
        for name in names:
            self.assertFalse(name.endswith(("query.bin", "answer.bin", "message.bin", ".pcapng")), name)
        sip = archive.read("sip.txt").decode()
        self.assertIn("From: \"name\" <sip:user-1@contoso.test>;tag=1", sip)
        self.assertIn("Via: SIP/2.0/TLS client-2:5061;branch=z9hG4bK1", sip)
        self.assertIn("Contact: <sip:client-1:5061;transport=tls>", sip)
        self.assertIn("user-1 is at host alice.contoso.test", sip)  # names stay
        self.assertIn("bytes of body left out)", sip)
        self.assertEqual(archive.read("connection-1/certificate-1.cer"), self.leaf)
        self.assertIn("client-1", archive.read("README.txt").decode())

    def test_the_api_gives_the_same_file(self):
        attempt = self.record["attempt"]
        for query, redact in (("", ()), ("?redact=1", ("--redact",))):
            with self.subTest(query=query):
                reply = self.api.ask("GET", f"/api/v1/attempts/{attempt}/export{query}")
                self.assertEqual((reply.status, reply.headers["Content-Type"]), (200, "application/zip"))
                self.assertIn("attachment; filename=\"fakeocs-", reply.headers["Content-Disposition"])
                ours, theirs = zipfile.ZipFile(io.BytesIO(reply.body)), self.archive(attempt, *redact)
                self.assertEqual(ours.namelist(), theirs.namelist())
                records = [json.loads(archive.read("attempt.json"))["records"] for archive in (ours, theirs)]
                self.assertEqual(records[0], records[1])
        self.assertEqual(self.api.ask("GET", "/api/v1/attempts/nobody/export").status, 404)
        self.assertEqual(self.api.ask("GET", f"/api/v1/attempts/{attempt}/export?redact=yes").status, 400)


class JustSeen(LabTest):
    """The history is written in batches, and nobody has to wait for the next one."""

    @classmethod
    def make_lab(cls):
        return Lab.quickstart("contoso.test")

    def connection(self):
        mark = self.lab.mark()
        context = ssl.create_default_context(cafile=self.lab.ca)
        with self.lab.connect() as stream, context.wrap_socket(stream, server_hostname="sip.contoso.test") as secure:
            secure.sendall(b"GET / HTTP/1.0\r\n\r\n")
            secure.recv(65536)
        (record,) = self.lab.records(1, mark)
        return record

    def test_what_was_just_seen_is_found_by_the_api(self):
        api = Api(self.lab.admin_port)
        for path in ("handshakes/{id}", "handshakes/{id}/explanation", "handshakes/{id}/chain?form=pem",
                     "attempts/{attempt}", "attempts/{attempt}/export", "attempts/{id}/export"):
            with self.subTest(path=path):
                self.assertEqual(api.ask("GET", "/api/v1/" + path.format(**self.connection())).status, 200)
        record = self.connection()
        self.assertIn(record["id"], [line["id"] for line in api.get(f"/api/v1/attempts/{record['attempt']}")["records"]])

    def test_what_was_just_seen_is_exported_by_the_command(self):
        for _ in range(3):
            record = self.connection()
            short = record["attempt"].rpartition("-")[2]
            done = subprocess.run([FAKEOCS, "export", short, "--state-dir", self.lab.state, "--out", "-"],
                                  capture_output=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stderr)
            told = json.loads(zipfile.ZipFile(io.BytesIO(done.stdout)).read("attempt.json"))
            self.assertIn(record["id"], [line["id"] for line in told["records"]])


class Stopped(unittest.TestCase):
    def test_a_sign_in_is_exported_while_no_lab_runs(self):
        lab = Lab.quickstart("contoso.test")
        self.addCleanup(lab.stop)
        done = run([FAKEOCS, "signin", "alice@contoso.test", "--dns", f"127.0.0.1:{lab.dns_port}", "--state-dir", lab.state,
                    "--server", f"sipinternal.contoso.test:{lab.port}"])
        self.assertEqual(done.returncode, 10, done.stdout + done.stderr)
        (record, *_) = lab.records(1)
        kept = lab.folder.parent / (lab.folder.name + "-kept")
        lab.process.terminate()
        lab.process.wait(timeout=PATIENCE)
        shutil.copytree(lab.state, kept)
        self.addCleanup(shutil.rmtree, kept)
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([FAKEOCS, "export", record["attempt"], "--state-dir", kept, "--out", "one.zip"],
                                  cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stderr)
            with zipfile.ZipFile(os.path.join(folder, "one.zip")) as archive:
                told = json.loads(archive.read("attempt.json"))
                schemas = [line["schema"] for line in told["records"]]
                self.assertIn("fakeocs.dns/1", schemas)
                self.assertIn("fakeocs.handshake/1", schemas)
                self.assertIn("--add-san sipinternal.contoso.test", archive.read("explanation.txt").decode())
                shown = run(["openssl", "x509", "-noout", "-subject"], archive.read("connection-1/chain.pem").decode())
                self.assertIn("sip.contoso.test", shown.stdout)


if __name__ == "__main__":
    unittest.main()
