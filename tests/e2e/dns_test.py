"""The lab DNS against dig, kdig, drill and bare sockets."""

import re
import shutil
import socket
import threading
import time
import unittest

import dns_message as dns
from lab import FAKEOCS, PATIENCE, Lab, LabTest, run

HOSTS = """
listeners: [{port: 0}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
"""

ZONES = """
  zones:
    - name: contoso.test
      records:
        - {name: sipinternal, type: CNAME, value: front01}
        - {name: front01, type: A, value: 127.0.0.1}
        - {name: front01, type: AAAA, value: "::1"}
        - {name: _sipinternaltls._tcp, type: SRV, value: 0 5 5061 front01}
        - {name: text, type: TXT, value: hello there}
        - {name: over, type: CNAME, value: dc1.corp.local}
        - {name: slow, type: A, value: 127.0.0.1}
        - {name: dropped, type: A, value: 127.0.0.1}
        - {name: broken, type: A, value: 127.0.0.1}
    - name: corp.local
      records:
        - {name: dc1, type: A, value: 127.0.0.9}
    - name: 127.in-addr.arpa
      records:
        - {name: 1.0.0, type: PTR, value: front01.contoso.test}
    - name: big.test
      records:
%s
  faults:
    - {name: slow.contoso.test, fault: delay, delay_ms: 60000, next: 1}
    - {name: dropped.contoso.test, fault: drop, next: 1}
    - {name: broken.contoso.test, fault: servfail, next: 2}
""" % "\n".join(
    f"        - {{name: _sip._tls, type: SRV, value: 0 0 5061 server{i}}}" for i in range(200)
)


def configured(dns_section):
    return Lab.configured(HOSTS + "dns:\n  port: 0\n" + dns_section)


