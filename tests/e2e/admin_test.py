"""The API over HTTP: the dashboard's port and the Unix socket, asked by http.client, curl and raw bytes."""

import http.client
import json
import shutil
import socket
import threading
import unittest
import urllib.parse

from lab import FAKEOCS, PATIENCE, Lab, LabTest, run, wait_for


class Api:
    """Requests to a lab's port. Each on a connection of its own."""

    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body if body is None or isinstance(body, (str, bytes)) else json.dumps(body),
                           headers)
        reply = connection.getresponse()
        reply.body = reply.read()
        reply.text = reply.body.decode(errors="backslashreplace")
        connection.close()
        return reply

    def get(self, path, **query):
        """The JSON at this path; it must be there."""
        reply = self.ask("GET", with_query(path, query))
        assert reply.status == 200, (path, reply.status, reply.text)
        return json.loads(reply.text)


def with_query(path, query):
    return path + ("?" + urllib.parse.urlencode(query) if query else "")


class Stream:
    """Server-sent events, read as they come."""

    def __init__(self, port, path="/api/v1/events", last_id=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        extra = f"Last-Event-ID: {last_id}\r\n" if last_id is not None else ""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n".encode())
        self.file = self.socket.makefile("r", encoding="utf-8", newline="\n")
        self.head = "".join(iter(self.file.readline, "\r\n"))

    def next(self):
        """The next event: name, data, id."""
        event = {}
        for line in self.file:
            line = line.rstrip("\n")
            if line == "" and "event" in event:
                return event["event"], json.loads(event["data"]), event.get("id")
            name, _, value = line.partition(": ")
            event[name] = value
        raise AssertionError(f"the stream ended after {event}")

    def until(self, name, holds=lambda data: True):
        while True:
            found, data, number = self.next()
            if found == name and holds(data):
                return data, number

    def close(self):
        self.file.close()
        self.socket.close()


class AdminTest(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.quickstart("contoso.test")

    def setUp(self):
        super().setUp()
        self.api = Api(self.lab.admin_port)

    def visit(self, name):
        """A connection that means `name`; its record, once the log has it."""
        mark = self.lab.mark()
        self.lab.curl(name)
        return self.lab.records(mark=mark, count=1)[0]

    def stored(self, record):
        """The record as the API has it, once it is stored."""

        def look():
            reply = self.api.ask("GET", f"/api/v1/handshakes/{record['id']}")
            return json.loads(reply.text) if reply.status == 200 else None

        return wait_for(look, f"{record['id']} in the history", self.lab.alive)


class Records(AdminTest):
    def test_a_connection_is_listed_found_and_shown(self):
        first = self.visit("sip.contoso.test")
        second = self.visit("sipinternal.contoso.test")
        self.stored(second)
        page = self.api.get("/api/v1/handshakes")
        ids = [record["id"] for record in page["handshakes"]]
        self.assertLess(ids.index(second["id"]), ids.index(first["id"]))
        shown = self.api.get(f"/api/v1/handshakes/{second['id']}")
        self.assertEqual({key: shown[key] for key in second}, second)
        found = self.api.get("/api/v1/handshakes", filter=f"wanted:sipinternal.contoso.test verdict:{second['verdict']}")
        self.assertEqual({record["hello"]["sni"]["name"] for record in found["handshakes"]},
                         {"sipinternal.contoso.test"})
        self.assertEqual(self.api.get("/api/handshakes/latest", filter="sni:sip.contoso.test")["verdict"], "accepted")

    def test_look_ups_and_connection_are_one_attempt_with_its_tree(self):
        run([FAKEOCS, "signin", "alice@contoso.test", "--dns", f"127.0.0.1:{self.lab.dns_port}", "--state-dir",
             self.lab.state])
        record = self.visit("sipinternal.contoso.test")
        self.stored(record)
        attempt = self.api.get(f"/api/v1/attempts/{record['attempt']}")
        self.assertGreaterEqual(attempt["questions"], 5)
        self.assertGreaterEqual(attempt["connections"], 1)
        self.assertIn("sipinternal.contoso.test", attempt["tree"])
        self.assertEqual(len(attempt["records"]),
                         attempt["questions"] + attempt["connections"] + attempt["messages"])
        listed = self.api.get("/api/v1/attempts", filter="attempt:" + attempt["id"])["attempts"]
        self.assertEqual([one["id"] for one in listed], [attempt["id"]])

    def test_wait_answers_when_the_record_arrives(self):
        after = self.api.get("/api/v1/handshakes", limit=1)["last"]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(self.api.get(
            "/api/v1/handshakes/wait", filter="sni:waited.contoso.test", timeout=PATIENCE, after=after)))
        waiting.start()
        self.visit("other.contoso.test")
        self.assertEqual(answers, [])
        self.visit("waited.contoso.test")
        waiting.join(PATIENCE)
        self.assertEqual(answers[0]["hello"]["sni"]["name"], "waited.contoso.test")
        again = self.api.get("/api/v1/handshakes/wait", filter="sni:waited.contoso.test", timeout=0, after=after)
        self.assertEqual(again["id"], answers[0]["id"], "what came after `after` counts, though it came before")

    def test_wait_ends_in_time_and_says_so(self):
        reply = self.api.ask("GET", with_query("/api/v1/handshakes/wait", {"filter": "sni:never.test", "timeout": 0}))
        self.assertEqual((reply.status, json.loads(reply.text)["error"]["what"]),
                         (404, "no connection matched in time"))


class Commands(AdminTest):
    def test_they_can_be_pasted(self):
        commands = self.api.get("/api/v1/status")["commands"]
        paste = lambda name: run(["sh", "-c", commands[name]])
        self.assertEqual(paste("ready").returncode, 0, commands["ready"])
        signin = paste("signin")
        # This lab's port is not 5061, so the walk ends at TCP; it went to this lab's DNS and trusts its CA.
        self.assertIn("front01.contoso.test -> 127.0.0.1", signin.stdout, commands["signin"] + signin.stderr)
        self.assertIn(f"trusts {self.lab.ca}", signin.stdout)
        self.assertIn("Verify return code: 0 (ok)", paste("s_client").stdout, commands["s_client"])
        self.stored(self.visit("pasted.contoso.test"))
        self.assertIn("pasted.contoso.test", paste("log").stdout, commands["log"])
        if shutil.which("dig"):
            self.assertIn("status: NXDOMAIN", paste("dig").stdout, commands["dig"])  # it has an A record only


class LiveFeed(AdminTest):
    def test_a_connection_is_seen_before_it_ends_and_its_record_follows(self):
        stream = Stream(self.lab.admin_port)
        self.assertIn("Content-Type: text/event-stream", stream.head)
        self.assertEqual(stream.next()[0], "hello")
        open_one = self.lab.connect()
        port = open_one.getsockname()[1]
        seen, number = stream.until("seen", lambda data: data["client"]["port"] == port)
        self.assertIsNone(number, "what is in no history cannot be gone back to")
        open_one.close()
        record, number = stream.until("handshake", lambda data: data["id"] == seen["id"])
        self.assertEqual(record["verdict"], "closed-before-hello")
        self.assertEqual(int(number), record["sequence"])
        stream.close()

    def test_a_filter_holds_for_the_feed(self):
        stream = Stream(self.lab.admin_port, with_query("/api/v1/events", {"filter": "sni:second.contoso.test"}))
        stream.until("hello")
        self.visit("first.contoso.test")
        self.visit("second.contoso.test")
        name, data, _ = stream.next()
        self.assertEqual((name, data["hello"]["sni"]["name"]), ("handshake", "second.contoso.test"))
        stream.close()


class Resume(unittest.TestCase):
    def test_nothing_is_missed_over_a_restart(self):
        first = Lab.quickstart("contoso.test")
        self.addCleanup(first.stop)
        stream = Stream(first.admin_port)
        stream.until("hello")
        first.connect().close()
        record, number = stream.until("handshake")
        first.connect().close()
        first.records(2)
        stream.close()
        first.process.terminate()
        self.assertEqual(first.process.wait(PATIENCE), 0)
        first.stopped = True  # the folder goes with the second one
        again = Lab(["quickstart", "contoso.test", "--port", "0"], first.folder)
        self.addCleanup(again.stop)
        again.connect().close()
        resumed = Stream(again.admin_port, last_id=number)
        ids = [resumed.until("handshake")[0]["id"] for _ in range(2)]
        resumed.close()
        self.assertEqual(ids, [one["id"] for one in again.records(3)[1:]])
        self.assertNotIn(record["id"], ids)


class Guard(AdminTest):
    def test_pages_of_other_sites_are_refused(self):
        rows = (
            ("GET", {"Host": "evil.test"}, 421),
            ("GET", {"Origin": "http://evil.test"}, 403),
            ("POST", {"Origin": "http://evil.test", "Content-Type": "application/json"}, 403),
            ("POST", {"Content-Type": "text/plain"}, 415),
            ("DELETE", {"Sec-Fetch-Site": "cross-site"}, 403),
        )
        for method, headers, status in rows:
            with self.subTest(method=method, headers=headers):
                reply = self.api.ask(method, "/api/v1/dns/faults", "{}" if method == "POST" else None, **headers)
                self.assertEqual(reply.status, status, reply.text)
        self.assertEqual(self.api.get("/api/v1/dns/faults"), {"faults": []})

    def test_every_answer_is_guarded_and_typed(self):
        for path, kind in (("/", "text/html; charset=utf-8"), ("/api/v1/status", "application/json"),
                           ("/nothing", "application/json"), ("/api/openapi.json", "application/json; charset=utf-8")):
            with self.subTest(path=path):
                reply = self.api.ask("GET", path)
                self.assertEqual(reply.headers["Content-Type"], kind)
                self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
                self.assertIn("default-src 'none'", reply.headers["Content-Security-Policy"])
                self.assertIn("frame-ancestors 'none'", reply.headers["Content-Security-Policy"])

    def test_a_file_that_has_not_changed_is_not_sent_again(self):
        first = self.api.ask("GET", "/")
        again = self.api.ask("GET", "/", If_None_Match=first.headers["ETag"])
        self.assertEqual((again.status, again.text), (304, ""))
        self.assertEqual(self.api.ask("HEAD", "/").headers["Content-Length"], str(len(first.text.encode())))
        self.assertEqual(self.api.ask("POST", "/", "{}").status, 405)

    def test_limits_of_body_headers_and_streams(self):
        self.assertEqual(self.api.ask("POST", "/api/v1/dns/records", "x" * (65 << 10)).status, 413)
        self.assertEqual(self.api.ask("GET", "/api/v1/status", X="y" * 9000).status, 431)
        streams = [Stream(self.lab.admin_port) for _ in range(32)]
        for stream in streams:
            stream.until("hello")
        self.assertEqual(self.api.ask("GET", "/api/v1/events").status, 503)
        self.assertEqual(self.api.ask("GET", "/api/v1/status").status, 200)
        for stream in streams:
            stream.close()

    def test_text_of_a_client_comes_as_text(self):
        mark = self.lab.mark()
        with self.lab.connect() as plain:
            plain.sendall(b"<script>alert(1)</script>\x1b[2J\r\n\r\n")
            plain.shutdown(socket.SHUT_WR)
            plain.recv(1)
        (record,) = self.lab.records(1, mark)
        self.stored(record)
        reply = self.api.ask("GET", f"/api/v1/handshakes/{record['id']}")
        self.assertEqual(reply.headers["Content-Type"], "application/json")
        self.assertNotIn("\x1b", json.loads(reply.text)["first_line"])

    def test_the_socket_and_the_port_serve_the_same(self):
        done = run(["curl", "-sS", "--unix-socket", self.lab.state / "control.sock", "http://localhost/api/v1/status"])
        by_socket = json.loads(done.stdout)
        by_port = self.api.get("/api/v1/status")
        self.assertEqual(by_socket["started"], by_port["started"])

    def test_one_connection_serves_many_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.lab.admin_port, timeout=PATIENCE)
        for _ in range(3):
            connection.request("GET", "/api/v1/status")
            self.assertEqual(json.loads(connection.getresponse().read())["schema"], 1)
            self.assertIsNotNone(connection.sock, "the server has closed it")
        connection.close()


