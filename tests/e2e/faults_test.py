"""Faults on demand: what clients of each kind meet on the wire, and what the lab says of it."""

import re
import shutil
import socket
import ssl
import struct
import threading
import time
import unittest

import dns_message as dns
from lab import Lab, LabTest, run

HOSTS = """
hosts:
  - id: front01
    names: ["*.contoso.test"]
    certificate: {generate: {subject: CN=front01, sans: ["*.contoso.test"], key: p-256}}
  - id: front02
    certificate: {generate: {subject: CN=front02, sans: [front02.contoso.test], key: p-256}}
"""
CONFIG = """
listeners:
  - {name: usual, port: 0}
  - {name: shut, port: 0}
  - {name: torn, port: 0}
  - {name: tickets, port: 0, tls: {session_tickets: true}}
faults:
  - {fault: close, at: accept, listener: shut}
  - {fault: reset, at: accept, listener: torn}
  - {fault: close, at: hello, name: close-hello.contoso.test}
  - {fault: reset, at: hello, name: reset-hello.contoso.test}
  - {fault: close, at: certificate, name: close-certificate.contoso.test}
  - {fault: reset, at: certificate, name: reset-certificate.contoso.test}
  - {fault: close, at: finished, name: close-finished.contoso.test}
  - {fault: reset, at: finished, name: reset-finished.contoso.test}
  - {fault: alert, alert: certificate_required, name: alert.contoso.test}
  - {fault: alert, alert: 200, name: odd.contoso.test}
  - {fault: unrecognized_name, name: nobody.contoso.test}
  - {fault: certificate, of: front02, name: other.contoso.test}
  - {fault: expired, name: expired.contoso.test}
  - {fault: wait, delay_ms: 300, name: wait.contoso.test}
  - {fault: slow, bytes_per_second: 4000, name: slow.contoso.test}
  - {fault: close, at: hello, name: twice.contoso.test, next: 2}
""" + HOSTS


