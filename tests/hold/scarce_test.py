"""What runs out or turns back: disk, file size, the clock; and input that is too big."""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import time
import unittest

from hold import CONFIG, FAKEOCS, ROOMY, HoldTest, connections_in, figure, memory, sanitized

import dns_message as dns
from lab import PATIENCE, Lab, wait_for

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
ZONE = """
dns: {port: 0, zones: [{name: big.test, file: big.zone}]}
"""


class Logs(HoldTest):
    """A log that cannot grow: clients are served all the same, and no line is cut or forgotten."""

    def start_with(self, log, **options):
        folder = Lab.new_folder()
        (folder / "lab.yaml").write_text(CONFIG.format(limits=ROOMY, workers=1, keep="false", more=""))
        (folder / "log.jsonl").symlink_to(log)
        self.lab = Lab(["serve", "--config", folder / "lab.yaml", "-q"], folder, **options)
        self.addCleanup(self.lab.stop)
        self.opened = 0
        return self.lab

    def read_whole(self, log):
        """The lines of the file. The last one may be cut off: there was no room for it."""
        return [json.loads(line) for line in log.read_text().rpartition("\n")[0].splitlines()]

    def serve_until_lost(self):
        client = self.good_client()
        self.lab.wait_for_output("cannot write: (No space left on device|File too large); lost lines are counted")
        client.served(3)
        return client

    def test_a_full_disk_that_gets_room_again(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mount needs root and CAP_SYS_ADMIN")
        self.addCleanup(subprocess.run, ["umount", "-l", folder])
        log = folder / "log.jsonl"
        lab = self.start_with(log)
        client = self.serve_until_lost()
        subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
        wait_for(lambda: True if "fakeocs.gap/1" in log.read_text() else None, "the gap in the log", lab.alive)
        client.served(3)
        visits = client.stop()

        def complete():
            lines = self.read_whole(log)
            lost = sum(line["lost"] for line in lines if line["schema"] == "fakeocs.gap/1")
            records = [line for line in lines if line["schema"].startswith("fakeocs.handshake/")]
            return lines if lost > 0 and connections_in(records) + lost == visits else None

        lines = wait_for(complete, lambda: f"{visits} records or lost ones: {len(self.read_whole(log))} lines", lab.alive)
        figure(f"full disk: {visits} visits, {sum(line.get('lost', 0) for line in lines)} of them lost and counted")

    def test_a_file_at_the_limit_of_its_size(self):
        """ulimit -f: SIGXFSZ would end the process."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        limit = 64 * 1024
        lab = self.start_with(folder / "log.jsonl",
                              preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        visits = self.serve_until_lost().stop()
        text = lab.stop()
        lost, of = map(int, re.search(r"JSON log \S+: (\d+) of (\d+) lines lost", text).groups())
        self.assertEqual(of, visits)
        self.assertEqual(len(self.read_whole(folder / "log.jsonl")), visits - lost)


class Clock(HoldTest):
    def test_the_clock_steps_back_and_forth(self):
        """Deadlines run on another clock; times of day are those of the records, their order is that of the file."""
        if not pathlib.Path(FAKETIME).exists():
            self.skipTest("no libfaketime")
        if sanitized():
            self.skipTest("a sanitizer must be loaded first")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        clock = folder / "clock"
        clock.write_text("+0")
        lab = self.start(ROOMY + ", hello_seconds: 1", history=True, environment={
            "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})
        times = []
        for step in ("+0", "-2h", "+3h", "-30d"):
            waiting = self.connect()  # over the step
            clock.write_text(step)
            client = self.good_client()
            client.served(2)
            visits = client.stop()
            self.opened += visits
            record = lab.record_of(waiting.getsockname()[1])
            self.assertEqual((record["verdict"], record["ended"]), ("no-bytes", "hello-deadline"))
            self.assertGreaterEqual(record["duration_us"], 1_000_000)
            self.assertLess(record["duration_us"], 1_000_000 * PATIENCE)
            times.append(lab.records(self.opened)[-2]["time"])
        self.assertGreater(times[0], times[1])
        self.assertGreater(times[2], times[3])
        self.assertTrue(all(record["duration_us"] >= 0 for record in self.all_recorded()))


class TooBig(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def check(self, yaml):
        """Its exit code and words, with seconds and the most memory it had in KiB."""
        (self.folder / "lab.yaml").write_text(yaml)
        began = time.monotonic()
        process = subprocess.Popen([FAKEOCS, "check", "--config", "lab.yaml", "--state-dir", "state"], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        text = process.stdout.read()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, text, time.monotonic() - began, usage.ru_maxrss

    def test_ten_megabytes_of_yaml_are_refused_at_the_bound(self):
        hosts = "".join(f"  - {{id: h{n}, names: [h{n}.contoso.test], certificate: {{generate: {{sans: [h{n}.contoso.test]}}}}}}\n"
                        for n in range(110_000))
        yaml = "listeners: [{port: 0}]\nhosts:\n" + hosts
        self.assertGreater(len(yaml), 9_000_000)
        code, text, seconds, peak = self.check(yaml)
        figure(f"10 MB of YAML: {text.strip()} ({seconds:.2f} s, {peak} KiB)")
        self.assertEqual(code, 2)
        self.assertRegex(text, r"lab\.yaml(:\d+:\d+)?: .*(larger|more) than")
        self.assertLess(len(text), 5000)
        if not sanitized():
            self.assertLess(peak, 200_000)

    def zone(self, records):
        return "$ORIGIN big.test.\n$TTL 0\n@ SOA ns.big.test. root.big.test. 1 1 1 1 0\n" + "".join(
            f"h{n:05} A 10.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" for n in range(records))

    def test_the_largest_zone_there_may_be(self):
        records = 19_900  # under the bounds: 20,000 records, 1 MiB
        folder = Lab.new_folder()
        (folder / "big.zone").write_text(self.zone(records))
        (folder / "lab.yaml").write_text(CONFIG.format(limits=ROOMY, workers=1, keep="false", more=ZONE))
        began = time.monotonic()
        lab = Lab(["serve", "--config", folder / "lab.yaml"], folder)
        self.addCleanup(lab.stop)
        figure(f"a zone of {records} records: ready in {time.monotonic() - began:.2f} s, {memory(lab.process)} KiB")
        with dns.udp_socket(lab.dns_port) as client:
            client.send(dns.query(f"h{records - 1:05}.big.test"))
            self.assertEqual(dns.answer_count(client.recv(4096)), 1)

    def test_larger_zones_are_refused_once_each_at_its_bound(self):
        for records, words in ((100_000, r"big\.zone: file is larger than 1048576 bytes"),
                               (25_000, r"big\.zone:\d+: a zone holds at most 20000 records")):
            with self.subTest(records=records):
                (self.folder / "big.zone").write_text(self.zone(records))
                code, text, seconds, peak = self.check(CONFIG.format(limits=ROOMY, workers=1, keep="false", more=ZONE))
                figure(f"a zone of {records} records: {text.strip()} ({seconds:.2f} s, {peak} KiB)")
                self.assertEqual(code, 2)
                self.assertRegex(text, words)
                self.assertEqual(len(text.splitlines()), 1, text)


if __name__ == "__main__":
    unittest.main()
