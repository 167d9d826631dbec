"""Firefox, headless, with a profile of its own that trusts the CA; driven through Marionette.

   python3 firefox.py PORT NAME CA.pem      in an empty folder, where the profile is made; prints the page
"""

import json
import pathlib
import socket
import subprocess
import sys
import time

PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "marionette.port": 0,  # the kernel chooses, the profile says which
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disableIPv6": True,
    "network.trr.mode": 5,
    "security.OCSP.enabled": 0,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


def make_profile(profile, name, ca):
    profile.mkdir()
    preferences = {**PREFERENCES, "network.dns.localDomains": name}
    (profile / "user.js").write_text("".join(
        f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in preferences.items()))
    database = ["-d", f"sql:{profile}"]
    for words in (["-N", "--empty-password"], ["-A", "-n", "lab", "-t", "C,,", "-i", ca]):
        subprocess.run(["certutil", *database, *words], check=True)


class Marionette:
    """Its protocol: "LENGTH:[0, id, command, parameters]" there, "LENGTH:[1, id, error, result]" back."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port)).makefile("rwb", buffering=0)
        self.read()  # its greeting
        self.asked = 0

    def read(self):
        length = b""
        while not length.endswith(b":"):
            length += self.stream.read(1)
        text, wanted = b"", int(length[:-1])
        while len(text) < wanted:
            text += self.stream.read(wanted - len(text))
        return json.loads(text)

    def ask(self, command, parameters):
        self.asked += 1
        text = json.dumps([0, self.asked, command, parameters]).encode()
        self.stream.write(str(len(text)).encode() + b":" + text)
        _, _, error, result = self.read()
        return error, result


def active_port(profile, firefox):
    file = profile / "MarionetteActivePort"
    while firefox.poll() is None:
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.02)
    sys.exit(f"firefox ended with {firefox.returncode}")


def main():
    port, name, ca = sys.argv[1:]
    profile = pathlib.Path("profile").resolve()
    make_profile(profile, name, ca)
    firefox = subprocess.Popen(["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", profile])
    try:
        browser = Marionette(active_port(profile, firefox))
        browser.ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})
        refused, _ = browser.ask("WebDriver:Navigate", {"url": f"https://{name}:{port}/"})
        _, page = browser.ask("WebDriver:GetPageSource", {})
        _, address = browser.ask("WebDriver:GetCurrentURL", {})
        print(page["value"] if page else "", address, refused["error"] if refused else "", sep="\n")
        browser.ask("Marionette:Quit", {"flags": ["eForceQuit"]})
        firefox.wait()
    finally:
        firefox.kill()
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
