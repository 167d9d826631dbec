"""Everything that can open a connection: exactly one record for each, with the right word."""

import json
import socket
import ssl
import struct
import unittest

from lab import Lab, LabTest, field

NAME = "sip.contoso.test"
XP_SUITES = bytes.fromhex("00040005000a0009006400620003000600130012 0063".replace(" ", ""))


def record_of(message, size=16384):
    """A handshake message in TLS records of at most `size` bytes."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + struct.pack(">H", len(piece)) + piece for piece in pieces)


def xp_hello():
    body = b"\x03\x01" + bytes(32) + b"\0" + struct.pack(">H", len(XP_SUITES)) + XP_SUITES + b"\x01\0"
    return record_of(b"\x01" + len(body).to_bytes(3, "big") + body)


class Client:
    """A TLS client whose bytes go through our hands."""

    def __init__(self, connection, version=ssl.TLSVersion.TLSv1_3, name=NAME):
        self.connection = connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)

    def hello(self):
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()

    def finish(self, send=None):
        """Carries the handshake to its end; `send` puts a flight on the wire its own way."""
        send = send or self.connection.sendall
        while True:
            try:
                self.tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            flight = self.outgoing.read()
            if flight:
                send(flight)
            if done:
                return
            self.incoming.write(self.connection.recv(65536))

    def say(self, text):
        self.tls.write(text)
        self.connection.sendall(self.outgoing.read())

    def hear_all(self):
        """What comes until the server's close_notify; fails at a FIN or reset without one."""
        text = b""
        while True:
            try:
                piece = self.tls.read(65536)
            except ssl.SSLWantReadError:
                bytes_in = self.connection.recv(65536)
                if not bytes_in:
                    raise AssertionError("no close_notify before the end") from None
                self.incoming.write(bytes_in)
                continue
            except ssl.SSLZeroReturnError:
                return text
            if not piece:
                return text
            text += piece


