"""The help pages, held word for word: tests/golden/certgen/*.txt. UPDATE_GOLDEN=1 writes them anew."""

import os
import re
import shlex
import unittest

from certgen_case import SOURCE, CertgenCase

PAGES = ["", "ca", "issue", "reissue", "names", "check", "inspect", "pfx"]
GOLDEN = SOURCE / "tests/golden/certgen"


class HelpTest(CertgenCase):
    def page(self, name):
        return self.run_program(*([name] if name else []), "--help").stdout

    def test_pages_are_as_they_were(self):
        for name in PAGES:
            with self.subTest(page=name):
                golden = GOLDEN / f"{name or 'fakeocs-certgen'}.txt"
                if os.environ.get("UPDATE_GOLDEN"):
                    golden.write_text(self.page(name))
                self.assertEqual(self.page(name), golden.read_text())

    def test_pages_fit_a_terminal_and_end_with_examples_and_exit_codes(self):
        for name in PAGES:
            with self.subTest(page=name):
                lines = self.page(name).splitlines()
                self.assertLessEqual(len(lines), 40)
                for line in lines:
                    self.assertLessEqual(len(line), 80, line)
                self.assertGreaterEqual(len(self.examples(name)), 3)
                self.assertIn("Exit codes:", "\n".join(lines[-8:]))

    def examples(self, name):
        text = self.page(name)
        block = text[text.index("Examples:\n"):text.index("\nExit codes:")].replace("\\\n", " ")
        return [line.strip() for line in block.splitlines()[1:] if "fakeocs-certgen " in line]

    def test_examples_are_understood(self):
        """Each example runs: it may fail for want of a file or a host, never as bad usage."""
        self.issue("--name", "pool", "--cn", "pool.contoso.test", "--san", "sip.contoso.test")
        (self.home / "word.txt").write_text("secret\n")
        (self.home / "certs").symlink_to(SOURCE / "certs")
        for name in PAGES:
            for example in self.examples(name):
                example = re.sub(r"\s+\(.*\)$", "", example)
                words = shlex.split(example)
                env = dict(word.split("=", 1) for word in words[:words.index("fakeocs-certgen")])
                words = words[words.index("fakeocs-certgen") + 1:]
                if "--state-dir" in words or any(":5061" in word for word in words):
                    continue  # another machine's folder, a host that is not there
                with self.subTest(example=example):
                    self.certgen(*words, env=env, code=(0, 1, 10))

    def test_no_arguments_print_the_help_and_make_nothing(self):
        self.assertEqual(self.run_program().stdout, self.page(""))
        for words in [["issue"], ["reissue"], ["names"], ["check"], ["inspect"], ["pfx"]]:
            self.run_program(*words, code=2)
        self.assertEqual(list(self.home.iterdir()), [])

    def test_version(self):
        self.assertRegex(self.run_program("--version").stdout, r"^fakeocs-certgen \d+\.\d+\.\d+\n$")

    def test_a_mistake_is_told_in_one_line_with_the_page_to_read(self):
        for words, told, page in [
            (["isue"], "isue", "fakeocs-certgen --help"),
            (["issue", "--sann", "a.test"], "--sann", "fakeocs-certgen issue --help"),
            (["issue", "--cn"], "--cn", "fakeocs-certgen issue --help"),
            (["check", "x", "--timeout", "soon"], "soon", "fakeocs-certgen check --help"),
        ]:
            with self.subTest(words=words):
                done = self.run_program(*words, code=2)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr.startswith("fakeocs-certgen: "), done.stderr)
                self.assertIn(told, done.stderr)
                self.assertIn(f"  try: {page}\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
