"""Logs: text for people on a terminal and off it, JSON Lines, sinks that fail or are slow, the key log."""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import unittest

from lab import FAKEOCS, PATIENCE, Lab, wait_for

YAML = """
listeners: [{name: only, port: 0}]
hosts:
  - {id: front01, names: [sip.contoso.test], certificate: {generate: {key: p-256, sans: [sip.contoso.test]}}}
limits: {connections_per_address: 10000}
history: {keep: false}
logs: {waiting: 8}
"""


def waiting_connections(port):
    """How many connections the kernel holds for this listener, not yet accepted (proc(5): rx_queue of LISTEN)."""
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[1].endswith(f":{port:04X}") and columns[3] == "0A":
            return int(columns[4].split(":")[1], 16)
    return 0


class Terminal:
    """fakeocs on a terminal of its own, 80 columns wide."""

    def __init__(self, words, environment):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        clean = {key: value for key, value in os.environ.items()
                 if not key.startswith("FAKEOCS_") and key not in ("NO_COLOR", "TERM")}
        self.process = subprocess.Popen([FAKEOCS, *words], stdin=theirs, stdout=theirs, stderr=theirs,
                                        env={"FAKEOCS_ADMIN": "127.0.0.1:0", **clean, **environment}, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.text = ""

    def wait_for(self, pattern):
        def look():
            while select.select([self.ours], [], [], 0)[0]:
                try:
                    self.text += os.read(self.ours, 65536).decode()
                except OSError:  # the other end is closed
                    break
            return self.text if re.search(pattern, self.text) else None

        return wait_for(look, lambda: f"{pattern!r} in:\n{self.text}", lambda: self.process.poll() is None)

    def end(self):
        os.write(self.ours, b"\x03")  # Ctrl-C
        code = self.process.wait(timeout=PATIENCE)
        os.close(self.ours)
        return code


class OnATerminal(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "lab.yaml").write_text(YAML)

    def session(self, environment, *flags):
        terminal = Terminal(["serve", "--config", str(self.folder / "lab.yaml"), "--state-dir",
                             str(self.folder / "state"), *flags], environment)
        self.addCleanup(terminal.process.wait)
        self.addCleanup(terminal.process.kill)
        text = terminal.wait_for("ready in")
        port = re.search(r"listening tls 127.0.0.1:(\d+)", text).group(1)
        subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername",
                        "sipinternal.contoso.test", "-verify_hostname", "sipinternal.contoso.test",
                        "-verify_return_error", "-CAfile", str(self.folder / "state/ca/ca.pem")],
                       input="", capture_output=True, text=True, timeout=PATIENCE)
        text = terminal.wait_for("fakeocs-certgen reissue .*\n")
        self.assertEqual(terminal.end(), 0, terminal.text)
        return text

    def test_colour_is_for_terminals_that_take_it(self):
        rows = [({"TERM": "xterm"}, (), True),
                ({"TERM": "dumb"}, (), False),
                ({"TERM": "xterm", "NO_COLOR": "1"}, (), False),
                ({"TERM": "xterm", "NO_COLOR": ""}, (), True),
                ({"TERM": "xterm"}, ("--color=never",), False),
                ({"TERM": "dumb", "NO_COLOR": "1"}, ("--color=always",), True)]
        for environment, flags, coloured in rows:
            with self.subTest(environment=environment, flags=flags):
                self.assertEqual("\x1b[31mrejected-alert\x1b[0m" in self.session(environment, *flags), coloured)

    def test_nothing_but_commands_and_paths_is_wider_than_80_columns(self):
        text = re.sub(r"\x1b\[\d+m", "", self.session({"TERM": "xterm"}))
        for line in text.replace("\r", "").splitlines():
            if "certgen" not in line and str(self.folder) not in line:
                self.assertLessEqual(len(line), 80, line)


