"""What `fakeocs dns export` prints makes BIND and dnsmasq give the lab's own answers."""

import os
import re
import shutil
import socket
import subprocess
import unittest

from lab import FAKEOCS, Lab, LabTest, run, wait_for

CONFIG = """
listeners: [{port: 0}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {generate: {subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}
dns:
  port: 0
  zones:
    - name: contoso.test
      records:
        - {name: "@", type: A, value: 192.0.2.9}
        - {name: front01, type: A, value: 192.0.2.1}
        - {name: front01, type: A, value: 192.0.2.2}
        - {name: front01, type: AAAA, value: "2001:db8::1"}
        - {name: longer, type: A, value: 192.0.2.3, ttl: 300}
        - {name: sipinternal, type: CNAME, value: front01}
        - {name: sip, type: CNAME, value: sipinternal}
        - {name: _sipinternaltls._tcp, type: SRV, value: 0 0 5061 front01}
        - {name: _sipinternaltls._tcp, type: SRV, value: 10 5 443 sip.contoso.test}
        - {name: _sip._tls, type: SRV, value: 0 0 5061 srv.corp.local}
        - {name: text, type: TXT, value: "it's \\"so\\", a\\\\\\\\b; c"}
        - {name: two, type: TXT, value: '"one" "two"'}
        - {name: back, type: PTR, value: front01}
    - name: corp.local
      records:
        - {name: srv, type: A, value: 192.0.2.7}
    - name: bind.test
      records:
        - {name: "*.wild", type: A, value: 192.0.2.8}
        - {name: away, type: CNAME, value: www.example.com}
        - {name: sub, type: NS, value: ns.sub.bind.test}
        - {name: ns.sub, type: A, value: 192.0.2.5}
        - {name: none, type: SRV, value: 0 0 0 .}
"""
QUESTIONS = [
    ("contoso.test", "A"), ("front01.contoso.test", "A"), ("FRONT01.contoso.TEST", "A"),
    ("front01.contoso.test", "AAAA"), ("front01.contoso.test", "SRV"), ("front01.contoso.test", "TXT"),
    ("longer.contoso.test", "A"), ("longer.contoso.test", "AAAA"),
    ("sipinternal.contoso.test", "A"), ("sipinternal.contoso.test", "AAAA"), ("sipinternal.contoso.test", "CNAME"),
    ("sip.contoso.test", "A"), ("_sipinternaltls._tcp.contoso.test", "SRV"), ("_sip._tls.contoso.test", "SRV"),
    ("text.contoso.test", "TXT"), ("two.contoso.test", "TXT"), ("back.contoso.test", "PTR"),
    ("nobody.contoso.test", "A"), ("nobody.contoso.test", "SRV"), ("a.b.c.contoso.test", "AAAA"),
    ("_sip._tcp.contoso.test", "SRV"), ("sipexternal.contoso.test", "A"),
    ("srv.corp.local", "A"), ("sipinternal.corp.local", "A"), ("www.example.com", "A"),
]
# What dnsmasq has no words for: empty non-terminals, wildcards, delegations, NS and SOA, aliases to elsewhere.
BIND_ONLY = [
    ("_tcp.contoso.test", "A"), ("contoso.test", "SOA"), ("contoso.test", "NS"), ("a.wild.bind.test", "A"),
    ("a.b.wild.bind.test", "A"), ("wild.bind.test", "A"), ("a.wild.bind.test", "TXT"), ("away.bind.test", "A"),
    ("host.sub.bind.test", "A"), ("none.bind.test", "SRV"), ("nobody.bind.test", "A"),
]


def free_port():
    """Free for UDP and TCP a moment ago, for servers that cannot choose."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        udp.bind(tcp.getsockname())
        return tcp.getsockname()[1]


def answer(port, name, kind):
    """(status, answers) as dig shows them; the order of records means nothing."""
    told = run(["dig", "@127.0.0.1", "-p", port, "+norecurse", "+tries=1", "+noall", "+comments", "+answer", name, kind]).stdout
    status = re.search(r"status: (\w+)", told)
    records = [" ".join(line.split()) for line in told.splitlines() if line and not line.startswith(";")]
    # A server may write a compressed name in the case of the question or of the zone.
    return (status.group(1) if status else None), sorted(record.lower() for record in records)


class Exported(LabTest):
    @classmethod
    def make_lab(cls):
        return Lab.configured(CONFIG)

    def setUp(self):
        super().setUp()
        self.folder = Lab.new_folder()
        self.addCleanup(shutil.rmtree, self.folder)

    def export(self, *words):
        done = run([FAKEOCS, "dns", "export", *words, "--state-dir", self.lab.state])
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def serve(self, command, port):
        """Starts a DNS server as this test's own process, and waits until it answers."""
        log = self.folder / "server.log"
        with open(log, "w") as output:
            server = subprocess.Popen([str(word) for word in command], stdout=output, stderr=subprocess.STDOUT)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_for(lambda: answer(port, "front01.contoso.test", "A")[0], log.read_text, lambda: server.poll() is None)

    def compare(self, port, questions):
        for name, kind in questions:
            with self.subTest(name=name, kind=kind):
                self.assertEqual(answer(port, name, kind), answer(self.lab.dns_port, name, kind))

    @unittest.skipUnless(shutil.which("named") or os.path.exists("/usr/sbin/named"), "named (bind9) is not installed")
    def test_bind_gives_the_same_answers(self):
        zones = ""
        for zone in ["contoso.test", "corp.local", "bind.test"]:
            (self.folder / zone).write_text(self.export("--for", "bind", "--zone", zone))
            zones += f'zone "{zone}" {{ type primary; file "{self.folder}/{zone}"; }};\n'
        port = free_port()
        config = self.folder / "named.conf"
        config.write_text(
            f'options {{ directory "{self.folder}"; pid-file none; session-keyfile none; recursion no;\n'
            f"  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; dnssec-validation no; }};\n"
            f"controls {{ }};\n{zones}")
        named = shutil.which("named") or "/usr/sbin/named"
        self.serve([named, "-g", "-n", "1", "-c", config], port)
        self.compare(port, QUESTIONS + BIND_ONLY)

    @unittest.skipUnless(shutil.which("dnsmasq") or os.path.exists("/usr/sbin/dnsmasq"), "dnsmasq is not installed")
    def test_dnsmasq_gives_the_same_answers(self):
        config = self.folder / "dnsmasq.conf"
        config.write_text(self.export("--for", "dnsmasq"))
        port = free_port()
        dnsmasq = shutil.which("dnsmasq") or "/usr/sbin/dnsmasq"
        self.serve([dnsmasq, "--keep-in-foreground", "--no-resolv", "--no-hosts", "--no-daemon", "--user=", f"--port={port}",
                    "--listen-address=127.0.0.1", "--bind-interfaces", f"--pid-file={self.folder}/pid",
                    f"--conf-file={config}"], port)
        self.compare(port, QUESTIONS)

    def test_what_dnsmasq_cannot_say_is_a_comment(self):
        text = self.export("--for", "dnsmasq", "--zone", "bind.test")
        self.assertIn("# not for dnsmasq: *.wild.bind.test. 0 IN A 192.0.2.8", text)
        self.assertIn("# not for dnsmasq: sub.bind.test. 0 IN NS ns.sub.bind.test.", text)


if __name__ == "__main__":
    unittest.main()
