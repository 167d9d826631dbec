"""Ten thousand virtual hosts: ready at once, each certificate loaded or made when a client first asks for it."""

import pathlib
import random
import re
import shutil
import signal
import unittest

from lab import CERTGEN, FAKEOCS, Lab, run, wait_for
from many_hosts import Certificates, generated_hosts, loaded_hosts

MANY = 10_000
RESIDENT_LIMIT_KIB = 100 * 1024


def is_sanitized():
    """Sanitizers keep shadow memory: what they hold says nothing."""
    return b"__asan_init" in pathlib.Path(FAKEOCS).read_bytes()


def resident_kib(process):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text()).group(1))


class ManyHosts(unittest.TestCase):
    def lab_in(self, write, count=MANY, spoil=lambda folder: None):
        folder = Lab.new_folder()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.certificates = Certificates(CERTGEN, folder / "made")
        self.names = write(folder, count, self.certificates)
        spoil(folder)
        self.config = folder / "lab.yaml"
        self.lab = Lab(["serve", "--config", self.config, "--verbose"], folder)
        self.addCleanup(self.lab.stop)
        return self.lab

    def name_served_to(self, name):
        """The CN of the certificate that openssl gets when it asks for `name`; None: the handshake fails."""
        said = run(["openssl", "s_client", "-brief", "-connect", f"127.0.0.1:{self.lab.port}", "-servername", name])
        found = re.search(r"^Peer certificate: CN = (\S+)", said.stderr, re.M)
        return found.group(1) if found else None

    def assert_small(self):
        held = resident_kib(self.lab.process)
        print(f"{len(self.names)} hosts: {held} KiB resident")
        if not is_sanitized():
            self.assertLess(held, RESIDENT_LIMIT_KIB)

    def test_certificates_from_files(self):
        broken = 4711

        def spoil(folder):
            path = folder / "pem" / f"{broken:05}.pem"
            path.unlink()
            path.write_text("no certificate\n")

        lab = self.lab_in(loaded_hosts, spoil=spoil)
        self.assert_small()
        self.assertIn("10000 certificates are loaded when a client first asks", " ".join(lab.output().split()))
        for number in [0, MANY - 1, *random.Random(4).sample(range(MANY), 20)]:
            if number == broken:
                continue
            served = self.name_served_to(self.names[number])
            self.assertEqual(served, self.certificates.of(number), self.names[number])

        for _ in range(2):
            self.assertIsNone(self.name_served_to(self.names[broken]))

        def records_of_the_broken_one():
            found = [record for record in lab.all_records() if record.get("virtual_host") == f"host-{broken:05}"]
            return found if len(found) == 2 else None

        for record in wait_for(records_of_the_broken_one, "two records of the broken host"):
            self.assertEqual(record["verdict"], "server-error")
            self.assertIn("no PEM certificate here", str(record["reasons"]))
            self.assertIn("no PEM certificate here", record["tls"]["library_text"])
            self.assertNotIn("certificate", record)
        place = rf"lab\.yaml:{6 + 4 * broken}:\d+: host host-{broken:05}: \S+{broken:05}\.pem: no PEM certificate here"
        said = " ".join(lab.output().split())
        self.assertEqual(len(re.findall("problem: " + r"\S+" + place, said)), 1, said[-3000:])
        self.assertEqual(self.name_served_to(self.names[broken + 1]), self.certificates.of(broken + 1))

    def test_check_loads_them_all(self):
        def spoil(folder):
            for number in (3, 150):
                path = folder / "pem" / f"{number:05}.pem"
                path.unlink()
                path.write_text("no certificate\n")

        folder = Lab.new_folder()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        loaded_hosts(folder, 200, Certificates(CERTGEN, folder / "made"))
        spoil(folder)
        done = run([FAKEOCS, "check", "--config", folder / "lab.yaml", "--state-dir", folder / "state"])
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(re.findall(r"host host-(\d+): \S+: no PEM certificate here", done.stderr), ["00003", "00150"])
        (folder / "pem" / "00003.pem").unlink()
        (folder / "pem" / "00150.pem").unlink()
        done = run([FAKEOCS, "serve", "--config", folder / "lab.yaml", "--state-dir", folder / "state",
                    "--admin", "127.0.0.1:0"])
        self.assertEqual(done.returncode, 2, "a file that is not there is an error at the start")
        self.assertEqual(len(re.findall("there is no such file", done.stderr)), 2)

    def test_generated_certificates_are_made_for_the_first_who_asks(self):
        lab = self.lab_in(generated_hosts)
        self.assert_small()
        made = [path.name for path in lab.state.iterdir() if path.name.startswith("host-")]
        self.assertLessEqual(len(made), 1, "the example that is printed is made, and nothing else")
        for number in (17, 9_999):
            name = self.names[number]
            self.assertEqual(lab.curl(name, "-o", "/dev/null").returncode, 0)
            info = (lab.state / f"host-{number:05}" / "info.json").read_text()
            self.assertEqual(lab.curl(name, "-o", "/dev/null").returncode, 0)
            self.assertEqual((lab.state / f"host-{number:05}" / "info.json").read_text(), info, "made once")
            lab.wait_for_output(f"host +host-{number:05} +made in")

    def test_a_folder_of_certificates_is_followed_by_reload(self):
        folder = Lab.new_folder()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        names = [f"vhost-{number}.many.test" for number in range(3)]
        for name in names:
            done = run([CERTGEN, "issue", "--name", name, "--cn", name, "--san", name, "--key", "p-256",
                        "--state-dir", folder / "made"])
            self.assertEqual(done.returncode, 0, done.stderr)
        vhosts = folder / "vhosts"
        vhosts.mkdir()

        def put(name, made):
            source = folder / "made" / made
            (vhosts / f"{name}.pem").write_bytes((source / "cert.pem").read_bytes() +
                                                 (source / "key.pem").read_bytes())

        def reload(times):
            self.lab.process.send_signal(signal.SIGHUP)
            wait_for(lambda: True if self.lab.output().count("reloaded ") == times else None, self.lab.output)

        put("a", names[0])
        shutil.copytree(folder / "made" / names[1], vhosts / "b")
        config = folder / "lab.yaml"
        config.write_text("listeners: [{name: only, port: 0, unknown_names: unrecognized_name}]\n"
                          "certificates_from: {folder: vhosts}\n")
        self.lab = Lab(["serve", "--config", config], folder)
        self.addCleanup(self.lab.stop)
        self.assertEqual([self.name_served_to(name) for name in names], [names[0], names[1], None])

        put("c", names[2])
        (vhosts / "d.pem").write_text("no certificate\n")
        reload(1)
        self.assertEqual([self.name_served_to(name) for name in names], names)
        self.assertIn("d.pem: no PEM certificate here", " ".join(self.lab.output().split()))
        done = run([FAKEOCS, "check", "--config", config, "--state-dir", folder / "state"])
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("d.pem: no PEM certificate here", done.stderr)

        shutil.rmtree(vhosts / "b")
        (vhosts / "d.pem").unlink()
        put("a", names[1])
        reload(2)
        self.assertEqual([self.name_served_to(name) for name in names], [None, names[1], names[2]])


if __name__ == "__main__":
    unittest.main()