class Tools(LabTest):
    """What the usual tools print."""

    @classmethod
    def make_lab(cls):
        return configured(ZONES)

    def setUp(self):
        super().setUp()
        self.port = self.lab.dns_port

    def dig(self, *words):
        return run(["dig", "@127.0.0.1", "-p", self.port, "+tries=1", f"+timeout={PATIENCE}", *words]).stdout

    def short(self, *words):
        return self.dig("+short", *words).split("\n")[:-1]

    def test_dig_sees_every_type(self):
        for words, answer in [
            (["A", "sipinternal.contoso.test"], ["front01.contoso.test.", "127.0.0.1"]),
            (["AAAA", "front01.contoso.test"], ["::1"]),
            (["CNAME", "sipinternal.contoso.test"], ["front01.contoso.test."]),
            (["SRV", "_sipinternaltls._tcp.contoso.test"], ["0 5 5061 front01.contoso.test."]),
            (["TXT", "text.contoso.test"], ['"hello there"']),
            (["NS", "contoso.test"], ["localhost."]),
            (["SOA", "contoso.test"], ["localhost. hostmaster.contoso.test. 1 3600 600 86400 0"]),
            (["-x", "127.0.0.1"], ["front01.contoso.test."]),
            (["A", "over.contoso.test"], ["dc1.corp.local.", "127.0.0.9"]),
        ]:
            with self.subTest(words=words):
                self.assertEqual(self.short(*words), answer)
                self.assertEqual(self.short("+tcp", *words), answer)

    def test_dig_sees_the_flags_and_codes(self):
        for words, status in [
            (["sipinternal.contoso.test"], "NOERROR"),
            (["sip.contoso.test"], "NXDOMAIN"),
            (["MX", "front01.contoso.test"], "NOERROR"),
            (["_tcp.contoso.test"], "NOERROR"),
            (["www.example.com"], "REFUSED"),
            (["CH", "TXT", "version.bind"], "REFUSED"),
            (["AXFR", "contoso.test", "+noall", "+answer", "+comments"], ""),
            (["+opcode=UPDATE", "contoso.test"], "NOTIMP"),
            (["+ednsopt=65001:00ff", "front01.contoso.test"], "NOERROR"),
            (["+edns=1", "+noednsnegotiation", "front01.contoso.test"], "BADVERS"),
            (["+edns=1", "front01.contoso.test"], "NOERROR"),  # dig comes down to version 0
        ]:
            with self.subTest(words=words):
                told = self.dig(*words)
                if status:
                    self.assertIn(f"status: {status}", told)
                else:
                    self.assertIn("Transfer failed", told)
                self.assertNotIn("WARNING: Message parser", told)
        flags = re.compile(r"flags: ([a-z ]*);")
        self.assertEqual(flags.search(self.dig("front01.contoso.test")).group(1), "qr aa rd")
        self.assertEqual(flags.search(self.dig("+norecurse", "nobody.contoso.test")).group(1), "qr aa")
        self.assertEqual(flags.search(self.dig("www.example.com")).group(1), "qr rd")

    def test_an_answer_no_has_the_soa_and_lives_0_seconds(self):
        for name in ["nobody.contoso.test", "text.contoso.test"]:
            told = self.dig(name)
            self.assertRegex(told, r"contoso\.test\.\s+0\s+IN\s+SOA\s+localhost\. hostmaster")

    def test_letter_case_comes_back_as_it_was_asked(self):
        told = self.dig("+qr", "SipINTERNAL.contoso.TEST")
        self.assertRegex(told, r"(?m)^SipINTERNAL\.contoso\.TEST\.\s+0\s+IN\s+CNAME")

    def test_an_answer_that_does_not_fit_is_asked_for_again_over_tcp(self):
        name = "_sip._tls.big.test"
        self.assertIn("Truncated, retrying in TCP mode", self.dig("SRV", name))
        self.assertIn("flags: qr aa tc rd", self.dig("+ignore", "SRV", name))
        self.assertIn("flags: qr aa tc rd", self.dig("+ignore", "+noedns", "SRV", name))
        self.assertEqual(len(self.short("SRV", name)), 200)
        short = dns.ask(self.port, dns.query(name, 33))
        longer = dns.ask(self.port, dns.query(name, 33, udp_size=1232))
        longest = dns.ask(self.port, dns.query(name, 33, udp_size=65535))
        self.assertLess(450, len(short))
        self.assertLessEqual(len(short), 512)
        self.assertLess(1150, len(longer))
        self.assertLessEqual(len(longer), 1232)
        self.assertLess(4000, len(longest))
        self.assertLessEqual(len(longest), 4096)

    @unittest.skipUnless(shutil.which("kdig"), "kdig (knot-dnsutils) is not installed")
    def test_kdig(self):
        def kdig(*words):
            return run(["kdig", "@127.0.0.1", "-p", self.port, f"+timeout={PATIENCE}", *words]).stdout

        self.assertEqual(kdig("+short", "A", "sipinternal.contoso.test"), "front01.contoso.test.\n127.0.0.1\n")
        self.assertEqual(kdig("+short", "+tcp", "+keepopen", "SRV", "_sipinternaltls._tcp.contoso.test"),
                         "0 5 5061 front01.contoso.test.\n")
        self.assertIn("status: NXDOMAIN", kdig("nobody.contoso.test"))
        for told in [kdig("+edns", "+dnssec", "front01.contoso.test"), kdig("ANY", "front01.contoso.test")]:
            self.assertIn("status: NOERROR", told)
            self.assertNotIn("WARNING", told)
            self.assertNotIn("ERROR:", told)

    @unittest.skipUnless(shutil.which("drill"), "drill (ldnsutils) is not installed")
    def test_drill(self):
        def drill(*words):
            return run(["drill", "-p", self.port, "@127.0.0.1", *words]).stdout

        self.assertRegex(drill("sipinternal.contoso.test"), r"front01\.contoso\.test\.\s+0\s+IN\s+A\s+127\.0\.0\.1")
        self.assertIn("rcode: NXDOMAIN", drill("nobody.contoso.test"))
        self.assertIn("5 5061 front01.contoso.test.", drill("-t", "_sipinternaltls._tcp.contoso.test", "SRV"))
        self.assertIn("rcode: REFUSED", drill("www.example.com"))


