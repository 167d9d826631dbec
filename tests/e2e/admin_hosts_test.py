"""The API's virtual hosts, certificates, health and metrics; replies against docs/openapi.json."""

import http.client
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import unittest

from admin_test import AdminTest, Api
from lab import FAKEOCS, PATIENCE, SOURCE, Lab, run, wait_for

try:
    import jsonschema
except ImportError:
    jsonschema = None
try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

needs_jsonschema = unittest.skipUnless(jsonschema, "no jsonschema (Debian: python3-jsonschema)")
needs_parser = unittest.skipUnless(text_string_to_metric_families, "Debian: python3-prometheus-client")

OPENAPI = json.loads((SOURCE / "docs/openapi.json").read_text())


def schema_of(method, path, status=200, kind="application/json"):
    """The schema of a reply, with the components it refers to."""
    reply = OPENAPI["paths"][path][method.lower()]["responses"][str(status)]
    return {**reply["content"][kind]["schema"], "components": OPENAPI["components"]}


@needs_jsonschema
class Shapes(AdminTest):
    def holds(self, path, actual=None, method="GET", body=None, status=200):
        reply = self.api.ask(method, "/api/v1" + (actual or path), body)
        self.assertEqual(reply.status, status, reply.text)
        value = json.loads(reply.text)
        jsonschema.Draft202012Validator(schema_of(method, path, status)).validate(value)
        return value

    def test_replies_are_as_documented(self):
        record = self.visit("sipinternal.contoso.test")
        run([FAKEOCS, "signin", "alice@contoso.test", "--dns", f"127.0.0.1:{self.lab.dns_port}", "--state-dir",
             self.lab.state])
        self.stored(record)
        self.holds("/status")
        self.holds("/config")
        self.holds("/config", "/config?host=nobody", status=404)
        self.holds("/config", "/config?limit=101", status=400)
        self.holds("/config", "/config?host=front01&limit=101", status=400)
        self.holds("/handshakes")
        self.holds("/handshakes/latest")
        self.holds("/handshakes/{id}", f"/handshakes/{record['id']}")
        self.holds("/handshakes/{id}", "/handshakes/nobody", status=404)
        self.holds("/handshakes/wait", "/handshakes/wait?after=0&timeout=1")
        attempts = self.holds("/attempts")
        self.holds("/attempts/{id}", "/attempts/" + attempts["attempts"][0]["id"])
        self.holds("/attempts/latest")
        self.holds("/hosts")
        self.holds("/hosts", "/hosts?limit=1&first=1")
        self.holds("/hosts", "/hosts?limit=0", status=400)
        self.holds("/readyz")
        self.holds("/test-connection", method="POST", body={"name": "sip.contoso.test"})
        self.holds("/test-connection", method="POST", body={"name": "bad..name"}, status=400)
        self.holds("/dns/records")
        added = {"name": "extra", "type": "A", "value": "192.0.2.1"}
        self.holds("/dns/records", method="POST", body=added, status=201)
        self.holds("/dns/records", method="POST", body=added, status=200)
        self.holds("/dns/records", method="POST", body={"name": "extra"}, status=400)
        self.holds("/dns/records", "/dns/records?name=extra", method="DELETE")
        self.holds("/dns/faults", method="POST", body={"name": "sip", "fault": "delay", "delay_ms": 5}, status=201)
        self.holds("/dns/faults")
        self.holds("/dns/faults", method="DELETE")

    def test_a_schema_can_fail(self):
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema_of("GET", "/hosts")).validate({"schema": 1, "hosts": [{"id": 1}]})


