"""Two workers: connections reach both, limits, reload, logs and the end hold over all of them.

scripts/test runs this file with the thread sanitizer, too: where it finds a race, the server's exit code says so.
"""

import concurrent.futures
import pathlib
import re
import signal
import ssl
import tempfile
import unittest

from lab import FAKEOCS, Lab, run, wait_for

CONFIG = """
workers: {workers}
listeners:
  - {{port: {port}}}
  - {{port: 0, unknown_names: mint}}
hosts:
  - id: front01
    names: [{names}]
    certificate: {{generate: {{subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}}}
ca: {{key: p-256}}
mint: {{key: p-256}}
limits: {{{limits}}}
logs: {{{logs}}}
history: {{keep: false}}
"""
MANY = 300


def config(workers=2, port=0, names="sip.contoso.test", limits="connections_per_address: 2000", logs=""):
    return CONFIG.format(workers=workers, port=port, names=names, limits=limits, logs=logs)


def client_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def visit(lab, name, listener=0):
    """A whole handshake and a request; returns the client's port."""
    with client_context().wrap_socket(lab.connect(listener), server_hostname=name) as client:
        port = client.getsockname()[1]
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while client.recv(4096):
            pass
    return port


def of(lab, record):
    """The listener of a record, by index."""
    return lab.ports.index(record["local"]["port"])


def visit_at_once(lab, names, listener=0):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda name: visit(lab, name, listener), names))


def thread_ticks(process):
    """Clock ticks of CPU by thread name; the first worker's thread is the program's own."""
    ticks = {}
    for stat in pathlib.Path(f"/proc/{process.pid}/task").glob("*/stat"):
        before, _, after = stat.read_text().rpartition(")")
        fields = after.split()
        ticks[before.partition("(")[2]] = int(fields[11]) + int(fields[12])
    return ticks


def listening_sockets(port):
    """How many sockets of this machine listen on 127.0.0.1:port."""
    wanted = f"0100007F:{port:04X}"
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for row in rows if row[1] == wanted and row[3] == "0A")


class Workers(unittest.TestCase):
    def start(self, **settings):
        self.lab = Lab.configured(config(**settings))
        self.addCleanup(self.lab.stop)
        return self.lab

    def test_load_reload_and_the_end_lose_no_connection(self):
        with tempfile.TemporaryDirectory() as folder:
            key_log = pathlib.Path(folder) / "keys.log"
            lab = self.start(logs=f"key_log: {key_log}")
            ports = visit_at_once(lab, ["sip.contoso.test"] * (MANY // 3))
            lab.config.write_text(config(names="sip.contoso.test, new.contoso.test", logs=f"key_log: {key_log}"))
            with concurrent.futures.ThreadPoolExecutor(1) as beside:
                load = beside.submit(visit_at_once, lab, ["sip.contoso.test"] * (MANY // 3))
                lab.process.send_signal(signal.SIGHUP)
                lab.wait_for_output("reloaded ")
                ports += load.result()
            # Each of the workers has the new names.
            new = visit_at_once(lab, ["new.contoso.test"] * 40)
            visit_at_once(lab, [f"n{i % 5}.other.test" for i in range(60)], listener=1)
            total = MANY // 3 * 2 + 100
            records = {record["client"]["port"]: record for record in lab.records(total) if of(lab, record) == 0}
            for port in ports + new:
                self.assertEqual(records[port]["verdict"], "accepted", records[port])
            self.assertEqual({records[port]["host_choice"] for port in new}, {"exact"})
            records = lab.all_records()
            self.assertEqual({r["host_choice"] for r in records if of(lab, r) == 1}, {"minted"})
            self.assertEqual(len({record["id"] for record in records}), total)
            # Lines of two threads do not mix.
            self.assertTrue(all(len(line.split()) == 3 for line in key_log.read_text().splitlines()))
            waiting = [self.finish_handshake() for _ in range(8)]
            lab.stop()
            self.assertEqual(len(lab.last_records), total + len(waiting))
            self.assertEqual([r["ended"] for r in lab.last_records[-len(waiting):]], ["shutdown"] * len(waiting))

    def finish_handshake(self):
        """A client that says nothing more."""
        client = client_context().wrap_socket(self.connect(), server_hostname="sip.contoso.test")
        self.addCleanup(client.close)
        return client

    def connect(self):
        connection = self.lab.connect()
        self.addCleanup(connection.close)
        return connection

    def test_each_worker_has_its_own_listening_socket(self):
        for workers in (1, 2, 3):
            with self.subTest(workers=workers):
                lab = self.start(workers=workers)
                self.assertEqual(listening_sockets(lab.port), workers)
                lab.stop()

    def test_a_listener_that_a_reload_brings_is_every_workers_and_one_that_goes_is_nobodys(self):
        lab = self.start()
        lab.config.write_text(config().replace("hosts:", "  - {port: 0, name: third}\nhosts:", 1))
        lab.process.send_signal(signal.SIGHUP)
        text = lab.wait_for_output("reloaded ")
        lab.ports = [int(port) for port in re.findall(r"^listening tls \S*:(\d+)", text, re.M)]
        self.assertEqual(len(lab.ports), 3, text)
        self.assertEqual(listening_sockets(lab.ports[2]), 2)
        visit_at_once(lab, ["sip.contoso.test"] * 20, listener=2)
        lab.config.write_text(config())
        lab.process.send_signal(signal.SIGHUP)
        lab.wait_for_output("reloaded (.*\n)*.*reloaded ")
        self.assertEqual(listening_sockets(lab.ports[2]), 0)
        self.assertEqual(listening_sockets(lab.ports[0]), 2)

    def test_a_limit_is_one_limit_for_all_workers(self):
        lab = self.start(limits="connections: 6, connections_per_address: 2000")
        held = [self.connect() for _ in range(30)]
        turned_away = [r for r in lab.records(1) if r["verdict"] == "turned-away"]
        self.assertEqual(turned_away[0]["detail"], "connections in total")
        closed = wait_for(lambda: self.closed(held) if len(self.closed(held)) >= 24 else None, "24 that are turned away")
        self.assertEqual(len(closed), 24)

    @staticmethod
    def closed(connections):
        ended = []
        for connection in connections:
            connection.setblocking(False)
            try:
                connection.recv(1)
                ended.append(connection)
            except ConnectionResetError:
                ended.append(connection)
            except BlockingIOError:
                pass
        return ended

    def test_a_second_server_on_the_port_exits_3_and_names_it(self):
        for workers in (1, 2):
            with self.subTest(workers=workers), tempfile.TemporaryDirectory() as folder:
                lab = self.start(workers=workers)
                second = pathlib.Path(folder) / "second.yaml"
                second.write_text(config(workers=2, port=lab.port))
                done = run([FAKEOCS, "serve", "--config", second, "--state-dir", folder + "/state"])
                self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                self.assertIn(f"127.0.0.1:{lab.port}", done.stderr)
                visit(lab, "sip.contoso.test")
                lab.stop()

    def test_both_workers_serve(self):
        lab = self.start()
        wait_for(lambda: True if "worker-2" in thread_ticks(lab.process) else None, "the second thread's name")
        idle = thread_ticks(lab.process)["worker-2"]

        def busy():
            visit_at_once(lab, ["sip.contoso.test"] * 40)
            return thread_ticks(lab.process)["worker-2"] > idle or None

        wait_for(busy, lambda: f"work in the second thread: {thread_ticks(lab.process)}")


if __name__ == "__main__":
    unittest.main()
