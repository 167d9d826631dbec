"""The bytes that the history keeps beside a record: hello, chain, SIP text, DNS messages."""

import base64
import json
import resource
import signal
import socket
import sqlite3
import ssl
import unittest

from lab import PATIENCE, Lab, LabTest, run, wait_for

import dns_message as dns
from admin_hosts_test import jsonschema, schema_of
from admin_test import Api

CONFIG = """
listeners: [{port: 0}, {port: 0, plain_sip: true}]
ca: {key: p-256}
hosts:
  - id: pool
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
dns: {port: 0, zones: [{name: contoso.test, records: [{name: sip, type: A, value: 127.0.0.1}]}]}
"""
SECRET = "TlRMTVNTUAADAAAAGAAYAHIAAAA"


def register(more=""):
    return (f"REGISTER sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS 10.9.8.7:5061;branch=z9hG4bK1\r\n"
            f"From: <sip:alice@contoso.test>;tag=1\r\nTo: <sip:alice@contoso.test>\r\nCall-ID: c1\r\n"
            f"CSeq: 1 REGISTER\r\n{more}Content-Length: 0\r\n\r\n").encode()


def evidence_of(state, key_like):
    """kind → list of bytes, of the one row of the history whose key is like this; None until it is there."""
    base = sqlite3.connect(f"file:{state / 'history.db'}?mode=ro", uri=True)
    try:
        rows = base.execute("SELECT sequence FROM events WHERE key LIKE ?", (key_like,)).fetchall()
        if not rows:
            return None
        found = {}
        for kind, data in base.execute("SELECT kind, bytes FROM evidence JOIN blobs ON blobs.id = blob "
                                       "WHERE sequence = ? ORDER BY kind, position", rows[0]):
            found.setdefault(kind, []).append(bytes(data))
        return found
    finally:
        base.close()


class Kept(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG)

    def evidence(self, key_like):
        return wait_for(lambda: evidence_of(self.lab.state, key_like), f"a row like {key_like}", self.lab.alive)

    def test_the_hello_is_what_was_sent_and_the_chain_what_was_received(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = ssl.create_default_context(cafile=self.lab.ca).wrap_bio(
            incoming, outgoing, server_hostname="sip.contoso.test")
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        hello = outgoing.read()
        stream = self.lab.connect()
        port = stream.getsockname()[1]
        for byte in hello:  # in as many portions as there are bytes
            stream.sendall(bytes([byte]))
        done = False
        while not done:
            incoming.write(stream.recv(65536))
            try:
                client.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
        stream.sendall(outgoing.read())
        served = client.getpeercert(binary_form=True)
        stream.close()
        record = self.lab.record_of(port)
        kept = self.evidence("connection " + record["id"])
        self.assertEqual(kept["hello"], [hello])
        self.assertEqual(kept["certificate"][0], served)
        self.assertEqual(len(kept["certificate"]), 1 + record["certificate"]["intermediates_sent"])
        api = Api(self.lab.admin_port)
        shown = api.get(f"/api/v1/handshakes/{record['id']}")
        self.assertEqual(base64.b64decode(shown["raw_hello"]["base64"], validate=True), hello)
        self.assertEqual(shown["raw_hello"]["bytes"], len(hello))
        if jsonschema:
            jsonschema.Draft202012Validator(schema_of("GET", "/handshakes/{id}")).validate(shown)
        self.assertNotIn("raw_hello", api.get("/api/v1/handshakes")["handshakes"][0])

    def test_a_hello_that_is_cut_off_is_kept_as_far_as_it_came(self):
        stream = self.lab.connect()
        port = stream.getsockname()[1]
        part = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20)
        stream.sendall(part)
        stream.shutdown(socket.SHUT_WR)
        record = self.lab.record_of(port)
        self.assertEqual(record["verdict"], "closed-partial-hello")
        self.assertEqual(self.evidence("connection " + record["id"]), {"hello": [part]})

    def test_sip_is_kept_as_it_was_said_but_for_credentials(self):
        stream = self.lab.connect(1)
        port = stream.getsockname()[1]
        stream.sendall(register(f'Authorization: NTLM qop="auth",\r\n gssapi-data="{SECRET}"\r\n'))
        answer = stream.recv(65536)
        stream.close()
        record = self.lab.record_of(port)
        asked = self.evidence(f"sip {record['id']} % from REGISTER 0")["sip"]
        size = len(f' qop="auth",\r\n gssapi-data="{SECRET}"')
        self.assertEqual(asked, [register(f"Authorization: NTLM ({size} bytes not kept)\r\n")])
        self.assertEqual(self.evidence(f"sip {record['id']} % to REGISTER 200")["sip"], [answer])
        for file in self.lab.state.glob("history.db*"):
            self.assertNotIn(SECRET.encode(), file.read_bytes())

    def test_a_dns_question_and_its_answer_are_kept_as_messages(self):
        query = dns.query("sip.contoso.test")
        plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        plain.settimeout(PATIENCE)
        plain.sendto(query, ("127.0.0.1", self.lab.dns_port))
        answer = plain.recv(65536)
        plain.close()
        (event,) = self.lab.events("dns", 1)
        self.assertEqual(self.evidence("dns " + event["id"]), {"dns-query": [query], "dns-answer": [answer]})


class Killed(unittest.TestCase):
    def test_what_a_killed_lab_leaves_has_its_evidence_whole(self):
        """SIGKILL while clients come: rows and evidence are written together, whatever the moment."""
        lab = Lab.configured(CONFIG)
        self.addCleanup(lab.stop)
        for _ in range(60):
            run(["openssl", "s_client", "-connect", f"127.0.0.1:{lab.port}", "-servername", "sip.contoso.test"])
            if len(lab.all_records()) > 20:
                break
        lab.process.send_signal(signal.SIGKILL)
        lab.process.wait()
        base = sqlite3.connect(lab.state / "history.db")
        self.assertEqual(base.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        rows = base.execute("SELECT sequence, line FROM events WHERE key LIKE 'connection %'").fetchall()
        self.assertGreater(len(rows), 0)
        for sequence, line in rows:
            if json.loads(line)["verdict"] == "closed-before-hello":
                continue
            kinds = base.execute("SELECT kind, count(*) FROM evidence JOIN blobs ON blobs.id = blob "
                                 "WHERE sequence = ? GROUP BY kind", (sequence,)).fetchall()
            self.assertEqual(dict(kinds)["hello"], 1)
            self.assertGreaterEqual(dict(kinds)["certificate"], 1)
        self.assertEqual(base.execute("SELECT count(*) FROM blobs WHERE id NOT IN (SELECT blob FROM evidence)")
                         .fetchone(), (0,))
        base.close()
        lab.stopped = True

    def test_a_history_that_cannot_grow_is_said_and_clients_are_served_on(self):
        limit = 128 * 1024
        folder = Lab.new_folder()
        (folder / "lab.yaml").write_text(CONFIG)
        (folder / "log.jsonl").symlink_to("/dev/null")
        lab = Lab(["serve", "--config", folder / "lab.yaml"], folder,
                  preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.addCleanup(lab.stop)

        def visit():
            client = lab.curl("sip.contoso.test")
            self.assertEqual(client.returncode, 0, client.stderr)

        def fails():
            visit()
            return True if "history: " in lab.output() else None

        wait_for(fails, lab.output, lab.alive)
        self.assertRegex(lab.output(), r"history: \S+history\.db: cannot \w+: .*; serving goes on, what is lost is counted")
        for _ in range(5):
            visit()
        self.assertEqual(lab.output().count("history: "), 1)


if __name__ == "__main__":
    unittest.main()
