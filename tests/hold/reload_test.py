"""SIGHUP: in a loop under load, with listeners that come and go, and with a dns section that comes and goes."""

import re
import signal
import unittest

from hold import HoldTest, descriptors, size

import dns_message as dns
from lab import wait_for

DNS = """
dns:
  port: {port}
  zones:
    - {{name: contoso.test, records: [{{name: sip, type: A, value: {address}}}]}}
"""


class Reload(HoldTest):
    def reload(self, yaml=None):
        """Returns what is said about it."""
        if yaml is not None:
            self.lab.config.write_text(yaml)
        said = len(self.lab.output())
        self.lab.process.send_signal(signal.SIGHUP)

        def rest():
            text = self.lab.output()[said:]
            return text if re.search("(?m)^(reloaded |not reloaded)", text) else None

        return wait_for(rest, lambda: "a reload; it says " + self.lab.output()[said:], self.lab.alive)

    def test_in_a_loop_under_load_nobody_is_lost(self):
        for workers in (1, 2):
            with self.subTest(workers=workers):
                lab = self.start(workers=workers)
                yaml = lab.config.read_text()
                two = yaml.replace("listeners: [{port: 0}]", "listeners: [{port: 0}, {port: 0, name: second}]")
                clients = [self.good_client() for _ in range(2)]
                for client in clients:
                    client.served(1)
                self.reload(yaml)
                before = descriptors(lab.process)
                for number in range(size(10, 300)):
                    self.assertIn("reloaded ", self.reload(two if number % 2 == 0 else yaml))
                    if number % 5 == 0:
                        self.assertIn("not reloaded", self.reload("hosts: [\n"))
                self.reload(yaml)
                for client in clients:
                    client.served(size(3, 100))
                more = sum(client.stop() for client in clients)
                for client in clients:
                    client.report(f"SIGHUP in a loop, {workers} workers")
                lab.records(more)
                wait_for(lambda: True if descriptors(lab.process) <= before else None,
                         lambda: f"at most {before} descriptors; there are {descriptors(lab.process)}", lab.alive)
                records = self.all_recorded(more)
                self.assertEqual({record["verdict"] for record in records}, {"accepted"})

    def test_a_listener_that_goes_serves_who_had_connected(self):
        """The server sleeps while they connect and the signal comes: it has accepted none when it closes the port."""
        lab = self.start()
        yaml = lab.config.read_text()
        two = yaml.replace("listeners: [{port: 0}]", "listeners: [{port: 0}, {port: 0, name: second}]")
        text = self.reload(two)
        second = int(re.search(r"listening tls \S*:(\d+)", text).group(1))
        lab.config.write_text(yaml)
        lab.process.send_signal(signal.SIGSTOP)
        first, lab.port = lab.port, second
        waiting = [self.connect() for _ in range(50)]
        lab.process.send_signal(signal.SIGHUP)
        lab.process.send_signal(signal.SIGCONT)
        lab.wait_for_output(f"closed  127.0.0.1:{second}")
        for connection in waiting:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        for connection in waiting:
            record = lab.record_of(connection.getsockname()[1])
            self.assertEqual((record["verdict"], record["listener"]), ("not-tls", "second"))
        lab.port = first
        self.all_recorded()

    def ask(self, port):
        with dns.udp_socket(port) as client:
            client.send(dns.query("sip.contoso.test"))
            return client.recv(4096)

    def test_a_dns_section_that_comes_changes_and_goes(self):
        lab = self.start()
        yaml = lab.config.read_text()
        before = descriptors(lab.process)
        for number in range(1, size(3, 30)):
            text = self.reload(yaml + DNS.format(port=0, address=f"127.0.0.{number}"))
            port = int(re.search(r"listening dns \S*:(\d+) ", text).group(1))
            self.assertIn(bytes([127, 0, 0, number]), self.ask(port))
            self.assertIn("DNS zones are those of the file", self.reload(yaml + DNS.format(port=0, address="127.0.1.1")))
            self.assertIn(bytes([127, 0, 1, 1]), self.ask(port))
            self.assertIn(f"closed  dns 127.0.0.1:{port}: the configuration has no dns section any more", self.reload(yaml))
            with dns.udp_socket(port) as client, self.assertRaises(ConnectionRefusedError):
                client.send(dns.query("sip.contoso.test"))
                client.recv(4096)
            self.wait_for_descriptors(before)
        # One whose port is taken changes nothing.
        text = self.reload(yaml + DNS.format(port=lab.port, address="127.0.0.1"))
        self.assertIn(f"cannot listen on 127.0.0.1:{lab.port}", text)
        self.assertIn("not reloaded: the old configuration goes on", text)
        self.wait_for_descriptors(before)


if __name__ == "__main__":
    unittest.main()
