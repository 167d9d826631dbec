"""The configuration as people meet it: `fakeocs check`, what wins over what, reload, ports and locks."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest

from lab import CERTGEN, FAKEOCS, PATIENCE, SOURCE, Lab, run, wait_for

EXAMPLES = sorted((SOURCE / "config").glob("*.yaml"))
HOST = "hosts: [{id: front01, names: [sip.contoso.test], certificate: {generate: {sans: [sip.contoso.test]}}}]\n"
ANY_PORT = "listeners: [{name: only, port: 0}]\n"


class Folder(unittest.TestCase):
    """Each test in a folder of its own, without any FAKEOCS_ variable."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def run_it(self, *words, **environment):
        clean = {key: value for key, value in os.environ.items() if not key.startswith("FAKEOCS_")}
        return subprocess.run([FAKEOCS, *map(str, words)], cwd=self.folder, env={"FAKEOCS_ADMIN": "127.0.0.1:0", **clean, **environment},
                              capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)

    def start(self, *words, **environment):
        """Serves until it is ready; answers what it said by then. It is stopped at the end of the test."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("FAKEOCS_")}
        output = self.folder / f"output-{len(list(self.folder.glob('output-*')))}"
        with open(output, "w") as target:
            process = subprocess.Popen([FAKEOCS, *map(str, words)], cwd=self.folder, env={"FAKEOCS_ADMIN": "127.0.0.1:0", **clean, **environment},
                                       stdout=target, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.process = process
        self.output = output
        return wait_for(lambda: output.read_text() if "ready in" in output.read_text() else None,
                        output.read_text, lambda: process.poll() is None)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(timeout=PATIENCE), 0, self.output.read_text())
        return self.output.read_text()


class Check(Folder):
    def check(self, text, code=2):
        (self.folder / "lab.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        done = self.run_it("check", "--config", "lab.yaml")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr if code else done.stdout

    def test_every_example_is_good_and_nothing_is_made(self):
        self.assertGreaterEqual(len(EXAMPLES), 3)
        for example in EXAMPLES:
            if "profiles:" in example.read_text():
                continue  # client profiles: another program's file
            done = self.run_it("check", "--config", example, "--state-dir", "state")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r": good: \d+ listeners?, \d+ hosts?\n$")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_all_problems_in_one_run_each_with_place_found_expected_and_the_nearest_key(self):
        said = self.check(
            "listeners:\n"
            "  - {port: 5O61, default_host: front1}\n"
            "hosts:\n"
            "  - id: front01\n"
            "    nmes: [sip.contoso.test]\n"
            "    certificate:\n"
            "      generate: {hash: sha1, sans: [sip.contoso.test]}\n"
            "    tls: {security_level: 1}\n"
            "  - id: edge01\n"
            "    certificate: {load: {pfx: missing.pfx}}\n"
            "limits: {bytes: 5000, bytes: 6000}\n")
        self.assertEqual(
            said,
            "fakeocs: lab.yaml:2:12: listeners[0].port: bad number\n"
            "  found: '5O61'\n"
            "  expected: a whole number from 0 to 65535\n"
            "  try: did you mean 5061? a letter stands where a digit belongs\n"
            "fakeocs: lab.yaml:2:32: listeners[0].default_host: no host has this id\n"
            "  found: 'front1'\n"
            "  try: did you mean 'front01'?\n"
            "fakeocs: lab.yaml:5:5: hosts[0]: unknown key 'nmes'\n"
            "  expected: one of id, names, certificate, tls\n"
            "  try: did you mean 'names'?\n"
            "fakeocs: lab.yaml:7:17: hosts[0].certificate.generate: "
            "a sha1 signature cannot be served at security level 1\n"
            "  try: security_level: 0     (lab only)\n"
            "fakeocs: lab.yaml:11:23: duplicate key 'bytes', first in line 11\n"
            "  try: remove one of the two\n"
            "fakeocs: lab.yaml:10:25: host edge01: missing.pfx: cannot open file: No such file or directory\n")

    def test_a_recipe_that_cannot_be_read_is_one_problem(self):
        said = self.check("hosts:\n  - id: front01\n    certificate: {generate: {san: [sip.contoso.test]}}\n")
        self.assertRegex(said, r"\Afakeocs: lab\.yaml:3:\d+: hosts\[0\]\.certificate\.generate: unknown key 'san'\n"
                               r"  expected: [^\n]*\n  try: did you mean 'sans'\?\n\Z")

    def test_json_has_each_problem_with_its_parts(self):
        (self.folder / "lab.yaml").write_text(HOST + "listeners: [{port: 5O61}]\nlmits: {}\n")
        done = self.run_it("check", "--config", "lab.yaml", "--json")
        self.assertEqual((done.returncode, done.stderr), (2, ""))
        told = json.loads(done.stdout)
        self.assertEqual(told["problems"][0], {
            "what": "listeners[0].port: bad number", "where": "lab.yaml:2:20", "found": "'5O61'",
            "expected": "a whole number from 0 to 65535", "hint": "did you mean 5061? a letter stands where a digit belongs"})
        self.assertEqual([problem["where"] for problem in told["problems"]], ["lab.yaml:2:20", "lab.yaml:3:1"])
        self.assertEqual((told["schema"], told["file"], told["good"]), ("fakeocs.check/1", "lab.yaml", False))
        (self.folder / "lab.yaml").write_text(HOST + ANY_PORT)
        done = self.run_it("check", "--config", "lab.yaml", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, {
            "schema": "fakeocs.check/1", "file": "lab.yaml", "good": True, "listeners": 1, "hosts": 1, "problems": []}))

    def test_where_the_state_is(self):
        for words, environment, path in (
            (("--state-dir", "lab"), {}, self.folder / "lab"),
            ((), {"FAKEOCS_STATE": "/srv/lab"}, "/srv/lab"),
        ):
            done = self.run_it("state", "path", *words, **environment)
            self.assertEqual((done.returncode, done.stdout), (0, f"{path}\n"))
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is made")

    def test_certificates_are_loaded(self):
        def certgen(*words):
            done = run([CERTGEN, *words, "--state-dir", self.folder / "state"])
            self.assertEqual(done.returncode, 0, done.stderr)

        certgen("issue", "--name", "a", "--cn", "a.test", "--key", "p-256", "--self-signed")
        certgen("issue", "--name", "b", "--cn", "b.test", "--key", "rsa-1024", "--self-signed")
        (self.folder / "no.pem").write_text("nothing here\n")
        state = self.folder / "state"
        rows = [
            (f"{{certificate: {state}/a/cert.pem, key: {state}/a/key.pem}}", None),
            (f"{{pfx: {state}/a/cert.pfx, pfx_password: changeit}}", None),
            (f"{{certificate: {state}/a/cert.pem, key: {state}/b/key.pem}}", "key"),
            (f"{{pfx: {state}/a/cert.pfx, pfx_password: wrong}}", "password"),
            ("{certificate: no.pem}", "no.pem"),
            (f"{{certificate: {state}/b/cert.pem, key: {state}/b/key.pem}}", "security level 2"),
        ]
        for load, complaint in rows:
            with self.subTest(load=load):
                text = ("hosts:\n  - id: a\n    certificate:\n      load: " + load +
                        "\n    tls: {security_level: 2}\n")
                said = self.check(text, 2 if complaint else 0)
                if complaint:
                    self.assertTrue(said.startswith("fakeocs: lab.yaml:4:13: host a: "), said)
                    self.assertIn(complaint, said)

    def test_what_yaml_cpp_takes_badly_is_refused_with_its_place(self):
        rows = [  # toolchain facts, the table of yaml-cpp 0.7
            (b"[" * 100_000, r"lab.yaml:1:1:"),
            (b"{a: " * 100_000, r"lab.yaml:1:\d+:"),
            (b"- " * 100_000, r"lab.yaml:1:\d+: nested more than 32 levels deep"),
            (b"&x [*x]", r"lab.yaml:1:1: anchors"),
            (b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (c, c, c - 1, c - 1) for c in b"bcdefghij"),
             r"lab.yaml:1:4: anchors"),
            (b"port: 1\nport: 2\n", r"lab.yaml:2:1: duplicate key 'port', first in line 1"),
            (b'a: "abc\nb: 1\n', r"lab.yaml:1:4: a quote that opens here never closes"),
            (b"a: 1\n---\nb: 2\n", r"lab.yaml:2:1: a second document"),
            (b"[a]\nb: 2\n", r"lab.yaml:2:1: a second document"),
            (b'condition: ( a = "b\n', r"lab.yaml:1:1: unknown key 'condition'"),
            (b"", r"lab.yaml:1:1: key 'hosts' is missing"),
            (b"a: " + b"x" * 20_000_000, r"lab.yaml: larger than 8 MiB|lab.yaml: .*larger"),
            (b"limits: {connections: 0777}\n", r"lab.yaml:1:23: .*\n  found: '0777'"),
            (b"listeners: [{port: 1, tls: {session_tickets: no}}]\n", r"\n  found: 'no'\n  expected: true or false"),
            (b"limits: {connections: 08}\n", r"\n  found: '08'"),
            (b"a: \x00\n", r"lab.yaml:1:4: a NUL byte"),
            (b"a: \xff\n", r"lab.yaml:1:4: not valid UTF-8"),
        ]
        for text, said in rows:
            with self.subTest(text=text[:30]):
                self.assertRegex(self.check(text), said)

    def test_a_file_that_is_not_there(self):
        done = self.run_it("check", "--config", "missing.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("missing.yaml", done.stderr)


class WhatWins(Folder):
    """flag > FAKEOCS_ variable > file > default."""

    def test_the_state_folder(self):
        (self.folder / "lab.yaml").write_text("state_dir: of-file\n" + ANY_PORT + HOST)
        rows = [((), {}, "of-file"),
                ((), {"FAKEOCS_STATE": ""}, "of-file"),
                ((), {"FAKEOCS_STATE": "of-variable"}, "of-variable"),
                (("--state-dir", "of-flag"), {"FAKEOCS_STATE": "of-variable"}, "of-flag")]
        for flags, environment, used in rows:
            with self.subTest(used=used):
                said = self.start("serve", "--config", "lab.yaml", *flags, **environment)
                self.assertRegex(said, rf"(?m)^state +{used}$")
                self.assertTrue((self.folder / used / "ca" / "ca.pem").exists())
                self.stop()

    def test_address_and_port(self):
        (self.folder / "lab.yaml").write_text(
            "listeners: [{port: 0, address: 127.0.0.2}, {port: 0, address: 127.0.0.2}]\n" + HOST)
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.4", 0))
            two.bind(("127.0.0.4", 0))
            port, other = one.getsockname()[1], two.getsockname()[1]
        serve = ("serve", "--config", "lab.yaml", "--state-dir", "state")
        rows = [((), {}, "127.0.0.2", None),
                ((), {"FAKEOCS_LISTEN": "127.0.0.3"}, "127.0.0.3", None),
                (("--listen", "127.0.0.4"), {"FAKEOCS_LISTEN": "127.0.0.3", "FAKEOCS_PORT": str(port)},
                 "127.0.0.4", port),
                (("--listen", "127.0.0.4", "--port", other), {"FAKEOCS_PORT": "1"}, "127.0.0.4", other)]
        for flags, environment, address, first in rows:
            with self.subTest(flags=flags, environment=environment):
                ends = re.findall(r"(?m)^listening tls (\S+):(\d+) ", self.start(*serve, *flags, **environment))
                self.assertEqual([end[0] for end in ends], [address, address])
                if first:
                    self.assertEqual(int(ends[0][1]), first)
                self.stop()

    def test_logs(self):
        (self.folder / "lab.yaml").write_text(
            ANY_PORT + HOST + "logs: {json_file: f.json, text_file: f.text, key_log: f.keys}\n")
        rows = [((), {}, "f"),
                ((), {"FAKEOCS_JSON": "v.json", "FAKEOCS_TEXT": "v.text", "FAKEOCS_KEY_LOG": "v.keys"}, "v"),
                (("--json", "g.json", "--text", "g.text", "--key-log", "g.keys"),
                 {"FAKEOCS_JSON": "no", "FAKEOCS_TEXT": "no", "FAKEOCS_KEY_LOG": "no"}, "g")]
        for flags, environment, letter in rows:
            with self.subTest(letter=letter):
                said = self.start("serve", "--config", "lab.yaml", "--state-dir", "state", *flags, **environment)
                self.assertIn(f"keys LOGGED to {letter}.keys", " ".join(said.split()))
                self.stop()
                for kind in ("json", "text", "keys"):
                    self.assertEqual((self.folder / f"{letter}.{kind}").stat().st_mode & 0o777, 0o600)
                self.assertIn("stopped", (self.folder / f"{letter}.text").read_text())
        self.assertFalse((self.folder / "no").exists())

    def test_colour_and_detail(self):
        (self.folder / "lab.yaml").write_text(ANY_PORT + HOST + "logs: {color: always, detail: verbose}\n")
        rows = [((), {}, True, True),
                ((), {"NO_COLOR": "1"}, True, True),  # it was asked for by name
                ((), {"FAKEOCS_COLOR": "never", "FAKEOCS_DETAIL": "quiet"}, False, False),
                (("--color", "always", "-v"), {"FAKEOCS_COLOR": "never", "FAKEOCS_DETAIL": "quiet"}, True, True),
                (("--color=auto", "-q"), {}, False, False)]
        for flags, environment, coloured, verbose in rows:
            with self.subTest(flags=flags, environment=environment):
                said = self.start("serve", "--config", "lab.yaml", "--state-dir", "state", *flags, **environment)
                port = int(re.search(r"(?m)^listening tls \S+:(\d+)", said).group(1))
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
                wait_for(lambda: "closed-before-hello" in self.output.read_text() or None, "a line")
                said = self.stop()
                self.assertEqual("\x1b[" in said, coloured)
                self.assertEqual("  meaning   " in said, verbose)

    def test_the_file_itself(self):
        for name in ("fakeocs.yaml", "variable.yaml", "flag.yaml"):
            (self.folder / name).write_text(ANY_PORT + HOST)
        rows = [((), {}, "fakeocs.yaml"),
                ((), {"FAKEOCS_CONFIG": "variable.yaml"}, "variable.yaml"),
                (("--config", "flag.yaml"), {"FAKEOCS_CONFIG": "variable.yaml"}, "flag.yaml")]
        for flags, environment, used in rows:
            with self.subTest(used=used):
                said = self.start("serve", "--state-dir", "state", *flags, **environment)
                self.assertRegex(said, rf"(?m)^config +{used}$")
                self.stop()

    @unittest.skipIf(pathlib.Path("/etc/fakeocs/config.yaml").exists(), "this machine has a configuration")
    def test_no_file_anywhere_is_said_with_what_to_do(self):
        done = self.run_it("serve")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(
            done.stderr,
            "fakeocs: no configuration: neither ./fakeocs.yaml nor /etc/fakeocs/config.yaml is there\n"
            "  try: --config FILE, or a lab without a file: fakeocs quickstart contoso.test\n")

    def test_what_is_wrong_with_a_value_names_where_it_came_from(self):
        (self.folder / "fakeocs.yaml").write_text(ANY_PORT + HOST)
        rows = [(("--port", "5O61"), {}, "--port: "),
                ((), {"FAKEOCS_PORT": "99999"}, "FAKEOCS_PORT: "),
                (("--listen", "localhost"), {}, "--listen: "),
                ((), {"FAKEOCS_COLOR": "allways"}, "FAKEOCS_COLOR: unknown word\n  found: 'allways'\n"
                                                   "  expected: one of auto, always, never\n"
                                                   "  try: did you mean 'always'?"),
                ((), {"FAKEOCS_DETAIL": "loud"}, "FAKEOCS_DETAIL: unknown word"),
                (("-q", "-v"), {}, "-q and -v exclude each other")]
        for flags, environment, said in rows:
            with self.subTest(flags=flags, environment=environment):
                done = self.run_it("serve", *flags, **environment)
                self.assertEqual(done.returncode, 2)
                self.assertIn("fakeocs: " + said, done.stderr)
        two = "listeners: [{port: 1}, {name: web, port: 8443}]\n" + HOST
        (self.folder / "fakeocs.yaml").write_text(two)
        done = self.run_it("serve", "--port", "8443")
        self.assertEqual((done.returncode, done.stderr.splitlines()[0]),
                         (2, "fakeocs: --port: port 8443 is that of listener 'web'"))


class PortsAndLocks(Folder):
    def quickstart(self, *words):
        return self.run_it("quickstart", "contoso.test", *words)

    def test_a_taken_port_is_named_with_its_owner_and_one_that_is_free(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.quickstart("--port", port, "--state-dir", "state")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertRegex(done.stderr, rf"fakeocs: cannot listen on 127.0.0.1:{port}: address already in use "
                                          rf"\(process {os.getpid()}, \S+\)\n")
            free = re.search(r"try: --port (\d+), which is free", done.stderr).group(1)
            self.assertFalse((self.folder / "state" / "ca").exists(), "nothing is made for a lab that cannot start")
            (self.folder / "lab.yaml").write_text("listeners: [{port: 0}]\n" + HOST)
            said = self.start("serve", "--config", "lab.yaml", "--port", free, "--state-dir", "state")
            self.assertIn(f"listening tls 127.0.0.1:{free} ", said)

    def test_an_address_of_another_machine(self):
        done = self.quickstart("--port", "0", "--lab-address", "192.0.2.77", "--state-dir", "state")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("cannot listen on 192.0.2.77:0: cannot assign requested address", done.stderr)
        self.assertIn("127.0.0.1 (lo)", done.stderr)

    def test_a_second_server_on_one_state_folder(self):
        self.start("quickstart", "contoso.test", "--port", "0", "--state-dir", "state")
        done = self.quickstart("--port", "0", "--state-dir", "state")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(
            done.stderr,
            f"fakeocs: state: another fakeocs (process {self.process.pid}) serves this state folder\n"
            "  try: stop that one, or give this one a folder of its own: --state-dir DIR\n")
        self.process.kill()
        self.process.wait()
        self.start("quickstart", "contoso.test", "--port", "0", "--state-dir", "state")


class Reload(unittest.TestCase):
    YAML = """
