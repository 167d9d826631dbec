"""The API for the network: TLS with the lab's own certificate, the token, the login form, limits."""

import http.client
import json
import re
import socket
import ssl
import unittest
import urllib.parse

from lab import FAKEOCS, PATIENCE, Lab, run

CONFIG = """
listeners: [{port: 0}]
hosts: [{id: front01, names: [sip.contoso.test], certificate: {generate: {subject: CN=sip.contoso.test}}}]
admin: {address: 0.0.0.0, port: 0, tls: true, names: [lab.contoso.test]}
"""


def parse(text, pattern):
    return re.search(pattern, text, re.M).group(1)


class Network(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.configured(CONFIG, environment={"FAKEOCS_ADMIN": ""})
        cls.port = int(parse(cls.lab.output(), r"^listening https 0\.0\.0\.0:(\d+) "))
        cls.token_file = cls.lab.state / "api-token"
        cls.token = cls.token_file.read_text().strip()
        cls.context = ssl.create_default_context(cafile=str(cls.lab.ca))

    @classmethod
    def tearDownClass(cls):
        cls.lab.stop()

    def ask(self, method, path, body=None, token=None, **headers):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=self.context)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers["Authorization"] = "Bearer " + token
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        reply.text = reply.read().decode()
        connection.close()
        return reply

    def curl(self, *arguments):
        return run(["curl", "-sS", "--noproxy", "*", "--cacert", self.lab.ca, *arguments])

    def test_the_token_is_for_its_owner_and_nowhere_in_the_output(self):
        self.assertEqual(self.token_file.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(self.token, self.lab.output())
        self.assertIn(str(self.token_file), self.lab.output())
        status = self.ask("GET", "/api/v1/config", token=self.token)
        self.assertNotIn(self.token, status.text)

    def test_nothing_but_livez_without_the_token(self):
        self.assertEqual(self.ask("GET", "/livez").status, 200)
        for path in ("/", "/app.js", "/api/v1/status", "/api/v1/events", "/api/v1/handshakes/wait", "/metrics",
                     "/readyz", "/ca.pem", "/api/openapi.json", "/api/v1/handshakes/x/capture",
                     "/api/v1/handshakes/x/keys"):
            with self.subTest(path=path):
                reply = self.ask("GET", path)
                self.assertEqual((reply.status, reply.headers["Connection"]), (401, "close"))
        self.assertEqual(self.ask("GET", "/api/v1/status", token=self.token).status, 200)

    def test_curl_by_name_and_address(self):
        with_token = ["-H", f"Authorization: Bearer {self.token}"]
        for host in ("127.0.0.1", "localhost", "lab.contoso.test"):
            with self.subTest(host=host):
                done = self.curl("--resolve", f"{host}:{self.port}:127.0.0.1", *with_token,
                                 f"https://{host}:{self.port}/api/v1/status")
                self.assertEqual((done.returncode, json.loads(done.stdout)["schema"]), (0, 1), done.stderr)
        done = self.curl("--resolve", f"evil.test:{self.port}:127.0.0.1", "-k", *with_token,
                         f"https://evil.test:{self.port}/api/v1/status")
        self.assertIn("this lab is not called 'evil.test'", done.stdout)

    def test_a_browser_logs_in(self):
        page = self.ask("GET", "/", Accept="text/html")
        self.assertEqual((page.status, page.headers["Location"]), (303, "/login"))
        self.assertIn("form-action 'self'", self.ask("GET", "/login").headers["Content-Security-Policy"])
        # Else browsers post the form with "Origin: null", and are refused.
        self.assertEqual(self.ask("GET", "/login").headers.get_all("Referrer-Policy"), ["same-origin"])
        form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": f"https://127.0.0.1:{self.port}"}
        body = urllib.parse.urlencode({"token": self.token})
        done = self.ask("POST", "/login", body, **form)
        self.assertEqual((done.status, done.headers["Location"]), (303, "/"), done.text)
        cookie = done.headers["Set-Cookie"]
        for attribute in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(attribute, cookie)
        session = cookie.partition(";")[0]
        self.assertEqual(self.ask("GET", "/", Cookie=session).headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(self.ask("GET", "/api/v1/status", Cookie=session).status, 200)
        # With the cookie, too, only our own pages may write.
        json_type = {"Cookie": session, "Content_Type": "application/json"}
        self.assertEqual(self.ask("POST", "/api/v1/hosts/front01/undo", "{}", **json_type,
                                  Origin="https://evil.test").status, 403)
        self.assertEqual(self.ask("POST", "/api/v1/hosts/front01/undo", "{}", **json_type).status, 404)
        self.assertEqual(self.ask("POST", "/login", body, **{**form, "Origin": "https://evil.test"}).status, 403)

        # A page of another site cannot end the session; ours can, and the browser then has no cookie.
        self.assertEqual(self.ask("POST", "/logout", "{}", **json_type, Origin="https://evil.test").status, 403)
        self.assertEqual(self.ask("GET", "/logout", Cookie=session).status, 405)
        self.assertEqual(self.ask("POST", "/logout", "{}", Content_Type="application/json").status, 401)
        left = self.ask("POST", "/logout", "{}", **json_type)
        self.assertEqual(left.status, 200, left.text)
        self.assertTrue(left.headers["Set-Cookie"].startswith(cookie.partition("=")[0] + "=; Path=/; Max-Age=0; Secure"),
                        left.headers["Set-Cookie"])
        # Nor does a copy of the cookie open anything.
        self.assertEqual(self.ask("GET", "/api/v1/status", Cookie=session).status, 401)

    def log_in(self):
        reply = self.ask("POST", "/login", urllib.parse.urlencode({"token": self.token}),
                         Content_Type="application/x-www-form-urlencoded")
        return reply.headers["Set-Cookie"].partition(";")[0]

    def test_what_a_left_session_watched_or_waited_for_it_does_not_see(self):
        session, stays = self.log_in(), self.log_in()
        watching = []
        for path, cookie in (("events", session), ("handshakes/wait?timeout=60", session), ("events", stays)):
            plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            secure = self.context.wrap_socket(plain, server_hostname="127.0.0.1")
            self.addCleanup(secure.close)
            secure.sendall(f"GET /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
            watching.append(secure.makefile("r", encoding="utf-8"))
        events, waits, goes_on = watching
        for stream in (events, goes_on):
            for line in stream:
                if line.startswith("event: hello"):
                    break
        left = self.ask("POST", "/logout", "{}", Cookie=session, Content_Type="application/json")
        self.assertEqual(left.status, 200, left.text)
        self.lab.connect().close()
        for line in goes_on:
            if line.startswith("event: handshake"):
                break
        self.assertFalse(any(line.startswith("event: ") for line in events))
        self.assertNotIn("fakeocs.handshake", waits.read())

    def test_events_come_through_tls(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as plain, \
                self.context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            secure.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                           + self.token.encode() + b"\r\n\r\n")
            stream = secure.makefile("r", encoding="utf-8")
            for line in stream:
                if line.startswith("event: hello"):
                    break
            self.lab.connect().close()
            for line in stream:
                if line.startswith("event: handshake"):
                    break

    def test_tls_is_as_it_should_be(self):
        connect = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-CAfile", self.lab.ca]
        self.assertIn("Verify return code: 0 (ok)", run([*connect, "-verify_ip", "127.0.0.1"]).stdout)
        self.assertIn("no peer certificate available", run([*connect, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]).stdout)

    def test_one_machine_cannot_fill_the_door(self):
        crowd = [socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) for _ in range(17)]
        try:
            self.assertEqual(crowd[16].recv(1), b"", "the seventeenth of one address is closed")
            # The others are silent, and do not keep their places: the handshake has seconds.
            self.assertEqual(crowd[0].recv(1), b"")
        finally:
            for plain in crowd:
                plain.close()
        self.assertEqual(self.ask("GET", "/livez").status, 200)

    def test_the_socket_needs_no_token(self):
        done = run([FAKEOCS, "ready", "--state-dir", self.lab.state])
        self.assertEqual(done.returncode, 0, done.stderr)


class WrongTokens(unittest.TestCase):
    def test_guessing_is_stopped(self):
        lab = Lab.configured(CONFIG, environment={"FAKEOCS_ADMIN": ""})
        self.addCleanup(lab.stop)
        port = parse(lab.output(), r"^listening https 0\.0\.0\.0:(\d+) ")
        url = f"https://127.0.0.1:{port}/readyz"
        ask = lambda token: run(["curl", "-sS", "--noproxy", "*", "--cacert", lab.ca, "-o", "/dev/null", "-w",
                                 "%{http_code}", "-H", f"Authorization: Bearer {token}", url]).stdout
        self.assertEqual([ask("guess") for _ in range(11)], ["401"] * 10 + ["429"])
        self.assertEqual(ask((lab.state / "api-token").read_text().strip()), "429")


class Start(unittest.TestCase):
    def test_the_flag_asks_for_tls_and_what_was_made_is_kept(self):
        lab = Lab.quickstart("contoso.test", environment={"FAKEOCS_ADMIN": "https://0.0.0.0:0"})
        self.addCleanup(lab.stop)
        self.assertIn("token made", lab.output())
        token = (lab.state / "api-token").read_text()
        certificate = (lab.state / "api-tls/cert.pem").read_text()
        lab.process.terminate()
        self.assertEqual(lab.process.wait(PATIENCE), 0)
        lab.stopped = True
        again = Lab(["quickstart", "contoso.test", "--port", "0"], lab.folder,
                    environment={"FAKEOCS_ADMIN": "https://0.0.0.0:0"})
        self.addCleanup(again.stop)
        self.assertIn("token kept", again.output())
        self.assertEqual((lab.state / "api-token").read_text(), token)
        self.assertEqual((lab.state / "api-tls/cert.pem").read_text(), certificate)

    def test_own_files_are_served(self):
        folder = Lab.new_folder()
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=own", "-days", "2", "-keyout",
             folder / "own.key", "-out", folder / "own.pem", "-addext", "subjectAltName=IP:127.0.0.1"])
        own = CONFIG.replace("tls: true", f"tls: true, certificate: {folder}/own.pem, key: {folder}/own.key")
        lab = Lab.configured(own, environment={"FAKEOCS_ADMIN": ""})
        self.addCleanup(lab.stop)
        port = parse(lab.output(), r"^listening https 0\.0\.0\.0:(\d+) ")
        done = run(["curl", "-sS", "--noproxy", "*", "--cacert", folder / "own.pem", f"https://127.0.0.1:{port}/livez"])
        self.assertEqual(done.stdout, "alive\n", done.stderr)
        self.assertFalse((lab.state / "api-tls").exists())

    def test_what_is_refused_says_why(self):
        rows = (
            ("tls: true", "tls: false", "the API on 0.0.0.0 would be open to the network in clear"),
            ("tls: true", "tls: true, key: x.pem", "certificate and key go together"),
            ("tls: true", "tls: true, key: /x/y, certificate: /x/z", "/x/z"),
            ("id: front01", "id: api-tls", "a virtual host has the id 'api-tls'"),
        )
        for old, new, said in rows:
            with self.subTest(new=new):
                folder = Lab.new_folder()
                (folder / "lab.yaml").write_text(CONFIG.replace(old, new))
                done = run(["env", "FAKEOCS_ADMIN=", FAKEOCS, "serve", "--config", folder / "lab.yaml", "--state-dir",
                            folder / "state"])
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn(said, done.stderr)

    def test_a_token_that_others_can_read_is_refused(self):
        folder = Lab.new_folder()
        (folder / "state").mkdir(mode=0o700)
        token = folder / "state/api-token"
        token.write_text("twenty-characters-xx\n")
        token.chmod(0o644)
        (folder / "lab.yaml").write_text(CONFIG)
        done = run(["env", "FAKEOCS_ADMIN=", FAKEOCS, "serve", "--config", folder / "lab.yaml", "--state-dir",
                    folder / "state"])
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("others can read the API's token", done.stderr)
        self.assertIn("chmod 600", done.stderr)


if __name__ == "__main__":
    unittest.main()
