"""What fakeocs-certgen leaves on disk, and how it gets there: modes, nothing overwritten, nothing half written."""

import os
import re
import shutil
import stat
import subprocess
import unittest

from certgen_case import PROGRAM, CertgenCase

PRIVATE = re.compile(r"(\.key|/key\.pem|\.pfx|/info\.json)$")
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (\S+)")
TRACED = "open,openat,openat2,creat,chmod,fchmod,fchmodat,rename,renameat,renameat2,link,linkat,mkdir,mkdirat"


def strace_works():
    if shutil.which("strace") is None:
        print("SKIPPED ALOUD: no strace here; scripts/setup installs it")
        return False
    done = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"SKIPPED ALOUD: strace may not trace here: {done.stderr.strip()}")
    return done.returncode == 0


class FilesTest(CertgenCase):
    def make_everything(self, run):
        run("ca", "--key", "p-256")
        run("issue", "--name", "pool", "--san", "a.test", "--key", "p-256", "--via-intermediate", "--revoked")
        run("issue", "--name", "shared", "--san", "a.test", "--key", "p-256", "--share-key")
        run("reissue", "pool", "--add-san", "b.test")
        run("pfx", "pool", "--pfx-profile", "modern")
        run("pfx", "pool", "--out", str(self.home / "out.pfx"))

    def files(self):
        return [path for path in [*self.state.rglob("*"), *self.home.glob("*.pfx")] if path.is_file()]

    def test_keys_are_for_their_owner_alone_whatever_the_umask(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.make_everything(self.certgen)
        names = {path.name for path in self.files()}
        expected = {"ca.key", "ca.pem", "ca.cer", "ca.crl", "intermediate.key", "intermediate.pem",
                    "intermediate.crl", "shared-p-256.key", "key.pem", "cert.pem", "chain.pem",
                    "fullchain.pem", "cert.pfx", "info.json", "out.pfx"}
        self.assertEqual(names, expected)
        for path in self.files():
            mode = stat.S_IMODE(path.stat().st_mode)
            self.assertEqual(mode, 0o600 if PRIVATE.search(str(path)) else 0o644, path)
        for path in [self.state, *self.state.rglob("*")]:
            if path.is_dir():
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o700, path)
        for path in self.files():
            if path.suffix != ".json" and "PRIVATE KEY" in path.read_text(errors="replace"):
                self.assertRegex(str(path), PRIVATE)

    @unittest.skipUnless(strace_works(), "strace may not trace here")
    def test_keys_are_for_their_owner_alone_at_every_instant(self):
        """Each call that makes, renames or opens up a file, under a umask that forbids nothing."""
        log = self.home / "calls"
        calls = []

        def traced(*words):
            done = subprocess.run(
                ["strace", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={TRACED}", "-o", str(log), PROGRAM, *words,
                 "--state-dir", str(self.state)],
                capture_output=True, text=True, timeout=120, umask=0,
                env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})  # ptrace is taken
            self.assertEqual(done.returncode, 0, done.stderr)
            calls.extend(CALL.match(line) for line in log.read_text().splitlines() if CALL.match(line))

        self.make_everything(traced)
        private_temporaries, renamed = set(), set()
        for call in calls:
            name, arguments, result = call.groups()
            paths = re.findall(r'"([^"]*)"', arguments)
            if name.startswith("rename") and result == "0":
                self.assertEqual(len(paths), 2, arguments)
                renamed.add(paths[1])
                if PRIVATE.search(paths[1]):
                    private_temporaries.add(paths[0])
            self.assertNotIn(name, ["creat", "link", "linkat"], arguments)
        self.assertIn(str(self.state / "ca/ca.key"), renamed)
        self.assertEqual({str(path) for path in self.files()}, renamed, "a file that was not renamed into place")
        made = 0
        for call in calls:
            name, arguments, result = call.groups()
            if name.startswith("open") and "O_CREAT" in arguments and str(self.home) in arguments:
                self.assertIn("O_EXCL", arguments)
                self.assertRegex(arguments, r", 0600$")
                made += 1
            if name.startswith("mkdir") and result == "0":
                self.assertRegex(arguments, r", 0700$")
            if "chmod" in name:
                paths = re.findall(r"<([^>]*)>|\"([^\"]*)\"", arguments)
                for path in (first or second for first, second in paths):
                    self.assertNotIn(path, private_temporaries, arguments)
                    self.assertNotRegex(path, PRIVATE)
        self.assertGreaterEqual(made, 20)

    def test_nothing_is_overwritten_without_force(self):
        self.make_everything(self.certgen)
        before = {path: path.read_bytes() for path in self.files()}
        self.certgen("ca", code=1)
        done = self.certgen("issue", "--name", "pool", "--san", "c.test", "--key", "p-256", code=1)
        self.assertIn("--force", done.stderr)
        done = self.certgen("pfx", "pool", "--out", str(self.home / "out.pfx"), code=1)
        self.assertIn("--force", done.stderr)
        self.assertEqual({path: path.read_bytes() for path in self.files()}, before)

    def test_a_failure_leaves_no_temporary_file_behind(self):
        self.issue("--name", "pool", "--san", "a.test")
        (self.home / "folder").mkdir()
        (self.home / "folder" / "file").touch()
        self.certgen("pfx", "pool", "--out", str(self.home / "folder"), "--force", code=1)
        self.assertEqual([path.name for path in self.home.iterdir() if ".XXX" in path.name or "folder." in path.name], [])

    def test_a_state_folder_that_is_a_file_is_an_error_with_its_path(self):
        self.state.write_text("no folder")
        done = self.certgen("ca", code=1)
        self.assertIn(str(self.state), done.stderr)

    def test_a_ca_whose_key_is_gone_is_told(self):
        self.certgen("ca", "--key", "p-256")
        (self.state / "ca/ca.key").write_text("nonsense")
        done = self.issue("--san", "a.test", code=1)
        self.assertIn("no usable lab CA", done.stderr)
        self.assertIn("ca.key", done.stderr)


if __name__ == "__main__":
    unittest.main()
