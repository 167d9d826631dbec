"""Clients that mean harm: oversize, storms inside TLS, garbage before, behind and inside the handshake. A good client
is served meanwhile, and each connection has its record."""

import random
import socket
import ssl
import unittest

import libssl
from hold import NAME, PATIENCE, HoldTest, by_port, client_hello, cpu_seconds, figure, is_over, size
from lab import field

CERTIFICATE_UNKNOWN = b"\x15\x03\x03\x00\x02\x02\x2e"


class Hostile(HoldTest):
    def setUp(self):
        self.start()
        self.client = self.good_client()
        self.client.served(1)

    def finish(self, what):
        self.client.served(size(3, 200))
        more = self.client.stop()
        self.client.report(what)
        return self.all_recorded(more)

    def send(self, connection, *pieces):
        """As much as the server takes."""
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            pass

    def test_oversize_records_and_hellos(self):
        ports = {}
        for _ in range(size(5, 200)):
            for sent, verdict in (
                (b"\x16\x03\x01\xff\xff" + bytes(65535), "bad-hello"),  # RFC 8446 §5.1: at most 2^14 octets
                (b"\x16\x03\x01\x00\x04\x01\xff\xff\xff", "bad-hello"),
                (b"\x16\x03\x01\x40\x00\x01\x02\x10\x00" + bytes(16380), "bad-hello"),
                (b"A" * 100_000, "not-tls"),
            ):
                connection = self.connect()
                ports[connection.getsockname()[1]] = verdict
                self.send(connection, sent)
                self.assertTrue(is_over(connection))
                connection.close()
        records = by_port(self.finish("oversize"))
        for port, verdict in ports.items():
            self.assertEqual(records[port]["verdict"], verdict, records[port])
            self.assertLess(records[port]["bytes_in"], 400_000)

    def test_garbage_of_all_kinds_in_place_of_a_hello(self):
        chance = random.Random(20261125)
        for number in range(size(60, 5000)):
            hello = bytearray(client_hello()) if number % 2 else bytearray(chance.randbytes(chance.randrange(1, 600)))
            for _ in range(number % 5):
                hello[chance.randrange(len(hello))] = chance.randrange(256)
            connection = self.connect()
            self.send(connection, bytes(hello), CERTIFICATE_UNKNOWN)
            connection.close()
        self.finish("garbage in place of a hello")

    def test_garbage_after_the_handshake(self):
        """On the wire, under the TLS that both ends have: bad_record_mac, and the handshake stays finished."""
        ports = []
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for garbage in (b"\0" * 100, b"GET / HTTP/1.0\r\n\r\n", b"\x17\x03\x03\x00\x40" + bytes(64),
                            b"\x16\x03\x03\x00\x04\x00\x00\x00\x00", b"\x14\x03\x03\x00\x01\x01", b"\x15\x03\x03\x00\x02\x02\x00"):
                client = self.finish_handshake(version)
                ports.append(client.getsockname()[1])
                connection = socket.socket(fileno=client.detach())
                self.addCleanup(connection.close)
                connection.settimeout(PATIENCE)
                self.send(connection, garbage)
                connection.shutdown(socket.SHUT_WR)
                self.assertTrue(is_over(connection))
        records = by_port(self.finish("garbage after the handshake"))
        for port in ports:
            self.assertTrue(field(records[port], "tls.handshake_finished"))
            self.assertIn(records[port]["verdict"], ("finished-no-data", "finished-silent", "rejected-alert"))

    def test_sip_and_http_garbage_inside_tls(self):
        chance = random.Random(5061)
        openings = [b"REGISTER sip:contoso.test SIP/2.0\r\n", b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
                    b"REGISTER sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n", b"INVITE " + b"x" * 5000,
                    b"\r\n" * 3000, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
                    b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nffffffffffffffffff\r\n",
                    b"SIP/2.0 200 OK\r\nVia: a\r\n\r\n", b"GET " + b"/" * 20000 + b" HTTP/1.1\r\n\r\n"]
        for number in range(size(40, 2000)):
            said = bytearray(openings[number % len(openings)])
            if number >= len(openings):
                for _ in range(10):
                    said[chance.randrange(len(said))] = chance.randrange(256)
            client = self.finish_handshake()
            self.send(client, bytes(said), b"\0" * 100)
            client.close()
        records = self.finish("SIP and HTTP garbage")
        self.assertEqual([record for record in records if record["verdict"] == "server-error"], [])

    def library(self):
        library = libssl.load()
        if library is None:
            self.client.stop()
            self.skipTest("no libssl to load")
        return library

    def test_renegotiation_storms(self):
        """TLS 1.2: each is declined with no_renegotiation (RFC 5746 §4.5), and none costs a signature."""
        library = self.library()
        before = cpu_seconds(self.lab.process)
        ports = []
        for _ in range(size(3, 30)):
            connection = self.connect()
            ports.append(connection.getsockname()[1])
            client = libssl.Client(library, connection, libssl.TLS12, NAME)
            self.assertFalse(client.renegotiate())
            while client.write(b"\r\n" * 50) and not client.renegotiate() and len(ports) % 2:
                pass  # until the server ends it, or this once
            client.close()
        figure(f"renegotiation: {len(ports)} storms, {cpu_seconds(self.lab.process) - before:.2f} s CPU in all")
        records = by_port(self.finish("renegotiation storms"))
        for port in ports:
            self.assertTrue(field(records[port], "tls.handshake_finished"))
            self.assertLessEqual(len(field(records[port], "tls.alerts") or []), 64)
            self.assertLess(records[port]["bytes_out"], 200_000)

    def test_key_update_storms(self):
        """TLS 1.3: a client that asks for new keys without end is left after 32 of them, with a close_notify; one that
        also says something may ask again."""
        library = self.library()
        ports, updates = [], 0
        for _ in range(size(2, 20)):
            connection = self.connect()
            ports.append(connection.getsockname()[1])
            client = libssl.Client(library, connection, libssl.TLS13, NAME)
            for _ in range(20):
                self.assertTrue(client.update_key() and client.write(b"\r\n"))
            for _ in range(size(2000, 40000)):
                if not client.update_key():
                    break
                updates += 1
            self.assertFalse(client.read())
            client.close()
        figure(f"key updates: {updates} sent by {len(ports)} clients before they noticed")
        records = by_port(self.finish("key-update storms"))
        for port in ports:
            self.assertTrue(field(records[port], "tls.handshake_finished"))
            self.assertEqual(field(records[port], "tls.library_text"), "too many key updates")
            self.assertEqual(records[port]["ended"], "by-us")


if __name__ == "__main__":
    unittest.main()
