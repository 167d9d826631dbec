"""PFX files as other programs read them: OpenSSL, NSS, Java; and where their passwords come from."""

import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
import unittest

from certgen_case import PROGRAM, CertgenCase


def needs(program):
    missing = shutil.which(program) is None
    if missing:
        print(f"SKIPPED ALOUD: no {program} here; scripts/setup installs it")
    return unittest.skipIf(missing, f"no {program}")


class PfxTest(CertgenCase):
    def read_with(self, *words, stdin=""):
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, cwd=self.home, timeout=120)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def both_profiles(self):
        """A certificate with an intermediate in both profiles: [(profile, path, inspected)]."""
        self.issue("--name", "pool", "--cn", "sip.a.test", "--san", "sip.a.test", "--via-intermediate")
        shown = json.loads(self.certgen("inspect", "pool", "--json").stdout)
        modern = self.home / "modern.pfx"
        self.certgen("pfx", "pool", "--out", str(modern), "--pfx-profile", "modern")
        return [("legacy", self.state / "pool" / "cert.pfx", shown), ("modern", modern, shown)]

    def test_openssl_reads_key_certificate_and_chain(self):
        for profile, path, _ in self.both_profiles():
            with self.subTest(profile=profile):
                text = self.read_with("openssl", "pkcs12", "-in", str(path), "-passin", "pass:changeit", "-nodes",
                                      "-info")
                self.assertEqual(text.count("BEGIN CERTIFICATE"), 2)
                self.assertEqual(text.count("BEGIN PRIVATE KEY"), 1)
                self.assertIn("friendlyName: pool", text)
                algorithms = {"legacy": ["MAC: sha1", "pbeWithSHA1And3-KeyTripleDES-CBC"],
                              "modern": ["MAC: sha256", "AES-256-CBC"]}
                for word in algorithms[profile]:
                    self.assertIn(word, text)

    def test_the_legacy_profile_has_no_rc2_which_needs_the_legacy_provider(self):
        (_, path, _), _ = self.both_profiles()
        text = self.read_with("openssl", "pkcs12", "-in", str(path), "-passin", "pass:changeit", "-noout", "-info")
        self.assertNotIn("RC2", text)

    @needs("pk12util")
    def test_nss_imports_it(self):
        for profile, path, _ in self.both_profiles():
            with self.subTest(profile=profile):
                store = self.home / f"nss-{profile}"
                store.mkdir()
                self.read_with("certutil", "-N", "-d", f"sql:{store}", "--empty-password")
                self.read_with("pk12util", "-i", str(path), "-d", f"sql:{store}", "-W", "changeit")
                self.assertRegex(self.read_with("certutil", "-L", "-d", f"sql:{store}"), r"pool\s+u,u,u")
                self.assertIn("pool", self.read_with("certutil", "-K", "-d", f"sql:{store}"))

    @needs("keytool")
    def test_java_reads_it(self):
        for profile, path, shown in self.both_profiles():
            with self.subTest(profile=profile):
                text = self.read_with("keytool", "-list", "-v", "-storetype", "PKCS12", "-keystore", str(path),
                                      "-storepass", "changeit", "-J-Duser.language=en")
                self.assertIn("PrivateKeyEntry", text)
                self.assertIn("Certificate chain length: 2", text)
                prints = [found.replace(":", "").lower() for found in re.findall(r"SHA256: ([0-9A-F:]+)", text)]
                self.assertEqual(prints[0], shown["fingerprint"])

    # -- passwords ----------------------------------------------------------------------------------

    def test_the_default_password_is_printed_and_an_own_one_is_not(self):
        self.assertIn("password 'changeit'", self.issue("--name", "one", "--san", "a.test").stdout)
        (self.home / "word").write_text("my own secret\nsecond line\n")
        for words in [["--pfx-password-file", "word"], ["--pfx-password-env", "WORD"]]:
            done = self.issue("--name", "two", "--san", "a.test", "--force", *words, env={"WORD": "my own secret"})
            self.assertNotIn("secret", done.stdout + done.stderr)
            self.assertIn("password as given", done.stdout)
            self.certgen("inspect", str(self.state / "two/cert.pfx"), *words, env={"WORD": "my own secret"})
        made = json.loads(self.issue("--name", "three", "--san", "a.test", "--json", *words,
                                     env={"WORD": "x"}).stdout)
        self.assertIsNone(made["pfx"]["password"])

    def test_reissue_keeps_the_password(self):
        env = {"WORD": "x y"}
        self.issue("--name", "pool", "--san", "a.test", "--pfx-password-env", "WORD", env=env)
        self.certgen("reissue", "pool", "--add-san", "b.test")
        self.certgen("inspect", str(self.state / "pool/cert.pfx"), "--pfx-password-env", "WORD", env=env)

    def test_an_empty_password_needs_force(self):
        self.issue("--name", "pool", "--san", "a.test", "--pfx-password-env", "WORD", env={"WORD": ""}, code=1)
        self.assertFalse((self.state / "pool").exists())
        self.issue("--name", "pool", "--san", "a.test", "--pfx-password-env", "WORD", "--force", env={"WORD": ""})

    def test_a_dash_reads_standard_input_where_there_is_no_terminal(self):
        self.issue("--name", "pool", "--san", "a.test", "--pfx-password-file", "-", stdin="from input\n")
        path = str(self.state / "pool/cert.pfx")
        self.certgen("inspect", path, "--pfx-password-file", "-", stdin="from input\r\n")
        self.certgen("inspect", path, "--pfx-password-file", "-", stdin="wrong\n", code=1)
        self.certgen("inspect", path, "--pfx-password-file", "-", stdin="", code=2)

    def test_a_dash_asks_twice_on_a_terminal_and_shows_nothing(self):
        self.issue("--name", "pool", "--san", "a.test")
        for answers, code in [(["typed word", "typed word"], 0), (["typed word", "another"], 2)]:
            with self.subTest(answers=answers):
                seen = self.on_terminal(["pfx", "pool", "--pfx-password-file", "-"], answers, code)
                self.assertIn("PFX password: ", seen)
                self.assertIn("once more: ", seen)
                for answer in answers:
                    self.assertNotIn(answer, seen)
        (self.home / "word").write_text("typed word")
        self.certgen("inspect", str(self.state / "pool/cert.pfx"), "--pfx-password-file", "word")

    def on_terminal(self, words, answers, code):
        """Runs the program on a terminal of its own; answers each prompt once it stands there."""
        child, terminal = pty.fork()
        if child == 0:
            os.execv(PROGRAM, [PROGRAM, *words, "--state-dir", str(self.state)])
        seen = b""
        waiting = [(b"PFX password: ", answers[0]), (b"once more: ", answers[1])]
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # Linux says EIO where the other side is gone
                piece = b""
            if not piece:
                break
            seen += piece
            if waiting and waiting[0][0] in seen:
                os.write(terminal, waiting.pop(0)[1].encode() + b"\n")
        os.close(terminal)
        _, status = os.waitpid(child, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), code, seen)
        return seen.decode()

    def test_a_password_is_no_argument(self):
        for page in ["issue", "pfx", "inspect", "check"]:
            self.assertNotRegex(self.run_program(page, "--help").stdout, r"--pfx-password[ =]")

    def test_the_pfx_of_old_windows_tools_reads_too(self):
        """RC2, as `openssl pkcs12 -legacy` and old Windows write it."""
        self.issue("--name", "pool", "--san", "a.test")
        made = subprocess.run(
            ["openssl", "pkcs12", "-export", "-legacy", "-in", str(self.state / "pool/cert.pem"), "-inkey",
             str(self.state / "pool/key.pem"), "-out", "old.p12", "-passout", "pass:changeit"],
            cwd=self.home, capture_output=True, text=True)
        if made.returncode != 0:
            self.skipTest("this openssl has no legacy provider")
        der = subprocess.run(["openssl", "x509", "-in", str(self.state / "pool/cert.pem"), "-outform", "DER"],
                             capture_output=True, check=True).stdout
        shown = json.loads(self.certgen("inspect", "./old.p12", "--json").stdout)
        self.assertEqual(shown["fingerprint"], hashlib.sha256(der).hexdigest())


if __name__ == "__main__":
    unittest.main()
