"""What a newcomer sees: the commands and the transcript of the README, run and held against the real programs."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from lab import CERTGEN, FAKEOCS, PATIENCE, SOURCE, wait_for

README = (SOURCE / "README.md").read_text()
BLOCKS = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", README)
SHELL = [text for language, text in BLOCKS if language == "sh"]
TRANSCRIPT = BLOCKS[0][1]


def normal(text):
    """Without what differs from run to run."""
    text = re.sub(r"\d\d:\d\d:\d\d\.\d{3} a\d+ 127\.0\.0\.1:\d+", "TIME ATTEMPT CLIENT", text)
    text = re.sub(r"\d{4}-\d\d-\d\d", "DATE", text)
    return re.sub(r"in \d+ ms", "in N ms", text)


class Newcomer(unittest.TestCase):
    def setUp(self):
        """A folder that looks like the source tree after scripts/run, with ports of its own."""
        self.tree = pathlib.Path(tempfile.mkdtemp(prefix="fakeocs-e2e-"))
        self.addCleanup(shutil.rmtree, self.tree, ignore_errors=True)
        programs = self.tree / "build" / "release" / "bin"
        programs.mkdir(parents=True)
        (programs / "fakeocs").symlink_to(shutil.which(FAKEOCS))
        (programs / "fakeocs-certgen").symlink_to(shutil.which(CERTGEN))
        (self.tree / "src").symlink_to(SOURCE / "src")
        (self.tree / "config").mkdir()
        config = (SOURCE / "config" / "fakeocs.yaml").read_text()
        (self.tree / "config" / "fakeocs.yaml").write_text(config.replace("port: 8053", "port: 0"))
        self.output = self.tree / "output"
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("FAKEOCS_")}
        self.environment |= {"TERM": "dumb"}
        self.ports = {}

    def start(self, *words, **options):
        with open(self.output, "w") as output:
            self.process = subprocess.Popen(["build/release/bin/fakeocs", *words], cwd=self.tree, stdout=output,
                                            stderr=subprocess.STDOUT, env=self.environment, **options)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.wait_for_output("ready in")
        bound = re.findall(r"(?m)^listening (tls|dns|http) 127\.0\.0\.1:(\d+)", self.output.read_text())
        tls = [port for kind, port in bound if kind == "tls"]
        self.ports = dict(zip(["5061", "8443"], tls)) | {"8053": port for kind, port in bound if kind == "dns"}
        self.ports |= {"8061": port for kind, port in bound if kind == "http"}

    def wait_for_output(self, pattern, count=1):
        def look():
            text = self.output.read_text()
            return text if len(re.findall(pattern, text)) >= count else None

        return wait_for(look, lambda: f"{count} of {pattern!r} in:\n{self.output.read_text()}",
                        lambda: self.process.poll() is None)

    def mapped(self, text):
        """The README's ports as this run has them."""
        return re.sub(r"\b(5061|8443|8053)\b", lambda match: self.ports[match.group(1)], text)

    def paste(self, text):
        return subprocess.run(["sh", "-c", self.mapped(text)], cwd=self.tree, capture_output=True, text=True,
                              env=self.environment, timeout=PATIENCE, errors="replace")

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.assertEqual(self.process.wait(timeout=PATIENCE), 0, self.output.read_text())
        text = self.output.read_text()
        self.assertTrue(text.endswith("stopped\n"), text[-300:])
        return text

    def test_the_readme_from_its_own_text(self):
        good, bad, fix, _ = SHELL
        self.assertIn("openssl s_client", good)
        self.start("serve", "--config", "config/fakeocs.yaml", "--state-dir", "certs", "--port", "0")

        done = self.paste(good)
        self.assertEqual(done.stdout.count("fakeocs saw this connection"), 3, done.stdout + done.stderr)
        self.wait_for_output("sni=sip.schertz.local host=front01 .exact. TLS 1.[23] accepted: http", 3)

        wrong = bad + good.split("\n", 1)[1]
        done = self.paste(wrong)
        self.assertNotIn("fakeocs saw this connection", done.stdout)
        self.wait_for_output(r"sni=sipinternal\S+ host=front01 .default-unknown-name. TLS 1.[23] rejected-alert: "
                             "alert 42 bad_certificate, before Finished", 2)
        text = self.wait_for_output(r"sni=sipinternal\S+ .* finished-no-data: close_notify")
        printed = set(re.findall(r"(?m)^  (\S*fakeocs-certgen reissue .*)$", text))
        self.assertEqual(printed, {fix.strip()})

        done = self.paste(printed.pop())
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.paste(wrong)
        self.assertEqual(done.stdout.count("fakeocs saw this connection"), 3, done.stdout + done.stderr)
        self.wait_for_output(r"sni=sipinternal\S+ .* accepted: http", 3)

        seen = self.end()
        for port, own in self.ports.items():
            seen = seen.replace(f":{own} ", f":{port} ")
        lines = set(normal(seen).splitlines())
        for line in normal(TRANSCRIPT).splitlines():
            if not line.startswith("$ "):
                self.assertIn(line, lines)

    def test_what_the_start_prints_can_be_pasted(self):
        self.start("serve", "--config", "config/fakeocs.yaml", "--state-dir", "a folder", "--port", "0")
        text = self.wait_for_output(r"and again[^\n]*\n  N=\S+\n")  # what to try comes after the ready line
        block = re.search(r"(?s)on the certificate:\n(.*?)\nand again", text).group(1)
        other = re.search(r"(?m)^  N=(\S+)$", text.split("and again")[1]).group(1)
        done = subprocess.run(["sh", "-c", block], cwd=self.tree, capture_output=True, text=True, errors="replace",
                              env=self.environment, timeout=PATIENCE)
        self.assertEqual(done.stdout.count("fakeocs saw this connection"), 3, done.stdout + done.stderr)
        subprocess.run(["sh", "-c", re.sub(r"N=\S+", "N=" + other, block)], cwd=self.tree, capture_output=True,
                       env=self.environment, timeout=PATIENCE)
        text = self.wait_for_output(r"(?m)^  \S*fakeocs-certgen .*$", 3)
        fix = re.search(r"(?m)^  (\S*fakeocs-certgen .*)$", text).group(1)
        self.assertIn("--state-dir 'a folder'", fix)
        self.assertEqual(self.paste(fix).returncode, 0)
        done = subprocess.run(["sh", "-c", re.sub(r"N=\S+", "N=" + other, block)], cwd=self.tree, text=True,
                              capture_output=True, errors="replace", env=self.environment, timeout=PATIENCE)
        self.assertEqual(done.stdout.count("fakeocs saw this connection"), 3, done.stdout + done.stderr)
        for line in self.end().splitlines():
            if "127.0.0.1:" not in line and "certgen" not in line and "changed certificate" not in line:
                self.assertLessEqual(len(line), 80, line)

    def test_quickstart_needs_neither_root_nor_files(self):
        (self.tree / "home").mkdir()
        options = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.tree / "home", nobody.pw_uid, nobody.pw_gid)
            self.tree.chmod(0o755)
            options = {"user": "nobody", "group": nobody.pw_gid, "extra_groups": []}
        self.environment["HOME"] = str(self.tree / "home")
        self.environment.pop("XDG_DATA_HOME", None)
        (self.tree / "src").unlink()  # not in the source tree
        words = SHELL[3].split()
        self.assertEqual(words[0], "build/release/bin/fakeocs")
        try:
            self.start(*words[1:], "--port", "0", **options)
        except PermissionError:
            self.skipTest("nobody may not run the programs here")
        text = " ".join(self.output.read_text().split())
        state = self.tree / "home" / ".local" / "share" / "fakeocs"
        self.assertIn(f"state {state}", text)
        self.assertTrue((state / "front01" / "cert.pfx").exists())
        self.end()

    def test_a_lab_address_comes_with_what_the_client_needs(self):
        self.start("quickstart", "contoso.test", "--lab-address", "127.0.0.1", "--port", "0", "--state-dir", "state")
        text = self.wait_for_output("3. Communicator: ")
        for line in ["127.0.0.1  sip.contoso.test", "127.0.0.1  sipinternal.contoso.test",
                     str(self.tree / "state" / "ca" / "ca.cer"), "certutil -addstore Root ca.cer", "Windows XP"]:
            self.assertIn(line, text)
        self.end()


if __name__ == "__main__":
    unittest.main()