class Hosts(AdminTest):
    def host(self):
        (host,) = self.api.get("/api/v1/hosts")["hosts"]
        return host

    def served(self):
        """The certificate a client gets now, as PEM."""
        context = ssl.create_default_context(cafile=str(self.lab.ca))
        context.check_hostname = False
        with self.lab.connect() as plain, context.wrap_socket(plain, server_hostname="x.contoso.test") as secure:
            return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))

    def test_a_reissue_is_served_at_once_and_can_be_undone(self):
        before = self.served()
        self.assertNotIn("undo_until", self.host())
        reply = self.api.ask("POST", "/api/v1/hosts/front01/reissue", {"add": ["new.contoso.test"]})
        self.assertEqual(reply.status, 200, reply.text)
        told = json.loads(reply.text)
        if jsonschema:
            jsonschema.Draft202012Validator(schema_of("POST", "/hosts/{id}/reissue")).validate(told)
        self.assertIn({"kind": "DNS", "text": "new.contoso.test"}, told["certificate"]["san"])
        self.assertEqual(self.lab.curl("new.contoso.test").returncode, 0)
        self.assertNotEqual(self.served(), before)
        self.assertIn("undo_until", self.host())

        reply = self.api.ask("POST", "/api/v1/hosts/front01/undo", {})
        self.assertEqual(reply.status, 200, reply.text)
        self.assertEqual(self.served(), before)
        self.assertEqual((self.lab.state / "front01/key.pem").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.api.ask("POST", "/api/v1/hosts/front01/undo", {}).status, 404)

    def test_what_cannot_be_reissued_says_why(self):
        rows = (("front01", {"add": ["f\u00fcr.test"]}, 400), ("front01", {"add": "a"}, 400), ("front01", {"ad": []}, 400),
                ("front02", {"add": ["a.test"]}, 404), ("..", {"add": ["a.test"]}, 404),
                ("%2e%2e", {"add": ["a.test"]}, 404))
        before = self.served()
        for host, body, status in rows:
            with self.subTest(host=host, body=body):
                self.assertEqual(self.api.ask("POST", f"/api/v1/hosts/{host}/reissue", body).status, status)
        self.assertEqual(self.served(), before)

    def test_names_that_are_none_are_refused_unless_they_are_meant(self):
        long_label, long_name = "a" * 64 + ".test", ".".join(["a" * 63] * 4)
        rows = (({"add": ["good.contoso.test", "bad..name"]}, 400, "add[1]: 'bad..name' is not a host name"),
                ({"add": [long_label]}, 400, "add[0]: "), ({"add": [long_name]}, 400, "add[0]: "),
                ({"add": ["https://sip.contoso.test/"]}, 400, "add[0]: "), ({"add": ["a.*.test"]}, 400, "add[0]: "),
                ({"add": ["sip.contoso.test."]}, 400, "add[0]: 'sip.contoso.test.' ends with a dot"),
                ({"add": ["IP:x"]}, 400, "add[0]: 'x' is not an IP address"),
                ({"remove": ["sip.contoso.test", "other.test"]}, 409, "remove[1]: 'DNS:other.test' is not on the certificate"))
        before = self.served()
        for body, status, said in rows:
            with self.subTest(body=body):
                reply = self.api.ask("POST", "/api/v1/hosts/front01/reissue", body)
                error = json.loads(reply.text)["error"]
                self.assertEqual(reply.status, status, reply.text)
                self.assertIn(said, error["what"])
                self.assertIn("DNS:sip.contoso.test" if status == 409 else "DNS: in front" if "IP:x" not in body["add"]
                              else "DNS:", error["hint"])
        self.assertEqual(self.served(), before)
        for name in ("bad..name", long_label, long_name):
            reply = self.api.ask("POST", "/api/v1/hosts/front01/reissue", {"add": ["DNS:" + name]})
            self.assertEqual(reply.status, 200, reply.text)
            self.assertIn("is not a plain host name", reply.text)
            # What is there can be taken away, whatever it is.
            reply = self.api.ask("POST", "/api/v1/hosts/front01/reissue", {"remove": [name], "add": ["*.contoso.test"]})
            self.assertEqual(reply.status, 200, reply.text)
            self.assertNotIn(name, reply.text.partition('"remarks"')[0])

    def test_the_chain_of_a_connection_stays_whatever_is_served_later(self):
        record = self.stored(self.visit("sip.contoso.test"))
        reply = self.api.ask("GET", f"/api/v1/handshakes/{record['id']}/chain")
        self.assertEqual((reply.status, reply.headers["Content-Type"]), (200, "application/x-pem-file"))
        self.assertTrue(reply.text.startswith("-----BEGIN CERTIFICATE-----"))
        self.assertNotIn("PRIVATE", reply.text)
        self.assertIn(self.served().strip(), reply.text.replace("\r", ""))
        self.assertIn("attachment", reply.headers["Content-Disposition"])
        leaf = ssl.PEM_cert_to_DER_cert(self.served())
        self.api.ask("POST", "/api/v1/hosts/front01/reissue", {"add": ["later.contoso.test"]})
        again = self.api.ask("GET", f"/api/v1/handshakes/{record['id']}/chain")
        self.assertEqual((again.status, again.text), (200, reply.text))
        der = self.api.ask("GET", f"/api/v1/handshakes/{record['id']}/chain?form=cer").body
        self.assertEqual(der, leaf)
        self.assertNotEqual(ssl.PEM_cert_to_DER_cert(self.served()), leaf)
        self.assertEqual(self.api.ask("GET", f"/api/v1/handshakes/{record['id']}/chain?form=der").status, 400)