class Openings(LabTest):
    @classmethod
    def make_lab(cls):
        cls.opened = 0
        return Lab.quickstart("contoso.test")

    @classmethod
    def tearDownClass(cls):
        cls.lab.stop()
        # One record for each connection of this class, no more and no less.
        counts = {}
        for record in cls.lab.last_records:
            counts[record["id"]] = counts.get(record["id"], 0) + 1
        assert len(cls.lab.last_records) == cls.opened == len(counts), (len(cls.lab.last_records), cls.opened)

    def connect(self):
        type(self).opened += 1
        connection = self.lab.connect()
        self.addCleanup(connection.close)
        self.port = connection.getsockname()[1]
        return connection

    def record(self):
        """Of the connection opened last."""
        return self.lab.record_of(self.port)

    def end(self, connection, how):
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if how == "half":
            connection.shutdown(socket.SHUT_WR)
        else:
            connection.close()

    def read_to_end(self, connection):
        """All bytes up to a proper end. A reset fails, one right behind the end, too: it makes other systems
        than Linux forget what they have received."""
        text = b""
        while piece := connection.recv(65536):
            text += piece
        self.assertEqual(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)
        return text

    # -- what is no TLS -----------------------------------------------------------------------------

    def test_a_port_scan(self):
        for how, close in (("close", "fin"), ("reset", "reset"), ("half", "fin")):
            self.end(self.connect(), how)
            record = self.record()
            self.assertEqual((record["verdict"], record["close"], record["first_bytes"]),
                             ("closed-before-hello", close, "none"))
            self.assertEqual(record["client"]["address"], "127.0.0.1")

    def test_what_is_not_tls_is_recorded_and_closed_gently(self):
        openings = [
            (b"GET / HTTP/1.0\r\nAuthorization: Basic c2VjcmV0\r\n\r\n", "http", "GET / HTTP/1.0"),
            (b"REGISTER sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TCP a\r\n\r\n", "sip", "REGISTER sip:contoso.test SIP/2.0"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh", "SSH-2.0-OpenSSH_9.2"),
            (b"\x00\x01\x02garbage\x1b[2J\n", "other", r"\x00\x01\x02garbage\x1b[2J"),
            (b"\x15\x03\x01\x00\x02\x02\x28", "other", r"\x15\x03\x01\x00\x02\x02("),
            (b"Authorization: Basic c2VjcmV0\r\n", "other", "Authorization: (not kept)"),
            (b"QUIT " + b"x" * 1000 + b"\n", "other", "QUIT " + "x" * 251),
            (b"GET /" + b"y" * 100_000, "http", "GET /" + "y" * 251),
        ]
        for opening, kind, line in openings:
            with self.subTest(opening=opening[:30]):
                connection = self.connect()
                connection.sendall(opening)
                self.assertEqual(self.read_to_end(connection), b"")
                connection.close()
                record = self.record()
                self.assertEqual((record["verdict"], record["first_bytes"], record["ended"]), ("not-tls", kind, "by-us"))
                self.assertEqual(record["first_line"], line)
        self.assertNotIn("c2VjcmV0", self.lab.log.read_text() + self.lab.output())
        self.assertNotIn("\x1b", self.lab.log.read_text() + self.lab.output())

    def test_a_request_in_pieces_is_known_when_it_is_whole(self):
        connection = self.connect()
        for piece in (b"R", b"EGIS", b"TER sip:contoso", b".test SIP/2.0", b"\r\n"):
            connection.sendall(piece)
        connection.close()
        record = self.record()
        self.assertEqual((record["first_bytes"], record["first_line"]), ("sip", "REGISTER sip:contoso.test SIP/2.0"))

    def test_blank_lines_and_nothing_more(self):
        connection = self.connect()
        connection.sendall(b"\r\n\r\n")
        connection.close()
        record = self.record()
        self.assertEqual((record["verdict"], record["first_bytes"]), ("not-tls", "crlf"))

    # -- the hello ----------------------------------------------------------------------------------

    def test_half_a_hello(self):
        hello = Client(None).hello()
        for size in (1, 4, 5, 6, 60, len(hello) - 1):
            with self.subTest(size=size):
                connection = self.connect()
                connection.sendall(hello[:size])
                connection.close()
                record = self.record()
                self.assertEqual((record["verdict"], record["close"]), ("closed-partial-hello", "fin"))
                self.assertEqual(record["bytes_in"], size)
                self.assertFalse(field(record, "tls.hello_complete"))

    def test_a_hello_in_segments_of_one_byte(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLS 1.2"), (ssl.TLSVersion.TLSv1_3, "TLS 1.3")):
            connection = self.connect()

            def one_by_one(flight, connection=connection):
                for byte in flight:
                    connection.sendall(bytes([byte]))

            client = Client(connection, version)
            client.finish(one_by_one)
            client.say(b"GET / HTTP/1.0\r\n\r\n")
            self.assertIn(b"fakeocs saw this connection", client.hear_all())
            connection.close()
            record = self.record()
            self.assertEqual((record["verdict"], field(record, "tls.version")), ("accepted", name))

    def test_a_hello_cut_into_small_records(self):
        connection = self.connect()
        client = Client(connection)

        def in_records(flight):
            small = record_of(flight[5:], 20) if flight[0] == 0x16 else flight
            connection.sendall(small)

        client.finish(in_records)
        connection.close()
        record = self.record()
        self.assertEqual(record["verdict"], "finished-no-data")
        self.assertEqual(field(record, "hello.sni.name"), NAME)

    def test_a_hello_and_its_end_together(self):
        hello = Client(None).hello()
        for how in ("close", "half"):
            connection = self.connect()
            # In one segment: the end is there when the hello is.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            connection.sendall(hello)
            self.end(connection, how)
            record = self.record()
            self.assertEqual((record["verdict"], record["closed_with_hello"]), ("closed-after-hello", True), how)

    def test_an_end_after_our_certificate(self):
        for how, close in (("close", "fin"), ("reset", "reset")):
            connection = self.connect()
            client = Client(connection)
            connection.sendall(client.hello())
            flight = connection.recv(65536)  # read, so that a close is a FIN
            self.assertEqual(flight[0], 0x16)
            self.end(connection, how)
            record = self.record()
            self.assertEqual((record["verdict"], record["close"]), ("closed-in-handshake", close))
            self.assertTrue(field(record, "tls.certificate_sent"))
            self.assertTrue(field(record, "certificate.shown"))

    def test_an_alert_is_read_even_where_a_reset_follows_it(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            connection = self.connect()
            client = Client(connection, version)
            connection.sendall(client.hello())
            connection.recv(100)  # a part: what is unread makes its close a reset, too
            connection.sendall(b"\x15\x03\x03\x00\x02\x02\x30")
            self.end(connection, "reset")
            record = self.record()
            self.assertEqual((record["verdict"], record["detail"]),
                             ("rejected-alert", "alert 48 unknown_ca, before Finished"))

    def test_a_close_notify_in_the_handshake(self):
        connection = self.connect()
        client = Client(connection, ssl.TLSVersion.TLSv1_2)
        connection.sendall(client.hello())
        connection.recv(65536)
        connection.sendall(b"\x15\x03\x03\x00\x02\x01\x00")
        connection.close()
        record = self.record()
        self.assertEqual((record["verdict"], record["close"]), ("closed-in-handshake", "close_notify"))

    def test_the_hello_of_windows_xp_is_refused_and_explained(self):
        connection = self.connect()
        connection.sendall(xp_hello())
        self.assertEqual(self.read_to_end(connection), b"\x15\x03\x01\x00\x02\x02\x28")
        record = self.record()
        self.assertEqual(record["verdict"], "no-common-cipher")
        self.assertEqual(field(record, "hello.cipher_suites")[:3], [4, 5, 10])
        self.assertEqual(field(record, "hello.sni.form"), "absent")
        self.assertFalse(field(record, "certificate.shown"))
        self.assertEqual((field(record, "client_family.family"), field(record, "client_family.confidence")),
                         ("schannel-xp", "likely"))
        self.assertRegex(field(record, "client_family.basis"), "^11 suites, no extensions; ")
        self.assertEqual(field(record, "tls.allowed"),
                         {"min_version": "TLS 1.0", "max_version": "TLS 1.3", "security_level": 0})
        self.lab.wait_for_output(r"TLS_RSA_WITH_RC4_128_MD5(?s:.*)Windows Vista and later")

    def test_our_alert_reaches_a_client_that_is_still_sending(self):
        connection = self.connect()
        connection.sendall(xp_hello() + b"\x17\x03\x01\x40\x00" + bytes(60_000))
        self.assertEqual(self.read_to_end(connection), b"\x15\x03\x01\x00\x02\x02\x28")

    def test_a_hostile_server_name_is_kept_and_shown_harmlessly(self):
        hello = Client(None).hello()
        for hostile, shown in ((b"\x1b[2J\r\n\0\xff.te'\"<sx", r"\x1b[2J\x0d\x0a\x00\xff.te'" + '"<sx'),
                               ("ß\u202e.contoso.te".encode(), r"\u{df}\u{202e}.contoso.te")):
            self.assertEqual(len(hostile), len(NAME))
            connection = self.connect()
            connection.sendall(hello.replace(NAME.encode(), hostile))
            connection.recv(10)
            connection.close()
            record = self.record()
            self.assertEqual((field(record, "hello.sni.form"), field(record, "hello.sni.raw")), ("not-a-host-name", shown))
            self.assertEqual(record["host_choice"], "default-invalid-sni")
            self.lab.wait_for_output(f"127.0.0.1:{self.port} sni=")
        self.assertNotIn("\x1b", self.lab.output())
        self.assertNotIn("\u202e", self.lab.output())

    # -- after Finished -----------------------------------------------------------------------------

    def test_ends_after_finished(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for how, close in (("close_notify", "close_notify"), ("close", "fin"), ("reset", "reset")):
                with self.subTest(version=version, how=how):
                    connection = self.connect()
                    client = Client(connection, version)
                    client.finish()
                    if how == "close_notify":
                        try:
                            client.tls.unwrap()
                        except ssl.SSLWantReadError:
                            pass
                        connection.sendall(client.outgoing.read())
                    self.end(connection, how)
                    record = self.record()
                    self.assertEqual((record["verdict"], record["close"]), ("finished-no-data", close))
                    self.assertEqual(record["confidence"], "possible")
                    self.assertEqual(record["ended"], "by-client")

    def test_other_first_data_is_recorded_and_closed_gently(self):
        for said, kind, line in (
            (b"SSH-2.0-x\r\n", "ssh", "SSH-2.0-x"),
            (b"EHLO client\x1b\r\n", "other", r"EHLO client\x1b"),
            (b"Authorization: NTLM c2VjcmV0\r\n", "other", "Authorization: (not kept)"),
        ):
            connection = self.connect()
            client = Client(connection)
            client.finish()
            client.say(said)
            self.assertEqual(client.hear_all(), b"")  # ends with our close_notify
            connection.close()
            record = self.record()
            self.assertEqual((record["verdict"], record["ended"]), ("accepted", "by-us"))
            self.assertEqual(record["first_data"], {"kind": kind, "first_line": line})
        self.assertNotIn("c2VjcmV0", json.dumps(self.lab.all_records()))

    def test_a_request_and_the_client_is_gone(self):
        connection = self.connect()
        client = Client(connection)
        client.finish()
        client.say(b"GET / HTTP/1.0\r\n\r\n")
        self.end(connection, "reset")
        record = self.record()
        self.assertEqual((record["verdict"], record["confidence"]), ("accepted", "likely"))

    def test_a_bad_request_is_answered(self):
        connection = self.connect()
        client = Client(connection)
        client.finish()
        client.say(b"GET /\r\nHost\r\n\r\n")
        self.assertTrue(client.hear_all().startswith(b"HTTP/1.1 400 "))


if __name__ == "__main__":
    unittest.main()
