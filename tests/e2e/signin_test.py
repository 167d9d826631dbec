"""fakeocs signin: bad input, hostile zones, and servers that are not the lab."""

import json
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

from lab import CERTGEN, FAKEOCS, PATIENCE, Lab, LabTest, run, wait_for

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[2] / "docs" / "signin.schema.json").read_text())


def hold_against_schema(report):
    """docs/signin.schema.json names every field there is; without the Debian package it is not looked at."""
    if jsonschema:
        jsonschema.Draft202012Validator(SCHEMA).validate(report)


ZONE = """
listeners:
  - {{name: front01, address: {net}.1, port: 5061}}
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate:
      generate: {{subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
dns:
  address: {net}.53
  port: 0
  zones:
    - name: contoso.test
      records:
        - {{name: sip, type: A, value: {net}.1}}
    - name: loop.test
      records:
        - {{name: sipinternal, type: CNAME, value: a}}
        - {{name: a, type: CNAME, value: b}}
        - {{name: b, type: CNAME, value: a}}
    - name: port0.test
      records:
        - {{name: _sipinternaltls._tcp, type: SRV, value: 0 0 0 sip}}
        - {{name: sip, type: A, value: {net}.1}}
    - name: dot.test
      records:
        - {{name: _sipinternaltls._tcp, type: SRV, value: 0 0 5061 .}}
    - name: closed.test
      records:
        - {{name: sip, type: A, value: {net}.2}}
    - name: many.test
      records:
{many}
    - name: xn--bcher-kva.test
      records:
        - {{name: sip, type: A, value: {net}.1}}
"""

LYNC = """
listeners:
  - {{name: web, address: {net}.3, port: 443}}
autodiscover:
  sip_internal: {{host: sip.lync.test, port: 5061}}
hosts:
  - id: web
    names: [lyncdiscoverinternal.lync.test]
    certificate:
      generate: {{subject: CN=lyncdiscoverinternal.lync.test, sans: [lyncdiscoverinternal.lync.test], key: p-256}}
dns:
  address: {net}.53
  port: 0
  zones:
    - name: lync.test
      records:
        - {{name: lyncdiscoverinternal, type: A, value: {net}.3}}
        - {{name: sip, type: A, value: {net}.4}}
"""


