"""The lab DNS on port 53 of a lab network, for another machine whose glibc asks it.

The other machine is a network namespace with a resolv.conf of its own.
"""

import contextlib
import os
import pathlib
import re
import shutil
import unittest

from lab import FAKEOCS, Lab, run

LAB_ADDRESS = "198.18.53.1"
CLIENT_ADDRESS = "198.18.53.2"

CONFIG = f"""
listeners: [{{address: {LAB_ADDRESS}, port: 0}}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {{generate: {{subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}}}
dns:
  address: {LAB_ADDRESS}
  port: 53
  zones:
    - name: contoso.test
      records:
        - {{name: sipinternal, type: CNAME, value: front01}}
        - {{name: front01, type: A, value: {LAB_ADDRESS}}}
        - {{name: front01, type: AAAA, value: "2001:db8::1"}}
"""


def namespaces_permitted():
    """Whether this user may make a namespace with a cable in it, and enter it."""
    name = f"fakeocs-try-{os.getpid()}"
    if shutil.which("ip") is None or run(["ip", "netns", "add", name]).returncode != 0:
        return False
    cable = run(["ip", "link", "add", "try0", "netns", name, "type", "veth", "peer", "name", "try1", "netns", name])
    entered = run(["ip", "netns", "exec", name, "true"])
    run(["ip", "netns", "del", name])
    return cable.returncode == 0 and entered.returncode == 0


@unittest.skipUnless(namespaces_permitted(), "SKIPPED: this user may not make network namespaces (ip netns)")
class LabNetwork(unittest.TestCase):
    """Two namespaces with a cable between them: the lab in one, a client in the other."""

    def setUp(self):
        self.lab_side, self.client_side = f"fakeocs-lab-{os.getpid()}", f"fakeocs-client-{os.getpid()}"
        for name in (self.lab_side, self.client_side):
            self.ip("netns", "add", name)
            self.addCleanup(run, ["ip", "netns", "del", name])
        self.ip("link", "add", "lab0", "netns", self.lab_side, "type", "veth", "peer", "name", "client0",
                "netns", self.client_side)
        for name, device, address in [(self.lab_side, "lab0", LAB_ADDRESS), (self.client_side, "client0", CLIENT_ADDRESS)]:
            self.ip("-n", name, "addr", "add", f"{address}/24", "dev", device)
            self.ip("-n", name, "link", "set", device, "up")
            self.ip("-n", name, "link", "set", "lo", "up")
        # glibc asks for AAAA only where the machine has an IPv6 address that is past duplicate detection.
        self.has_ipv6 = run(["ip", "-n", self.client_side, "addr", "add", "2001:db8::20/64", "dev", "client0",
                             "nodad"]).returncode == 0
        # `ip netns exec` puts this over /etc/resolv.conf.
        folder = pathlib.Path("/etc/netns") / self.client_side
        folder.mkdir(parents=True)
        self.addCleanup(self.remove, folder)
        (folder / "resolv.conf").write_text(f"nameserver {LAB_ADDRESS}\n")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")

    @staticmethod
    def remove(folder):
        shutil.rmtree(folder)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()

    def ip(self, *words):
        done = run(["ip", *words])
        self.assertEqual(done.returncode, 0, done.stderr)

    def client(self, *words):
        return run(["ip", "netns", "exec", self.client_side, *words])

    def configured(self):
        """A folder with the configuration, and the command that serves it in the lab's namespace."""
        folder = Lab.new_folder()
        config = folder / "lab.yaml"
        config.write_text(CONFIG)
        return folder, ["netns", "exec", self.lab_side, FAKEOCS, "serve", "--config", config]

    def start(self):
        folder, command = self.configured()
        lab = Lab(command, folder, program="ip")  # `ip netns exec` becomes the program
        self.addCleanup(lab.stop)
        return lab

    def refused(self, *before):
        """What a lab prints that cannot have port 53; nothing is left in its state folder."""
        folder, command = self.configured()
        self.addCleanup(shutil.rmtree, folder)
        done = run(["ip", *command[:3], *before, *command[3:], "--state-dir", folder / "state"])
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertFalse((folder / "state" / "ca").exists())
        return done.stderr

    def test_another_machine_resolves_by_glibc_and_its_questions_are_events(self):
        lab = self.start()
        self.assertEqual(lab.dns_port, 53)
        told = self.client("getent", "ahosts", "SIPinternal.contoso.test")
        streams = {line.split()[0] for line in told.stdout.splitlines() if "STREAM" in line}
        self.assertEqual(streams, {LAB_ADDRESS, "2001:db8::1"} if self.has_ipv6 else {LAB_ADDRESS})
        self.assertIn("STREAM front01.contoso.test", told.stdout)  # the canonical name, with the first address
        self.assertEqual(self.client("getent", "ahosts", "sip.contoso.test").returncode, 2)
        events = lab.events("dns", 4)
        self.assertEqual({event["client"]["address"] for event in events}, {CLIENT_ADDRESS})
        self.assertEqual({event["type"] for event in events}, {"A", "AAAA"})
        self.assertEqual([event["outcome"] for event in events[:2]], ["answered"] * 2)
        self.assertEqual([event["outcome"] for event in events[2:4]], ["no-such-name"] * 2)

    def test_a_taken_port_is_exit_3_and_leaves_no_trace(self):
        self.start()
        self.assertIn(f"cannot listen on {LAB_ADDRESS}:53: address already in use", self.refused())

    @unittest.skipUnless(shutil.which("setpriv"), "SKIPPED: setpriv (util-linux) is not installed")
    def test_without_the_right_to_port_53_the_message_says_how_to_get_it(self):
        told = self.refused("setpriv", "--bounding-set", "-net_bind_service", "--inh-caps", "-net_bind_service")
        self.assertIn("sudo sysctl net.ipv4.ip_unprivileged_port_start=53", told)
        self.assertIn("sudo setcap cap_net_bind_service=+ep", told)


if __name__ == "__main__":
    unittest.main()