class Client:
    """What a TLS client meets that looks at nothing: `end` is how it ended, `certificate` what it was shown. It
    owns its socket, so that an end of the stream, a reset and a close_notify stay apart."""

    def __init__(self, lab, name, listener=0, version=None, said=b"GET / HTTP/1.0\r\n\r\n"):
        context = ssl.create_default_context(cafile=lab.ca)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if version:
            context.minimum_version = context.maximum_version = version
        self.got, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.got, self.out, server_hostname=name)
        self.finished = False
        self.torn = False
        self.heard = b""
        begun = time.monotonic()
        self.plain = lab.connect(listener)
        self.port = self.plain.getsockname()[1]
        try:
            self.end = self.talk(said)
        finally:
            self.plain.close()
        self.took = time.monotonic() - begun

    def talk(self, said):
        try:
            self.do(self.tls.do_handshake)
            self.finished = True
            self.tls.write(said)
            while data := self.do(lambda: self.tls.read(4096)):
                self.heard += data
        except (EOFError, ssl.SSLEOFError):
            return "eof"
        except ConnectionError:
            return "reset"
        except ssl.SSLError as error:
            return error.reason
        return "close_notify"

    def do(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.exchange()
            except ssl.SSLZeroReturnError:
                return b""

    def exchange(self):
        try:
            self.plain.sendall(self.out.read())
        except ConnectionError:
            self.torn = True  # what came before the reset is still to be read
        data = self.plain.recv(65536)
        if not data:
            raise ConnectionResetError if self.torn else EOFError
        self.got.write(data)


def hello_bytes(lab, name):
    """The ClientHello of a TLS client, and nothing after it."""
    sent, got = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=lab.ca).wrap_bio(got, sent, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()


def everything(plain):
    """All that comes until the end, and how that came."""
    heard = b""
    try:
        while data := plain.recv(65536):
            heard += data
    except ConnectionResetError:
        return heard, "reset"
    return heard, "eof"


class FromTheFile(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG)

    def record(self, client):
        return self.lab.record_of(client.port)

    def turned_away(self, client, what):
        record = self.record(client)
        self.assertEqual((record["verdict"], record["detail"]), ("turned-away", f"fault: {what}"))
        self.assertEqual((record["fault"]["what"], record["fault"]["ended_it"]), (what, True))
        self.assertEqual(record["fault"]["kind"], what.split()[0])
        self.assertEqual(record["causes"], ["not-certificate"])
        return record

    def raw(self, name, listener=0):
        """A connection that has sent its ClientHello, read to its end."""
        plain = self.lab.connect(listener)
        port = plain.getsockname()[1]
        plain.sendall(hello_bytes(self.lab, name))
        heard, end = everything(plain)
        plain.close()
        return heard, end, self.lab.record_of(port)

    def test_at_accept_the_end_comes_before_a_byte(self):
        plain = self.lab.connect(1)
        port = plain.getsockname()[1]
        self.assertEqual(everything(plain), (b"", "eof"))
        plain.close()
        self.at_accept(self.lab.record_of(port), "close")
        plain = socket.socket()
        plain.bind(("127.0.0.1", 0))
        port = plain.getsockname()[1]
        with self.assertRaises(ConnectionResetError):  # while it connects, or when it reads
            plain.connect(("127.0.0.1", self.lab.ports[2]))
            plain.recv(1)
        plain.close()
        self.at_accept(self.lab.record_of(port), "reset")

    def at_accept(self, record, word):
        self.assertEqual((record["verdict"], record["detail"]), ("turned-away", f"fault: {word} at accept"))
        self.assertEqual((record["bytes_in"], record["ended"]), (0, "by-us"))

    def test_after_the_client_hello_nothing_is_answered(self):
        for word in ("close", "reset"):
            with self.subTest(word):
                heard, end, record = self.raw(f"{word}-hello.contoso.test")
                self.assertEqual((heard, end), (b"", "eof" if word == "close" else "reset"))
                self.assertEqual(record["detail"], f"fault: {word} after the ClientHello")
                self.assertEqual((record["virtual_host"], record["bytes_out"]), ("front01", 0))
                self.assertNotIn("version", record["tls"])

    def test_after_the_certificate_the_whole_flight_was_there(self):
        for word in ("close", "reset"):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(word, version=version):
                    client = Client(self.lab, f"{word}-certificate.contoso.test", version=version)
                    record = self.turned_away(client, f"{word} after the certificate")
                    self.assertTrue(record["tls"]["certificate_sent"])
                    # In TLS 1.3 our Finished goes along, and the client takes the handshake for done.
                    self.assertEqual(client.finished, version == ssl.TLSVersion.TLSv1_3)
                    self.assertEqual(client.end, "eof" if word == "close" else "reset")
                    self.assertEqual((client.heard, record["answered"]), (b"", False))

    def test_after_finished_no_request_is_answered(self):
        for word in ("close", "reset"):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(word, version=version):
                    client = Client(self.lab, f"{word}-finished.contoso.test", version=version)
                    record = self.turned_away(client, f"{word} after Finished")
                    self.assertTrue(client.finished)
                    self.assertTrue(record["tls"]["handshake_finished"])
                    self.assertEqual((client.heard, record["answered"]), (b"", False))
                    self.assertEqual(client.end, "close_notify" if word == "close" else "reset")

    def test_any_alert_comes_in_place_of_the_certificate(self):
        for name, code, what in (("alert", 116, "alert 116 certificate_required"),
                                 ("odd", 200, "alert 200 unassigned"),
                                 ("nobody", 112, "alert 112 unrecognized_name")):
            with self.subTest(what):
                heard, end, record = self.raw(f"{name}.contoso.test")
                self.assertEqual((heard, end), (bytes([21, 3, 3, 0, 2, 2, code]), "eof"))
                self.assertEqual(record["detail"], f"fault: {what} in place of the certificate")
                (alert,) = record["tls"]["alerts"]
                self.assertEqual((alert["direction"], alert["code"], alert["level"]), ("to-client", code, 2))
                self.assertFalse(record["tls"]["certificate_sent"])
        client = Client(self.lab, "alert.contoso.test")
        self.assertEqual(client.end, "TLSV13_ALERT_CERTIFICATE_REQUIRED")
        self.turned_away(client, "alert 116 certificate_required in place of the certificate")

    def test_another_hosts_certificate_is_what_was_sent_and_what_the_record_has(self):
        done = self.lab.s_client("other.contoso.test")
        self.assertIn("hostname mismatch", done.stderr)
        client = Client(self.lab, "other.contoso.test")
        record = self.record(client)
        self.assertEqual(record["certificate"]["common_names"], ["front02"])
        self.assertEqual(record["virtual_host"], "front01")
        self.assertFalse(record["fault"]["ended_it"])
        self.assertEqual(record["verdict"], "accepted")

    def test_expired_by_now_with_the_same_names_and_issuer(self):
        client = Client(self.lab, "expired.contoso.test")
        usual = self.record(Client(self.lab, "usual.contoso.test"))["certificate"]
        shown = self.record(client)["certificate"]
        self.assertLess(shown["not_after"], self.record(client)["time"])
        self.assertEqual(shown["folder"], usual["folder"])
        self.assertNotEqual(shown["fingerprint"], usual["fingerprint"])
        for key in ("san", "common_names", "issuer", "chain", "key"):
            self.assertEqual(shown[key], usual[key], key)
        mark = self.lab.mark()
        done = self.lab.s_client("expired.contoso.test")
        self.assertIn("certificate has expired", done.stderr)
        (record,) = self.lab.records(1, mark)
        self.assertEqual((record["verdict"], record["causes"][0]), ("rejected-alert", "validity-dates"))
        self.lab.wait_for_output(r"because of the validity dates;\s+the\s+armed\s+fault\s+'expired\s+certificate'\s+was at\s+work")

    def test_gnutls_sees_the_same(self):
        if shutil.which("gnutls-cli") is None:
            self.skipTest("no gnutls-cli")
        for name, words in (("expired", "expired"), ("other", "name in the certificate does not match"),
                            ("nobody", "Received alert [112]"), ("close-hello", "terminated"), ("wait", "Handshake was completed")):
            with self.subTest(name):
                name += ".contoso.test"
                done = run(["gnutls-cli", "--x509cafile", self.lab.ca, "--sni-hostname", name, "--verify-hostname",
                            name, "--port", self.lab.port, "127.0.0.1"], "GET / HTTP/1.0\r\n\r\n")
                self.assertIn(words, done.stdout + done.stderr)

    def test_a_wait_comes_before_the_answer_and_nothing_else_changes(self):
        client = Client(self.lab, "wait.contoso.test")
        record = self.record(client)
        self.assertGreaterEqual(client.took, 0.3)
        self.assertEqual((client.end, record["verdict"]), ("close_notify", "accepted"))
        self.assertGreaterEqual(record["times"]["certificate_sent_us"] - record["times"]["hello_us"], 300_000)
        self.assertEqual(record["fault"]["what"], "wait 300 ms before the answer")

    def test_a_client_that_gives_up_while_it_waits_has_not_seen_the_certificate(self):
        plain = self.lab.connect()
        port = plain.getsockname()[1]
        plain.sendall(hello_bytes(self.lab, "wait.contoso.test"))
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.close()
        record = self.lab.record_of(port)
        self.assertEqual((record["verdict"], record["tls"]["certificate_sent"]), ("closed-after-hello", False))

    def test_slow_bytes_arrive_all_of_them(self):
        client = Client(self.lab, "slow.contoso.test")
        record = self.record(client)
        self.assertEqual((client.end, record["verdict"], record["ended"]), ("close_notify", "accepted", "by-us"))
        self.assertGreaterEqual(client.took, 0.9 * record["bytes_out"] / 4000)
        self.assertIn(b"HTTP/1.1 200", client.heard)

    def test_exactly_the_next_two_and_the_spent_one_is_said(self):
        ends = [Client(self.lab, "twice.contoso.test").end for _ in range(4)]
        self.assertEqual(ends, ["eof", "eof", "close_notify", "close_notify"])
        self.lab.wait_for_output(r"fault   spent: name twice\.contoso\.test: close after the ClientHello")

    def test_where_no_fault_is_for_it_nothing_is_said_of_any(self):
        client = Client(self.lab, "usual.contoso.test")
        self.assertEqual(client.end, "close_notify")
        self.assertNotIn("fault", self.record(client))

    def test_the_start_says_what_is_armed(self):
        said = re.sub(r"\s+", " ", self.lab.output())
        self.assertIn("guard armed for listener shut: close at accept, until lifted", said)
        self.assertIn("guard armed for name twice.contoso.test: close after the ClientHello, next 2", said)

    def test_a_line_for_people_names_the_fault_and_blames_nobody_else(self):
        self.turned_away(Client(self.lab, "close-hello.contoso.test"), "close after the ClientHello")
        self.lab.wait_for_output(r"turned-away: fault: close after the ClientHello")
        self.lab.wait_for_output(r"this was the armed fault 'close after the ClientHello', not the\s+client")
        Client(self.lab, "other.contoso.test")
        self.lab.wait_for_output(r"accepted: http \(fault: certificate of front02\)")

    def test_a_resumption_is_not_how_a_client_slips_by(self):
        context = ssl.create_default_context(cafile=self.lab.ca)
        context.check_hostname = False
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with context.wrap_socket(self.lab.connect(3), server_hostname="usual.contoso.test") as first:
            first.sendall(b"GET / HTTP/1.0\r\n\r\n")
            first.recv(4096)
            session = first.session
        again = self.lab.connect(3)
        with context.wrap_socket(again, server_hostname="usual.contoso.test", session=session) as second:
            self.assertTrue(second.session_reused)
        plain = self.lab.connect(3)
        port = plain.getsockname()[1]
        with context.wrap_socket(plain, server_hostname="other.contoso.test", session=session) as struck:
            self.assertFalse(struck.session_reused)
        self.assertEqual(self.lab.record_of(port)["certificate"]["common_names"], ["front02"])


class Patient(LabTest):
    """Time that a fault takes counts against no deadline."""

    @classmethod
    def make_lab(cls):
        return Lab.configured("""
listeners: [{port: 0}]
limits: {handshake_seconds: 1, idle_seconds: 1}
faults:
  - {fault: slow, bytes_per_second: 400, name: slow.contoso.test}
  - {fault: wait, delay_ms: 1500, name: wait.contoso.test}
""" + HOSTS)

    def test_a_handshake_that_is_made_slow_still_ends_well(self):
        for name in ("slow", "wait"):
            with self.subTest(name):
                client = Client(self.lab, f"{name}.contoso.test", said=b"nobody answers this\r\n")
                record = self.lab.record_of(client.port)
                self.assertGreater(client.took, 1.4)
                self.assertEqual((client.end, record["verdict"], record["ended"]), ("close_notify", "accepted", "by-us"))

    def test_the_end_of_the_lab_does_not_wait_for_it(self):
        lab = Lab.configured("""
listeners: [{port: 0}]
limits: {grace_seconds: 1}
faults:
  - {fault: slow, bytes_per_second: 1, name: slow.contoso.test}
  - {fault: wait, delay_ms: 60000, name: wait.contoso.test}
""" + HOSTS)
        held = []
        for name in ("slow", "wait"):
            plain = lab.connect()
            plain.sendall(hello_bytes(lab, f"{name}.contoso.test"))
            held.append(plain)
        self.assertEqual(len(held[0].recv(1)), 1)
        begun = time.monotonic()
        lab.stop()
        self.assertLess(time.monotonic() - begun, 10)
        for plain in held:
            plain.close()
        self.assertEqual(sorted(record["ended"] for record in lab.last_records), ["shutdown", "shutdown"])


class Registered(LabTest):
    """What a REGISTER is answered: an armed fault goes before the rules of the configuration."""

    @classmethod
    def make_lab(cls):
        return Lab.configured("""
listeners: [{port: 0, plain_sip: true}]
sip: {answers: [{user: rule@contoso.test, answer: forbidden}]}
faults:
  - {fault: register, answer: 503, name: s503.contoso.test, next: 1}
  - {fault: register, answer: not-found, name: s404.contoso.test}
  - {fault: register, answer: 403, name: s403.contoso.test}
  - {fault: register, answer: redirect, home: "pool02.contoso.test:5063", name: s301.contoso.test}
  - {fault: register, answer: never, name: never.contoso.test}
""" + HOSTS)

    def register(self, name, *more, user="alice@contoso.test"):
        """The status of a REGISTER over TLS, each answer's whole text, and the connection's record."""
        context = ssl.create_default_context(cafile=self.lab.ca)
        plain = self.lab.connect()
        port = plain.getsockname()[1]
        with context.wrap_socket(plain, server_hostname=name) as stream:
            for cseq, method in enumerate(("REGISTER", *more), 1):
                stream.sendall(
                    f"{method} sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS 10.9.8.7:5061;branch=z9hG4bK{cseq}\r\n"
                    f"From: <sip:{user}>;tag=1\r\nTo: <sip:{user}>\r\nCall-ID: c1\r\nCSeq: {cseq} {method}\r\n"
                    "Contact: <sip:10.9.8.7:5061;transport=tls>\r\nContent-Length: 0\r\n\r\n".encode())
            answer = stream.recv(65536).decode()
        return answer, self.lab.record_of(port)

    def test_each_answer_there_is(self):
        for status in (403, 404, 301):
            with self.subTest(status):
                answer, record = self.register(f"s{status}.contoso.test")
                self.assertTrue(answer.startswith(f"SIP/2.0 {status} "), answer)
                self.assertTrue(record["fault"]["what"].startswith(f"REGISTER answered {status}"))
                self.assertFalse(record["fault"]["ended_it"])
        self.assertIn("\r\nContact: <sip:pool02.contoso.test:5063;transport=TLS>", answer)

    def test_never_means_silence_with_the_connection_open(self):
        answer, record = self.register("never.contoso.test", "OPTIONS")
        self.assertTrue(answer.startswith("SIP/2.0 200 ") and "CSeq: 2 OPTIONS" in answer, answer)
        self.assertEqual(record["fault"]["what"], "REGISTER never answered")

    def test_a_connection_without_a_register_is_not_counted(self):
        Client(self.lab, "s503.contoso.test")
        answers = [self.register("s503.contoso.test")[0] for _ in range(2)]
        self.assertTrue(answers[0].startswith("SIP/2.0 503 "), answers[0])
        self.assertTrue(answers[1].startswith("SIP/2.0 200 "), answers[1])

    def test_who_is_not_struck_is_answered_by_the_rules(self):
        answer, record = self.register("sip.contoso.test", user="rule@contoso.test")
        self.assertTrue(answer.startswith("SIP/2.0 403 "), answer)
        self.assertNotIn("fault", record)


class WithoutSni(LabTest):
    """The wanted name may be known by look-ups alone, as with Windows XP."""

    @classmethod
    def make_lab(cls):
        return Lab.configured("""
listeners: [{port: 0}]
dns: {port: 0, zones: [{name: contoso.test, records: [{name: sip, type: A, value: 127.0.0.1},
                                                      {name: other, type: A, value: 127.0.0.1}]}]}
faults: [{fault: close, at: hello, name: sip.contoso.test}]
""" + HOSTS)

    def test_a_name_that_was_looked_up_counts(self):
        self.assertEqual(Client(self.lab, None).end, "close_notify")
        for name, end in (("other", "close_notify"), ("sip", "eof")):
            self.assertEqual(dns.rcode(dns.ask(self.lab.dns_port, dns.query(f"{name}.contoso.test", 1))), 0)
            self.lab.wait_for_output(rf"dns 127\.0\.0\.1 A {name}\.contoso\.test")
            self.assertEqual(Client(self.lab, None).end, end)


class Counted(LabTest):
    """Four workers, and exactly as many connections are struck as were asked for."""

    @classmethod
    def make_lab(cls):
        return Lab.configured("workers: 4\nlisteners: [{port: 0}]\nfaults: [{fault: close, at: hello, next: 7}]\n" + HOSTS)

    def test_of_connections_that_come_at_once(self):
        ends = []
        threads = [threading.Thread(target=lambda: ends.append(Client(self.lab, "sip.contoso.test").end))
                   for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(ends.count("eof"), 7)
        struck = [record for record in self.lab.records(40) if "fault" in record]
        self.assertEqual(len(struck), 7)


if __name__ == "__main__":
    unittest.main()
