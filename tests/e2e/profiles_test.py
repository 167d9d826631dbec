"""fakeocs profiles: the list, one profile, JSON, the page in docs, profiles of one's own."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

FAKEOCS = os.environ.get("FAKEOCS", "fakeocs")
SOURCE = pathlib.Path(os.environ.get("FAKEOCS_SOURCE", pathlib.Path(__file__).resolve().parents[2]))


class Profiles(unittest.TestCase):
    def fakeocs(self, *words, code=0):
        done = subprocess.run([FAKEOCS, *words], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_the_list_names_all_and_how_they_stop(self):
        lines = self.fakeocs("profiles").stdout.splitlines()
        self.assertEqual(lines[0].split()[0], "communicator2007")
        self.assertIn("stop-on-resolve", lines[0])
        self.assertEqual(len(lines), 11)
        self.assertLessEqual(max(map(len, lines)), 80)

    def test_one_profile_says_what_is_unknown(self):
        text = self.fakeocs("profiles", "--show", "lync2010").stdout
        self.assertIn("unknown; carried out as continue-on-error  (unknown)", text)
        self.assertIn("not carried out", text)

    def test_json_marks_what_is_known(self):
        one = json.loads(self.fakeocs("profiles", "--show", "communicator2007", "--json").stdout)
        facts = {fact["what"]: fact for fact in one["facts"]}
        self.assertEqual(facts["stop rule"]["source"], "[1]")
        self.assertTrue(facts["stop rule"]["known"])
        self.assertFalse(facts["looks at the certificate"]["known"])
        page = json.loads(self.fakeocs("profiles", "--json").stdout)
        self.assertEqual(page["schema"], "fakeocs.profiles/1")
        self.assertEqual(len(page["profiles"]), 11)

    def test_the_page_in_docs_is_what_the_program_prints(self):
        page = (SOURCE / "docs/clients.md").read_text()
        self.assertEqual(self.fakeocs("profiles", "--markdown").stdout, page)

    def test_profiles_of_ones_own(self):
        example = str(SOURCE / "config/profiles.yaml")
        listed = self.fakeocs("profiles", "--profiles", example).stdout
        self.assertIn("our-softphone", listed)
        text = self.fakeocs("profiles", "--profiles", example, "--show", "our-softphone").stdout
        self.assertIn("Our softphone/1.0  (own)", text)
        explained = self.fakeocs(
            "signin", "alice@a.test", "--profiles", example, "--client", "our-softphone", "--explain").stdout
        self.assertIn("_sips._tcp.a.test", explained)

    def test_what_is_wrong_exits_2_with_its_place(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "p.yaml")
            path.write_text("profiles:\n  mine:\n    base: lync2010\n    stop: never\n")
            done = self.fakeocs("profiles", "--profiles", str(path), code=2)
            self.assertIn("p.yaml:4:11: profiles.mine.stop: no stop rule 'never'", done.stderr)
        done = self.fakeocs("profiles", "--show", "lync2001", code=2)
        self.assertIn("did you mean 'lync2010'?", done.stderr)
        self.fakeocs("profiles", "--markdown", "--json", code=2)


if __name__ == "__main__":
    unittest.main()
