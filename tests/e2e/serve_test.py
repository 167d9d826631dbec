"""`fakeocs quickstart` as people use it: the printed fix works, keys are private, arguments are checked."""

import re
import subprocess
import unittest

from lab import FAKEOCS, PATIENCE, Lab, run

WRONG = "sipinternal.contoso.test"


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.lab = Lab.quickstart("contoso.test")
        self.addCleanup(self.lab.stop)

    def test_the_printed_fix_pasted_makes_the_next_attempt_pass(self):
        self.lab.s_client(WRONG)
        text = self.lab.wait_for_output(r"reissue front01.*\n")
        command = re.search(r"\S*fakeocs-certgen reissue front01.*", text).group(0).strip()
        fixed = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(fixed.returncode, 0, command + "\n" + fixed.stdout + fixed.stderr)
        done = self.lab.s_client(WRONG)
        self.assertIn("fakeocs saw this connection", done.stdout, done.stderr)
        self.assertEqual([record["verdict"] for record in self.lab.records(2)], ["rejected-alert", "accepted"])

    def test_keys_are_private(self):
        state = self.lab.state
        private = [*state.glob("*/*.key"), *state.glob("*/key.pem"), *state.glob("*/*.pfx")]
        self.assertGreaterEqual(len(private), 3)
        for key in private:
            self.assertEqual(key.stat().st_mode & 0o777, 0o600, key)


class Arguments(unittest.TestCase):
    def test_no_arguments_print_help(self):
        done = run([FAKEOCS])
        self.assertEqual(done.returncode, 0)
        self.assertIn("quickstart", done.stdout)

    def test_wrong_arguments_exit_2(self):
        for arguments in (["--nonsense"], ["quickstart"], ["quickstart", "a..b"], ["serve", "--config", "no-such-file"]):
            self.assertEqual(run([FAKEOCS, *arguments]).returncode, 2, arguments)


if __name__ == "__main__":
    unittest.main()