class Sockets(unittest.TestCase):
    """What clients do that no tool does."""

    def setUp(self):
        self.lab = configured(ZONES + "  idle_seconds: 1\n  tcp_connections: 2\n")
        self.addCleanup(self.lab.stop)
        self.port = self.lab.dns_port

    def test_each_question_is_an_event(self):
        dns.ask(self.port, dns.query("_SIPinternaltls._tcp.contoso.test", 33))
        with dns.tcp_socket(self.port) as client:
            client.sendall(dns.framed(dns.query("nobody.contoso.test")))
            dns.receive_framed(client)
        first, second = self.lab.events("dns", 2)
        self.assertEqual(first["name"], "_SIPinternaltls._tcp.contoso.test")
        self.assertEqual(first["type"], "SRV")
        self.assertEqual(first["outcome"], "answered")
        self.assertEqual(first["answers"], ["SRV 0 5 5061 front01.contoso.test"])
        self.assertEqual(first["targets"][0]["port"], 5061)
        self.assertEqual(first["targets"][0]["addresses"], ["127.0.0.1", "::1"])
        self.assertEqual(first["client"]["address"], "127.0.0.1")
        self.assertEqual(second["outcome"], "no-such-name")
        self.assertNotEqual(first["id"], second["id"])

    def test_questions_sent_at_once_over_tcp_are_answered_in_order(self):
        with dns.tcp_socket(self.port) as client:
            names = ["front01.contoso.test", "nobody.contoso.test", "www.example.com"] * 20
            client.sendall(b"".join(dns.framed(dns.query(name, number=i)) for i, name in enumerate(names)))
            got = [dns.receive_framed(client) for _ in names]
        self.assertEqual([dns.number(message) for message in got], list(range(len(names))))
        self.assertEqual([dns.rcode(message) for message in got], [0, 3, 5] * 20)

    def test_a_question_in_pieces_is_answered(self):
        with dns.tcp_socket(self.port) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in dns.framed(dns.query("front01.contoso.test")):
                client.sendall(bytes([byte]))
            self.assertEqual(dns.answer_count(dns.receive_framed(client)), 1)

    def test_a_silent_and_a_slow_connection_are_closed_and_others_then_get_their_turn(self):
        silent = dns.tcp_socket(self.port)
        slow = dns.tcp_socket(self.port)
        waiting = dns.tcp_socket(self.port)  # over tcp_connections
        for client in (silent, slow, waiting):
            self.addCleanup(client.close)
        slow.sendall(b"\x00\x40half")
        waiting.sendall(dns.framed(dns.query("front01.contoso.test")))
        self.assertEqual(silent.recv(1), b"")
        self.assertEqual(slow.recv(1), b"")
        self.assertEqual(dns.answer_count(dns.receive_framed(waiting)), 1)

    def test_bytes_that_are_no_question(self):
        good = dns.query("front01.contoso.test")
        two = good[:5] + b"\x02" + good[6:]
        self.assertEqual(dns.rcode(dns.ask(self.port, two)), 1)
        self.assertEqual(dns.rcode(dns.ask(self.port, good[:20])), 1)
        loop = good[:12] + b"\xc0\x0c\x00\x01\x00\x01"
        self.assertEqual(dns.rcode(dns.ask(self.port, loop)), 1)
        with dns.udp_socket(self.port) as client:
            client.send(b"")
            client.send(b"short")
            client.send(dns.query("front01.contoso.test", flags=0x8180))  # a response: answering would loop
            client.send(dns.query("front01.contoso.test", number=7))
            self.assertEqual(dns.number(client.recv(65535)), 7)
        with dns.tcp_socket(self.port) as client:
            client.sendall(b"\x00\x00" + dns.framed(b"nonsense") + dns.framed(dns.query("corp.local", 6)))
            self.assertEqual(dns.answer_count(dns.receive_framed(client)), 1)
        outcomes = [record["outcome"] for record in self.lab.events("dns", 10)]
        self.assertEqual(outcomes, ["format-error"] * 3 + ["dropped"] * 3 + ["answered"] + ["dropped"] * 2 + ["answered"])

    def test_faults_do_their_work_and_stop(self):
        with dns.udp_socket(self.port) as client:
            client.send(dns.query("dropped.contoso.test", number=1))
            client.send(dns.query("dropped.contoso.test", number=2))
            self.assertEqual(dns.number(client.recv(65535)), 2)
        codes = [dns.rcode(dns.ask(self.port, dns.query("broken.contoso.test"))) for _ in range(3)]
        self.assertEqual(codes, [2, 2, 0])
        faults = [record.get("fault") for record in self.lab.events("dns", 5)]
        self.assertEqual(faults, ["drop", None, "servfail", "servfail", None])

    def test_a_delayed_answer_holds_up_neither_others_nor_the_end(self):
        with dns.udp_socket(self.port) as client:
            client.send(dns.query("slow.contoso.test", number=1))  # a minute
            client.send(dns.query("slow.contoso.test", number=2))
            self.assertEqual(dns.number(client.recv(65535)), 2)
        begun = time.monotonic()
        self.lab.stop()
        self.assertLess(time.monotonic() - begun, 30)


