"""Crowds that want nothing, or that take their time: a good client is served meanwhile, each has its record, and
memory and descriptors go back to where they were."""

import contextlib
import socket
import ssl
import unittest

from hold import (NAME, ROOMY, HoldTest, allow_descriptors, client_context, client_hello, descriptors, figure,
                  memory, reset, sanitized, size)
from lab import wait_for

# What may stay, in KiB: the allocator's caches, and a page for each connection of the largest crowd so far, since
# Asio keeps what it once had for a socket (a hundred bytes or two, spread over the heap) for the next one.
SLACK_KIB = 8_000
PAGE_KIB = 5
# A ClientHello record of 16,384 bytes that has only begun.
ENDLESS_HELLO = b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03"


class Crowd(HoldTest):
    def setUp(self):
        allow_descriptors(6000)

    def baseline(self):
        """What the process has once everything that is made on first use is made."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = self.finish_handshake(version)
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while client.recv(65536):
                pass
            client.close()
        self.lab.records(self.opened)
        return descriptors(self.lab.process), memory(self.lab.process)

    def hold_out(self, what, make_crowd, verdicts, visits=None):
        """Opens the crowd, has a good client served meanwhile, ends the crowd, and counts."""
        descriptors_before, memory_before = self.baseline()
        crowd = make_crowd()
        client = self.good_client()
        client.served(visits or size(5, 400))
        memory_meanwhile = memory(self.lab.process)
        more = client.stop()
        client.report(what)
        for connection in crowd:
            with contextlib.suppress(OSError):
                connection.close()
        self.lab.records(self.opened + more)
        self.wait_for_descriptors(descriptors_before)
        if not sanitized():
            slack = SLACK_KIB + PAGE_KIB * len(crowd)
            wait_for(lambda: True if memory(self.lab.process) < memory_before + slack else None,
                     lambda: f"memory as before: {memory_before} KiB, then {memory_meanwhile}, now "
                             f"{memory(self.lab.process)}", self.lab.alive)
        memory_after = memory(self.lab.process)
        figure(f"{what}: {len(crowd)} connections; memory {memory_before} KiB before, {memory_meanwhile} meanwhile, "
               f"{memory_after} after; descriptors {descriptors_before} before and after")
        records = self.all_recorded(more)
        seen = {record["verdict"] for record in records[2:]} - {"accepted"}
        self.assertLessEqual(seen, verdicts)
        self.assertEqual(bool(seen), bool(verdicts))

    def test_two_thousand_silent_connections(self):
        self.start()
        self.hold_out("silent", lambda: [self.connect() for _ in range(size(300, 2000))], {"closed-before-hello"})

    def test_the_default_limits_take_two_thousand_from_many_addresses(self):
        self.start("connections: 2001")
        self.hold_out("silent, default limits",
                      lambda: [self.connect(f"127.0.1.{1 + number % 20}") for number in range(size(300, 2000))],
                      {"closed-before-hello"})

    def test_half_open_connections(self):
        """Their sending side is shut: after nothing, in the middle of a hello, after a whole one."""
        self.start()

        def crowd():
            connections = [self.connect() for _ in range(size(150, 1500))]
            for number, connection in enumerate(connections):
                connection.sendall((b"", ENDLESS_HELLO, client_hello())[number % 3])
                connection.shutdown(socket.SHUT_WR)
            return connections

        self.hold_out("half-open", crowd, {"closed-before-hello", "closed-partial-hello", "closed-after-hello",
                                           "closed-in-handshake"})  # where the FIN comes later than our flight

    def test_silence_after_the_handshake(self):
        self.start()
        self.hold_out("silent after Finished", lambda: [self.finish_handshake() for _ in range(size(100, 1000))],
                      {"finished-no-data"})

    def test_resets_at_each_stage(self):
        self.start()

        def crowd():
            hello = client_hello()
            for number in range(size(100, 3000)):
                stage = number % 6
                if stage == 5:
                    reset(self.finish_handshake())
                    continue
                connection = self.connect()
                connection.sendall((b"", b"\x16", ENDLESS_HELLO, hello[:-1], hello)[stage])
                if stage == 4:
                    connection.recv(1)
                reset(connection)
            return []

        self.hold_out("resets", crowd, {"closed-before-hello", "closed-partial-hello", "closed-in-handshake",
                                        "finished-no-data"})

    def test_a_slow_drip(self):
        """Each connection gets one byte of a hello that never ends, again and again, while a good client is served."""
        self.start(ROOMY + ", hello_seconds: 3600")

        def crowd():
            connections = [self.connect() for _ in range(size(100, 1000))]
            for connection in connections:
                connection.sendall(ENDLESS_HELLO)
            for _ in range(size(5, 20)):
                for connection in connections:
                    connection.sendall(b"\0")
            return connections

        self.hold_out("slow drip", crowd, {"closed-partial-hello"})

    def test_whole_sessions_in_segments_of_one_byte(self):
        self.start()

        def crowd():
            for _ in range(size(5, 50)):
                self.talk_in_single_bytes(self.connect())
            return []

        self.hold_out("1-byte segments", crowd, set())

    def talk_in_single_bytes(self, connection):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client_context().wrap_bio(incoming, outgoing, server_hostname=NAME)
        tls_do = tls.do_handshake
        heard = b""
        while not heard:
            try:
                tls_do()
                tls.write(b"GET / HTTP/1.0\r\n\r\n")
                tls_do = lambda: None  # noqa: E731
                for byte in outgoing.read():
                    connection.sendall(bytes([byte]))
                incoming.write(connection.recv(65536))
                heard = tls.read(65536)
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    connection.sendall(bytes([byte]))
                incoming.write(connection.recv(65536))
        self.assertTrue(heard.startswith(b"HTTP/1."))
        connection.close()

    def test_clients_that_never_read(self):
        """They ask until nothing goes any more, and stay: what waits for them is bounded by what they may send."""
        self.start(ROOMY + ", bytes: 100000000, idle_seconds: 2", more="sip: {limits: {messages: 1000000}}")
        question = (b"OPTIONS sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n"
                    b"To: <sip:a@a>\r\nCall-ID: " + b"c" * 1000 + b"\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")

        def crowd():
            clients = [self.finish_handshake() for _ in range(size(3, 20))]
            for client in clients:
                client.setblocking(False)
            open_ones = list(clients)
            while open_ones:  # until the server has left each
                for client in list(open_ones):
                    try:
                        client.send(question)
                    except (ssl.SSLWantWriteError, ssl.SSLWantReadError, BlockingIOError):
                        continue
                    except OSError:
                        open_ones.remove(client)
            return clients

        self.hold_out("never read", crowd, set())


class Leaks(HoldTest):
    def test_memory_stays_where_it_is_over_many_connections(self):
        """After a first thousand the allocator has what it needs: further ones add nothing."""
        if sanitized():
            self.skipTest("a sanitizer keeps what was freed")
        lab = self.start()
        hello = client_hello()

        def many():
            for number in range(size(300, 3000)):
                if number % 3 == 0:
                    client = self.finish_handshake()
                    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    while client.recv(65536):
                        pass
                    client.close()
                    continue
                connection = self.connect()
                connection.sendall(hello if number % 3 == 1 else ENDLESS_HELLO)
                reset(connection)
            wait_for(lambda: True if len(lab.all_records()) == self.opened else None, "all records", lab.alive)

        many()
        first = memory(lab.process)
        many()
        many()
        last = memory(lab.process)
        figure(f"memory after {self.opened // 3} connections {first} KiB, after {self.opened} {last} KiB")
        self.assertLess(last, first + SLACK_KIB)
        self.all_recorded()


if __name__ == "__main__":
    unittest.main()
