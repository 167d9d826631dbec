"""The front end's SIP side: what a REGISTER gets, who counts as signed in, limits, SIP in clear; real clients."""

import json
import os
import pty
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import unittest

from lab import FAKEOCS, PATIENCE, Lab, LabTest, run, wait_for

CONFIG = """
listeners:
  - {port: 0}
  - {port: 0, plain_sip: true}
sip:
  answers:
    - {user: bob@contoso.test, answer: not-found}
    - {user: "@fabrikam.test", answer: forbidden}
    - {user: carol@contoso.test, answer: redirect, homes: [{host: home.contoso.test, q: 0.7}]}
    - {user: dave@contoso.test, answer: never}
    - {user: eve@contoso.test, answer: unavailable, diagnostics: {id: 42, source: fe.test, reason: "on \\"purpose\\""}}
    - {host: old, answer: redirect, homes: [{host: sip.contoso.test, port: 5061}]}
  limits: {messages: 5, body_bytes: 1000}
hosts:
  - id: pool
    names: [sip.contoso.test, home.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test, home.contoso.test]}}
  - id: old
    names: [old.contoso.test]
    certificate: {generate: {subject: CN=old.contoso.test, sans: [old.contoso.test]}}
"""


def request(method, cseq=1, user="alice@contoso.test", more="", body=""):
    return (
        f"{method} sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS 10.9.8.7:5061;branch=z9hG4bK{cseq}\r\n"
        f"From: <sip:{user}>;tag=1;epid=ab\r\nTo: <sip:{user}>\r\nCall-ID: c1\r\nCSeq: {cseq} {method}\r\n"
        f"{more}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


R2 = "UCCAPI/3.5.6907.0 OC/3.5.6907.0 (Microsoft Office Communicator 2007 R2)"
CONTACT = "Contact: <sip:10.9.8.7:5061;transport=tls>\r\nms-keep-alive: UAC;hop-hop=yes\r\n"


class Talk:
    """A connection that speaks SIP, in TLS unless `name` is None."""

    def __init__(self, lab, name="sip.contoso.test", listener=0):
        self.stream = lab.connect(listener)
        self.port = self.stream.getsockname()[1]
        if name is not None:
            context = ssl.create_default_context(cafile=lab.ca)
            self.stream = context.wrap_socket(self.stream, server_hostname=name)
        self.held = b""

    def say(self, data):
        self.stream.sendall(data)

    def answer(self):
        """The next answer's status line and headers, as text; empty at the end of the stream."""
        while b"\r\n\r\n" not in self.held:
            try:
                data = self.stream.recv(65536)
            except (ConnectionError, ssl.SSLError):
                data = b""
            if not data:
                return ""
            self.held += data
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        return head.decode()

    def ask(self, data):
        self.say(data)
        return self.answer()

    def close(self):
        self.stream.close()


class Registrar(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG)

    def asked(self, *requests, name="sip.contoso.test", listener=0):
        """Says each request, returns the last answer and the connection's record."""
        talk = Talk(self.lab, name, listener)
        answer = ""
        for one in requests:
            answer = talk.ask(one)
        talk.close()
        return answer, self.lab.record_of(talk.port)

    def test_a_client_that_goes_on_after_its_200_is_signed_in(self):
        answer, record = self.asked(request("REGISTER", more=CONTACT), request("SUBSCRIBE", 2))
        self.assertTrue(answer.startswith("SIP/2.0 405 "), answer)
        self.assertEqual(record["verdict"], "signed-in")
        self.assertFalse(record["in_clear"])

    def test_a_client_that_leaves_after_its_200_is_not(self):
        answer, record = self.asked(request("REGISTER", more=CONTACT))
        self.assertTrue(answer.startswith("SIP/2.0 200 OK\r\n"), answer)
        self.assertIn("received=127.0.0.1;ms-received-port=", answer)
        self.assertIn("\r\nExpires: 7200", answer)
        self.assertIn("\r\nms-keep-alive: UAS;", answer)
        self.assertNotIn("Authenticate", answer)
        self.assertEqual(record["verdict"], "accepted")

    def test_the_record_has_the_user_agent_and_doubts_one_that_does_not_fit_the_hello(self):
        says = request("REGISTER", more=CONTACT + f"User-Agent: {R2}\r\n")
        _, record = self.asked(says)
        guess = record["client_family"]
        self.assertEqual((record["user_agent"], guess["family"], guess["confidence"]), (R2, "openssl", "possible"))
        self.assertRegex(guess["disagreement"], "which is Office Communicator 2007 R2, but the hello is that of OpenSSL 3")
        _, record = self.asked(says, name=None, listener=1)
        guess = record["client_family"]
        self.assertEqual((guess["family"], guess["confidence"]), ("communicator-2007-r2", "likely"))
        self.assertNotIn("disagreement", guess, "in clear there is no hello")
        for word, found in (("agent:uccapi", 1), ("family:communicator*", 1), ("-fault:none", 0), ("family:schannel", 0)):
            done = run([FAKEOCS, "log", self.lab.log, "--json", "--filter", word])
            ids = [json.loads(line).get("id") for line in done.stdout.splitlines()]
            self.assertEqual(ids.count(record["id"]), found, word)

    def test_refusals_carry_diagnostics_and_sign_nobody_in(self):
        for user, status, diagnostics in (
            ("bob@contoso.test", 404, '4005;source="sip.contoso.test";reason="'),
            ("anybody@fabrikam.test", 403, '4004;source="sip.contoso.test";reason="'),
            ("eve@contoso.test", 503, '42;source="fe.test";reason="on \\"purpose\\""'),
        ):
            with self.subTest(user=user):
                talk = Talk(self.lab)
                answer = talk.ask(request("REGISTER", user=user, more=CONTACT))
                self.assertTrue(answer.startswith(f"SIP/2.0 {status} "), answer)
                self.assertIn(f"\r\nms-diagnostics: {diagnostics}", answer)
                talk.ask(request("OPTIONS", 2, user=user))
                talk.close()
                self.assertEqual(self.lab.record_of(talk.port)["verdict"], "accepted")

    def test_a_redirect_names_the_home_pool_and_does_not_repeat_there(self):
        port = self.lab.ports[0]
        answer, _ = self.asked(request("REGISTER", user="carol@contoso.test", more=CONTACT))
        self.assertTrue(answer.startswith("SIP/2.0 301 Redirect request to Home Server\r\n"), answer)
        self.assertIn(f"\r\nContact: <sip:home.contoso.test:{port};transport=TLS>;q=0.7", answer)
        home, _ = self.asked(request("REGISTER", user="carol@contoso.test", more=CONTACT), name="home.contoso.test")
        self.assertTrue(home.startswith("SIP/2.0 200 "), home)
        old, _ = self.asked(request("REGISTER", more=CONTACT), name="old.contoso.test")
        self.assertIn("\r\nContact: <sip:sip.contoso.test:5061;transport=TLS>;q=0.7", old)

    def test_never_means_silence_with_the_connection_open(self):
        talk = Talk(self.lab)
        talk.say(request("REGISTER", user="dave@contoso.test", more=CONTACT))
        self.assertTrue(talk.ask(request("OPTIONS", 2)).startswith("SIP/2.0 200 "), "only OPTIONS is answered")
        talk.close()

    def test_negotiate_is_declined_and_the_register_after_it_answered(self):
        talk = Talk(self.lab)
        negotiate = b"NEGOTIATE sip:127.0.0.1:5061 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1\r\nCSeq: 1 NEGOTIATE\r\n" \
                    b"Call-ID: 1\r\nFrom: ;tag=1\r\nCompression: LZ77-8K\r\nContent-Length: 0\r\n\r\n"
        self.assertTrue(talk.ask(negotiate).startswith("SIP/2.0 405 "))
        self.assertTrue(talk.ask(request("REGISTER", more=CONTACT)).startswith("SIP/2.0 200 "))
        talk.close()

    def test_messages_in_one_byte_pieces_and_a_ping_between_them(self):
        talk = Talk(self.lab)
        for byte in b"\r\n\r\n" + request("OPTIONS"):
            talk.say(bytes([byte]))
        answer = talk.answer()
        self.assertTrue(answer.startswith("\r\nSIP/2.0 200 "), f"pong, then the answer: {answer!r}")
        talk.close()

    def test_what_is_too_much_ends_the_connection(self):
        for name, data, status in (
            ("a body", request("OPTIONS", body="x" * 1001), 413),
            ("a length", request("OPTIONS").replace(b"Content-Length: 0", b"Content-Length: y"), 400),
            ("a line", request("OPTIONS", more="X: " + "x" * 9000 + "\r\n"), 513),
        ):
            with self.subTest(name):
                talk = Talk(self.lab)
                self.assertTrue(talk.ask(data).startswith(f"SIP/2.0 {status} "))
                self.assertEqual(talk.answer(), "")
                talk.close()
        talk = Talk(self.lab)
        answers = [talk.ask(request("OPTIONS", cseq)) for cseq in range(1, 7)]
        self.assertTrue(answers[4].startswith("SIP/2.0 200 "), answers[4])
        self.assertTrue(answers[5].startswith("SIP/2.0 503 "), answers[5])
        self.assertEqual(talk.answer(), "")
        talk.close()

    def test_a_credential_is_written_nowhere(self):
        secret = "0102s3cr3t"
        talk = Talk(self.lab)
        talk.ask(request("REGISTER", more=CONTACT + f'Authorization: NTLM qop="auth",\r\n response="{secret}"\r\n'))
        talk.ask(request("OPTIONS", 2, more=f"Proxy-Authorization: Digest {secret}\r\nAuthorization {secret}\r\n"))
        talk.close()
        self.lab.record_of(talk.port)
        for path in self.lab.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_sip_in_clear_is_answered_where_asked_and_marked(self):
        answer, record = self.asked(request("REGISTER", more=CONTACT), request("SUBSCRIBE", 2), name=None, listener=1)
        self.assertTrue(answer.startswith("SIP/2.0 405 "), answer)
        self.assertEqual((record["verdict"], record["detail"]), ("signed-in", "in clear"))
        self.assertTrue(record["in_clear"])
        answer, record = self.asked(request("OPTIONS"), name=None, listener=1)
        self.assertTrue(answer.startswith("SIP/2.0 200 "), answer)
        self.assertEqual((record["verdict"], record["detail"]), ("not-tls", "sip, answered in clear"))
        answer, record = self.asked(request("OPTIONS"), name=None, listener=0)
        self.assertEqual((answer, record["verdict"], record["detail"]), ("", "not-tls", "sip"))
        answer, record = self.asked(request("OPTIONS"), listener=1)
        self.assertTrue(answer.startswith("SIP/2.0 200 "), "TLS works on that listener, too")
        self.assertFalse(record["in_clear"])

    # -- real clients ---------------------------------------------------------------------------------

    @unittest.skipUnless(shutil.which("sipsak"), "sipsak is not installed")
    def test_sipsak_probes_and_registers(self):
        for transport, port in (("tls", self.lab.ports[0]), ("tcp", self.lab.ports[1])):
            with self.subTest(transport):
                probe = run(["sipsak", "-E", transport, "--tls-ca-cert", self.lab.ca,
                             "-vv", "-s", f"sip:alice@127.0.0.1:{port}"])
                self.assertEqual(probe.returncode, 0, probe.stdout + probe.stderr)
                self.assertIn("SIP/2.0 200 OK", probe.stdout)
        by_sipsak = wait_for(lambda: [one for one in self.lab.all_records() if "sipsak" in one.get("user_agent", "")
                                      and one["first_bytes"] == "tls"] or None, "the record of sipsak")
        self.assertEqual((by_sipsak[0]["client_family"]["family"], "disagreement" in by_sipsak[0]["client_family"]),
                         ("sipsak", False))
        registered = run(["sipsak", "-i", "-E", "tcp", "-U", "-C", "sip:alice@127.0.0.1", "-x", "60", "-vv",
                          "-s", f"sip:alice@127.0.0.1:{self.lab.ports[1]}"])
        self.assertEqual(registered.returncode, 0, registered.stdout + registered.stderr)

    @unittest.skipUnless(shutil.which("sipp"), "sipp is not installed")
    def test_sipp_runs_its_scenario_in_clear(self):
        scenario = self.lab.folder / "register.xml"
        scenario.write_text(SIPP)
        mark = self.lab.mark()
        done = run(["sipp", f"127.0.0.1:{self.lab.ports[1]}", "-t", "t1", "-sf", scenario, "-m", "1", "-nostdin",
                    "-timeout", f"{PATIENCE - 10}s", "-i", "127.0.0.1"])
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        verdicts = wait_for(lambda: [r["verdict"] for r in self.lab.all_records()[mark:] if r.get("in_clear")] or None,
                            "a record of sipp")
        self.assertIn("signed-in", verdicts)

    @unittest.skipUnless(shutil.which("baresip"), "baresip is not installed")
    def test_baresip_registers_over_tls(self):
        home = self.lab.folder / "baresip"
        home.mkdir()
        (home / "config").write_text(
            "module_path /usr/lib/baresip/modules\nmodule_app account.so\nsip_listen 127.0.0.1:0\n")
        (home / "accounts").write_text(
            f"<sip:frank@contoso.test;transport=tls>;outbound=\"sip:127.0.0.1:{self.lab.ports[0]};transport=tls\";"
            "regint=60;auth_pass=none\n")
        with open(home / "log", "w") as log:
            client = subprocess.Popen(["baresip", "-f", home, "-4"], stdin=subprocess.DEVNULL, stdout=log,
                                      stderr=subprocess.STDOUT)
        try:
            self.lab.wait_for_output(r"REGISTER frank@contoso\.test \(baresip[\s\S]*REGISTER answered 200")
        finally:
            client.send_signal(signal.SIGKILL)
            client.wait()
        (record,) = wait_for(lambda: [one for one in self.lab.all_records() if "baresip" in one.get("user_agent", "")]
                             or None, "the record of baresip")
        self.assertEqual((record["client_family"]["family"], "disagreement" in record["client_family"]), ("baresip", False))

    @unittest.skipUnless(shutil.which("finch"), "finch is not installed")
    def test_finch_with_pidgin_sipe_signs_in_without_a_challenge(self):
        home = self.lab.folder / "purple"
        peers = home / "certificates" / "x509" / "tls_peers"
        peers.mkdir(parents=True)
        # Its own store of accepted certificates: no dialog, and no change to the machine's trust.
        shutil.copy(self.lab.state / "pool" / "cert.pem", peers / "127.0.0.1")
        (home / "accounts.xml").write_text(FINCH.format(port=self.lab.ports[0]))
        mark = self.lab.mark()
        client = Terminal(["finch", "-c", str(home)], {"HOME": str(home), "TERM": "xterm", "LANG": "C.UTF-8"})
        try:
            self.lab.wait_for_output(r"SUBSCRIBE grace@contoso\.test \(Purple/\S+ Sipe/")
        finally:
            client.end()
        records = wait_for(lambda: [r for r in self.lab.all_records()[mark:]
                                    if not r["provisional"] and r["verdict"] == "signed-in"] or None,
                           lambda: f"signed-in: {self.lab.output()[-3000:]}")
        self.assertEqual(records[0]["client_family"]["family"], "sipe")
        self.assertNotIn("disagreement", records[0]["client_family"])


class KeepAlive(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG.replace("sip:\n", "limits: {idle_seconds: 0.1}\nsip:\n  keep_alive_seconds: 1\n"))

    def test_a_sip_connection_may_be_silent_for_twice_its_keep_alive(self):
        talk = Talk(self.lab)
        self.assertIn("timeout=1", talk.ask(request("REGISTER", more=CONTACT)))
        self.assertEqual(talk.answer(), "")
        record = self.lab.record_of(talk.port)
        self.assertEqual(record["ended"], "idle-deadline")
        self.assertGreaterEqual(record["duration_us"], 2_000_000)
        talk.close()


class Terminal:
    """A program on a terminal of its own, whose screen nobody looks at."""

    def __init__(self, command, environment):
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, {**os.environ, **environment})
        self.reader = threading.Thread(target=self.drain, daemon=True)
        self.reader.start()

    def drain(self):
        try:
            while os.read(self.screen, 65536):
                pass
        except OSError:
            pass

    def end(self):
        os.killpg(self.pid, signal.SIGKILL)  # with its helpers, which hold the terminal too
        os.waitpid(self.pid, 0)
        self.reader.join(PATIENCE)
        os.close(self.screen)