TEST_LAB = """
listeners:
  - {name: sip, port: 0}
  - {name: strict, port: 0, unknown_names: unrecognized_name}
  - {name: older, port: 0, tls: {max_version: "1.2"}}
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: ["DNS:sip.contoso.test"]}}
  - id: old
    names: [old.contoso.test]
    certificate: {generate: {subject: CN=old.contoso.test, sans: ["DNS:old.contoso.test"], not_before: -60d, not_after: -30d}}
  - id: stranger
    names: [stranger.contoso.test]
    certificate: {generate: {subject: CN=stranger.contoso.test, sans: ["DNS:stranger.contoso.test"], issuer: self_signed}}
"""


class TestConnections(AdminTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(TEST_LAB)

    def tried(self, name, **more):
        """The answer, and the record that it names."""
        reply = self.api.ask("POST", "/api/v1/test-connection", {"name": name, **more})
        self.assertEqual(reply.status, 200, reply.text)
        told = json.loads(reply.text)
        return told, self.api.get("/api/v1/handshakes/" + told["handshake"])

    def test_a_name_that_is_there_is_accepted_and_left_politely(self):
        told, record = self.tried("SIP.contoso.test")
        self.assertEqual({key: told[key] for key in ("connected", "name", "listener", "address", "result")},
                         {"connected": True, "name": "sip.contoso.test", "listener": "sip",
                          "address": f"127.0.0.1:{self.lab.port}", "result": "accepted"})
        self.assertEqual((record["hello"]["sni"]["name"], record["listener"], record["close"]),
                         ("sip.contoso.test", "sip", "close_notify"))
        self.assertTrue(record["tls"]["handshake_finished"])
        self.assertEqual(record["tls"]["version"], "TLS 1.3")
        self.assertEqual((record["verdict"], record["detail"], record["user_agent"]),
                         ("accepted", "sip", "fakeocs test connection"))
        self.assertEqual(record["answered"], True)
        told, record = self.tried("sip.contoso.test", listener="older")
        self.assertEqual((told["result"], record["close"], record["tls"]["version"]), ("accepted", "close_notify", "TLS 1.2"))

    def test_what_a_client_refuses_it_refuses_with_openssls_alert(self):
        rows = (("sipinternal.contoso.test", "bad_certificate", "the certificate has DNS:sip.contoso.test, not sipinternal."),
                ("old.contoso.test", "certificate_expired", "the certificate's dates: "),
                ("stranger.contoso.test", "unknown_ca", "the lab's CA does not vouch for the certificate"))
        for name, alert, why in rows:
            with self.subTest(name=name):
                told, record = self.tried(name)
                self.assertEqual(told["result"], "refused")
                self.assertIn(why, told["why"])
                self.assertIn(alert, told["why"])
                self.assertEqual(record["verdict"], "rejected-alert")
                (seen,) = [one for one in record["tls"]["alerts"] if one["direction"] == "from-client"]
                self.assertEqual((seen["name"], seen["after_finished"]), (alert, False))

    def test_a_listener_that_is_strict_and_a_fault_show_in_the_outcome(self):
        told, record = self.tried("nobody.contoso.test", listener="strict")
        self.assertEqual((told["result"], told["listener"]), ("server-alert", "strict"))
        self.assertIn("unrecognized_name", told["why"])
        self.assertEqual(record["local"]["port"], self.lab.ports[1])
        self.api.ask("POST", "/api/v1/faults", {"fault": "close", "at": "hello", "next": 1})
        told, record = self.tried("sip.contoso.test")
        self.assertEqual(told["result"], "no-handshake")
        self.assertEqual(record["fault"]["what"], "close after the ClientHello")

    def test_one_at_a_time_and_nobody_else_waits(self):
        self.api.ask("POST", "/api/v1/faults", {"fault": "wait", "delay_ms": 60000, "next": 1})
        answers = []
        first = threading.Thread(target=lambda: answers.append(
            json.loads(self.api.ask("POST", "/api/v1/test-connection", {"name": "sip.contoso.test"}).text)))
        first.start()
        wait_for(lambda: self.api.get("/api/v1/faults")["faults"] == [], "the fault to strike", self.lab.alive)
        reply = self.api.ask("POST", "/api/v1/test-connection", {"name": "sip.contoso.test"})
        self.assertEqual((reply.status, json.loads(reply.text)["error"]["hint"]), (409, "one at a time"))
        self.assertEqual(self.lab.curl("sip.contoso.test").returncode, 0)
        self.assertEqual(answers, [])
        first.join(PATIENCE)
        self.assertEqual((answers[0]["result"], answers[0]["connected"]), ("timed-out", True))
        self.assertEqual(self.tried("sip.contoso.test")[0]["result"], "accepted")

    def test_what_cannot_be_tried_says_why(self):
        rows = (({"name": "bad..name"}, 400, "name: 'bad..name' is not a host name"), ({"name": "192.0.2.1"}, 400, "name: "),
                ({"name": "*.contoso.test"}, 400, "name: "), ({"name": ""}, 400, "name: "), ({}, 400, "'name' is missing"),
                ({"name": "a.test", "port": 1}, 400, "unknown field 'port'"), ({"name": 7}, 400, "is not a text"),
                ({"name": "a.test", "listener": "none"}, 404, "listener: no listener 'none' is served"))
        mark = self.lab.mark()
        for body, status, said in rows:
            with self.subTest(body=body):
                reply = self.api.ask("POST", "/api/v1/test-connection", body)
                self.assertEqual(reply.status, status, reply.text)
                self.assertIn(said, json.loads(reply.text)["error"]["what"])
        self.assertEqual(self.api.ask("POST", "/api/v1/test-connection", {"name": "a.test"}, Origin="http://evil.test").status, 403)
        self.assertEqual(self.api.ask("GET", "/api/v1/test-connection").status, 405)
        self.assertEqual(self.lab.mark(), mark)


class Start(unittest.TestCase):
    def test_the_dashboard_stays_on_this_machine(self):
        done = run([FAKEOCS, "quickstart", "contoso.test", "--port", "0", "--admin", "0.0.0.0:0"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("--admin: the API on 0.0.0.0 would be open to the network in clear", done.stderr)

    def test_it_can_be_left_out(self):
        lab = Lab.quickstart("contoso.test", "--admin", "off")
        self.addCleanup(lab.stop)
        self.assertIsNone(lab.admin_port)
        done = run([FAKEOCS, "dns", "list", "--state-dir", lab.state])
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
