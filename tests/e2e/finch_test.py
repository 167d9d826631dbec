"""finch with pidgin-sipe signs in by automatic configuration: the lab answers its DNS questions, shows it a
certificate, and tells from the outside what it did. Needs root: its resolver is pointed at the lab, and its
trusted roots at the lab's CA, in a mount namespace of its own."""

import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import threading
import unittest

from lab import FAKEOCS, PATIENCE, Lab, wait_for

CONFIG = """
listeners:
  - {{name: good, address: {net}.1, port: 5061, default_host: good}}
  - {{name: wrong, address: {net}.2, port: 5061, default_host: wrong}}
  - {{name: plain, address: {net}.2, port: 5060, default_host: wrong, plain_sip: true}}
hosts:
  - id: good
    names: [front01.srv.test, sipinternal.plain.test]
    certificate:
      generate: {{subject: CN=front01.srv.test, sans: [front01.srv.test, sipinternal.plain.test]}}
  - id: wrong
    names: [sip.wrong.test]
    certificate:
      generate: {{subject: CN=sip.wrong.test, sans: [sip.wrong.test]}}
dns:
  address: {net}.53
  port: 53
  zones:
    - name: srv.test
      records:
        - {{name: front01, type: A, value: {net}.1}}
        - {{name: _sipinternaltls._tcp, type: SRV, value: 0 0 5061 front01}}
    - name: plain.test
      records:
        - {{name: sipinternal, type: A, value: {net}.1}}
    - name: wrong.test
      records:
        - {{name: front01, type: A, value: {net}.2}}
        - {{name: _sipinternaltls._tcp, type: SRV, value: 0 0 5061 front01}}
    - name: clear.test
      records:
        - {{name: front01, type: A, value: {net}.2}}
        - {{name: _sipinternaltls._tcp, type: SRV, value: 0 0 5061 front01}}
        - {{name: _sipinternal._tcp, type: SRV, value: 0 0 5060 front01}}
"""

ACCOUNT = """<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'>
 <account>
  <protocol>prpl-sipe</protocol>
  <name>{user},</name>
  <password>of-the-lab</password>
  <settings>
   <setting name='transport' type='string'>auto</setting>
   <setting name='authentication' type='string'>ntlm</setting>
  </settings>
  <settings ui='gnt-purple'>
   <setting name='auto-login' type='bool'>1</setting>
  </settings>
 </account>
</account>
"""

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b.|[\x00-\x09\x0b-\x1f]")


def may_run():
    """Why these tests cannot run here; empty if they can."""
    if not shutil.which("finch"):
        return "finch is not installed"
    if os.geteuid() != 0:
        return "a mount namespace takes root"
    done = subprocess.run(["unshare", "--mount", "mount", "--bind", "/etc/hostname", "/etc/resolv.conf"],
                          capture_output=True, text=True)
    return "" if done.returncode == 0 else f"no mount namespace here: {done.stderr.strip()}"


class Finch:
    """The program on a terminal of its own, asking the lab's DNS and trusting the lab's CA."""

    def __init__(self, lab, nameserver, user):
        self.home = lab.folder / f"purple-{user}"
        roots = self.home / "roots"
        roots.mkdir(parents=True)
        shutil.copy(lab.ca, roots / "lab.pem")
        (self.home / "resolv.conf").write_text(f"nameserver {nameserver}\n")
        (self.home / "accounts.xml").write_text(ACCOUNT.format(user=user))
        inside = (f"mount --bind {self.home}/resolv.conf /etc/resolv.conf && "
                  f"mount --bind {roots} /etc/ssl/certs && exec finch -c {self.home}")
        self.shown = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "HOME": str(self.home), "TERM": "xterm", "LANG": "C.UTF-8",
                           "COLUMNS": "120", "LINES": "40"}
            os.execvpe("unshare", ["unshare", "--mount", "sh", "-c", inside], environment)
        self.reader = threading.Thread(target=self.read_screen, daemon=True)
        self.reader.start()

    def read_screen(self):
        try:
            while True:
                more = os.read(self.terminal, 65536)
                if not more:
                    return
                self.shown += more
        except OSError:
            pass

    def text(self):
        return ESCAPES.sub(b" ", self.shown).decode("utf-8", "replace")

    def wait_for_text(self, pattern):
        return wait_for(lambda: re.search(pattern, self.text()), lambda: f"{pattern!r}; the screen: {self.text()[-2000:]}")

    def press(self, keys):
        os.write(self.terminal, keys)

    def end(self):
        if self.pid == 0:
            return
        os.killpg(self.pid, signal.SIGKILL)  # with its helpers, which hold the terminal open
        os.waitpid(self.pid, 0)
        self.pid = 0
        self.reader.join(PATIENCE)
        os.close(self.terminal)


