"""user: started as root, the lab serves as somebody else, and keeps the right to bind ports below 1024."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import unittest

from lab import CERTGEN, FAKEOCS, PATIENCE, Lab, run, wait_for

USER = "nobody"
NET_BIND_SERVICE = 1 << 10  # linux/capability.h
CONFIG = """
user: {user}
workers: 2
listeners:
{listeners}
hosts:
  - id: front01
    names: [sip.contoso.test]
    certificate: {{generate: {{sans: [sip.contoso.test], key: p-256}}}}
ca: {{key: p-256}}
history: {{keep: {history}}}
"""


def free_low_port():
    """A port below 1024 of the loopback that nobody has now."""
    for port in range(1023, 600, -1):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port below 1024")


def config(*ports, user=USER, history="true"):
    listeners = "\n".join(f"  - {{name: at-{port}, port: {port}}}" for port in ports)
    return CONFIG.format(user=user, listeners=listeners, history=history)


def status_of_threads(process):
    """Uid, Gid, groups and capabilities of every thread."""
    for status in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"):
        yield dict(line.split(":", 1) for line in status.read_text().splitlines())


@unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
class User(unittest.TestCase):
    def setUp(self):
        self.folder = Lab.new_folder()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.config = self.folder / "lab.yaml"
        account = pwd.getpwnam(USER)
        self.uid, self.gid = account.pw_uid, account.pw_gid
        os.chown(self.folder, self.uid, self.gid)

    def start(self, text):
        self.config.write_text(text)
        self.lab = Lab(["serve", "--config", self.config], self.folder)
        self.addCleanup(self.lab.stop)
        return self.lab

    def serve_to_its_end(self, text, state):
        self.config.write_text(text)
        return run([FAKEOCS, "serve", "--config", self.config, "--state-dir", self.folder / state, "--admin", "127.0.0.1:0"])

    def reload(self, text, expected):
        before = len(self.lab.output())
        self.config.write_text(text)
        self.lab.process.send_signal(signal.SIGHUP)
        wait_for(lambda: re.search(expected, self.lab.output()[before:]), self.lab.output, self.lab.alive)
        return self.lab.output()[before:]

    def visit(self, port):
        done = run(["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{port}", "-servername", "sip.contoso.test",
                    "-CAfile", self.folder / "state" / "ca" / "ca.pem", "-verify_return_error"], "GET / HTTP/1.0\r\n\r\n")
        self.assertIn("200 OK", done.stdout, done.stderr)

    def program_for_all(self):
        """The build may be in a folder that only root can enter."""
        return shutil.copy(FAKEOCS, self.folder / "fakeocs")

    def test_every_thread_is_that_user_and_may_only_bind(self):
        lab = self.start(config(0))
        self.visit(lab.port)
        self.assertIn(f"user     {USER}, ", lab.output())
        threads = list(status_of_threads(lab.process))
        self.assertGreaterEqual(len(threads), 3, "two workers and the journal's writer")
        for thread in threads:
            with self.subTest(thread=thread["Name"].strip()):
                self.assertEqual(thread["Uid"].split(), [str(self.uid)] * 4)
                self.assertEqual(thread["Gid"].split(), [str(self.gid)] * 4)
                self.assertNotIn("0", thread["Groups"].split())
                self.assertEqual(int(thread["CapEff"], 16), NET_BIND_SERVICE)
                self.assertEqual(int(thread["CapPrm"], 16), NET_BIND_SERVICE)
                self.assertEqual(int(thread["CapInh"], 16), 0)
                self.assertEqual(thread["NoNewPrivs"].strip(), "1")

    def test_everything_it_makes_is_that_users_and_is_kept_at_the_next_start(self):
        lab = self.start(config(0))
        made = [path for path in lab.state.rglob("*")] + [lab.state, lab.log]
        names = {path.name for path in made}
        self.assertLessEqual({"ca.key", "key.pem", "cert.pfx", "server.lock", "control.sock", "history.db"}, names)
        for path in made:
            self.assertEqual((path.stat().st_uid, path.stat().st_gid), (self.uid, self.gid), path)
        lab.process.send_signal(signal.SIGTERM)
        self.assertEqual(lab.process.wait(PATIENCE), 0)
        lab.stopped = True
        self.assertRegex(self.start(config(0)).output(), r"host +front01 +kept in ")

    def test_what_root_issues_into_its_folder_is_that_users_and_is_served(self):
        lab = self.start(config(0))
        done = run([CERTGEN, "reissue", "front01", "--state-dir", lab.state, "--add-san", "new.contoso.test"])
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run([CERTGEN, "issue", "--cn", "other.contoso.test", "--state-dir", lab.state])
        self.assertEqual(done.returncode, 0, done.stderr)
        for path in lab.state.rglob("*"):
            self.assertEqual(path.stat().st_uid, self.uid, path)
        self.visit(lab.port)
        (record,) = lab.records(1)
        self.assertIn("new.contoso.test", [name["text"] for name in record["certificate"]["san"]])

    def test_ports_below_1024_at_the_start_and_by_reload(self):
        first = free_low_port()
        lab = self.start(config(first))
        self.assertEqual(lab.ports, [first])
        second = free_low_port()
        self.assertNotEqual(first, second)
        self.reload(config(first, second), r"reloaded ")
        self.visit(first)
        self.visit(second)
        self.assertEqual({record["verdict"] for record in lab.records(2)}, {"accepted"})

    def test_logs_are_rotated_with_a_broken_file_too(self):
        lab = self.start(config(0))
        self.visit(lab.port)
        lab.records(1)
        rotated = lab.log.with_suffix(".1")
        lab.log.rename(rotated)
        said = self.reload(config(0).replace("workers: 2", "workers: many"), r"not reloaded: the old configuration")
        self.assertIn("lab.yaml:3:10: workers: bad number: found 'many'", said)
        self.visit(lab.port)
        (record,) = lab.records(1)
        self.assertEqual(record["verdict"], "accepted")
        self.assertEqual((lab.log.stat().st_uid, lab.log.stat().st_mode & 0o777), (self.uid, 0o600))
        self.assertEqual(len(rotated.read_text().splitlines()), 1)

    def test_somebody_elses_state_folder_is_an_error_with_the_line_that_helps(self):
        state = self.folder / "state"
        (state / "ca").mkdir(parents=True, mode=0o700)
        done = self.serve_to_its_end(config(0), "state")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"user '{USER}' cannot read and write {state}", done.stderr)
        line = re.search(r"chown -R .*", done.stderr).group()
        self.assertEqual(list(state.iterdir()), [state / "ca"], "nothing was made")
        self.assertEqual(subprocess.run(line, shell=True, check=False).returncode, 0, line)
        self.visit(self.start(config(0)).port)

    def test_one_file_that_is_not_theirs_is_found_before_it_matters(self):
        other = self.folder / "other"
        shutil.copytree(self.start(config(0)).state, other, ignore=lambda *_: ["control.sock"])
        subprocess.run(["chown", "-R", f"{USER}:", other], check=True)
        os.chown(other / "front01" / "key.pem", 0, 0)
        done = self.serve_to_its_end(config(0), "other")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("other/front01/key.pem", done.stderr)

    def test_a_folder_nobody_can_reach_or_make_says_what_to_do(self):
        (self.folder / "closed").mkdir(mode=0o700)
        done = self.serve_to_its_end(config(0), "closed/state")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rf"user '{USER}' cannot enter \S*/closed(.*\n)+.*chmod o\+x \S*/closed\n")
        (self.folder / "open").mkdir(mode=0o755)
        os.chmod(self.folder / "open", 0o755)
        done = self.serve_to_its_end(config(0), "open/state")
        self.assertEqual(done.returncode, 1)
        line = re.search(r"mkdir -p .*", done.stderr).group()
        self.assertEqual(subprocess.run(line, shell=True, check=False).returncode, 0, line)
        self.assertEqual((self.folder / "open" / "state").stat().st_uid, self.uid)

    def test_an_unknown_user_is_an_error_of_the_configuration(self):
        for command in ("check", "serve"):
            self.config.write_text(config(0, user="no-such-user"))
            done = run([FAKEOCS, command, "--config", self.config, "--state-dir", self.folder / "state"])
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn("lab.yaml:2:7: no account 'no-such-user'", done.stderr)
            self.assertFalse((self.folder / "state").exists())

    def test_whoever_is_not_root_is_told(self):
        self.config.write_text(config(0, user="root"))
        done = subprocess.run([self.program_for_all(), "serve", "--config", self.config], user=USER,
                              capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("lab.yaml:2:7: only root can become user 'root'", done.stderr)
        self.assertIn("start it as root, or leave user: out", done.stderr)

    def test_who_is_that_user_already_needs_no_root(self):
        self.config.write_text(config(0))

        def change_user():
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

        lab = Lab(["serve", "--config", self.config], self.folder, preexec=change_user, program=self.program_for_all())
        self.addCleanup(lab.stop)
        self.visit(lab.port)

    def test_another_user_by_reload_needs_a_restart_and_a_file_they_cannot_read_is_said(self):
        lab = self.start(config(0))
        self.reload(config(0, user="root"), r"problem: another user needs a restart")
        os.chmod(self.config, 0o600)
        self.reload(self.config.read_text(), r"not reloaded: the old configuration")
        self.visit(lab.port)


if __name__ == "__main__":
    unittest.main()
