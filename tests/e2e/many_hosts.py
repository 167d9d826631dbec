"""Configurations with very many hosts, for tests and bench/hosts.py."""

import os
import subprocess

LISTENERS = "listeners: [{name: only, port: 0}]\n"


class Certificates:
    """A few real certificates that share a key, made once: the hosts of a lab link to them."""

    def __init__(self, certgen, folder, count=4):
        self.certgen = certgen
        self.folder = folder
        self.names = [f"certificate-{number}.many.test" for number in range(count)]
        self.files = []
        for name in self.names:
            subprocess.run([certgen, "issue", "--name", name, "--cn", name, "--san", name, "--key", "p-256",
                            "--share-key", "--state-dir", folder], check=True, capture_output=True)
            combined = folder / f"{name}.pem"
            combined.write_bytes((folder / name / "fullchain.pem").read_bytes() +
                                 (folder / name / "key.pem").read_bytes())
            self.files.append(combined)

    def of(self, number):
        """The name on the certificate of the host of that number."""
        return self.names[number % len(self.names)]

    def link(self, number, path):
        os.link(self.files[number % len(self.files)], path)


def names_of(count):
    return [f"host-{number:05}.many.test" for number in range(count)]


def loaded_hosts(folder, count, certificates):
    """lab.yaml with `count` hosts, each with a certificate file of its own. Returns their names."""
    names = names_of(count)
    lines = [LISTENERS + "hosts:"]
    (folder / "pem").mkdir()
    for number, name in enumerate(names):
        certificates.link(number, folder / "pem" / f"{number:05}.pem")
        lines.append(f"  - id: host-{number:05}\n    names: [{name}]\n    certificate:\n"
                     f"      load: {{certificate: pem/{number:05}.pem}}")
    (folder / "lab.yaml").write_text("\n".join(lines) + "\n")
    return names


def generated_hosts(folder, count, _certificates):
    """lab.yaml with `count` hosts whose certificates are to be generated. Returns their names."""
    names = names_of(count)
    lines = [LISTENERS + "hosts:"]
    for number, name in enumerate(names):
        lines.append(f"  - {{id: host-{number:05}, names: [{name}], "
                     f"certificate: {{generate: {{sans: [{name}], key: p-256}}}}}}")
    (folder / "lab.yaml").write_text("\n".join(lines) + "\n")
    return names


def folder_hosts(folder, count, certificates):
    """lab.yaml that takes its hosts from a folder with `count` certificates of their own. Returns their names."""
    names = names_of(count)
    recipes = ["recipes:"]
    for number, name in enumerate(names):
        recipes.append(f"  host-{number:05}: {{sans: [{name}], key: p-256, share_key: true}}")
    (folder / "recipes.yaml").write_text("\n".join(recipes) + "\n")
    subprocess.run([certificates.certgen, "issue", "--recipes", folder / "recipes.yaml", "--state-dir",
                    folder / "vhosts"], check=True, capture_output=True)
    (folder / "lab.yaml").write_text(LISTENERS + "certificates_from: {folder: vhosts}\n")
    return names
