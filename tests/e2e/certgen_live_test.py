"""fakeocs-certgen check and inspect HOST:PORT: what a live server presents, and the exit code of each failure."""

import json
import socket
import ssl
import threading
import unittest

from certgen_case import CertgenCase


class Server:
    """A TLS server on a port of its own, one connection after the other, until close()."""

    def __init__(self, folder, version=None, client_certificate=False):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "fullchain.pem", folder / "key.pem")
        if version:
            self.context.minimum_version = self.context.maximum_version = version
        if client_certificate:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(folder.parent / "ca" / "ca.pem")
        self.names = []
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(connection, server_side=True) as wrapped:
                    wrapped.recv(1)
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class LiveTest(CertgenCase):
    def serve(self, name, **options):
        server = Server(self.state / name, **options)
        self.addCleanup(server.close)
        return server

    def test_names_of_a_live_server_in_each_version(self):
        self.issue("--name", "pool", "--cn", "sip.a.test", "--san", "sip.a.test", "--via-intermediate")
        for version in [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]:
            with self.subTest(version=version):
                server = self.serve("pool", version=version)
                done = self.certgen("check", server.address, "--host", "sip.a.test")
                self.assertIn("by DNS:sip.a.test", done.stdout)
                self.assertIn(f"asked        {server.address}, {version.name.replace('_', '.')}", done.stdout)
                self.assertIn("trusted by", done.stdout)
                shown = json.loads(self.certgen("inspect", server.address, "--json").stdout)
                self.assertEqual(shown["sans"], ["DNS:sip.a.test"])
                self.assertEqual(len(shown["chain"]), 1)

    def test_the_host_is_the_name_wanted_where_none_is_given_and_goes_out_as_sni(self):
        self.issue("--name", "pool", "--san", "localhost", "--san", "127.0.0.1")
        server = self.serve("pool")
        port = server.address.split(":")[1]
        self.assertIn("covered      localhost", self.certgen("check", f"localhost:{port}").stdout)
        self.assertIn("by IP:127.0.0.1", self.certgen("check", server.address).stdout)
        self.certgen("check", server.address, "--server-name", "sip.a.test")
        self.certgen("check", f"localhost:{port}", "--server-name", "")
        self.assertEqual(server.names, ["localhost", None, "sip.a.test", None])

    def test_a_mismatch_exits_10_and_its_fix_can_be_pasted(self):
        self.issue("--name", "pool", "--cn", "sip.a.test", "--san", "sip.a.test")
        server = self.serve("pool")
        done = self.certgen("check", server.address, "--sip-domain", "a.test", code=10)
        fix = [line for line in done.stdout.splitlines() if line.startswith("fix ")][0].split(None, 1)[1]
        self.paste(fix)
        fixed = self.serve("fixed")
        self.certgen("check", fixed.address, "--sip-domain", "a.test")

    def test_what_is_not_valid_or_not_trusted_exits_11(self):
        self.issue("--name", "old", "--san", "a.test", "--not-before", "-60d", "--not-after", "-30d")
        self.issue("--name", "self", "--san", "a.test", "--self-signed")
        self.issue("--name", "unknown", "--san", "a.test", "--issuer", "unknown_ca")
        self.issue("--name", "client", "--san", "a.test", "--eku", "clientAuth")
        self.issue("--name", "revoked", "--san", "a.test", "--revoked")
        for name, why in [("old", "expired"), ("self", "self-signed"), ("unknown", "issuer"),
                          ("client", "not for servers"), ("revoked", "revoked")]:
            with self.subTest(name=name):
                done = self.certgen("check", self.serve(name).address, "--host", "a.test", code=11)
                self.assertIn("NOT VALID", done.stdout)
                self.assertIn(why, done.stdout)

    def test_a_server_that_wants_a_client_certificate_shows_its_own_all_the_same(self):
        self.issue("--name", "pool", "--san", "sip.a.test")
        server = self.serve("pool", version=ssl.TLSVersion.TLSv1_2, client_certificate=True)
        self.certgen("check", server.address, "--host", "sip.a.test")

    def test_each_stage_that_fails_has_its_exit_code(self):
        done = self.certgen("check", "nobody.invalid:5061", "--host", "a.test", code=12)
        self.assertIn("no address", done.stderr)
        bound = socket.socket()  # bound and not listening: nobody else gets the port, and it refuses
        self.addCleanup(bound.close)
        bound.bind(("127.0.0.1", 0))
        done = self.certgen("check", "127.0.0.1:%d" % bound.getsockname()[1], "--host", "a.test", code=13)
        self.assertIn("refused", done.stderr)
        silent = socket.create_server(("127.0.0.1", 0))  # the kernel takes the connection, nobody answers
        self.addCleanup(silent.close)
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        done = self.certgen("check", address, "--host", "a.test", "--timeout", "200", code=14)
        self.assertIn("no answer in time", done.stderr)
        done = self.certgen("inspect", address, "--timeout", "200", code=14)

    def test_what_is_no_tls_exits_14(self):
        talker = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(talker.close)

        def talk():
            connection, _ = talker.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.a.test ESMTP ready\r\n")

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        address = "127.0.0.1:%d" % talker.getsockname()[1]
        done = self.certgen("check", address, "--host", "a.test", code=14)
        self.assertIn("no certificate came", done.stderr)
        thread.join()

    def test_text_that_is_no_host_and_port_is_a_file(self):
        for text in ["a.test:", ":5061", "a.test:0", "a.test:70000", "::1:5061", "a.test:https"]:
            with self.subTest(text=text):
                done = self.certgen("check", text, "--host", "a.test", code=1)
                self.assertIn("HOST:PORT", done.stderr)


if __name__ == "__main__":
    unittest.main()
