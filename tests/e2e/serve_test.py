"""The real program on port 0 against openssl, curl, gnutls-cli and Python ssl.

Records are compared with what docs/handshake-log.md promises. No sleeps: the ready line and the JSON
Lines file are waited for.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest

FAKEOCS = os.environ["FAKEOCS"]
CERTGEN = os.environ.get("FAKEOCS_CERTGEN", "")
GOOD = "sip.contoso.test"
WRONG = "sipinternal.contoso.test"
PATIENCE = 60


def field(record, *path):
    for key in path:
        if not isinstance(record, dict) or key not in record:
            return None
        record = record[key]
    return record


class Served(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.state = self.folder / "state"
        self.log = self.folder / "log.jsonl"
        self.output = open(self.folder / "out", "w+")
        self.server = subprocess.Popen(
            [FAKEOCS, "quickstart", "contoso.test", "--port", "0", "--state-dir", self.state, "--json", self.log],
            stdout=self.output, stderr=subprocess.STDOUT,
        )
        text = self.wait_for_output(r"ready in")
        self.port = int(re.search(r"listening tls 127\.0\.0\.1:(\d+)", text).group(1))
        self.ca = self.state / "ca" / "ca.pem"

    def tearDown(self):
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(timeout=PATIENCE)
        text = (self.folder / "out").read_text()
        self.output.close()
        shutil.rmtree(self.folder)
        self.assertEqual(code, 0, text)
        self.assertNotIn("ERROR: AddressSanitizer", text)

    def wait_for_output(self, pattern):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            text = (self.folder / "out").read_text()
            if re.search(pattern, text):
                return text
            if self.server.poll() is not None:
                self.fail("the server ended:\n" + text)
            time.sleep(0.02)
        self.fail("no output matches " + pattern + ":\n" + text)

    def records(self, count):
        end = time.monotonic() + PATIENCE
        found = []
        while time.monotonic() < end:
            lines = self.log.read_text().splitlines() if self.log.exists() else []
            found = [json.loads(line) for line in lines]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        self.fail(f"{len(found)} records, wanted {count}")

    def verdict(self):
        (record,) = self.records(1)
        return record["verdict"], record

    def s_client(self, name, *more):
        return subprocess.run(
            ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{self.port}", "-servername", name,
             "-verify_hostname", name, "-verify_return_error", "-CAfile", self.ca, *more],
            input="GET / HTTP/1.0\r\n\r\n", capture_output=True, text=True, timeout=PATIENCE,
        )

    def test_openssl_with_the_right_name_is_answered(self):
        for version in ("-tls1_2", "-tls1_3"):
            done = self.s_client(GOOD, version)
            self.assertIn("fakeocs saw this connection", done.stdout, done.stderr)
        for record in self.records(2):
            self.assertEqual(record["verdict"], "accepted")

    def test_openssl_with_a_wrong_name_sends_alert_42(self):
        done = self.s_client(WRONG)
        self.assertNotEqual(done.returncode, 0)
        word, record = self.verdict()
        self.assertEqual(word, "rejected-alert")
        self.assertIn("42", json.dumps(record))
        self.assertIn(WRONG, json.dumps(record))

    def test_openssl_without_the_ca_sends_alert_48(self):
        subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-servername", GOOD, "-verify_return_error"],
            input="", capture_output=True, text=True, timeout=PATIENCE,
        )
        self.assertEqual(self.verdict()[0], "rejected-alert")

    def curl(self, name, *more):
        return subprocess.run(
            ["curl", "-s", "--resolve", f"{name}:{self.port}:127.0.0.1", "--cacert", self.ca, *more,
             f"https://{name}:{self.port}/"],
            capture_output=True, text=True, timeout=PATIENCE,
        )

    def test_curl_with_the_right_name_reads_json(self):
        done = self.curl(GOOD, "-H", "Accept: application/json")
        self.assertEqual(json.loads(done.stdout)["sni"], GOOD, done.stderr)
        self.assertEqual(self.verdict()[0], "accepted")

    def test_curl_with_a_wrong_name_leaves_after_the_handshake(self):
        self.assertEqual(self.curl(WRONG).returncode, 60)
        word, record = self.verdict()
        self.assertEqual(word, "finished-no-data")
        text = self.wait_for_output("finished-no-data")
        self.assertIn(WRONG, text)

    def test_gnutls_with_a_wrong_name_is_rejected(self):
        subprocess.run(
            ["gnutls-cli", "--x509cafile", self.ca, "--port", str(self.port), "--sni-hostname", WRONG,
             "--verify-hostname", WRONG, "127.0.0.1"],
            input="", capture_output=True, text=True, timeout=PATIENCE,
        )
        self.assertEqual(self.verdict()[0], "rejected-alert")

    def test_python_with_right_and_wrong_name(self):
        context = ssl.create_default_context(cafile=self.ca)
        for name, verdict in ((GOOD, "accepted"), (WRONG, "rejected-alert")):
            with socket.create_connection(("127.0.0.1", self.port)) as plain:
                try:
                    with context.wrap_socket(plain, server_hostname=name) as tls:
                        tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
                        self.assertIn(b"200 OK", tls.recv(4096))
                except ssl.SSLCertVerificationError:
                    self.assertEqual(name, WRONG)
        self.assertEqual({record["verdict"] for record in self.records(2)}, {"accepted", "rejected-alert"})

    def test_what_is_not_tls_gets_one_record_each(self):
        openings = {
            b"GET / HTTP/1.0\r\n\r\n": "not-tls",
            b"REGISTER sip:contoso.test SIP/2.0\r\n\r\n": "not-tls",
            b"SSH-2.0-OpenSSH_9.2\r\n": "not-tls",
            b"": "closed-before-hello",
            b"\x16\x03\x01\x02\x00\x01": "closed-partial-hello",
        }
        for number, (opening, verdict) in enumerate(openings.items(), 1):
            with socket.create_connection(("127.0.0.1", self.port)) as plain:
                plain.sendall(opening)
                plain.shutdown(socket.SHUT_WR)
                try:
                    plain.recv(4096)
                except ConnectionResetError:
                    pass
            self.assertEqual(self.records(number)[-1]["verdict"], verdict, opening)
        self.assertEqual(len(self.records(len(openings))), len(openings))

    def test_a_reset_without_a_byte_is_recorded(self):
        with socket.create_connection(("127.0.0.1", self.port)) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assertEqual(self.verdict()[0], "closed-before-hello")

    def test_the_printed_fix_pasted_makes_the_next_attempt_pass(self):
        self.s_client(WRONG)
        text = self.wait_for_output(r"reissue front01")
        command = re.search(r"\S*fakeocs-certgen reissue front01.*", text).group(0).strip()
        fixed = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(fixed.returncode, 0, command + "\n" + fixed.stdout + fixed.stderr)
        done = self.s_client(WRONG)
        self.assertIn("fakeocs saw this connection", done.stdout, done.stderr)
        self.assertEqual([record["verdict"] for record in self.records(2)], ["rejected-alert", "accepted"])

    def test_keys_are_private(self):
        for key in list(self.state.glob("*/*.key")) + list(self.state.glob("*/key.pem")) + list(self.state.glob("*/*.pfx")):
            self.assertEqual(key.stat().st_mode & 0o777, 0o600, key)


class Arguments(unittest.TestCase):
    def run_it(self, *arguments):
        return subprocess.run([FAKEOCS, *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def test_no_arguments_print_help(self):
        done = self.run_it()
        self.assertEqual(done.returncode, 0)
        self.assertIn("quickstart", done.stdout)

    def test_wrong_arguments_exit_2(self):
        for arguments in (["--nonsense"], ["quickstart"], ["quickstart", "a..b"], ["serve", "--config", "no-such-file"]):
            self.assertEqual(self.run_it(*arguments).returncode, 2, arguments)

    def test_a_taken_port_exits_3_and_is_named(self):
        with socket.socket() as taken, tempfile.TemporaryDirectory() as folder:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            done = self.run_it("quickstart", "contoso.test", "--port", port, "--state-dir", folder + "/state")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("127.0.0.1:" + port, done.stderr)


if __name__ == "__main__":
    unittest.main()
