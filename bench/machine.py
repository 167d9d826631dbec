"""Processes of a benchmark: started on one core, their CPU read from the kernel, stopped."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import time

SERVER_CORE = 0
CLIENT_CORE = 1 if (os.cpu_count() or 1) > 1 else 0
PATIENCE = 60


def pinned(core, command):
    return ["taskset", "-c", str(core), *map(str, command)]


def run(command, core=None, **options):
    words = [str(word) for word in command] if core is None else pinned(core, command)
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(words)}: {done.stderr.strip()[-500:]}")
    return done.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(probe, what):
    end = time.monotonic() + PATIENCE
    while not probe():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {PATIENCE} s and still not: {what}")
        time.sleep(0.02)


def answers(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


class Server:
    """A server process and, where it forks, its children. CPU is what the scheduler gave to all of their
    threads (schedstat, nanoseconds): user and system together."""

    def __init__(self, name, command, ports, folder, cores=str(SERVER_CORE)):
        self.name = name
        self.ports = ports
        self.folder = pathlib.Path(folder)
        self.output = self.folder / f"{name}.out"
        begun = time.monotonic()
        with open(self.output, "w") as output:
            self.process = subprocess.Popen(["taskset", "-c", cores, *map(str, command)], stdout=output,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            wait_until(self.is_ready, f"{name} is ready:\n{self.output.read_text()[-800:]}")
        except BaseException:
            self.process.kill()
            raise
        self.start_seconds = time.monotonic() - begun

    def is_ready(self):
        if self.process.poll() is not None:
            raise SystemExit(f"bench: {self.name} ended:\n{self.output.read_text()[-800:]}")
        return all(answers(port) for port in self.ports.values())

    def pids(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu_us(self):
        total = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1000

    def cpu_us_by_thread(self):
        return {int(task.name): ((task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[0]) / 1000)
                for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()}

    def resident_kb(self):
        sizes = [re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()) for pid in self.pids()]
        return sum(int(size.group(1)) for size in sizes if size)

    def settle(self):
        """Waits until it uses no more CPU: what is queued has been worked off."""
        before = self.cpu_us()
        while True:
            time.sleep(0.1)
            now = self.cpu_us()
            if now - before < 300:
                return
            before = now

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Load:
    """The project's load client, on the other core."""

    def __init__(self, programs, port, tls, amount, concurrency, names, first=0):
        command = [programs / "bench_load", "127.0.0.1", port, tls, amount, concurrency, *names]
        self.process = subprocess.Popen(pinned(CLIENT_CORE, command), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        stdin=subprocess.PIPE, text=True,
                                        env={**os.environ, "BENCH_FIRST": str(first)})

    def result(self):
        out, err = self.process.communicate()
        if self.process.returncode != 0:
            raise SystemExit(f"bench: load: {err.strip()}")
        found = json.loads(out)
        if found["failed"]:
            raise SystemExit(f"bench: {found['failed']} handshakes failed")
        return found

    def held(self):
        """For idle and silent connections: waits until all are open."""
        found = json.loads(self.process.stdout.readline() or "{}")
        if not found or found["failed"]:
            raise SystemExit(f"bench: idle connections: {found} {self.process.stderr.read()}")
        return found

    def release(self):
        self.process.stdin.close()
        self.process.wait()


def median(values):
    return statistics.median(values)
