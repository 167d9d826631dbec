"""The help pages: how long and how wide they are, what they end with, and that somebody has read them."""

import os
import re
import unittest

from config_test import Folder
from lab import SOURCE


class Help(Folder):
    """To write the pages anew: FAKEOCS_UPDATE_GOLDEN=1 python3 tests/e2e/help_test.py"""

    PAGES = SOURCE / "tests" / "golden" / "fakeocs"

    def subcommands(self):
        page = self.run_it("--help").stdout
        return re.findall(r"(?m)^  ([a-z]+) {2,}", page.split("Subcommands:")[1])

    def test_every_page_fits_80_columns_and_40_lines_and_has_exit_codes_and_examples(self):
        self.assertGreaterEqual(set(self.subcommands()), {"serve", "quickstart", "check"})
        for words in [(), *((name,) for name in self.subcommands())]:
            page = self.run_it(*words, "--help").stdout
            with self.subTest(words=words):
                self.assertEqual([line for line in page.splitlines() if len(line) > 80], [])
                self.assertLessEqual(len(page.splitlines()), 46)
                if words != ("dns",):  # has subcommands of its own
                    self.assertRegex(page, "(?i)exit codes?:")
                    self.assertIn("Examples:", page)

    def test_topics(self):
        log = (SOURCE / "docs/handshake-log.md").read_text()
        verdicts = re.findall(r"(?m)^\| `([a-z-]+)` \|", log.partition("## The verdicts")[2].partition("\n## ")[0])
        self.assertEqual(len(verdicts), 17)
        listed = re.findall(r"(?m)^fakeocs help (\w+) ", self.run_it("help").stdout)
        self.assertEqual(listed, ["verdicts", "names", "pfx", "trust"])
        for topic in listed:
            done = self.run_it("help", topic)
            with self.subTest(topic=topic):
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])
                self.assertLessEqual(len(done.stdout.splitlines()), 40)
        self.assertEqual(re.findall(r"(?m)^([a-z-]+)  +\w", self.run_it("help", "verdicts").stdout), verdicts)
        for policy in ("communicator2007", "lync2010", "rfc9525", "rfc5922", "openssl"):
            self.assertIn(f"\n  {policy} ", self.run_it("help", "names").stdout)
        done = self.run_it("help", "verdict")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no topic is called 'verdict'", done.stderr)
        self.assertIn("did you mean 'verdicts'?", done.stderr)

    def test_the_pages_are_as_they_were_reviewed(self):
        for name in ("serve", "quickstart", "check", "config show", "fault", "fault arm", "fault list", "fault lift",
                     "export"):
            page = self.run_it(*name.split(), "--help").stdout
            golden = self.PAGES / f"{name.replace(' ', '-')}.txt"
            if os.environ.get("FAKEOCS_UPDATE_GOLDEN"):
                golden.parent.mkdir(parents=True, exist_ok=True)
                golden.write_text(page)
            with self.subTest(name=name):
                self.assertEqual(page, golden.read_text())


if __name__ == "__main__":
    unittest.main()
