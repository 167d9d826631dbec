"""What the tests of fakeocs-certgen share: the program of FAKEOCS_CERTGEN, in a folder of its own each time."""

import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("FAKEOCS_CERTGEN", "fakeocs-certgen")
SOURCE = pathlib.Path(os.environ.get("FAKEOCS_SOURCE", pathlib.Path(__file__).resolve().parents[2]))


class CertgenCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.home = pathlib.Path(self.folder.name)
        self.state = self.home / "state"

    def run_program(self, *words, code=0, stdin="", env=None):
        done = subprocess.run(
            [PROGRAM, *words], input=stdin, capture_output=True, text=True, cwd=self.home, timeout=60,
            env={**os.environ, **(env or {})},
        )
        allowed = code if isinstance(code, tuple) else (code,)
        self.assertIn(done.returncode, allowed, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def certgen(self, *words, **options):
        return self.run_program(*words, "--state-dir", str(self.state), **options)

    def issue(self, *words, **options):
        """Issues on a P-256 key: an RSA key takes its time."""
        return self.certgen("issue", "--key", "p-256", *words, **options)

    def paste(self, line):
        """Runs a printed command as a person would: through a shell, from the same folder."""
        subprocess.run(["sh", "-c", line], cwd=self.home, check=True, capture_output=True, timeout=60)
