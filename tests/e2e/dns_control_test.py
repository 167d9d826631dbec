"""`fakeocs dns` and the control socket, on a running lab."""

import json
import os
import shutil
import socket
import stat
import subprocess
import unittest

import dns_message as dns
from lab import FAKEOCS, PATIENCE, Lab, LabTest, run

CONFIG = """
listeners: [{port: 0}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
dns:
  port: 0
  zones:
    - name: contoso.test
      records:
        - {name: front01, type: A, value: 127.0.0.1}
        - {name: _sipinternaltls._tcp, type: SRV, value: 0 0 5061 front01}
"""
SERVICE = "_sipinternaltls._tcp.contoso.test"
WORDS = ["list", "add", "del", "fault", "faults", "lift", "export"]


class Control(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG)

    def setUp(self):
        super().setUp()
        self.port = self.lab.dns_port

    def fakeocs(self, *words, code=0):
        done = run([FAKEOCS, "dns", *words, "--state-dir", self.lab.state])
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def rcode(self, name, kind=1):
        return dns.rcode(dns.ask(self.port, dns.query(name, kind)))

    def answers(self, name, kind=1):
        return dns.answer_count(dns.ask(self.port, dns.query(name, kind)))

    def test_the_acts_of_the_article_are_one_command_each(self):
        self.assertEqual(self.answers(SERVICE, 33), 1)
        told = self.fakeocs("del", "_sipinternaltls._tcp", "SRV")
        self.assertIn(f"deleted {SERVICE} SRV 0 0 5061 front01.contoso.test.", told)
        self.assertEqual(self.rcode(SERVICE, 33), 3)
        self.assertIn("added sipinternal.contoso.test CNAME", self.fakeocs("add", "sipinternal", "CNAME", "front01"))
        self.assertEqual(self.answers("sipinternal.contoso.test"), 2)
        self.fakeocs("del", "sipinternal")
        self.assertEqual(self.rcode("sipinternal.contoso.test"), 3)
        back = told[told.index("put back"):].splitlines()[1].strip()
        done = subprocess.run(["sh", "-c", back], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, back + done.stderr)
        self.assertEqual(self.answers(SERVICE, 33), 1)
        self.lab.wait_for_output(r"dns     deleted sipinternal\.contoso\.test CNAME front01\.contoso\.test")

    def test_records_of_every_type_go_in_and_come_back(self):
        for name, kind, value, answer in [
            ("v4.types", "A", ["192.0.2.7"], "192.0.2.7"),
            ("v6.types", "AAAA", ["2001:db8::7"], "2001:db8::7"),
            ("txt.types", "TXT", ["it's here"], '"it\'s here"'),
            ("ptr.types", "PTR", ["front01"], "front01.contoso.test."),
            ("_srv.types", "SRV", ["1", "2", "3", "srv.corp.local"], "1 2 3 srv.corp.local."),
        ]:
            with self.subTest(kind=kind):
                self.fakeocs("add", name, kind, *value, "--ttl", "9")
                self.assertIn(answer + "  (TTL 9)", self.fakeocs("list"))
                self.fakeocs("del", name + ".contoso.test")
                self.assertNotIn("types", self.fakeocs("list"))

    def test_faults(self):
        name = "front01.contoso.test"
        self.assertIn(f"armed {name} A: nxdomain, next 1", self.fakeocs("fault", "front01", "A", "--nxdomain", "--next", "1"))
        self.assertEqual([self.rcode(name), self.rcode(name)], [3, 0])
        self.fakeocs("fault", name, "--servfail")
        self.assertIn(f"{name} any type: servfail, until lifted", self.fakeocs("faults"))
        self.assertEqual(self.rcode(name), 2)
        self.fakeocs("fault", name, "--refused")
        self.assertEqual(self.rcode(name), 5)
        self.fakeocs("fault", SERVICE, "SRV", "--target", "wrong.corp.local")
        self.assertIn(dns.name_bytes("wrong.corp.local"), dns.ask(self.port, dns.query(SERVICE, 33)))
        self.fakeocs("lift", "front01")
        self.assertEqual(self.rcode(name), 0)
        self.assertEqual(self.fakeocs("lift"), "lifted 1\n")
        self.assertEqual(self.fakeocs("faults"), "no fault is armed\n")

    def test_usage_is_2_and_what_the_lab_refuses_is_1(self):
        for words, code, text in [
            ([], 2, ""),
            (["bogus"], 2, ""),
            (["add", "x"], 2, ""),
            (["add", "x", "SRV", "0", "0", "99999", "y"], 2, "port '99999' is not between 0 and 65535"),
            (["add", "x", "MX", "1", "y"], 2, "try: one of A, AAAA"),
            (["add", "x", "A", "192.0.2.1", "--ttl", "soon"], 2, "--ttl"),
            (["add", "x.", "A", "192.0.2.1"], 2, "'x.' is not in the zone contoso.test"),
            (["add", "front01", "CNAME", "x"], 1, "an alias stands alone"),
            (["del", "nobody"], 1, "no record of 'nobody.contoso.test'"),
            (["fault", "x"], 2, "one of --nxdomain"),
            (["fault", "x", "--drop", "--refused"], 2, "found 2 faults"),
            (["fault", "x", "--delay", "60001"], 2, "from 1 to 60000"),
            (["lift", "nobody"], 1, "no such fault"),
            (["export", "--for", "unbound"], 2, "bind, dnsmasq, windows"),
        ]:
            with self.subTest(words=words):
                self.assertIn(text, self.fakeocs(*words, code=code))

    def test_json_is_what_the_lab_says(self):
        told = json.loads(self.fakeocs("list", "--json"))
        self.assertEqual(told["zones"][0]["name"], "contoso.test")
        self.assertEqual(json.loads(self.fakeocs("faults", "--json")), {"faults": []})

    def test_help_fits_80_columns(self):
        for words in [["--help"], *[[word, "--help"] for word in WORDS]]:
            for line in run([FAKEOCS, "dns", *words]).stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)

    # -- the socket ---------------------------------------------------------------------------------

    def raw(self, request):
        """What comes back until the lab closes."""
        here = os.open(self.lab.state, os.O_PATH)  # the path may be too long for a socket address
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PATIENCE)
                client.connect(f"/proc/self/fd/{here}/control.sock")
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                data = b""
                while more := client.recv(65536):
                    data += more
                return data
        finally:
            os.close(here)

    def test_the_socket_is_private(self):
        self.assertEqual((self.lab.state / "control.sock").stat().st_mode & 0o777, 0o600)

    def test_requests_that_are_none(self):
        form = b"POST /v1/dns/records HTTP/1.1\r\nHost: x\r\n"
        post = form + b"Content-Type: application/json\r\n"
        for request, status in [
            (b"nonsense\r\n\r\n", b"400"),
            (b"\x16\x03\x01\x02\x00\x01", b"400"),
            (b"GET /v1/status HTTP/1.1\r\n" + b"X: " + b"y" * 9000 + b"\r\n\r\n", b"431"),
            (post + b"Content-Length: 70000\r\n\r\n", b"413"),
            (post + b"Content-Length: 2\r\n\r\n[]", b"400"),
            (form + b"Content-Length: 2\r\n\r\n[]", b"415"),
            (b"BREW /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
            (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        ]:
            with self.subTest(request=request[:40]):
                self.assertEqual(self.raw(request).split(b" ")[1], status)
        self.raw(b"GET /v1/st")
        self.raw(b"")
        self.assertIn(b'"version"', self.raw(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"))


class StateFolder(unittest.TestCase):
    def test_a_second_lab_on_the_same_folder_is_refused_and_one_that_was_killed_is_not_in_the_way(self):
        lab = Lab.configured(CONFIG)
        self.addCleanup(lab.stop)
        second = run([FAKEOCS, "serve", "--config", lab.config, "--state-dir", lab.state, "--admin", "127.0.0.1:0"])
        self.assertEqual(second.returncode, 3)
        self.assertIn("serves this state folder", second.stderr)
        lab.process.kill()
        lab.process.wait()
        self.assertTrue(stat.S_ISSOCK((lab.state / "control.sock").stat().st_mode))
        with open(lab.output_file, "w") as output:
            lab.process = subprocess.Popen([FAKEOCS, "serve", "--config", lab.config, "--state-dir", lab.state, "--admin", ":0"],
                                           stdout=output, stderr=subprocess.STDOUT)
        lab.wait_for_output("ready in")
        self.assertEqual(run([FAKEOCS, "dns", "list", "--state-dir", lab.state]).returncode, 0)

    def test_without_a_lab_the_command_says_how_to_start_one(self):
        folder = Lab.new_folder()
        self.addCleanup(shutil.rmtree, folder)
        for state in [folder, folder / "nowhere"]:
            done = run([FAKEOCS, "dns", "list", "--state-dir", state])
            self.assertEqual(done.returncode, 1)
            self.assertIn("no lab runs on this state folder", done.stderr)
            self.assertIn("fakeocs quickstart", done.stderr)

    def test_the_folder_may_have_a_long_path(self):
        folder = Lab.new_folder()
        self.addCleanup(shutil.rmtree, folder)
        long = folder / ("long" * 40)
        lab = Lab(["serve", "--config", self.written(folder)], long_folder(long))
        self.addCleanup(lab.stop)
        self.assertIn("contoso.test", run([FAKEOCS, "dns", "list", "--state-dir", lab.state]).stdout)
        lab.stop()
        self.assertFalse((lab.state / "control.sock").exists())

    def test_a_lab_without_dns_says_so(self):
        lab = Lab.configured(CONFIG[: CONFIG.index("dns:")])
        self.addCleanup(lab.stop)
        done = run([FAKEOCS, "dns", "list", "--state-dir", lab.state])
        self.assertEqual(done.returncode, 1)
        self.assertIn("this lab serves no DNS", done.stderr)

    def test_records_added_survive_a_reload_unless_the_zones_of_the_file_change(self):
        lab = Lab.configured(CONFIG)
        self.addCleanup(lab.stop)
        listed = [FAKEOCS, "dns", "list", "--state-dir", lab.state]
        run([FAKEOCS, "dns", "add", "added", "A", "192.0.2.1", "--state-dir", lab.state])
        lab.process.send_signal(1)
        lab.wait_for_output("reloaded")
        self.assertIn("added", run(listed).stdout)
        lab.config.write_text(CONFIG + "        - {name: new, type: A, value: 192.0.2.2}\n")
        lab.process.send_signal(1)
        lab.wait_for_output("DNS zones are those of the file again")
        self.assertNotIn("added", run(listed).stdout)
        self.assertIn("new", run(listed).stdout)

    @staticmethod
    def written(folder):
        config = folder / "lab.yaml"
        config.write_text(CONFIG)
        return config


def long_folder(path):
    path.mkdir()
    return path


if __name__ == "__main__":
    unittest.main()