class Json(unittest.TestCase):
    def test_standard_output_is_for_machines_where_json_goes_there(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "lab.yaml").write_text(YAML)
            with open(f"{folder}/out", "w") as out, open(f"{folder}/err", "w") as err:
                process = subprocess.Popen([FAKEOCS, "serve", "--config", f"{folder}/lab.yaml", "--state-dir",
                                            f"{folder}/state", "--json", "-", "--admin", ":0"], stdout=out, stderr=err)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            errors = pathlib.Path(f"{folder}/err")
            text = wait_for(lambda: errors.read_text() if "ready in" in errors.read_text() else None,
                            errors.read_text, lambda: process.poll() is None)
            port = int(re.search(r"(?m)^listening tls \S+:(\d+)", text).group(1))
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
            wait_for(lambda: "closed-before-hello" in errors.read_text() or None, errors.read_text)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(timeout=PATIENCE), 0)
            (line,) = pathlib.Path(f"{folder}/out").read_text().splitlines()
        record = json.loads(line)
        self.assertRegex(record["schema"], r"^fakeocs\.handshake/\d+$")
        self.assertRegex(record["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertGreaterEqual(record["duration_us"], 0)


class Sinks(unittest.TestCase):
    def wait_for_count(self, lab, count):
        wait_for(lambda: lab.output().count("closed-before-hello") >= count or None, lab.output, lab.alive)

    def test_a_full_disk_is_said_once_and_holds_nobody_up(self):
        folder = Lab.new_folder()
        (folder / "lab.yaml").write_text(YAML)
        (folder / "log.jsonl").symlink_to("/dev/full")
        lab = Lab(["serve", "--config", folder / "lab.yaml"], folder)
        lab.log = folder / "none"  # what is there is no file that one could read to its end
        self.addCleanup(lab.stop)
        for _ in range(30):
            lab.connect().close()
        self.wait_for_count(lab, 30)
        self.assertEqual(lab.output().count("cannot write: No space left on device; lost lines are counted"), 1)
        self.assertRegex(lab.stop(), r"JSON log \S+: 30 of 30 lines lost")

    def test_a_pipe_nobody_reads_stops_the_listener_until_it_is_drained_and_nothing_is_lost(self):
        folder = Lab.new_folder()
        (folder / "lab.yaml").write_text(YAML)
        os.mkfifo(folder / "log.jsonl")
        reading = os.open(folder / "log.jsonl", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reading)
        fcntl.fcntl(reading, 1031, 4096)  # F_SETPIPE_SZ
        lab = Lab(["serve", "--config", folder / "lab.yaml"], folder)
        lab.log = folder / "none"  # what is there is no file that one could read to its end
        self.addCleanup(lab.stop)
        made = 0
        while waiting_connections(lab.port) < 3:  # so many wait: the listener accepts nobody
            lab.connect().close()
            made += 1
            self.assertLess(made, 500, "the listener should have stopped by now")
        seen = b""
        while seen.count(b"\n") < made:
            select.select([reading], [], [], PATIENCE)
            seen += os.read(reading, 65536)
        self.assertEqual(waiting_connections(lab.port), 0)
        ports = {json.loads(line)["client"]["port"] for line in seen.decode().splitlines()}
        self.assertEqual(len(ports), made)
        self.assertNotIn("lost", lab.stop())

    def test_a_reader_that_comes_back_is_told_of_the_gap(self):
        folder = Lab.new_folder()
        (folder / "lab.yaml").write_text(YAML)
        os.mkfifo(folder / "log.jsonl")
        first = os.open(folder / "log.jsonl", os.O_RDONLY | os.O_NONBLOCK)
        lab = Lab(["serve", "--config", folder / "lab.yaml"], folder)
        lab.log = folder / "none"  # what is there is no file that one could read to its end
        self.addCleanup(lab.stop)
        os.close(first)
        for count in (1, 2, 3):
            lab.connect().close()
            self.wait_for_count(lab, count)
        second = os.open(folder / "log.jsonl", os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, second)
        lab.connect().close()
        seen = b""
        while seen.count(b"\n") < 2:
            select.select([second], [], [], PATIENCE)
            seen += os.read(second, 65536)
        gap, record = map(json.loads, seen.decode().splitlines())
        self.assertEqual((gap["schema"], gap["lost"]), ("fakeocs.gap/1", 3))
        self.assertLessEqual(gap["from"], gap["to"])
        self.assertEqual(record["verdict"], "closed-before-hello")


class KeyLog(unittest.TestCase):
    def test_it_is_private_holds_what_wireshark_reads_and_is_opened_again(self):
        folder = Lab.new_folder()
        (folder / "lab.yaml").write_text(YAML)
        keys = folder / "keys.log"
        keys.write_text("")
        keys.chmod(0o644)
        lab = Lab(["serve", "--config", folder / "lab.yaml", "--key-log", keys], folder)
        self.addCleanup(lab.stop)
        self.assertEqual(keys.stat().st_mode & 0o777, 0o600)
        lab.s_client("sip.contoso.test")
        lab.records(1)
        self.assertRegex(keys.read_text(), r"(?m)^CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} [0-9a-f]{64,96}$")
        keys.rename(folder / "old")
        lab.process.send_signal(signal.SIGHUP)
        lab.wait_for_output("reloaded ")
        lab.s_client("sip.contoso.test", "-tls1_2")
        lab.records(2)
        self.assertRegex(keys.read_text(), r"(?m)^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$")
        self.assertEqual(keys.stat().st_mode & 0o777, 0o600)

    def test_it_is_off_unless_asked_for(self):
        lab = Lab.configured(YAML)
        self.addCleanup(lab.stop)
        self.assertIn("keys not logged", " ".join(lab.output().split()))
        lab.s_client("sip.contoso.test")
        lab.records(1)
        for path in lab.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"TRAFFIC_SECRET", path.read_bytes(), path)


if __name__ == "__main__":
    unittest.main()