listeners: [{{name: only, port: 0}}]
hosts:
  - id: front01
    names: [{names}]
    certificate: {{generate: {{key: p-256, sans: [{names}]}}}}
"""

    def setUp(self):
        self.lab = Lab.configured(self.YAML.format(names="a.contoso.test"))
        self.addCleanup(self.lab.stop)

    def reload(self, text, said):
        """Writes the file, asks for a reload, and answers what the lab said of it."""
        before = len(self.lab.output())
        self.lab.config.write_text(text)
        self.lab.process.send_signal(signal.SIGHUP)
        return self.lab.wait_for_output("(?s).{%d}.*%s" % (before, said))[before:]

    def connect(self, name):
        context = ssl.create_default_context(cafile=self.lab.ca)
        return context.wrap_socket(self.lab.connect(), server_hostname=name)

    def names(self, connection):
        return sorted(name for _, name in connection.getpeercert()["subjectAltName"])

    def ask(self, connection):
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer.decode()

    def test_a_good_file_is_served_to_the_next_connection_and_the_running_one_keeps_what_it_has(self):
        with self.connect("a.contoso.test") as old:
            self.reload(self.YAML.format(names="a.contoso.test, b.contoso.test"), "reloaded ")
            with self.connect("b.contoso.test") as new:
                self.assertEqual(self.names(new), ["a.contoso.test", "b.contoso.test"])
            self.assertEqual(self.names(old), ["a.contoso.test"])
            answer = self.ask(old)
        self.assertIn("200 OK", answer)
        self.assertNotIn("b.contoso.test", answer)

    def test_a_broken_file_is_reported_and_the_old_configuration_goes_on(self):
        said = self.reload("hosts: [{id: 1}]\nfoo: 1\n", "goes on")
        self.assertIn("lab.yaml:1:9: hosts[0]: key 'certificate' is missing", said)
        self.assertIn("lab.yaml:2:1: unknown key 'foo'", said)
        with self.connect("a.contoso.test") as connection:
            self.assertEqual(self.names(connection), ["a.contoso.test"])

    def test_all_or_nothing_a_certificate_that_cannot_be_loaded_leaves_the_others_alone(self):
        text = self.YAML.format(names="a.contoso.test, b.contoso.test")
        text += "  - {id: b, certificate: {load: {pfx: missing.pfx}}}\n"
        before = (self.lab.state / "front01" / "cert.pem").read_bytes()
        said = self.reload(text, "goes on")
        self.assertIn("missing.pfx", said)
        self.assertEqual((self.lab.state / "front01" / "cert.pem").read_bytes(), before)

    def test_open_connections_keep_the_limits_they_began_with(self):
        begun = b"GET / HTTP/1.0\r\nX-Long: " + b"x" * 4000
        old = self.connect("a.contoso.test")
        self.reload(self.YAML.format(names="a.contoso.test") + "limits: {bytes: 2048}\n", "reloaded ")
        new = self.connect("a.contoso.test")
        old.sendall(begun)
        new.sendall(begun)
        self.assertEqual(self.to_the_end(new), b"")
        old.sendall(b"\r\n\r\n")
        self.assertIn(b"HTTP/1.1 200", self.to_the_end(old))
        new.close()
        old.close()
        self.assertIn("byte-limit", [record["ended"] for record in self.lab.records(2)])

    @staticmethod
    def to_the_end(connection):
        said = b""
        try:
            while more := connection.recv(65536):
                said += more
        except OSError:
            pass
        return said

    def test_the_logs_are_opened_again_first_even_if_the_file_is_broken(self):
        self.lab.connect().close()
        self.lab.records(1)
        moved = self.lab.log.with_suffix(".old")
        self.lab.log.rename(moved)
        self.reload("broken: [", "goes on")
        self.lab.connect().close()
        self.lab.records(1)
        self.assertEqual(len(moved.read_text().splitlines()), 1)

    def test_listeners_come_move_and_go(self):
        more = self.YAML.format(names="a.contoso.test").replace(
            "[{name: only, port: 0}]", "[{name: only, port: 0}, {name: more, port: 0}]")
        said = self.reload(more, "reloaded ")
        added = int(re.search(r"(?m)^listening tls 127.0.0.1:(\d+) ", said).group(1))
        self.connect("a.contoso.test").close()  # the first one has stayed where it was
        socket.create_connection(("127.0.0.1", added), timeout=PATIENCE).close()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            bad = more.replace("port: 0}]", f"port: {taken.getsockname()[1]}}}]")
            self.assertIn("address already in use", self.reload(bad, "goes on"))
            socket.create_connection(("127.0.0.1", added), timeout=PATIENCE).close()
        self.reload(self.YAML.format(names="a.contoso.test"), "reloaded ")
        wait_for(lambda: self.refused(added) or None, "the closed listener refuses")
        self.connect("a.contoso.test").close()

    @staticmethod
    def refused(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
            return False
        except ConnectionRefusedError:
            return True

    def test_a_changed_certificate_file_is_served_to_the_next_connection_without_a_reload(self):
        done = run([CERTGEN, "reissue", "front01", "--add-san", "c.contoso.test", "--state-dir", self.lab.state])
        self.assertEqual(done.returncode, 0, done.stderr)
        with self.connect("c.contoso.test") as connection:
            self.assertEqual(self.names(connection), ["a.contoso.test", "c.contoso.test"])
        self.lab.wait_for_output("host front01: the next connection gets the changed certificate")


if __name__ == "__main__":
    unittest.main()