def questions(records):
    """The names asked, in order, each once: A and AAAA of a name are one."""
    seen = []
    for one in records:
        if not one["schema"].startswith("fakeocs.dns/"):
            continue
        name = one["name"].lower()
        if name not in seen:
            seen.append(name)
    return seen


@unittest.skipIf(may_run(), f"SKIPPED: {may_run()}")
class Automatic(unittest.TestCase):
    """A lab of its own for each: every finch comes from the same address."""

    def setUp(self):
        self.net = f"127.{random.randint(16, 250)}.{random.randint(1, 250)}"
        self.lab = Lab.configured(CONFIG.format(net=self.net))
        self.addCleanup(self.lab.stop)

    def open(self, user):
        finch = Finch(self.lab, f"{self.net}.53", user)
        self.addCleanup(finch.end)
        return finch

    def seen(self, probe, what):
        """Waits for a record."""
        return wait_for(lambda: next((one for one in self.lab.all_lines() if probe(one)), None),
                        lambda: f"{what}:\n{self.lab.output()[-3000:]}", self.lab.alive)

    def order_of_profile(self, domain):
        done = subprocess.run([FAKEOCS, "signin", f"alice@{domain}", "--client", "sipe", "--dns", f"{self.net}.53:53",
                               "--state-dir", self.lab.state, "--json"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        report = json.loads(done.stdout)
        names = []
        for step in report["steps"]:
            for question in step.get("questions", []):
                if question["name"] not in names:
                    names.append(question["name"])
        return names

    def signs_in(self, domain, wanted):
        self.open(f"alice@{domain}")
        told = self.seen(lambda one: one["schema"].startswith("fakeocs.sip/") and one.get("method") == "SUBSCRIBE",
                         "a request after the 200")
        mine = [one for one in self.lab.all_lines() if one.get("attempt")]
        self.assertEqual({one["attempt"] for one in mine}, {told["attempt"]}, "one attempt")
        asked = questions(mine)
        self.assertEqual(asked, self.order_of_profile(domain)[:len(asked)], "the order of the sipe profile")
        self.assertIn(wanted, asked)

    def test_srv_alone_leads_to_its_target(self):
        self.signs_in("srv.test", "front01.srv.test")

    def test_sipinternal_alone_is_found_after_the_srv_questions(self):
        self.signs_in("plain.test", "sipinternal.plain.test")

    def test_a_dialog_that_is_open_shows_at_once_and_reject_ends_it(self):
        finch = self.open("bob@wrong.test")
        finch.wait_for_text("SSL Certificate Verification")
        self.lab.wait_for_output(r"finished-silent \(so far\)")
        finch.press(b"\x1bn\t\r")  # Alt-n: to the dialog; Tab: from Accept to Reject
        record = self.seen(lambda one: one.get("verdict") == "finished-no-data", "the end of the rejected connection")
        self.assertEqual(record["wanted"]["name"], "front01.wrong.test")

    def test_after_a_reject_it_falls_back_to_sip_in_clear(self):
        finch = self.open("dave@clear.test")
        finch.wait_for_text("SSL Certificate Verification")
        self.lab.wait_for_output(r"finished-silent \(so far\)")
        finch.press(b"\x1bn\t\r")
        self.seen(lambda one: one["schema"].startswith("fakeocs.sip/") and one.get("method") == "SUBSCRIBE",
                  "a request after the 200")
        rejected = self.seen(lambda one: one.get("verdict") == "finished-no-data", "the rejected connection")
        finch.end()  # the record comes with the connection's end
        clear = self.seen(lambda one: one.get("verdict") == "signed-in", "the connection in clear")
        self.assertEqual((clear["in_clear"], clear["detail"]), (True, "in clear"))
        self.assertEqual(clear["attempt"], rejected["attempt"])

    def test_a_dialog_that_is_accepted_goes_on_to_register(self):
        finch = self.open("carol@wrong.test")
        finch.wait_for_text("SSL Certificate Verification")
        finch.press(b"\x1bn\r")
        self.seen(lambda one: one["schema"].startswith("fakeocs.sip/") and one.get("method") == "SUBSCRIBE",
                  "a request after the 200")


if __name__ == "__main__":
    unittest.main()