class Startup(unittest.TestCase):
    def test_a_port_that_is_taken_is_exit_3(self):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with self.subTest(kind=kind), socket.socket(socket.AF_INET, kind) as taken:
                taken.bind(("127.0.0.1", 0))
                if kind == socket.SOCK_STREAM:
                    taken.listen()
                port = taken.getsockname()[1]
                folder = Lab.new_folder()
                self.addCleanup(shutil.rmtree, folder)
                config = folder / "lab.yaml"
                config.write_text(HOSTS + f"dns:\n  port: {port}\n")
                done = run([FAKEOCS, "serve", "--config", config, "--state-dir", folder / "state"])
                self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                self.assertIn(f"cannot listen on 127.0.0.1:{port}: address already in use", done.stderr)
                self.assertRegex(done.stderr, r"try: port: \d+ at .*lab\.yaml:\d+:\d+, which is free")
                self.assertFalse((folder / "state" / "ca").exists())


class Forwarding(unittest.TestCase):
    """Names outside the zones go to the resolver of `forward:`; here that is another lab, or nobody."""

    def test_names_outside_come_from_the_other_resolver(self):
        other = configured(ZONES)
        self.addCleanup(other.stop)
        lab = configured(f"  forward: 127.0.0.1:{other.dns_port}\n  zones: [{{name: own.test}}]\n")
        self.addCleanup(lab.stop)
        port = lab.dns_port
        answer = dns.ask(port, dns.query("front01.contoso.test", number=0x4242))
        self.assertEqual(dns.number(answer), 0x4242)
        self.assertEqual(dns.answer_count(answer), 1)
        with dns.tcp_socket(port) as client:
            client.sendall(dns.framed(dns.query("_sip._tls.big.test", 33, number=3)))
            self.assertEqual(dns.answer_count(dns.receive_framed(client)), 200)
        self.assertEqual(dns.rcode(dns.ask(port, dns.query("nobody.own.test"))), 3)
        first, _, last = lab.events("dns", 3)
        self.assertEqual(first["outcome"], "forwarded")
        self.assertEqual(first["answers"], ["A 127.0.0.1"])
        self.assertEqual(last["outcome"], "no-such-name")

    def test_a_resolver_that_answers_others_or_not_at_all_is_a_servfail(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
            resolver.bind(("127.0.0.1", 0))
            resolver.settimeout(PATIENCE)
            lab = configured(f"  forward: 127.0.0.1:{resolver.getsockname()[1]}\n  forward_seconds: 0.2\n")
            self.addCleanup(lab.stop)

            def answer_with_a_wrong_id():
                question, client = resolver.recvfrom(65535)
                wrong = bytes([question[0] ^ 0xFF]) + question[1:2] + b"\x81" + question[3:]
                resolver.sendto(wrong, client)

            thread = threading.Thread(target=answer_with_a_wrong_id)
            thread.start()
            answer = dns.ask(lab.dns_port, dns.query("www.example.com", number=9))
            thread.join()
            self.assertEqual((dns.number(answer), dns.rcode(answer)), (9, 2))
            self.assertEqual(lab.events("dns", 1)[0]["outcome"], "server-failure")


if __name__ == "__main__":
    unittest.main()
