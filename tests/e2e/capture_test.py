"""`serve --capture`: tshark opens what was kept of a connection, and reads what was said inside TLS."""

import re
import shutil
import sqlite3
import ssl
import struct
import subprocess
import unittest
import zipfile

from admin_test import Api
from lab import FAKEOCS, Lab, LabTest, PATIENCE, run, wait_for

# The head of a pcapng file, made here so that only the blocks of the store are tested: raw IP (101).
HEAD = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + struct.pack("<IIHHII", 1, 20, 101, 0, 0, 20)


def without_secrets(file):
    """The same blocks, but for those that have keys (type 10)."""
    kept = b""
    while file:
        kind, length = struct.unpack_from("<II", file)
        kept += b"" if kind == 10 else file[:length]
        file = file[length:]
    return kept


def captures(state, record):
    base = sqlite3.connect(f"file:{state / 'history.db'}?mode=ro", uri=True)
    try:
        return [bytes(row[0]) for row in base.execute(
            "SELECT bytes FROM evidence JOIN blobs ON blobs.id = blob JOIN events USING (sequence) "
            "WHERE evidence.kind = 'capture' AND events.key LIKE ?", (f"%{record}%",))]
    finally:
        base.close()


@unittest.skipUnless(shutil.which("tshark"), "no tshark here")
class Captured(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.quickstart("contoso.test", "--capture")

    def ask(self, version, name="sip.contoso.test"):
        context = ssl.create_default_context(cafile=self.lab.ca)
        context.minimum_version = context.maximum_version = version
        mark = self.lab.mark()
        try:
            with self.lab.connect() as stream, context.wrap_socket(stream, server_hostname=name) as client:
                client.sendall(b"GET /said-inside HTTP/1.0\r\n\r\n")
                while client.recv(4096):
                    pass
        except ssl.SSLCertVerificationError:
            pass
        (record,) = self.lab.records(1, mark)
        return record

    def dissect(self, record, *fields):
        """The packets of its capture, each as the list of these fields."""
        blocks = wait_for(lambda: captures(self.lab.state, record["id"]) or None, "the capture", self.lab.alive)
        self.assertEqual(len(blocks), 1)
        file = self.lab.folder / f"{record['id']}.pcapng"
        file.write_bytes(HEAD + blocks[0])
        port = self.lab.port
        told = subprocess.run(
            ["tshark", "-r", str(file), "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
             "-d", f"tcp.port=={port},tls", "-d", f"tls.port=={port},http", "-T", "fields", "-E", "separator=|",
             *(part for name in fields for part in ("-e", name))],
            capture_output=True, text=True, timeout=PATIENCE, check=True)
        return [line.split("|") for line in told.stdout.splitlines()]

    def test_what_was_said_inside_tls_can_be_read(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version.name):
                record = self.ask(version)
                packets = self.dissect(record, "http.request.uri", "tls.handshake.extensions_server_name",
                                       "tcp.checksum.status", "ip.checksum.status", "tcp.analysis.flags",
                                       "tcp.flags.fin", "_ws.malformed")
                self.assertIn("/said-inside", [packet[0] for packet in packets])
                self.assertIn("sip.contoso.test", [packet[1] for packet in packets])
                self.assertEqual({packet[2] for packet in packets}, {"1"})  # good
                self.assertEqual({packet[3] for packet in packets}, {"1"})
                self.assertEqual({packet[4] for packet in packets}, {""})  # nothing lost, repeated or out of order
                self.assertGreaterEqual(sum(packet[5] == "1" for packet in packets), 2)
                self.assertEqual({packet[6] for packet in packets}, {""})

    def test_an_encrypted_alert_can_be_read(self):
        record = self.ask(ssl.TLSVersion.TLSv1_3, "sipinternal.contoso.test")
        self.assertEqual(record["verdict"], "rejected-alert")
        alerts = [packet[0] for packet in self.dissect(record, "tls.alert_message.desc") if packet[0]]
        self.assertIn("42", ",".join(alerts).split(","))

    def test_an_export_has_the_file_and_a_redacted_one_has_not(self):
        record = self.ask(ssl.TLSVersion.TLSv1_3)
        wait_for(lambda: captures(self.lab.state, record["id"]) or None, "the capture", self.lab.alive)
        for redact in ((), ("--redact",)):
            zipped = self.lab.folder / f"export{len(redact)}.zip"
            run([FAKEOCS, "export", record["id"], "--out", zipped, "--state-dir", self.lab.state, *redact])
            with zipfile.ZipFile(zipped) as files:
                found = {name.rpartition("/")[2]: name for name in files.namelist()}
                self.assertEqual("capture.pcapng" in found, not redact)
                if redact:
                    continue
                file = self.lab.folder / "capture.pcapng"
                file.write_bytes(files.read(found["capture.pcapng"]))
        port = self.lab.port
        told = subprocess.run(
            ["tshark", "-r", str(file), "-d", f"tcp.port=={port},tls", "-d", f"tls.port=={port},http",
             "-T", "fields", "-e", "http.request.uri", "-e", "_ws.malformed"],
            capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.split()
        self.assertEqual(set(told), {"/said-inside"})

    def read(self, record, what):
        reply = Api(self.lab.admin_port).ask("GET", f"/api/v1/handshakes/{record['id']}/{what}")
        self.assertEqual(reply.status, 200, reply.text)
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        self.assertRegex(reply.headers["Content-Disposition"], rf'^attachment; filename="fakeocs-{record["id"]}\.')
        file = self.lab.folder / f"{record['id']}-{what}"
        file.write_bytes(reply.body)
        return reply, file

    def uris(self, file, *more):
        """What tshark reads inside TLS."""
        port = self.lab.port
        return subprocess.run(
            ["tshark", "-r", str(file), "-d", f"tcp.port=={port},tls", "-d", f"tls.port=={port},http", *more,
             "-T", "fields", "-e", "http.request.uri"],
            capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.split()

    def test_the_api_has_packets_and_keys_of_one_connection(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version.name):
                other, record = self.ask(version), self.ask(version)
                told = Api(self.lab.admin_port).get(f"/api/v1/handshakes/{record['id']}")
                self.assertEqual((told["has_capture"], told["has_keys"]), (True, True))
                reply, packets = self.read(record, "capture")
                self.assertEqual(reply.headers["Content-Type"], "application/x-pcapng")
                self.assertEqual(self.uris(packets), ["/said-inside"])
                self.assertIn(b"fakeocs ", reply.body)

                reply, keys = self.read(record, "keys")
                self.assertEqual(reply.headers["Content-Type"], "text/plain; charset=utf-8")
                self.assertTrue(all(re.fullmatch(r"[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+", line) for line in reply.text.splitlines()))
                # The packets without the keys in their file: nothing is read but with these, and not with another's.
                bare = self.lab.folder / "bare.pcapng"
                bare.write_bytes(without_secrets(packets.read_bytes()))
                self.assertEqual(self.uris(bare), [])
                self.assertEqual(self.uris(bare, "-o", f"tls.keylog_file:{keys}"), ["/said-inside"])
                _, foreign = self.read(other, "keys")
                self.assertEqual(self.uris(bare, "-o", f"tls.keylog_file:{foreign}"), [])

    def test_what_ends_before_there_are_keys_has_packets_alone(self):
        mark = self.lab.mark()
        with self.lab.connect() as stream:
            stream.sendall(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
            stream.recv(4096)
        (record,) = self.lab.records(1, mark)
        api = Api(self.lab.admin_port)
        told = api.get(f"/api/v1/handshakes/{record['id']}")
        self.assertEqual((told["has_capture"], told["has_keys"]), (True, False))
        self.read(record, "capture")
        reply = api.ask("GET", f"/api/v1/handshakes/{record['id']}/keys")
        self.assertEqual(reply.status, 404)
        self.assertIn("ended before there were any", reply.text)
        for what in ("capture", "keys"):
            reply = api.ask("GET", f"/api/v1/handshakes/nobody/{what}")
            self.assertEqual(reply.status, 404)
            self.assertIn("no connection 'nobody' is in the history", reply.text)

    def test_the_start_says_so(self):
        said = " ".join(self.lab.output().split())
        self.assertIn("keys, credentials too, KEPT in the history", said)
        self.assertNotIn("never stored", said)


class NotCaptured(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.quickstart("contoso.test")

    def test_nothing_is_kept_unless_asked(self):
        mark = self.lab.mark()
        context = ssl.create_default_context(cafile=self.lab.ca)
        with self.lab.connect() as stream, context.wrap_socket(stream, server_hostname="sip.contoso.test"):
            pass
        (record,) = self.lab.records(1, mark)

        def hello_is_stored():
            base = sqlite3.connect(f"file:{self.lab.state / 'history.db'}?mode=ro", uri=True)
            try:
                return base.execute("SELECT 1 FROM evidence JOIN events USING (sequence) WHERE events.key LIKE ? "
                                    "AND evidence.kind = 'hello'", (f"%{record['id']}%",)).fetchone()
            finally:
                base.close()

        wait_for(hello_is_stored, "the hello in the history", self.lab.alive)
        self.assertEqual(captures(self.lab.state, record["id"]), [])
        api = Api(self.lab.admin_port)
        told = api.get(f"/api/v1/handshakes/{record['id']}")
        self.assertEqual((told["has_capture"], told["has_keys"]), (False, False))
        for what in ("capture", "keys"):
            reply = api.ask("GET", f"/api/v1/handshakes/{record['id']}/{what}")
            self.assertEqual(reply.status, 404)
            self.assertIn("serve --capture", reply.text)
        said = " ".join(self.lab.output().split())
        self.assertNotIn("KEPT", said)
        self.assertIn("credentials never stored", said)


if __name__ == "__main__":
    unittest.main()
