"""What the tests of holding share: sizes of the short and the long form, crowds of connections, a good client that
is served meanwhile, and what a process has of descriptors and memory.

CTest runs the short form (label hold): seconds each, nothing asserted that depends on how fast the machine is.
`scripts/hold` runs the long form (HOLD=long) and prints figures.
"""

import os
import pathlib
import resource
import socket
import ssl
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from lab import FAKEOCS, PATIENCE, Lab, wait_for  # noqa: E402

LONG = os.environ.get("HOLD") == "long"
NAME = "sip.contoso.test"
CONFIG = """
workers: {workers}
listeners: [{{port: 0}}]
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {{generate: {{subject: CN=sip.contoso.test, sans: [sip.contoso.test], key: p-256}}}}
ca: {{key: p-256}}
limits: {{{limits}}}
history: {{keep: {keep}}}
{more}
"""
ROOMY = "connections: 20000, connections_per_address: 20000"


def size(short, long):
    return long if LONG else short


def figure(text):
    """A line of the long form's report."""
    if LONG:
        print("  " + text, flush=True)


def sanitized():
    """Under a sanitizer memory is not given back, and every call costs several times as much."""
    program = pathlib.Path(FAKEOCS).read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


def connections_in(records):
    """How many connections these records are about: a record of those turned away may count many."""
    return sum(record.get("turned_away", {}).get("count", 1) for record in records)


def by_port(records):
    """The records of all but the good client."""
    return {record["client"]["port"]: record for record in records
            if record["client"]["address"] != GoodClient.ADDRESS}


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def memory(process):
    """Resident, in KiB."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def allow_descriptors(count):
    """For this process; skips where the machine does not allow it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < count:
        raise unittest.SkipTest(f"{count} descriptors are needed, {hard} allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def reset(connection):
    """Ends it with an RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def is_over(connection):
    """Waits for the server's end."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def client_context(version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def client_hello(version=None, name=NAME):
    outgoing = ssl.MemoryBIO()
    tls = client_context(version).wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class GoodClient(threading.Thread):
    """Visits the lab again and again: handshake, request, answer, close. Fails at the first visit that fails."""

    ADDRESS = "127.0.0.9"  # nobody else's: records are told apart by it

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab = lab
        self.times = []
        self.problem = None
        self.enough = threading.Event()
        self.context = client_context()

    def visit(self):
        began = time.monotonic()
        connection = socket.create_connection(("127.0.0.1", self.lab.port), PATIENCE, (self.ADDRESS, 0))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.context.wrap_socket(connection, server_hostname=NAME) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if not client.recv(12).startswith(b"HTTP/1."):
                raise AssertionError("no answer")
            self.times.append(time.monotonic() - began)
            while client.recv(65536):
                pass

    def run(self):
        try:
            while not self.enough.is_set():
                self.visit()
        except Exception as problem:  # for the thread that asks
            self.problem = problem

    def served(self, visits):
        """Waits until it has been served so many times more."""
        wanted = len(self.times) + visits
        wait_for(lambda: True if self.problem or len(self.times) >= wanted else None, "the good client's visits")
        if self.problem:
            raise AssertionError(f"the good client was not served: {self.problem!r}")

    def stop(self):
        self.enough.set()
        self.join(PATIENCE)
        if self.problem:
            raise AssertionError(f"the good client was not served: {self.problem!r}")
        return len(self.times)

    def report(self, what):
        if not self.times:
            return
        ordered = sorted(self.times)
        middle, late = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
        figure(f"{what}: a good client meanwhile, {len(ordered)} visits: p50 {middle:.1f} ms, p99 {late:.1f} ms"
               + ("" if late <= 50 else "   (goal missed: 50 ms)"))


class HoldTest(unittest.TestCase):
    def start(self, limits=ROOMY, workers=1, history=False, more="", **options):
        yaml = CONFIG.format(limits=limits, workers=workers, keep=str(history).lower(), more=more)
        self.lab = Lab.configured(yaml, **options)
        self.addCleanup(self.lab.stop)
        self.opened = 0
        return self.lab

    def connect(self, source=None):
        self.opened += 1
        return self.dial(source)

    def dial(self, source=None):
        """A connection that is not counted here."""
        connection = socket.create_connection(("127.0.0.1", self.lab.port), timeout=PATIENCE,
                                              source_address=(source, 0) if source else None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.addCleanup(connection.close)
        return connection

    def finish_handshake(self, version=None, source=None):
        return client_context(version).wrap_socket(self.connect(source), server_hostname=NAME)

    def good_client(self):
        client = GoodClient(self.lab)
        self.addCleanup(client.enough.set)
        client.start()
        return client

    def all_recorded(self, more=0):
        """Ends the lab: one record for each connection opened here, plus `more` by others. Returns the records."""
        self.lab.stop()
        records = self.lab.last_records
        self.assertEqual(connections_in(records), self.opened + more)
        self.assertEqual(len({record["id"] for record in records}), len(records))
        return records

    def wait_for_descriptors(self, count):
        """Until the process has exactly as many as it had."""
        wait_for(lambda: True if descriptors(self.lab.process) == count else None,
                 lambda: f"{count} descriptors; there are {descriptors(self.lab.process)}", self.lab.alive)
