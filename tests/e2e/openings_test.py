"""Everything that can open a connection: exactly one record for each, with the right word."""

import socket
import struct
import unittest

from lab import Lab, LabTest


class Openings(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.quickstart("contoso.test")

    def test_what_is_not_tls_gets_one_record_each(self):
        openings = {
            b"GET / HTTP/1.0\r\n\r\n": "not-tls",
            b"REGISTER sip:contoso.test SIP/2.0\r\n\r\n": "not-tls",
            b"SSH-2.0-OpenSSH_9.2\r\n": "not-tls",
            b"": "closed-before-hello",
            b"\x16\x03\x01\x02\x00\x01": "closed-partial-hello",
        }
        mark = self.lab.mark()
        for opening, verdict in openings.items():
            with self.lab.connect() as plain:
                port = plain.getsockname()[1]
                plain.sendall(opening)
                plain.shutdown(socket.SHUT_WR)
                try:
                    plain.recv(4096)
                except ConnectionResetError:
                    pass
            self.assertEqual(self.lab.record_of(port)["verdict"], verdict, opening)
        self.assertEqual(len(self.lab.records(len(openings), mark)), len(openings))

    def test_a_reset_without_a_byte_is_recorded(self):
        mark = self.lab.mark()
        with self.lab.connect() as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        (record,) = self.lab.records(1, mark)
        self.assertEqual(record["verdict"], "closed-before-hello")


if __name__ == "__main__":
    unittest.main()
