"""A running fakeocs for the end-to-end tests: started on port 0, waited for, stopped, its logs read.

A test file writes `from lab import ...`; CTest runs only files that end in _test.py.

    class Clients(LabTest):                     # one server for the whole class
        @classmethod
        def make_lab(cls):
            return Lab.quickstart("contoso.test")

        def test_something(self):
            mark = self.lab.mark()
            ...                                 # connect to self.lab.port
            (record,) = self.lab.records(1, mark)

Nothing here sleeps to let something happen: what is waited for is the ready line, a line of output or a
record, with PATIENCE as the limit of a loaded machine.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

FAKEOCS = os.environ.get("FAKEOCS", "fakeocs")
CERTGEN = os.environ.get("FAKEOCS_CERTGEN", "fakeocs-certgen")
SOURCE = pathlib.Path(os.environ.get("FAKEOCS_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
PATIENCE = 60


def wait_for(probe, what, alive=lambda: True):
    """Asks `probe` until its answer is not None, and returns it. `what` may be a function: asked on failure."""
    end = time.monotonic() + PATIENCE
    while True:
        running = alive()
        answer = probe()
        if answer is not None:
            return answer
        if not running or time.monotonic() > end:
            text = what() if callable(what) else what
            raise AssertionError(("the server ended: " if not running else f"{PATIENCE} s and still not: ") + text)
        time.sleep(0.01)


def field(record, path):
    """A value of a record by its dotted path, as docs/handshake-log.md writes it; None if it is absent."""
    for key in path.split("."):
        if not isinstance(record, dict) or key not in record:
            return None
        record = record[key]
    return record


class Lab:
    """One `fakeocs` process with its own folder. stop() checks that it ends as it should; the records it
    left are in `last_records` then, the folder is gone."""

    def __init__(self, arguments, folder, environment=None, preexec=None, program=FAKEOCS):
        self.folder = folder
        self.state = folder / "state"
        self.ca = self.state / "ca" / "ca.pem"
        self.log = folder / "log.jsonl"
        self.output_file = folder / "out"
        self.stopped = False
        self.last_records = []
        with open(self.output_file, "w") as output:
            self.process = subprocess.Popen(
                [program, *map(str, arguments), "--state-dir", str(self.state), "--json", str(self.log)],
                stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**os.environ, "FAKEOCS_ADMIN": "127.0.0.1:0", **(environment or {})}, preexec_fn=preexec,
            )
        try:
            text = self.wait_for_output(r"ready in")
        except AssertionError:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.ports = [int(port) for port in re.findall(r"^listening tls \S*:(\d+)", text, re.M)]
        self.port = self.ports[0]
        dns = re.search(r"^listening dns \S*:(\d+) ", text, re.M)
        self.dns_port = int(dns.group(1)) if dns else None
        admin = re.search(r"^listening http \S*:(\d+) ", text, re.M)
        self.admin_port = int(admin.group(1)) if admin else None

    @classmethod
    def quickstart(cls, domain, *arguments, **options):
        return cls(["quickstart", domain, "--port", "0", *arguments], cls.new_folder(), **options)

    @classmethod
    def configured(cls, yaml, *arguments, **options):
        """`serve` with this configuration text; give its listeners port 0. It is written to self.config."""
        folder = cls.new_folder()
        config = folder / "lab.yaml"
        config.write_text(yaml)
        lab = cls(["serve", "--config", config, *arguments], folder, **options)
        lab.config = config
        return lab

    @staticmethod
    def new_folder():
        return pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))

    def stop(self, by=signal.SIGTERM):
        """Ends the server; it must end well. Returns its output. Harmless if repeated."""
        if self.stopped:
            return ""
        self.stopped = True
        try:
            if self.process.poll() is None:
                self.process.send_signal(by)
            try:
                code = self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the server did not end:\n" + self.output()) from None
            text = self.output()
            self.last_records = self.all_records()
            if code != 0 or "ERROR: AddressSanitizer" in text or "runtime error:" in text:
                raise AssertionError(f"the server ended with {code}:\n{text}")
            return text
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- what it says -------------------------------------------------------------------------------

    def output(self):
        return self.output_file.read_text(errors="replace")

    def alive(self):
        return self.process.poll() is None

    def wait_for_output(self, pattern):
        """The whole output, once it has a match for `pattern`."""

        def look():
            text = self.output()
            return text if re.search(pattern, text) else None

        return wait_for(look, lambda: f"output that matches {pattern!r}; it is:\n{self.output()}", self.alive)

    def all_lines(self):
        """Every whole line of the log: connections, DNS and SIP events."""
        if not self.log.exists():
            return []
        whole_lines = self.log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole_lines.splitlines()]

    def all_records(self):
        """The connections of the log."""
        return [line for line in self.all_lines() if line["schema"].startswith("fakeocs.handshake/")]

    def mark(self):
        """Where the log stands now: give it to records() to see only what came later."""
        return len(self.all_records())

    def records(self, count, mark=0):
        """The records after `mark`, once there are `count` or more."""

        def look():
            found = self.all_records()[mark:]
            return found if len(found) >= count else None

        return wait_for(look, lambda: f"{count} records; there are {self.all_records()[mark:]}", self.alive)

    def events(self, kind, count):
        """The events of this kind ("dns", "sip") since the start, once there are `count` or more."""

        def look():
            found = [line for line in self.all_lines() if line["schema"].startswith(f"fakeocs.{kind}/")]
            return found if len(found) >= count else None

        return wait_for(look, lambda: f"{count} {kind} events; there are {self.all_lines()}", self.alive)

    def record_of(self, local_port):
        """The final record of the client connection that came from this port."""

        def look():
            for record in self.all_records():
                if record["client"]["port"] == local_port:
                    return record
            return None

        return wait_for(look, f"a record of client port {local_port}", self.alive)

    # -- clients ------------------------------------------------------------------------------------

    def connect(self, listener=0):
        """A plain TCP connection to the listener of this index."""
        plain = socket.create_connection(("127.0.0.1", self.ports[listener]), timeout=PATIENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain

    def s_client(self, name, *more, said="GET / HTTP/1.0\r\n\r\n"):
        """openssl s_client that means `name` and trusts the lab's CA."""
        return run(
            ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{self.port}", "-servername", name,
             "-verify_hostname", name, "-verify_return_error", "-CAfile", self.ca, *more], said)

    def curl(self, name, *more, listener=0):
        port = self.ports[listener]
        return run(["curl", "-sS", "--noproxy", "*", "--resolve", f"{name}:{port}:127.0.0.1", "--cacert", self.ca,
                    *more, f"https://{name}:{port}/"])


def run(command, said=""):
    """Runs a client to its end. Text in, text out, whatever bytes it prints."""
    return subprocess.run([str(word) for word in command], input=said, capture_output=True, text=True,
                          errors="replace", timeout=PATIENCE)


class LabTest(unittest.TestCase):
    """One server for the whole class: make_lab() starts it. Tests must not depend on each other's records."""

    lab = None

    @classmethod
    def make_lab(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.make_lab()

    @classmethod
    def tearDownClass(cls):
        if cls.lab is not None:
            cls.lab.stop()

    def setUp(self):
        self.assertTrue(self.lab.alive(), "the server of this class has ended")
