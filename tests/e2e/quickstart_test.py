"""`fakeocs quickstart`: the article's lab for any domain, from its first line to the sign-in that works; and
from another machine of the lab network, which is a network namespace here."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from lab import FAKEOCS, PATIENCE, Lab, run, wait_for


class FirstFiveMinutes(unittest.TestCase):
    def test_a_sign_in_fails_as_the_article_saw_it_and_its_first_fix_mends_it(self):
        lab = Lab.quickstart("contoso.test")
        self.addCleanup(lab.stop)
        dns = re.search(r"listening dns (\S+:\d+)", lab.output()).group(1)
        signin = [FAKEOCS, "signin", "alice@contoso.test", "--dns", dns, "--state-dir", lab.state,
                  "--server", f"sipinternal.contoso.test:{lab.port}"]
        done = run(signin)
        self.assertEqual(done.returncode, 10, done.stdout + done.stderr)
        self.assertIn("There was a problem verifying the certificate from the server.", done.stdout)
        fix = re.search(r"^ +(\S+fakeocs-certgen reissue .*)$", done.stdout, re.M).group(1)
        lab.wait_for_output(re.escape("--add-san sipinternal.contoso.test"))
        pasted = subprocess.run(["sh", "-c", fix], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(pasted.returncode, 0, pasted.stdout + pasted.stderr)
        again = run(signin)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)

    def test_ports_that_are_taken_are_named_with_what_one_can_type_and_nothing_is_made(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        taken = []
        for kind, port in ((socket.SOCK_STREAM, 5061), (socket.SOCK_STREAM, 8443), (socket.SOCK_DGRAM, 8053)):
            one = socket.socket(socket.AF_INET, kind)
            self.addCleanup(one.close)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody else's lab: as good
            if kind == socket.SOCK_STREAM:
                one.listen()
            taken.append(one)
        done = run([FAKEOCS, "quickstart", "contoso.test", "--state-dir", folder / "state", "--admin", "127.0.0.1:0"])
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"cannot listen on 127\.0\.0\.1:5061: .*\n  try: --port \d+, which is free\n")
        for port in (8443, 8053):
            self.assertRegex(done.stderr, rf"cannot listen on 127\.0\.0\.1:{port}: .*\n  try: --port 0 \(any free one, for all\), or "
                                          r"a configuration with port: \d+, which is free\n")
        self.assertFalse((folder / "state").exists())

    def test_the_zone_is_the_article_s(self):
        lab = Lab.quickstart("contoso.test")
        self.addCleanup(lab.stop)
        listed = run([FAKEOCS, "dns", "list", "--state-dir", lab.state])
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertRegex(listed.stdout, r"sipinternal\S*\s.*CNAME\s.*front01")
        self.assertNotIn("SRV", listed.stdout)


def may_make_namespaces():
    """Why no network namespace can be made here; empty if it can."""
    if os.geteuid() != 0:
        return "a network namespace takes root"
    if not shutil.which("ip"):
        return "iproute2 is not installed"
    name = f"fakeocs-probe-{os.getpid()}"
    done = run(["ip", "netns", "add", name])
    if done.returncode == 0:
        run(["ip", "netns", "del", name])
        return ""
    return f"no network namespace here: {done.stderr.strip()}"


@unittest.skipIf(may_make_namespaces(), f"SKIPPED: {may_make_namespaces()}")
class LabNetwork(unittest.TestCase):
    """The lab in one namespace, the client machine in another, a cable between them."""

    LAB = "192.168.56.10"
    CLIENT = "192.168.56.20"

    def setUp(self):
        self.lab_side = f"fakeocs-lab-{os.getpid()}"
        self.client_side = f"fakeocs-pc-{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for name in (self.lab_side, self.client_side):
            self.ip("netns", "add", name)
            self.addCleanup(run, ["ip", "netns", "del", name])
        self.ip("-n", self.lab_side, "link", "add", "cable0", "type", "veth", "peer", "name", "cable1", "netns",
                self.client_side)
        for name, device, address in ((self.lab_side, "cable0", self.LAB), (self.client_side, "cable1", self.CLIENT)):
            self.ip("-n", name, "address", "add", f"{address}/24", "dev", device)
            self.ip("-n", name, "link", "set", device, "up")
            self.ip("-n", name, "link", "set", "lo", "up")

    def ip(self, *words):
        done = run(["ip", *words])
        self.assertEqual(done.returncode, 0, done.stderr)

    def on_client(self, *words):
        return run(["ip", "netns", "exec", self.client_side, *words])

    def test_another_machine_asks_the_lab_and_signs_in_as_told(self):
        out = self.folder / "out"
        with open(out, "w") as output:
            server = subprocess.Popen(
                ["ip", "netns", "exec", self.lab_side, FAKEOCS, "quickstart", "contoso.test", "--lab-address", self.LAB,
                 "--state-dir", self.folder / "state"], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: True if "signin alice@" in out.read_text() else None, out.read_text,
                     lambda: server.poll() is None)
            text = out.read_text()
            self.assertIn(f"listening dns {self.LAB}:53", text)
            self.assertIn(f'netsh interface ipv4 set dnsservers "Ethernet" static {self.LAB}', text)
            self.assertIn(f"{self.LAB}  sipinternal.contoso.test", text)
            asked = self.on_client("dig", "+short", f"@{self.LAB}", "sipinternal.contoso.test")
            self.assertEqual(asked.stdout.split(), ["front01.contoso.test.", self.LAB])
            done = self.on_client(FAKEOCS, "signin", "alice@contoso.test", "--dns", self.LAB, "--state-dir",
                                  self.folder / "state")
            self.assertEqual(done.returncode, 10, done.stdout + done.stderr)
            wait_for(lambda: True if re.search(rf"{self.CLIENT}\S* sni=none", out.read_text()) else None,
                     lambda: f"a line of the client machine:\n{out.read_text()}")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=PATIENCE)


if __name__ == "__main__":
    unittest.main()
