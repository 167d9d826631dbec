"""fakeocs-certgen as people call it: making, reissuing, checking."""

import json
import shutil
import stat
import unittest

from certgen_case import CertgenCase

ZERO_WIDTH = "\u200b"


class CertgenTest(CertgenCase):
    # -- the command line ---------------------------------------------------------------------------

    def test_usage_errors_exit_2(self):
        for words in [
            ["bogus"],
            ["issue"],
            ["issue", "--cn", "a.test", "--recipe", "a"],
            ["issue", "--cn", "a.test", "--issuer", "nobody"],
            ["issue", "--cn", "a.test", "--key", "rsa-12"],
            ["issue", "--cn", "a.test", "--subject", "nonsense"],
            ["check"],
            ["check", "pool"],
            ["check", "pool", "--host", "a.test", "--policy", "nonsense"],
            ["reissue"],
            ["names"],
            ["names", "--role", "nonsense"],
            ["names", "--role", "ocs-pool"],
            ["names", "--role", "ocs-se", "--server", "not a name"],
        ]:
            with self.subTest(words=words):
                self.certgen(*words, code=2)

    # -- making -------------------------------------------------------------------------------------

    def test_a_ca_is_made_once(self):
        ca = json.loads(self.certgen("ca", "--name", "one", "--key", "p-256", "--json").stdout)
        self.assertIn("FAKE OCS LAB CA one", ca["subject"])
        self.certgen("ca", code=1)
        again = json.loads(self.certgen("ca", "--key", "p-256", "--force", "--json").stdout)
        self.assertNotEqual(ca["fingerprint"], again["fingerprint"])

    def test_issue_shows_the_names_and_writes_private_keys(self):
        done = self.issue("--name", "pool", "--cn", "pool.a.test", "--san", "pool.a.test", "--san", "192.0.2.1")
        for name in ["CN:pool.a.test", "DNS:pool.a.test", "IP:192.0.2.1"]:
            self.assertIn(name, done.stdout)
        self.assertLess(done.stdout.index("names to sign"), done.stdout.index("made         "))
        self.assertIn(f"--state-dir {self.state}", done.stdout)
        for name in ["key.pem", "cert.pfx"]:
            mode = stat.S_IMODE((self.state / "pool" / name).stat().st_mode)
            self.assertEqual(mode, 0o600, name)

    def test_issue_does_not_overwrite(self):
        self.issue("--cn", "a.test")
        self.issue("--cn", "a.test", code=1)
        self.issue("--cn", "a.test", "--force")

    def test_what_is_wrong_on_purpose_is_said(self):
        done = self.issue("--cn", "a.test", "--san", "b.test", "--not-before", "-60d", "--not-after", "-30d")
        self.assertIn("on purpose", done.stdout)
        self.assertIn("expired", done.stdout)
        self.assertIn("a.test", done.stdout)

    def test_a_blank_in_a_name_is_signed_and_shown(self):
        self.issue("--name", "blank", "--san", "DNS:sip.a.test ")
        shown = json.loads(self.certgen("inspect", "blank", "--json").stdout)
        self.assertEqual(shown["sans"], ["DNS:sip.a.test\\x20"])

    def test_json_stands_alone_on_standard_output(self):
        made = json.loads(self.issue("--cn", "a.test", "--san", "a.test", "--json").stdout)
        self.assertEqual(made["name"], "a.test")
        self.assertEqual(made["sans"], ["DNS:a.test"])
        self.assertEqual(made["pfx"]["profile"], "legacy")

    def test_the_folder_is_named_after_the_first_name(self):
        for name, folder in [("*.a.test", "_wildcard.a.test"), ("b\u00fccher.test", "xn--bcher-kva.test"),
                             ("a b/c", "a_b_c"), ("../x", "_._x")]:
            with self.subTest(name=name):
                self.issue("--cn", name)
                self.assertTrue((self.state / folder / "cert.pem").exists())
        self.issue("--name", "../x", "--cn", "a.test", code=2)
        self.assertEqual([path.name for path in self.home.iterdir()], ["state"])

    def test_a_certificate_that_is_not_there_is_told_with_those_that_are(self):
        self.assertIn("no certificate 'pool'", self.certgen("pfx", "pool", code=1).stderr)
        self.issue("--name", "one", "--san", "a.test")
        done = self.certgen("reissue", "../state/one", "--add-san", "b.test", code=1)
        self.assertIn("one of: one", done.stderr)
        self.assertIn("certs/recipes.yaml", self.certgen("issue", "--recipe", "x", code=2).stderr)

    def test_the_ca_itself_can_be_inspected(self):
        self.certgen("ca", "--key", "p-256")
        shown = json.loads(self.certgen("inspect", "ca", "--json").stdout)
        self.assertTrue(shown["is_ca"])

    def test_reissue_changes_names_and_key(self):
        before = json.loads(self.issue("--name", "pool", "--san", "a.test", "--san", "b.test", "--json").stdout)
        after = json.loads(
            self.certgen("reissue", "pool", "--add-san", "c.test", "--remove-san", "a.test", "--json").stdout)
        self.assertEqual(after["sans"], ["DNS:b.test", "DNS:c.test"])
        self.assertNotEqual(before["fingerprint"], after["fingerprint"])
        self.certgen("reissue", "nobody", "--add-san", "c.test", code=1)

    def test_pfx_takes_its_password_from_file_or_environment(self):
        self.issue("--name", "pool", "--san", "a.test")
        (self.home / "word").write_text("from file\n")
        target = str(self.home / "out.pfx")
        self.certgen("pfx", "pool", "--out", target, "--pfx-password-file", "word", "--pfx-profile", "modern")
        self.certgen("inspect", target, "--pfx-password-file", "word")
        self.certgen("inspect", target, code=1)
        self.certgen("pfx", "pool", "--out", target, "--force", "--pfx-password-env", "WORD", env={"WORD": "x"})
        self.certgen("inspect", target, "--pfx-password-env", "WORD", env={"WORD": "x"})
        self.certgen("pfx", "pool", "--pfx-password-env", "NOT_THERE", code=2)

    # -- recipes ------------------------------------------------------------------------------------

    def test_recipes_come_from_a_file_and_are_kept_once_made(self):
        self.state.mkdir()
        text = "recipes:\n"
        for name in ["one", "two"]:
            text += f"  {name}:\n    key: p-256\n    sans: [{name}.a.test]\n"
        (self.state / "recipes.yaml").write_text(text)
        self.certgen("issue", "--recipe", "two")
        self.assertFalse((self.state / "one").exists())
        done = self.certgen("issue", "--recipes", str(self.state / "recipes.yaml"))
        self.assertIn("kept         two", done.stdout)
        self.certgen("check", "one", "--host", "one.a.test")
        done = self.certgen("issue", "--recipe", "three", code=2)
        self.assertIn("one of: one, two", done.stderr)

    def test_a_missing_recipe_file_is_an_error(self):
        self.certgen("issue", "--recipes", "missing.yaml", code=2)

    # -- checking -----------------------------------------------------------------------------------

    def test_check_says_by_which_entry(self):
        self.issue("--name", "pool", "--san", "sip.a.test")
        done = self.certgen("check", "pool", "--host", "SIP.a.test")
        self.assertIn("by DNS:sip.a.test", done.stdout)
        self.assertIn("trusted by", done.stdout)
        done = self.certgen("check", "pool", "--host", "web.a.test", code=10)
        self.assertIn("NOT COVERED", done.stdout)
        self.assertIn("different-label", done.stdout)

    def test_check_sip_domain_asks_for_three_names(self):
        self.issue("--name", "pool", "--san", "sip.a.test", "--san", "sipinternal.a.test")
        found = json.loads(self.certgen("check", "pool", "--sip-domain", "a.test", "--json", code=10).stdout)
        self.assertEqual(
            [(row["host"], row["covered"]) for row in found["names"]],
            [("sipinternal.a.test", True), ("sip.a.test", True), ("sipexternal.a.test", False)])
        self.certgen("reissue", "pool", "--add-san", "sipexternal.a.test")
        self.certgen("check", "pool", "--sip-domain", "a.test")

    def test_check_as_a_client_asks_for_its_names_and_says_what_it_does(self):
        self.issue("--name", "pool", "--san", "sip.a.test", "--san", "*.a.test")
        found = json.loads(
            self.certgen("check", "pool", "--client", "communicator2007", "--sip-domain", "a.test", "--json",
                         code=10).stdout)
        self.assertEqual(
            [(row["host"], row["covered"], row["policy"]) for row in found["names"]],
            [("sipinternal.a.test", False, "communicator2007"), ("sip.a.test", True, "communicator2007"),
             ("sipexternal.a.test", False, "communicator2007")])
        self.assertEqual(found["names"][0]["client"], "Communicator 2007 stops here, event 4")
        # Lync takes the wildcard, and asks for the autodiscover names first.
        found = json.loads(
            self.certgen("check", "pool", "--client", "lync2013", "--sip-domain", "a.test", "--json").stdout)
        self.assertEqual(found["names"][0]["host"], "lyncdiscoverinternal.a.test")
        text = self.certgen("check", "pool", "--client", "communicator2007", "--host", "b.test", code=10).stdout
        self.assertIn("\n  Communicator 2007 stops here, event 4\n", text)
        done = self.certgen("check", "pool", "--client", "communicator", "--host", "b.test", code=2)
        self.assertIn("no client profile 'communicator'", done.stderr)

    def test_several_domains_and_clients_in_one_run(self):
        self.issue("--name", "pool", "--san", "sip.a.test", "--san", "sip.b.test")
        found = json.loads(self.certgen(
            "check", "pool", "--client", "communicator2007", "--client", "lync2013", "--sip-domain", "a.test",
            "--sip-domain", "b.test", "--json", code=10).stdout)
        asked = {(row["profile"], row["host"]): row["covered"] for row in found["names"]}
        self.assertTrue(asked["communicator2007", "sip.b.test"])
        self.assertFalse(asked["lync2013", "lyncdiscover.b.test"])
        self.assertEqual(found["exit_code"], 10)
        everybody = json.loads(self.certgen(
            "check", "pool", "--client", "all", "--sip-domain", "a.test", "--json", code=10).stdout)
        self.assertGreater(len({row["profile"] for row in everybody["names"]}), 5)

    def test_a_client_that_takes_names_from_srv_records_is_told_so(self):
        self.issue("--name", "pool", "--san", "sip.a.test")
        done = self.certgen("check", "pool", "--client", "communicator2007", "--sip-domain", "a.test", code=10)
        self.assertIn("the target of SRV _sipinternaltls._tcp.a.test: --host TARGET", done.stdout)

    def test_the_printed_fix_makes_the_check_pass(self):
        for words in [["--client", "lync2013"], ["--policy", "rfc5922"], ["--policy", "all"]]:
            with self.subTest(words=words):
                self.issue("--name", "pool", "--san", "sip.a.test", "--force")
                done = self.certgen("check", "pool", "--sip-domain", "a.test", *words, code=10)
                fix = [line for line in done.stdout.splitlines() if line.startswith("fix ")][0]
                self.paste(fix.split(None, 1)[1])
                self.certgen("check", "pool", "--sip-domain", "a.test", *words)

    def test_a_name_that_no_certificate_can_cover_has_no_fix(self):
        self.issue("--name", "pool", "--san", "sip.a.test")
        done = self.certgen("check", "pool", "--host", "sip a test", code=10)
        self.assertIn("the wanted name is no host name", done.stdout)
        self.assertNotIn("fix ", done.stdout)

    def test_policies_differ_about_wildcards(self):
        self.issue("--name", "wild", "--san", "*.a.test")
        self.certgen("check", "wild", "--host", "sip.a.test", "--policy", "rfc9525")
        done = self.certgen("check", "wild", "--host", "sip.a.test", "--policy", "communicator2007", code=10)
        self.assertIn("wildcard-not-allowed", done.stdout)

    def test_invisible_characters_are_shown(self):
        self.issue("--name", "pool", "--san", "sip.a.test")
        done = self.certgen("check", "pool", "--host", f"sip.a{ZERO_WIDTH}.test", code=10)
        self.assertIn("\\u{200b}", done.stdout)
        self.assertNotIn(ZERO_WIDTH, done.stdout)

    def test_expired_and_untrusted_exit_11(self):
        self.issue("--name", "old", "--san", "a.test", "--not-before", "-60d", "--not-after", "-30d")
        self.assertIn("expired", self.certgen("check", "old", "--host", "a.test", code=11).stdout)
        for issuer in ["self_signed", "unknown_ca"]:
            self.issue("--name", issuer, "--san", "a.test", "--issuer", issuer)
            self.certgen("check", issuer, "--host", "a.test", "--ca", str(self.lab_ca()), code=11)
        self.issue("--name", "gap", "--san", "a.test", "--via-intermediate", "--no-send-intermediate")
        self.certgen("check", "gap", "--host", "a.test", code=11)
        self.issue("--name", "whole", "--san", "a.test", "--via-intermediate")
        self.certgen("check", "whole", "--host", "a.test")

    def lab_ca(self):
        return self.state / "ca" / "ca.pem"

    def test_batch_answers_line_by_line(self):
        self.issue("--name", "pool", "--san", "sip.a.test")
        lines = "".join(
            json.dumps(row) + "\n" for row in [
                {"host": "sip.a.test", "policy": "rfc9525"},
                {"host": "b.test", "policy": "openssl"},
                {"host": "sip.a.test"},
            ])
        answers = self.certgen("check", "pool", "--batch", "-", stdin=lines).stdout.splitlines()
        self.assertEqual([json.loads(line)["covered"] for line in answers], [True, False, True])
        bad = self.certgen("check", "pool", "--batch", "-", stdin=lines + "nonsense\n", code=1).stdout.splitlines()
        self.assertEqual(len(bad), 4)
        self.assertIn("error", json.loads(bad[-1]))

    def test_check_reads_files_too(self):
        self.issue("--name", "pool", "--san", "sip.a.test")
        shutil.copy(self.state / "pool" / "cert.pem", self.home / "copy.pem")
        # Not the lab that may be on this machine: its CA would be held against the file.
        done = self.run_program("check", "./copy.pem", "--host", "sip.a.test", env={"FAKEOCS_STATE": str(self.home / "none")})
        self.assertIn("trust not checked", done.stdout)
        self.run_program("check", "./copy.pem", "--host", "sip.a.test", "--ca", str(self.lab_ca()))
        self.run_program("check", "./missing.pem", "--host", "sip.a.test", code=1)
        (self.home / "empty.pem").write_text("nothing here\n")
        self.run_program("inspect", "./empty.pem", code=1)


if __name__ == "__main__":
    unittest.main()