def signin(user, *more):
    return subprocess.run([FAKEOCS, "signin", user, *map(str, more)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE)


class Input(unittest.TestCase):
    def test_an_address_that_is_none_is_refused_with_what_is_wrong(self):
        for text in ("alice", "@contoso.test", "alice@", "alice@contoso..test", "alice@[::1]", "alice@192.0.2.1",
                     "al ice@contoso.test", "alice@bob@contoso.test", "alice@" + "a" * 64 + ".test", ""):
            with self.subTest(text):
                done = signin(text)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertTrue(done.stderr.startswith("fakeocs: "), done.stderr)
                self.assertEqual(done.stdout, "")

    def test_every_wrong_argument_is_reported_in_one_run(self):
        done = signin("alice", "--client", "communicator2008", "--dns", "host:99999", "--answer-prompt", "perhaps",
                      "--domain-rule", "lax")
        self.assertEqual(done.returncode, 2)
        for word in ("'alice'", "communicator2007", "host", "'perhaps'", "'lax'"):
            self.assertIn(word, done.stderr)

    def test_explain_asks_the_network_nothing(self):
        done = signin("alice@contoso.test", "--explain", "--dns", "192.0.2.1")
        self.assertEqual(done.returncode, 0)
        order = re.findall(r"(_\S+|sip\w*)\.contoso\.test(?= |:)", done.stdout)
        self.assertEqual(order[0], "_sipinternaltls._tcp")
        self.assertIn("stop-on-resolve", done.stdout)

    def test_a_resolver_that_nobody_answers_at_is_said_to_be_that(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        done = signin("alice@contoso.test", "--dns", f"127.0.0.1:{port}")
        self.assertEqual(done.returncode, 12)
        self.assertIn(f"nobody answers DNS at 127.0.0.1:{port}", " ".join(done.stdout.split()))
        self.assertNotIn("fixes it", done.stdout)


class SigninTest(LabTest):
    def report(self, user, *more):
        done = signin(user, "--dns", self.dns, "--state-dir", self.lab.state, "--json", *more)
        report = json.loads(done.stdout)
        self.assertEqual(report["schema"], "fakeocs.signin/1")
        hold_against_schema(report)
        self.assertEqual(report["result"]["exit"], done.returncode)
        return report

    @classmethod
    def start(cls, yaml, **values):
        net = f"127.{random.randint(16, 250)}.{random.randint(1, 250)}"
        lab = Lab.configured(yaml.format(net=net, **values))
        cls.dns = re.search(r"listening dns (\S+:\d+)", lab.output()).group(1)
        return lab


def may_bind_443():
    """Autodiscover has no other port, and an ordinary user may not have it."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.9.9.9", 443))
        except PermissionError:
            return False
        except OSError:
            pass
    return True


@unittest.skipUnless(may_bind_443(), "SKIPPED: port 443 takes more rights than this user has")
class Autodiscover(SigninTest):
    @classmethod
    def make_lab(cls):
        return cls.start(LYNC)

    def test_lync_asks_autodiscover_first_and_takes_the_server_it_names(self):
        report = self.report("alice@lync.test", "--client", "lync2013")
        web = [request for step in report["steps"] if step["kind"] == "web" for request in step["requests"]]
        answered = [request for request in web if request.get("status") == 200]
        self.assertTrue(answered and answered[0]["url"].startswith("https://lyncdiscoverinternal.lync.test/"), web)
        servers = [step["server"] for step in report["steps"] if step["kind"] == "connect"]
        self.assertEqual(servers[:1], ["sip.lync.test"])
        self.assertEqual(report["steps"][0]["questions"][0]["name"], "lyncdiscoverinternal.lync.test")


class Zones(SigninTest):
    @classmethod
    def make_lab(cls):
        many = "\n".join(f"        - {{name: _sipinternaltls._tcp, type: SRV, value: {n} 0 5061 fe{n}}}"
                         for n in range(1000))
        return cls.start(ZONE, many=many)

    def test_odd_zones_end_in_a_verdict(self):
        rows = [
            ("alice@loop.test", 12, "alias-loop", "an alias that never ends"),
            ("alice@port0.test", None, "", "port 0: no server there"),
            ("alice@dot.test", 12, "", "a target that is the root: decidedly not here (RFC 2782)"),
            ("alice@closed.test", 13, "refused", "nobody listens"),
            ("alice@many.test", 12, "", "a thousand records, none with an address"),
            ("alice@outside.test", 12, "server-failure", "no zone of the lab"),
        ]
        for user, code, word, why in rows:
            with self.subTest(why):
                report = self.report(user)
                if code is not None:
                    self.assertEqual(report["result"]["exit"], code, report)
                self.assertIn(word, json.dumps(report["steps"]))
                self.assertLess(len(report["steps"]), 60)

    @unittest.skipUnless(jsonschema, "no jsonschema (Debian: python3-jsonschema)")
    def test_the_published_schema_holds_for_every_client_and_is_no_wave_through(self):
        clients = re.findall(r"(?m)^(\S+)", run([FAKEOCS, "profiles"]).stdout)
        reports = [self.report("alice@contoso.test", "--what-if", "--client", name)
                   for name in clients]
        self.assertGreater(len(reports), 9, clients)
        kinds = {step["kind"] for report in reports for step in report["steps"]}
        self.assertLessEqual({"dns", "connect", "register"}, kinds)
        broken = reports[0]
        broken["steps"][0]["surprise"] = 1
        with self.assertRaises(jsonschema.ValidationError):
            hold_against_schema(broken)

    def test_an_internationalized_domain_is_asked_for_by_its_a_labels(self):
        report = self.report("alice@bücher.test")
        names = [question["name"] for step in report["steps"] for question in step.get("questions", [])]
        self.assertIn("sip.xn--bcher-kva.test", names)
        self.assertEqual(report["result"]["code"], "name-mismatch")

    def test_text_fits_a_narrow_terminal_and_carries_no_escapes_into_a_pipe(self):
        done = signin("alice@loop.test", "--dns", self.dns, "--state-dir", self.lab.state)
        self.assertNotIn("\x1b", done.stdout)
        too_long = [line for line in done.stdout.splitlines() if len(line) > 80 and "fakeocs" not in line]
        self.assertEqual(too_long, [])

    def test_the_client_waits_inside_the_handshake_where_its_profile_says_so(self):
        mark = self.lab.mark()
        report = self.report("alice@contoso.test", "--client", "communicator2007")
        connects = [step for step in report["steps"] if step["kind"] == "connect"]
        self.assertEqual([step["names"]["wanted"] for step in connects], ["sip.contoso.test"])
        self.lab.records(mark + 1)


@unittest.skipUnless(shutil.which("dnsmasq"), "SKIPPED: dnsmasq is not installed")
class ForeignServers(unittest.TestCase):
    """openssl s_server behind dnsmasq: the runner says of them what it says of the lab."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        cls.state = cls.folder / "state"
        cls.net = f"127.{random.randint(16, 250)}.{random.randint(1, 250)}"
        cls.processes = []
        done = run([CERTGEN, "ca", "--state-dir", cls.state])
        assert done.returncode == 0, done.stderr
        done = run([CERTGEN, "issue", "--name", "fe", "--cn", "sip.foreign.test", "--san", "sip.foreign.test", "--key", "p-256",
                    "--state-dir", cls.state])
        assert done.returncode == 0, done.stdout + done.stderr
        cls.server = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"{cls.net}.1:5061", "-cert_chain", cls.state / "fe/fullchain.pem",
             "-cert", cls.state / "fe/cert.pem", "-key", cls.state / "fe/key.pem", "-cipher", "ALL:@SECLEVEL=0",
             "-quiet"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.port = free_udp_port(f"{cls.net}.53")
        cls.resolver = subprocess.Popen(
            ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", f"--port={cls.port}",
             f"--listen-address={cls.net}.53", "--bind-interfaces", "--local=/foreign.test/",
             f"--address=/sip.foreign.test/{cls.net}.1", f"--address=/sipinternal.wrong.test/{cls.net}.1",
             "--local=/wrong.test/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.processes = [cls.server, cls.resolver]
        wait_for(lambda: answers_tcp(f"{cls.net}.1", 5061), "openssl s_server")
        wait_for(lambda: answers_tcp(f"{cls.net}.53", cls.port), "dnsmasq")

    @classmethod
    def tearDownClass(cls):
        for process in cls.processes:
            process.kill()
            process.wait()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def code(self, user, *more):
        done = signin(user, "--dns", f"{self.net}.53:{self.port}", "--json", *more)
        report = json.loads(done.stdout)
        return report["result"]["code"], done.returncode

    def test_a_certificate_without_the_name(self):
        self.assertEqual(self.code("bob@wrong.test", "--state-dir", self.state), ("name-mismatch", 10))

    def test_an_issuer_nobody_trusts(self):
        self.assertEqual(self.code("bob@foreign.test", "--state-dir", self.folder / "other"), ("not-trusted", 11))

    def test_a_domain_without_a_server(self):
        self.assertEqual(self.code("bob@none.test", "--state-dir", self.state), ("no-server", 12))


def free_udp_port(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def answers_tcp(address, port):
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return None
    return True


if __name__ == "__main__":
    unittest.main()