FINCH = """<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'>
 <account>
  <protocol>prpl-sipe</protocol>
  <name>grace@contoso.test,</name>
  <password>of-the-lab</password>
  <settings>
   <setting name='server' type='string'>127.0.0.1:{port}</setting>
   <setting name='transport' type='string'>tls</setting>
   <setting name='authentication' type='string'>ntlm</setting>
  </settings>
  <settings ui='gnt-purple'>
   <setting name='auto-login' type='bool'>1</setting>
  </settings>
 </account>
</account>
"""

SIPP = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register, then ask">
  <send><![CDATA[

      REGISTER sip:contoso.test SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:heidi@contoso.test>;tag=[call_number]
      To: <sip:heidi@contoso.test>
      Call-ID: [call_id]
      CSeq: 1 REGISTER
      Contact: <sip:heidi@[local_ip]:[local_port];transport=tcp>
      Max-Forwards: 70
      Expires: 60
      Content-Length: 0

  ]]></send>
  <recv response="200"/>
  <send><![CDATA[

      OPTIONS sip:contoso.test SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:heidi@contoso.test>;tag=[call_number]
      To: <sip:heidi@contoso.test>
      Call-ID: [call_id]
      CSeq: 2 OPTIONS
      Max-Forwards: 70
      Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>
"""


if __name__ == "__main__":
    unittest.main()
