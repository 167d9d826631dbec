"""For each malformed hello or handshake the right fatal alert arrives, then the end of the stream, and never a reset.

Each row: bytes, the alert due, and the section that says so. The client reads to the end, so a reset fails.
"""

import struct
import unittest

from hold import NAME, HoldTest, client_hello
from lab import field

ILLEGAL_PARAMETER, DECODE_ERROR, PROTOCOL_VERSION, UNEXPECTED_MESSAGE = 47, 50, 70, 10
HANDSHAKE_FAILURE, RECORD_OVERFLOW, BAD_RECORD_MAC = 40, 22, 20
MISSING_EXTENSION = 109
GROUPS, SIGNATURES, KEY_SHARE, VERSIONS, SNI = 10, 13, 51, 43, 0


def record(content, kind=22, version=0x0303):
    return struct.pack(">BHH", kind, version, len(content)) + content


def message(body, kind=1):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def sni(name=NAME.encode()):
    return extension(SNI, struct.pack(">HBH", len(name) + 3, 0, len(name)) + name)


TLS12 = sni() + extension(GROUPS, bytes.fromhex("0004 001d 0017")) + extension(SIGNATURES, bytes.fromhex("0004 0403 0804"))
SHARE = extension(KEY_SHARE, bytes.fromhex("0024 001d 0020") + b"\x09" + bytes(31))


def hello(extensions=TLS12, version=0x0303, session=b"", suites=bytes.fromhex("c02b c02c 1301"), compressions=b"\0",
          tail=b""):
    body = struct.pack(">H", version) + bytes(range(32)) + bytes([len(session)]) + session
    body += struct.pack(">H", len(suites)) + suites + bytes([len(compressions)]) + compressions
    body += struct.pack(">H", len(extensions)) + extensions + tail
    return body


def of(body):
    return record(message(body), version=0x0301)  # RFC 5246 appendix E.1: a first hello may say so


GOOD = hello()
HELLOS = [
    ("a suite list of odd length", of(hello(suites=b"\xc0\x2b\x13")), DECODE_ERROR, "RFC 5246 §7.4.1.2: two octets each"),
    ("no suites", of(hello(suites=b"")), ILLEGAL_PARAMETER, "RFC 8446 §6.2: a field out of its range (<2..2^16-2>)"),
    ("no compression methods", of(hello(compressions=b"")), DECODE_ERROR, "RFC 5246 §7.4.1.2: <1..2^8-1>"),
    ("null compression is missing", of(hello(compressions=b"\1")), DECODE_ERROR, "RFC 5246 §7.4.1.2: MUST contain null"),
    ("a session id of 33 octets", of(hello(session=bytes(33))), DECODE_ERROR, "RFC 5246 §7.4.1.2: <0..32>"),
    ("octets behind the extensions", of(hello(tail=b"\0")), DECODE_ERROR, "RFC 5246 §7.4.1.2: does not fill the message"),
    ("a hello of nothing", of(b""), DECODE_ERROR, "RFC 5246 §7.2.2: length of the message incorrect"),
    ("cut behind the version", of(GOOD[:2]), DECODE_ERROR, "RFC 5246 §7.2.2"),
    ("cut in the random", of(GOOD[:20]), DECODE_ERROR, "RFC 5246 §7.2.2"),
    ("extensions longer than the message", of(GOOD[:-1]), DECODE_ERROR, "RFC 5246 §7.2.2"),
    ("an extension longer than the block", of(hello(sni() + b"\0\x0a\0\xff")), DECODE_ERROR, "RFC 5246 §7.4.1.4"),
    ("an extension twice", of(hello(sni() + TLS12)), ILLEGAL_PARAMETER,
     "RFC 8446 §4.2: no more than one of a type"),
    ("an SNI list of no names", of(hello(extension(SNI, b"\0\0"))), DECODE_ERROR, "RFC 6066 §3: <1..2^16-1>"),
    ("no common suite", of(hello(suites=b"\x00\x04\x00\x05")), HANDSHAKE_FAILURE, "RFC 5246 §7.2.2"),
    ("SSL 3.0 only", of(hello(version=0x0300)), HANDSHAKE_FAILURE, "RFC 6101 §5.4.2: SSL 3.0 has no protocol_version"),
    ("a version of the future only", of(hello(TLS12 + extension(VERSIONS, b"\x02\x03\x7f"))), PROTOCOL_VERSION,
     "RFC 8446 §4.2.1"),
    ("TLS 1.3 without a signature algorithm",
     of(hello(sni() + extension(GROUPS, b"\0\2\0\x1d") + extension(VERSIONS, b"\x02\x03\x04") + SHARE)),
     MISSING_EXTENSION, "RFC 8446 §9.2"),
    ("TLS 1.3 with a share of a wrong length",
     of(hello(TLS12 + extension(VERSIONS, b"\x02\x03\x04") + extension(KEY_SHARE, b"\0\x05\0\x1d\0\1\x09"))),
     ILLEGAL_PARAMETER, "RFC 8446 §4.2.8.2: 32 octets"),
    ("TLS 1.3 with a share longer than its list",
     of(hello(TLS12 + extension(VERSIONS, b"\x02\x03\x04") + extension(KEY_SHARE, b"\0\x04\0\x1d\0\xff"))),
     DECODE_ERROR, "RFC 8446 §6.2"),
    ("a message of another kind first", record(message(b"", kind=16)), UNEXPECTED_MESSAGE, "RFC 5246 §7.3"),
    ("application data first", record(message(GOOD)[:50]) + record(b"hello", kind=23), UNEXPECTED_MESSAGE,
     "RFC 8446 §5.1: no other type inside a handshake message"),
    ("a record of 2^14 + 257 octets", record(message(bytes(30000))[: 16384 + 257]), RECORD_OVERFLOW, "RFC 8446 §5.1"),
    ("a hello of 2^24 - 1 octets", record(b"\x01\xff\xff\xff" + GOOD), ILLEGAL_PARAMETER,
     "no hello is that long (RFC 5246 §7.4.1.2: at most 131,396 octets); OpenSSL's bound is lower"),
]


