"""What is beside the programs in a package: manual pages, completion, the systemd unit and its configuration."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from lab import CERTGEN, FAKEOCS, PATIENCE, run

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PACKAGING = SOURCE / "packaging"


def subcommands(program):
    text = run([program, "--help"]).stdout
    return re.findall(r"(?m)^  (\S+)", text.partition("Subcommands:\n")[2].partition("\n\n")[0])


class Package(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def test_the_manual_has_every_help_page_word_for_word(self):
        if not shutil.which("man"):
            self.skipTest("no man (Debian: man-db)")
        done = run([PACKAGING / "man.py", FAKEOCS, CERTGEN, self.folder])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for program, name in ((FAKEOCS, "fakeocs"), (CERTGEN, "fakeocs-certgen")):
            shown = subprocess.run(["man", "-l", "--warnings", self.folder / f"{name}.1"], capture_output=True, text=True,
                                   timeout=PATIENCE, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            lines = {line.strip() for line in shown.stdout.replace("\u2019", "'").splitlines()}
            for words in [[], *([one] for one in subcommands(program))]:
                for line in run([program, *words, "--help"]).stdout.replace("…", "...").splitlines():
                    self.assertIn(line.strip(), lines | {""}, f"{name} {words}")

    def complete(self, *words):
        script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _fakeocs; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = run(["bash", "-c", script, "bash", PACKAGING / "completion.bash", *words])
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_completion_offers_what_the_programs_have(self):
        self.assertEqual(self.complete(FAKEOCS, ""), subcommands(FAKEOCS))
        self.assertEqual(self.complete(CERTGEN, "--state-dir", "/tmp", "i"), ["issue", "inspect"])
        self.assertEqual(self.complete(FAKEOCS, "dns", "l"), ["list", "lift"])
        self.assertEqual(self.complete(FAKEOCS, "serve", "--c"), ["--config", "--capture", "--color"])
        (self.folder / "lab.yaml").touch()
        self.assertEqual(self.complete(FAKEOCS, "serve", "--config", f"{self.folder}/la"), [f"{self.folder}/lab.yaml"])

    def test_the_unit_is_one_that_systemd_reads_and_its_commands_are_ours(self):
        unit = (PACKAGING / "fakeocs.service").read_text()
        command = re.search(r"(?m)^ExecStart=/usr/bin/fakeocs (.*)$", unit).group(1).split()
        self.assertEqual(command, ["serve", "--config", "/etc/fakeocs/config.yaml"])
        self.assertIn("RENAME config.yaml", (SOURCE / "CMakeLists.txt").read_text())
        checked = run([FAKEOCS, "check", "--config", SOURCE / "config" / "fakeocs.yaml", "--state-dir", self.folder])
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze (Debian: systemd)")
        own = self.folder / "fakeocs.service"
        own.write_text(unit.replace("/usr/bin/fakeocs", str(pathlib.Path(shutil.which(FAKEOCS)).resolve())))
        done = run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", own])
        self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if "fakeocs.service" in line]), (0, []))


if __name__ == "__main__":
    unittest.main()
