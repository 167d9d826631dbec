"""Faults armed, listed and lifted while the lab runs: by the API, by `fakeocs fault`, and over a reload."""

import json
import re
import signal
import socket
import unittest

from admin_test import Api
from faults_test import HOSTS, Client
from lab import FAKEOCS, SOURCE, Lab, LabTest, run

try:
    import jsonschema
except ImportError:
    jsonschema = None

OPENAPI = json.loads((SOURCE / "docs/openapi.json").read_text())
LISTENERS = "listeners: [{name: front, port: 0}]\n"


class Faults(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(LISTENERS + HOSTS)

    def setUp(self):
        super().setUp()
        self.api = Api(self.lab.admin_port)
        self.fakeocs("lift")

    def fakeocs(self, *words, code=0, command="fault"):
        done = run([FAKEOCS, command, *words, "--state-dir", self.lab.state])
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def ask(self, method, path, body=None, status=200):
        """The reply's JSON, which has the shape that docs/openapi.json says."""
        reply = self.api.ask(method, "/api/v1" + path, body)
        self.assertEqual(reply.status, status, reply.text)
        told = json.loads(reply.text)
        if jsonschema:
            shape = OPENAPI["paths"][path.partition("?")[0]][method.lower()]["responses"][str(status)]
            schema = {**shape["content"]["application/json"]["schema"], "components": OPENAPI["components"]}
            jsonschema.Draft202012Validator(schema).validate(told)
        return told

    def end(self, name="sip.contoso.test"):
        return Client(self.lab, name).end

    def test_one_is_armed_counts_down_and_is_spent(self):
        told = self.fakeocs("arm", "close", "hello", "--name", "SIP.contoso.test", "--next", "2")
        self.assertRegex(told, r"^armed \d+  name sip\.contoso\.test: close after the ClientHello, next 2\n$")
        self.assertEqual([self.end("other.contoso.test"), self.end()], ["close_notify", "eof"])
        self.assertIn("close after the ClientHello, next 1; struck 1\n", self.fakeocs("list"))
        self.assertEqual([self.end(), self.end()], ["eof", "close_notify"])
        self.assertEqual(self.fakeocs("list"), "no fault is armed\n")
        self.lab.wait_for_output(r"fault   armed for name sip\.contoso\.test: close after the ClientHello, next 2")
        self.lab.wait_for_output(r"fault   spent: name sip\.contoso\.test: close after the ClientHello")

    def test_until_lifted_by_its_number(self):
        number = re.match(r"armed (\d+) ", self.fakeocs("arm", "alert", "40", "--host", "front01")).group(1)
        self.assertEqual([self.end(), self.end()], ["SSLV3_ALERT_HANDSHAKE_FAILURE"] * 2)
        self.assertIn("alert 40 handshake_failure in place of the certificate, until lifted; struck 2", self.fakeocs("list"))
        self.assertEqual(self.fakeocs("lift", number), "lifted 1\n")
        self.assertEqual(self.end(), "close_notify")
        self.assertIn("no such fault is armed", self.fakeocs("lift", number, code=1))
        self.lab.wait_for_output(r"fault   lifted for host front01: alert 40 handshake_failure")

    def test_every_kind_by_command_line(self):
        for words, line in (
            (("wait", "3000"), "wait 3000 ms before the answer"),
            (("reset", "accept", "--listener", "front"), "reset at accept"),
            (("unrecognized_name",), "alert 112 unrecognized_name in place of the certificate"),
            (("certificate", "front02"), "certificate of front02"),
            (("expired", "--seconds", "60"), "expired certificate, 60 s left"),
            (("slow", "100"), "slow, 100 bytes a second"),
            (("register", "301", "--home", "pool02.contoso.test:5063"),
             "REGISTER answered 301 to pool02.contoso.test port 5063"),
            (("register", "never"), "REGISTER never answered"),
        ):
            with self.subTest(words):
                self.assertIn(line, self.fakeocs("arm", *words))
        # Those for all connections at the ClientHello took each other's place.
        self.assertEqual(len(self.fakeocs("list").splitlines()), 3)
        told = json.loads(self.fakeocs("list", "--json"))
        self.assertEqual([fault["fault"] for fault in told["faults"]], ["reset", "slow", "register"])
        self.assertEqual(self.fakeocs("lift"), "lifted 3\n")

    def test_what_it_takes_the_place_of_is_said(self):
        self.fakeocs("arm", "wait", "500", "--next", "2")
        told = self.fakeocs("arm", "close", "hello")
        self.assertIn("\nin place of every connection: wait 500 ms before the answer, next 2\n", told)
        self.lab.wait_for_output(r"close after the ClientHello, until lifted; in place of: every connection: wait 500 ms")
        self.assertNotIn("in place of", self.fakeocs("arm", "close", "accept"))
        told = self.ask("POST", "/faults", {"fault": "expired"}, 201)
        self.assertEqual(told["replaced"], "every connection: close after the ClientHello, until lifted")

    def test_what_is_wrong_is_said_with_what_to_do(self):
        for words, text in (
            (("arm",), "fault is required"),
            (("arm", "clos", "hello"), "fault: unknown word: found 'clos'"),
            (("arm", "close"), "fault: close needs at"),
            (("arm", "close", "accept", "--name", "sip.contoso.test"), "at accept nobody knows yet"),
            (("arm", "alert", "unknown_cas"), "did you mean 'unknown_ca'?"),
            (("arm", "expired", "--host", "front1"), "did you mean 'front01'?"),
            (("arm", "expired", "now"), "expired takes no value, found 'now'"),
            (("arm", "certificate", "front03"), "of: no host has this id: found 'front03'"),
            (("arm", "expired", "--listener", "frnt"), "did you mean 'front'?"),
            (("arm", "wait", "soon"), "delay_ms: found 'soon', expected a whole number"),
            (("arm", "wait", "60001"), "field 'delay_ms' is not a whole number from 1 to 60000"),
            (("arm", "expired", "--next", "0"), "field 'next' is not a whole number from 1 to 1000000000"),
            (("lift", "x"), "parameter 'id' is not a whole number"),
        ):
            with self.subTest(words):
                self.assertIn(text, self.fakeocs(*words, code=2))
        self.assertEqual(self.fakeocs("list"), "no fault is armed\n")
        done = run([FAKEOCS, "fault", "list", "--state-dir", self.lab.folder])
        self.assertEqual(done.returncode, 1)
        self.assertIn("no lab runs on this state folder", done.stderr)

    def test_the_api_has_the_same_and_its_replies_are_as_documented(self):
        armed = self.ask("POST", "/faults", {"fault": "close", "at": "finished", "host": "front01", "next": 5}, 201)
        self.assertEqual((armed["fault"], armed["at"], armed["host"], armed["next"], armed["struck"], armed["armed_by"]),
                         ("close", "finished", "front01", 5, 0, "hand"))
        self.ask("POST", "/faults", {"fault": "register", "answer": "301", "home": "[2001:db8::1]:5063"}, 201)
        self.ask("POST", "/faults", {"fault": "unrecognized_name", "name": "a.contoso.test", "seconds": 9}, 201)
        self.assertIn("did you mean 'at'", self.ask("POST", "/faults", {"fault": "close", "att": "hello"}, 400)["error"]["hint"])
        self.end()
        told = self.ask("GET", "/faults")["faults"]
        self.assertEqual([fault.get("next") for fault in told], [4, None, None])
        self.assertEqual((told[1]["answer"], told[1]["home"]), ("redirect", "[2001:db8::1]:5063"))
        self.assertEqual((told[2]["fault"], told[2]["alert"]), ("alert", "unrecognized_name"))
        self.assertIn(told[2]["seconds"], (8, 9))
        line = "host front01: close after Finished, next 4"
        self.assertIn(line, self.ask("GET", "/status")["faults"])
        self.assertIn(line, self.ask("GET", "/readyz")["faults"])
        self.assertEqual(self.ask("DELETE", f"/faults?id={armed['id']}"), {"lifted": 1})
        self.ask("DELETE", f"/faults?id={armed['id']}", status=404)
        self.ask("DELETE", "/faults?id=none", status=400)
        self.assertEqual(self.ask("DELETE", "/faults"), {"lifted": 2})

    def test_ready_says_what_is_armed_and_is_ready_all_the_same(self):
        self.assertNotIn("faults", self.fakeocs(command="ready"))
        self.fakeocs("arm", "slow", "9")
        told = json.loads(self.fakeocs("--strict", command="ready"))
        self.assertEqual(told, {"ready": True, "problems": [],
                                "faults": ["every connection: slow, 9 bytes a second, until lifted"]})


class Signin(LabTest):
    """`fakeocs signin` says what the lab that it meets does wrong on purpose, and is no other for it."""

    @classmethod
    def make_lab(cls):
        return Lab.quickstart("contoso.test")

    def setUp(self):
        super().setUp()
        for command in ("fault", "dns"):
            run([FAKEOCS, command, "lift", "--state-dir", self.lab.state])

    def arm(self, *words):
        done = run([FAKEOCS, *words, "--state-dir", self.lab.state])
        self.assertEqual(done.returncode, 0, done.stderr)

    def signin(self, *words, state=None, dns=None, server=None):
        return run([FAKEOCS, "signin", "alice@contoso.test", "--dns", f"127.0.0.1:{dns or self.lab.dns_port}",
                    "--server", server or f"sipinternal.contoso.test:{self.lab.port}", "--ca", self.lab.ca,
                    "--state-dir", state or self.lab.state, *words])

    def armed(self, **met):
        return json.loads(self.signin("--json", **met).stdout)["armed_faults"]

    def test_what_is_armed_stands_before_the_steps_and_in_json(self):
        self.assertNotIn("ARMED", self.signin().stdout)
        self.assertEqual(self.armed(), [])
        self.arm("fault", "arm", "close", "hello", "--next", "1")
        self.arm("dns", "fault", "sipinternal", "A", "--delay", "5")
        done = self.signin()
        self.assertEqual(done.returncode, 14, done.stdout)
        head, steps = done.stdout.split("\n 1  DNS", 1)
        self.assertIn("ARMED    the lab does wrong on purpose", head)
        # As it was before the sign-in, which has met it.
        self.assertIn("every connection: close after the ClientHello, next 1\n", head)
        self.assertIn("DNS A sipinternal.contoso.test: delay 5 ms, until lifted\n", head)
        self.assertEqual(self.armed(), ["DNS A sipinternal.contoso.test: delay 5 ms, until lifted"])

    def test_only_what_it_can_have_met(self):
        self.arm("fault", "arm", "slow", "4000")
        self.arm("dns", "fault", "lost", "--drop")
        slow, lost = "every connection: slow, 4000 bytes a second, until lifted", "DNS lost.contoso.test: drop, until lifted"
        self.assertEqual(self.armed(), [lost, slow])
        # Another resolver, and the lab's listener.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
            nobody.bind(("127.0.0.1", 0))
            elsewhere = nobody.getsockname()[1]
        self.assertEqual(self.armed(dns=elsewhere, server=f"127.0.0.1:{self.lab.port}"), [slow])
        self.assertEqual(self.armed(dns=elsewhere, server="127.0.0.1:1"), [])
        # Where no lab runs there is nobody to ask.
        self.assertEqual(self.armed(state=self.lab.folder), [])

    def test_a_lab_that_does_not_answer_holds_nothing_up(self):
        other = Lab.quickstart("contoso.test")
        try:
            run([FAKEOCS, "fault", "arm", "slow", "4000", "--state-dir", other.state])
            other.process.send_signal(signal.SIGSTOP)
            done = self.signin("--json", state=other.state)
            self.assertEqual(done.returncode, 10, done.stdout + done.stderr)
            self.assertEqual(json.loads(done.stdout)["armed_faults"], [])
        finally:
            other.process.send_signal(signal.SIGCONT)
            other.stop()


class Reload(unittest.TestCase):
    """SIGHUP: those of the file begin anew, those armed by hand stay."""

    def lines(self, lab):
        return run([FAKEOCS, "fault", "list", "--state-dir", lab.state]).stdout

    def test_those_of_the_file_begin_anew_those_armed_by_hand_stay(self):
        lab = Lab.configured(LISTENERS + "faults:\n  - {fault: close, at: hello, next: 2}\n" + HOSTS)
        try:
            self.assertEqual(Client(lab, "sip.contoso.test").end, "eof")
            self.assertRegex(self.lines(lab), r"next 1; struck 1 \(.*lab\.yaml:3:5\)")
            for host in ("front01", "front02"):
                run([FAKEOCS, "fault", "arm", "expired", "--host", host, "--state-dir", lab.state])
            without_front02 = HOSTS[:HOSTS.index("  - id: front02")]
            lab.config.write_text(LISTENERS + "faults:\n  - {fault: reset, at: hello, next: 3}\n" + without_front02)
            lab.process.send_signal(signal.SIGHUP)
            lab.wait_for_output("reloaded ")
            told = self.lines(lab)
            self.assertIn("reset after the ClientHello, next 3; struck 0", told)
            self.assertIn("host front01: expired certificate, until lifted; struck 0", told)
            self.assertEqual(len(told.splitlines()), 2, told)
            said = re.sub(r"\s+", " ", lab.output())
            self.assertIn("problem: fault lifted, since the configuration has no such host or listener any more: "
                          "host front02: expired certificate", said)
            self.assertIn("guard armed for every connection: reset after the ClientHello, next 3", said)
        finally:
            lab.stop()


if __name__ == "__main__":
    unittest.main()
