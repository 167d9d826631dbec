"""Limits, deadlines and the end: who is turned away, what a client that says nothing costs, and SIGTERM."""

import os
import pathlib
import resource
import ssl
import time
import unittest

from lab import FAKEOCS, Lab, field, wait_for

CONFIG = """
listeners:
  - {{port: 0}}
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {{generate: {{subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}}}
ca: {{key: p-256}}
limits: {{{limits}}}
sip: {{limits: {{messages: 1000000}}}}
"""
# A ClientHello record of 100 bytes that has only begun.
PARTIAL_HELLO = b"\x16\x03\x01\x00\x64\x01\x00\x00\x60\x03\x03"


def client_hello():
    outgoing = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="sip.contoso.test")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


def is_closed(connection):
    """Waits for the server's end."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class LimitCase(unittest.TestCase):
    def start(self, limits, **options):
        self.lab = Lab.configured(CONFIG.format(limits=limits), **options)
        self.addCleanup(self.lab.stop)
        return self.lab

    def connect(self):
        connection = self.lab.connect()
        self.addCleanup(connection.close)
        return connection

    def finish_handshake(self):
        """A TLS client that has finished its handshake and says nothing."""
        context = ssl.create_default_context(cafile=self.lab.ca)
        client = context.wrap_socket(self.lab.connect(), server_hostname="sip.contoso.test")
        self.addCleanup(client.close)
        return client


class Limits(LimitCase):
    def turned_away(self, limits, why):
        lab = self.start(limits)
        held = [self.connect() for _ in range(2)]
        refused = [self.connect() for _ in range(5)]
        for connection in refused:
            self.assertTrue(is_closed(connection))
        (first,) = lab.records(1)  # the others are counted
        self.assertEqual(first["verdict"], "turned-away")
        self.assertEqual(first["turned_away"], {"why": why, "count": 1, "span_us": 0})
        self.assertEqual(first["client"]["port"], refused[0].getsockname()[1])
        for connection in [*held, *refused]:
            connection.close()
        lab.records(3)
        with lab.connect() as again:  # there is room once the others have gone
            again.sendall(b"GET / HTTP/1.0\r\n")
            self.assertEqual(lab.record_of(again.getsockname()[1])["verdict"], "not-tls")
        lab.stop()
        counted = [record for record in lab.last_records if record["verdict"] == "turned-away"][1:]
        self.assertEqual([record["turned_away"]["count"] for record in counted], [4])
        self.assertEqual(len(lab.last_records), 1 + 1 + 2 + 1)

    def test_connections_per_address(self):
        self.turned_away("connections_per_address: 2", "connections per address")

    def test_connections_in_total(self):
        self.turned_away("connections: 2", "connections in total")

    def test_running_out_of_descriptors_is_survived(self):
        if b"__ubsan_handle_dynamic_type_cache_miss" in pathlib.Path(FAKEOCS).read_bytes():
            self.skipTest("the sanitizer's check of vtables takes descriptors of its own, and calls it a bug to have none")

        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))

        lab = self.start("hello_seconds: 60", preexec=few_descriptors)
        self.assertRegex(lab.output(), r"guard +48 file descriptors for 2000 connections")
        connections = [self.connect() for _ in range(60)]
        (first,) = lab.records(1)
        self.assertEqual(field(first, "turned_away.why"), "no file descriptors")
        lab.wait_for_output("problem: accept: Too many open files")
        self.assertTrue(is_closed(connections[-1]))
        for connection in connections:
            connection.close()
        # 60 connections: those that were let in, one refusal, and the rest in a count at the end.
        done = wait_for(lambda: lab.s_client("sip.contoso.test") if lab.mark() > 10 else None, "the rest")
        self.assertIn("fakeocs saw this connection", done.stdout, done.stderr)
        lab.stop()
        seen = sum(field(record, "turned_away.count") or 1 for record in lab.last_records)
        self.assertEqual(seen, len(connections) + 1)


class Deadlines(LimitCase):
    def test_silence_costs_nothing_until_the_deadline(self):
        lab = self.start("hello_seconds: 1.5")
        openings = {b"": "no-bytes", b"\x16": "handshake-timeout", b"R": "not-tls", PARTIAL_HELLO: "handshake-timeout",
                    b"\r\n": "not-tls", b"\x80": "not-tls"}
        held = []
        before, began = cpu_seconds(lab.process), time.monotonic()
        for opening, verdict in openings.items():
            held.append((self.connect(), opening, verdict))
            held[-1][0].sendall(opening)
        for connection, opening, verdict in held:
            record = lab.record_of(connection.getsockname()[1])
            self.assertEqual(record["verdict"], verdict, opening)
            self.assertEqual(record["ended"], "hello-deadline", opening)
            self.assertGreaterEqual(record["duration_us"], 1_500_000)
            self.assertEqual(record["bytes_in"], len(opening))
        # Spinning would take all of a processor.
        self.assertLess(cpu_seconds(lab.process) - before, 0.3 * (time.monotonic() - began))

    def test_a_client_that_drips_gets_no_more_time(self):
        lab = self.start("hello_seconds: 1")
        connection = self.connect()
        port = connection.getsockname()[1]
        connection.settimeout(0.02)  # between two bytes
        connection.sendall(b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03")
        try:
            while not self.is_over(connection):
                connection.sendall(b"\x00")
        except (ConnectionResetError, BrokenPipeError):
            pass
        record = lab.record_of(port)
        self.assertEqual((record["verdict"], record["detail"]), ("handshake-timeout", "stage hello"))

    @staticmethod
    def is_over(connection):
        try:
            return connection.recv(1) == b""
        except TimeoutError:
            return False

    def test_silence_after_finished_shows_at_once_and_is_recorded_once(self):
        lab = self.start("idle_seconds: 3")
        client = self.finish_handshake()
        port = client.getsockname()[1]
        lab.wait_for_output(rf"127\.0\.0\.1:{port} sni=sip.contoso.test .*finished-silent \(so far\)")
        self.assertEqual(lab.all_records(), [])  # files hold final records only
        record = lab.record_of(port)
        self.assertEqual((record["verdict"], record["ended"]), ("finished-silent", "idle-deadline"))
        self.assertEqual(client.recv(1), b"")  # our close_notify
        lab.stop()
        self.assertEqual(len(lab.last_records), 1)

    def test_a_client_that_sends_but_never_reads_is_left(self):
        lab = self.start("idle_seconds: 1, bytes: 100000000")
        client = self.finish_handshake()
        port = client.getsockname()[1]
        options = (b"OPTIONS sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n"
                   b"To: <sip:a@a>\r\nCall-ID: " + b"c" * 1000 + b"\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
        try:
            while True:  # until the answers have filled what the system holds for us, and then our questions, too
                client.sendall(10 * options)
        except OSError:
            pass
        record = lab.record_of(port)
        self.assertEqual((record["verdict"], record["ended"]), ("accepted", "idle-deadline"))
        self.assertGreater(record["bytes_out"], 100_000)

    def test_more_bytes_than_allowed(self):
        lab = self.start("bytes: 20000")
        connection = self.connect()
        port = connection.getsockname()[1]
        # The first records of a hello that says it is 100,000 bytes long.
        body = b"\x01" + (100_000).to_bytes(3, "big") + b"\x03\x03" + bytes(30_000)
        try:
            for start in range(0, len(body), 10_000):
                piece = body[start : start + 10_000]
                connection.sendall(b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        record = lab.record_of(port)
        self.assertEqual((record["verdict"], record["ended"]), ("bad-hello", "byte-limit"))


class Ending(LimitCase):
    def test_sigterm_ends_every_session_with_its_record(self):
        lab = self.start("grace_seconds: 0.5")
        silent = self.connect()
        partial = self.connect()
        partial.sendall(PARTIAL_HELLO)
        waiting = self.finish_handshake()
        half_way = self.connect()
        half_way.sendall(client_hello())
        self.assertEqual(half_way.recv(1), b"\x16")  # its certificate is on the way, it may still go on
        ports = {connection.getsockname()[1]: verdict for connection, verdict in
                 ((silent, "no-bytes"), (partial, "turned-away"), (waiting, "finished-silent"),
                  (half_way, "turned-away"))}
        lab.stop()  # checks that it exits with 0
        self.assertEqual({r["client"]["port"]: r["verdict"] for r in lab.last_records}, ports)
        self.assertEqual({r["ended"] for r in lab.last_records}, {"shutdown"})

    def test_ending_does_not_wait_for_connections_that_are_over(self):
        lab = self.start("hello_seconds: 50, idle_seconds: 50")
        lab.connect().close()
        lab.records(1)
        began = time.monotonic()
        lab.stop()
        self.assertLess(time.monotonic() - began, 40)


if __name__ == "__main__":
    unittest.main()
