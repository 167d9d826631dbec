#!/usr/bin/env python3
"""Ten thousand virtual hosts: how long until the server is ready, and how much memory it holds then.

    bench/hosts.py [--program build/release/bin/fakeocs] [--hosts 10000]

Prints one line for each way to configure them: milliseconds from starting the program to its ready line, what it
holds then (VmRSS), and again after 1000 clients have each asked for another host. Give it a release build.
"""

import argparse
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"))
from many_hosts import Certificates, folder_hosts, generated_hosts, loaded_hosts  # noqa: E402

ASKED = 1000


def resident_kib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def ask(port, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port)) as plain:
        context.wrap_socket(plain, server_hostname=name).close()


def measure(program, folder, what, names):
    output = folder / "out"
    with open(output, "w") as target:
        begun = time.monotonic()
        process = subprocess.Popen([program, "serve", "--config", folder / "lab.yaml", "--state-dir",
                                    folder / "state", "--quiet"], stdout=target)
    while "ready in" not in output.read_text():
        if process.poll() is not None:
            raise SystemExit(f"{program} did not start")
        time.sleep(0.002)
    ready = (time.monotonic() - begun) * 1000
    port = int(re.search(r"listening tls \S*:(\d+)", output.read_text()).group(1))
    held = resident_kib(process)
    asked = names[::max(1, len(names) // ASKED)][:ASKED]
    for name in asked:
        ask(port, name)
    print(f"{what:10} {len(names)} hosts  ready in {ready:.0f} ms  {held / 1024:.0f} MB resident, "
          f"{resident_kib(process) / 1024:.0f} MB after {len(asked)} of them were asked for")
    process.terminate()
    process.wait()


def main():
    root = pathlib.Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=root / "build" / "release" / "bin" / "fakeocs")
    parser.add_argument("--hosts", type=int, default=10000)
    arguments = parser.parse_args()
    certgen = arguments.program.parent / "fakeocs-certgen"
    for what, write in (("load", loaded_hosts), ("generate", generated_hosts), ("folder", folder_hosts)):
        with tempfile.TemporaryDirectory(prefix="fakeocs-bench-") as name:
            folder = pathlib.Path(name)
            names = write(folder, arguments.hosts, Certificates(certgen, folder / "made"))
            measure(arguments.program, folder, what, names)


if __name__ == "__main__":
    main()