class Health(AdminTest):
    def test_alive_and_ready(self):
        self.assertEqual(self.api.ask("GET", "/livez").text, "alive\n")
        self.assertEqual(self.api.get("/readyz"), {"ready": True, "problems": []})
        done = run([FAKEOCS, "ready", "--state-dir", self.lab.state])
        self.assertEqual((done.returncode, json.loads(done.stdout)["ready"]), (0, True))

    def test_nobody_is_ready_where_nobody_runs(self):
        done = run([FAKEOCS, "ready", "--state-dir", self.lab.folder / "nowhere"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("no lab runs on this state folder", done.stderr)

    def metric(self, name, **labels):
        text = self.api.ask("GET", "/metrics").text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return 0

    @needs_parser
    def test_connections_are_counted_by_verdict_and_no_name_is_a_label(self):
        before = self.metric("fakeocs_connections_total", verdict="closed-before-hello")
        mark = self.lab.mark()
        self.lab.connect().close()
        self.stored(self.lab.records(1, mark)[0])
        self.visit("somebody.contoso.test")
        wait_for(lambda: self.metric("fakeocs_connections_total", verdict="closed-before-hello") == before + 1 or None,
                 "the count")
        self.assertGreater(self.metric("fakeocs_start_time_seconds"), 1e9)
        reply = self.api.ask("GET", "/metrics")
        self.assertEqual(reply.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertNotIn("contoso", reply.text)
        self.assertEqual(self.metric("fakeocs_connections_total", verdict="closed-before-hello"), before + 1,
                         "what was counted is not counted again")

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian: prometheus)")
    def test_promtool_finds_nothing_wrong(self):
        done = subprocess.run(["promtool", "check", "metrics"], input=self.api.ask("GET", "/metrics").text, text=True,
                              capture_output=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


CA_LAB = """
listeners: [{port: 0}]
hosts: [{id: front01, names: [sip.contoso.test], certificate: {generate: {subject: CN=sip.contoso.test}}}]
admin: {port: 0}
ca_page: {enabled: true, port: 0}
"""


@needs_parser
class CountsWithoutHistory(Health):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CA_LAB + "history: {keep: false}\n")

    def stored(self, record):
        """Nothing is."""

    def test_no_history_is_kept(self):
        self.assertEqual(self.api.ask("GET", "/api/v1/handshakes").status, 503)


class Readiness(unittest.TestCase):
    def test_a_refused_reload_is_told_and_counts_for_those_who_are_strict(self):
        lab = Lab.configured(CA_LAB)
        self.addCleanup(lab.stop)
        ready = lambda *more: run([FAKEOCS, "ready", "--state-dir", lab.state, *more])
        self.assertEqual(ready("--strict").returncode, 0)
        lab.config.write_text("listeners: [{prt: 0}]\n")
        lab.process.send_signal(signal.SIGHUP)
        lab.wait_for_output("not reloaded")
        told = json.loads(ready().stdout)
        self.assertEqual((told["ready"], len(told["problems"])), (True, 1))
        self.assertIn("lab.yaml:1:1: key 'hosts' is missing", told["problems"][0])
        self.assertEqual((ready().returncode, ready("--strict").returncode), (0, 1))
        self.assertEqual(Api(lab.admin_port).ask("GET", "/readyz?strict=true").status, 503)
        lab.config.write_text(CA_LAB)
        lab.process.send_signal(signal.SIGHUP)
        lab.wait_for_output("reloaded ")
        wait_for(lambda: ready("--strict").returncode == 0 or None, "ready again", lab.alive)

    def test_a_log_that_cannot_be_written_counts_for_those_who_are_strict(self):
        lab = Lab.configured(CA_LAB + "logs: {text_file: /dev/full}\n")
        self.addCleanup(lab.stop)
        lab.connect().close()
        reply = lambda query: Api(lab.admin_port).ask("GET", "/readyz" + query)
        wait_for(lambda: reply("?strict=true").status == 503 or None, "the trouble is known", lab.alive)
        self.assertEqual(reply("").status, 200)
        self.assertIn("text log /dev/full cannot be written", reply("").text)


class CaPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.configured(CA_LAB)
        cls.port = int(re.search(r"(?m)^listening ca \S*:(\d+) ", cls.lab.output()).group(1))

    @classmethod
    def tearDownClass(cls):
        cls.lab.stop()

    def test_an_old_browser_gets_page_and_file(self):
        with_name = f"GET /ca HTTP/1.0\r\nHost: lab.contoso.test:{self.port}\r\n\r\n"
        for request in ("GET /ca HTTP/1.0\r\n\r\n", with_name):
            with self.lab_socket() as plain:
                plain.sendall(request.encode())
                reply = b"".join(iter(lambda: plain.recv(65536), b"")).decode()
            self.assertTrue(reply.startswith("HTTP/1.0 200 "), reply[:100])
            self.assertIn('<a href="/ca.cer">', reply)
            self.assertNotIn("<script", reply)
            fingerprint = run(["openssl", "x509", "-in", self.lab.ca, "-noout", "-fingerprint", "-sha256"]).stdout
            self.assertIn(fingerprint.strip().partition("=")[2], reply)
        done = Api(self.port).ask("GET", "/ca.pem")
        self.assertEqual(done.text, self.lab.ca.read_text())
        self.assertEqual(done.headers["Content-Type"], "application/x-pem-file")

    def lab_socket(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def test_nothing_else_is_there(self):
        for path in ("/", "/api/v1/status", "/metrics", "/readyz", "/ca.key", "/ca/../ca.key", "/ca?x"):
            with self.subTest(path=path):
                self.assertEqual(Api(self.port).ask("GET", path).status, 404)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("POST", "/ca", "{}", {"Content-Type": "application/json"})
        self.assertEqual(connection.getresponse().status, 405)
        connection.close()


if __name__ == "__main__":
    unittest.main()
