"""One timeline: look-ups, connections and SIP messages of one client, in the log, the history and fakeocs log."""

import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

import dns_message as dns
from lab import FAKEOCS, PATIENCE, Lab, LabTest, run, wait_for

CONFIG = """
listeners: [{port: 0}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
dns:
  port: 0
%s
  zones:
    - name: contoso.test
      records:
        - {name: sipinternal, type: CNAME, value: front01}
        - {name: front01, type: A, value: 127.0.0.1}
        - {name: sip, type: A, value: 127.0.0.1}
"""

REGISTER = (
    "REGISTER sip:contoso.test SIP/2.0\r\n"
    "Via: SIP/2.0/TLS 127.0.0.1:50000\r\n"
    "From: <sip:alice@contoso.test>;tag=1;epid=0123456789\r\n"
    "To: <sip:alice@contoso.test>\r\n"
    "Call-ID: %032d\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


def log(lab, *words):
    """fakeocs log on the lab's history, or on the files named."""
    return run([FAKEOCS, "log", *words, "--state-dir", lab.state])


class LogLab(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG % "")

    def setUp(self):
        super().setUp()
        self.dns_port = int(re.search(r"^listening dns \S*:(\d+)", self.lab.output(), re.M).group(1))

    def ask(self, name, kind=1, source="127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.bind((source, 0))
            client.connect(("127.0.0.1", self.dns_port))
            client.send(dns.query(name, kind))
            client.recv(4096)

    def handshake(self, source="127.0.0.1", said=b""):
        """A client of old: no SNI, and it looks at names itself. Returns its port."""
        context = ssl.create_default_context(cafile=self.lab.ca)
        context.check_hostname = False
        with socket.create_connection(("127.0.0.1", self.lab.port), PATIENCE, (source, 0)) as plain:
            port = plain.getsockname()[1]
            with context.wrap_socket(plain) as tls:
                if said:
                    tls.sendall(said)
                    tls.recv(4096)
        return port

    def history(self, *filters):
        """The records of the history that match, once there are some."""

        def look():
            done = log(self.lab, "--json", "--filter", " ".join(filters))
            return [json.loads(line) for line in done.stdout.splitlines()] or None

        return wait_for(look, "records that match " + " ".join(filters), self.lab.alive)


class Story(LogLab):
    """Each test is another client: one address is one client, and one attempt within half a minute."""

    def test_the_wanted_name_of_a_client_without_sni_comes_from_its_look_ups(self):
        self.ask("_sipinternaltls._tcp.contoso.test", 33, "127.0.0.2")
        self.ask("SIPinternal.contoso.test", 1, "127.0.0.2")
        record = self.lab.record_of(self.handshake("127.0.0.2"))
        self.assertEqual(record["hello"]["sni"]["form"], "absent")
        wanted = record["wanted"]
        self.assertEqual((wanted["name"], wanted["source"]), ("sipinternal.contoso.test", "dns"))
        self.assertEqual(wanted["asked"], "A sipinternal.contoso.test (CNAME front01.contoso.test)")
        self.assertEqual(record["verdict"], "finished-no-data")
        self.assertEqual(record["causes"][0], "name-mismatch")
        asked = self.history("peer:127.0.0.2", "sipinternal.contoso.test", "-verdict:*")
        self.assertEqual([line["id"] for line in asked], wanted["lookups"])
        self.assertEqual([line["name"] for line in asked], ["SIPinternal.contoso.test"])
        self.assertEqual({line["attempt"] for line in asked}, {record["attempt"]})
        text = self.lab.wait_for_output(r"asked for")
        self.assertIn("Communicator 2007 stops here, event 4", re.sub(r"\s+", " ", text))

    def test_an_attempt_is_a_tree_from_the_history_and_from_the_file(self):
        self.ask("sip.contoso.test", 1, "127.0.0.3")
        port = self.handshake("127.0.0.3")
        record = self.lab.record_of(port)
        attempt = record["attempt"]
        self.history("attempt:" + attempt, "verdict:*")
        steps = ["DNS A sip.contoso.test: A 127.0.0.1", f"TCP 127.0.0.3:{port} to 127.0.0.1:{self.lab.port}",
                 "TLS ClientHello", "TLS certificate of front01 (default-no-sni)", "TLS Finished", "finished-no-data"]
        for words in ([], [self.lab.log]):
            done = log(self.lab, *words, "--filter", "attempt:" + attempt)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("\u251c DNS", done.stdout)
            self.assertRegex(done.stdout, r"(?s)" + ".*".join(map(re.escape, steps)))

    def test_a_client_that_begins_anew_begins_another_attempt(self):
        """What was before the fix and what came after it can be told apart, however quick the two were."""
        ids = []
        for _ in range(2):
            self.ask("sip.contoso.test", 1, "127.0.0.33")
            self.ask("front01.contoso.test", 1, "127.0.0.33")
            record = self.lab.record_of(self.handshake("127.0.0.33"))
            ids.append(record["attempt"].rpartition("-")[2])
            self.lab.wait_for_output(rf"\d\d {ids[-1]} 127\.0\.0\.33:{record['client']['port']} sni=none .*: ")
            asked = self.history("attempt:" + record["attempt"], "sip.contoso.test", "-verdict:*")
            self.assertEqual(len(asked), 1)
        self.assertEqual(len(set(ids)), 2, ids)

    def test_filters_choose_and_say_when_nothing_matches(self):
        port = self.handshake("127.0.0.4")
        self.lab.record_of(port)
        records = self.history("verdict:finished-no-data sni:none since:1h peer:127.0.0.4/31 -peer:127.0.0.5")
        self.assertEqual([record["client"]["port"] for record in records], [port])
        done = log(self.lab, "--filter", "verdict:signed-in")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertRegex(done.stderr, r"nothing matches, in \d+ records")
        for words, said in ((["--filter", "verdit:x"], "did you mean 'verdict:'"), (["--import"], "no file to import"),
                            (["a", "b", "--follow"], "--follow takes one file")):
            done = log(self.lab, *words)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(said, done.stderr)

    def test_follow_shows_what_comes(self):
        reader = subprocess.Popen(
            [FAKEOCS, "log", "--follow", "--state-dir", str(self.lab.state), "--filter", "peer:127.0.0.7"],
            stdout=subprocess.PIPE, text=True)
        try:
            port = self.handshake("127.0.0.7")
            shown = []
            for line in reader.stdout:
                shown.append(line)
                if "finished-no-data: " in line:
                    break
            self.assertIn(f"TCP 127.0.0.7:{port} to", "".join(shown))
        finally:
            reader.kill()
            reader.communicate()

    def test_a_register_joins_the_attempt_of_its_connection(self):
        self.ask("sip.contoso.test", 1, "127.0.0.5")
        self.handshake("127.0.0.5", said=(REGISTER % 7).encode())
        register = self.history("user:alice", "REGISTER")[0]
        self.assertEqual(register["schema"], "fakeocs.sip/1")
        ends = self.history("attempt:" + register["attempt"], "verdict:*")
        self.assertIn(register["connection"], [record["id"] for record in ends])


class Forwarder(LogLab):
    """Clients behind a DNS server that asks for them: 127.0.0.53 is that server."""

    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG % "  forwarders: [127.0.0.53]")

    def test_one_client_is_possible_and_two_are_unknown(self):
        self.ask("sipinternal.contoso.test", source="127.0.0.53")
        first = self.lab.record_of(self.handshake("127.0.0.8"))
        self.assertEqual((first["wanted"]["name"], first["wanted"]["confidence"]),
                         ("sipinternal.contoso.test", "possible"))
        self.ask("sip.contoso.test", source="127.0.0.53")
        second = self.lab.record_of(self.handshake("127.0.0.9"))
        self.assertEqual(second["wanted"]["source"], "unknown")
        self.assertNotIn("name", second["wanted"])
        self.assertIn("127.0.0.8", second["wanted"]["reasons"][0])
        self.assertIn("point it at the lab DNS directly", second["wanted"]["advice"])


class Killed(unittest.TestCase):
    def test_a_killed_server_leaves_a_whole_history_of_all_but_its_last_moments(self):
        lab = Lab.configured(CONFIG % "")
        try:
            port = int(re.search(r"^listening dns \S*:(\d+)", lab.output(), re.M).group(1))
            with dns.udp_socket(port) as client:
                # Load until the first batches have been written, then the end in the middle of it.
                wait_for(lambda: self.ask_many(client) or self.stored(lab) > 500 or None, "500 records", lab.alive)
                self.ask_many(client)
            lab.process.kill()
            lab.process.wait()
            written = lab.all_lines()
            done = log(lab, "--json")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            stored = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(stored, written[:len(stored)])
            self.assertLessEqual(len(written) - len(stored), 500)  # what one batch holds at most
        finally:
            lab.process.kill()
            lab.process.wait()
            shutil.rmtree(lab.folder)

    @staticmethod
    def ask_many(client):
        for number in range(100):
            client.send(dns.query("front01.contoso.test", number=number))
            client.recv(4096)

    @staticmethod
    def stored(lab):
        done = log(lab, "--json")
        return len(done.stdout.splitlines())


class Files(unittest.TestCase):
    """Without a server: files as somebody may have them."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = self.folder / "log.jsonl"
        self.line = json.dumps({
            "schema": "fakeocs.dns/1", "id": "x-d1", "time": "2026-11-24T05:59:00.000001Z", "attempt": "x-a1",
            "client": {"address": "192.0.2.1", "port": 5}, "name": "sip.contoso.test", "type": "A",
            "outcome": "answered", "answers": ["A 192.0.2.2"]}) + "\n"

    def log(self, *words):
        return run([FAKEOCS, "log", *words, "--state-dir", self.folder / "state"])

    def test_what_cannot_be_read_is_counted_and_the_rest_shown(self):
        self.file.write_text(self.line + "{\"other\": 1}\nnonsense\n" + "x" * 2_000_000 + "\n" +
                             '{"schema":"fakeocs.gap/1","lost":4,"from":"2026-11-24T06:00:00Z"}\n' + self.line[:50])
        done = self.log(self.file)
        self.assertEqual(done.returncode, 0)
        self.assertIn("DNS A sip.contoso.test: A 192.0.2.2", done.stdout)
        self.assertIn("gap: 4 lines lost", done.stdout)
        self.assertIn("4 of 6 lines could not be read: 2 broken, 1 of another schema, 1 too long; the first is line 2",
                      done.stderr)

    def test_hostile_text_is_shown_escaped(self):
        self.file.write_text(self.line.replace("sip.contoso.test", "a\\u001b[2J\\u202e\\n"))
        self.assertIn("a\\x1b[2J\\u{202e}\\x0a", self.log(self.file).stdout)

    def test_files_that_cannot_be_read_exit_1(self):
        for words, said in (([self.folder / "none"], "No such file"), ([self.folder], "Is a directory"),
                            ([], "no history here yet")):
            done = self.log(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(said, done.stderr)
        (self.folder / "state").mkdir()
        (self.folder / "state" / "history.db").write_text("no database")
        self.assertEqual(self.log().returncode, 1)

    def test_standard_input_is_a_file_too(self):
        done = run([FAKEOCS, "log", "-", "--json"], self.line)
        self.assertEqual(done.stdout, self.line)

    def test_an_import_adds_what_is_new_and_the_history_shows_it(self):
        (self.folder / "state").mkdir()
        self.file.write_text(self.line + self.line.replace("x-d1", "x-d2"))
        self.assertIn("2 records added, 0 were there already", self.log(self.file, "--import").stdout)
        self.assertIn("0 records added, 2 were there already", self.log(self.file, "--import").stdout)
        self.assertEqual(self.log("--json").stdout, self.file.read_text())

    def test_follow_goes_on_after_a_rotation(self):
        self.file.write_text(self.line)
        reader = subprocess.Popen([FAKEOCS, "log", str(self.file), "--follow"], stdout=subprocess.PIPE, text=True)
        try:
            self.assertIn("x-a1"[-2:], reader.stdout.readline())
            self.file.rename(self.folder / "log.1")
            self.file.write_text(self.line.replace("x-a1", "x-a2").replace("x-d1", "x-d2"))
            for line in reader.stdout:
                if line.startswith("a2 "):
                    break
        finally:
            reader.kill()
            reader.communicate()


if __name__ == "__main__":
    unittest.main()