class Alerts(HoldTest):
    def setUp(self):
        self.start()

    def answer(self, connection):
        """Everything up to the end of the stream, as (record type, content); a reset fails."""
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
        records = []
        while heard:
            kind, _, length = struct.unpack(">BHH", heard[:5])
            records.append((kind, heard[5 : 5 + length]))
            heard = heard[5 + length :]
        return records

    def expect(self, connection, code, what):
        """The last thing heard is this alert, and the record says so, too."""
        port = connection.getsockname()[1]
        records = self.answer(connection)
        self.assertTrue(records, f"{what}: closed without an alert")
        self.assertEqual(records[-1], (21, bytes([2, code])), what)
        noted = self.lab.record_of(port)
        alerts = [(alert["direction"], alert["code"]) for alert in field(noted, "tls.alerts")]
        self.assertIn(("to-client", code), alerts, what)
        return noted

    def test_malformed_hellos(self):
        for what, sent, code, why in HELLOS:
            with self.subTest(what=what, why=why):
                connection = self.connect()
                connection.sendall(sent)
                self.expect(connection, code, what)

    def test_the_same_in_segments_of_one_byte(self):
        for what, sent, code, why in HELLOS:
            if len(sent) > 500:
                continue
            with self.subTest(what=what, why=why):
                connection = self.connect()
                try:
                    for octet in sent:
                        connection.sendall(bytes([octet]))
                    self.assertEqual(self.answer(connection)[-1], (21, bytes([2, code])))
                except ConnectionError:
                    pass  # the alert was due before the last bytes: those were reset, more than a second later

    def flight(self, connection, sent):
        connection.sendall(sent)
        self.assertEqual(connection.recv(1), b"\x16")

    def test_after_our_flight(self):
        """The handshake goes wrong later: the alert is in clear still (1.2), or encrypted, since 1.3 has keys by then."""
        rows = [
            ("a second hello", record(message(GOOD)), UNEXPECTED_MESSAGE, "RFC 5246 §7.4.1.2 and 7.3"),
            ("Finished before the key exchange", record(message(bytes(12), kind=20)), UNEXPECTED_MESSAGE, "RFC 5246 §7.3"),
            ("ChangeCipherSpec before the key exchange", record(b"\1", kind=20), UNEXPECTED_MESSAGE, "RFC 5246 §7.3"),
            ("application data in clear", record(b"GET /", kind=23), UNEXPECTED_MESSAGE, "RFC 5246 §7.3"),
            ("a key exchange of no octets", record(message(b"", kind=16)), HANDSHAKE_FAILURE,
             "RFC 8422 §5.7: that would be the point of a client certificate, and we asked for none"),
            ("a point that is longer than its message", record(message(b"\x20\x01", kind=16)), DECODE_ERROR,
             "RFC 8422 §5.7"),
            ("an unknown record type", record(b"\0", kind=99), UNEXPECTED_MESSAGE, "RFC 5246 §6"),
        ]
        for what, sent, code, why in rows:
            with self.subTest(what=what, why=why):
                connection = self.connect()
                self.flight(connection, of(GOOD))
                connection.sendall(sent)
                heard = b"\x16"
                while piece := connection.recv(65536):
                    heard += piece
                self.assertEqual(heard[-7:-4], b"\x15\x03\x03", f"{what}: no alert in clear at the end")
                self.assertEqual(heard[-2:], bytes([2, code]), what)

    def test_tls_13_after_our_flight_the_end_is_proper_and_the_alert_noted(self):
        rows = [
            ("garbage where the client's Finished is due", record(bytes(64), kind=23), BAD_RECORD_MAC,
             "RFC 8446 §5.2"),
            ("a second hello in clear", of(GOOD), UNEXPECTED_MESSAGE, "RFC 8446 §5: clear text once keys are in use"),
            ("two octets of ChangeCipherSpec", record(b"\1\1", kind=20), ILLEGAL_PARAMETER,
             "RFC 8446 §6.2; §5 would have unexpected_message, which OpenSSL keeps for other times"),
        ]
        for what, sent, code, why in rows:
            with self.subTest(what=what, why=why):
                connection = self.connect()
                self.flight(connection, client_hello())
                connection.sendall(sent)
                port = connection.getsockname()[1]
                while connection.recv(65536):
                    pass
                noted = self.lab.record_of(port)
                alerts = [(alert["direction"], alert["code"]) for alert in field(noted, "tls.alerts") or []]
                self.assertEqual(alerts, [("to-client", code)], what)


if __name__ == "__main__":
    unittest.main()
