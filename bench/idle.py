#!/usr/bin/env python3
"""What an idle connection holds: memory of the server process by kind of connection.

    bench/idle.py [--program build/release/bin/fakeocs] [--connections 2000 5000]

For each kind and number: opens that many connections, waits until the server has them all, and prints the growth of
its resident memory divided by their number. Kinds: silent (not a byte was sent), TLS 1.2 and TLS 1.3 (the handshake
is finished and nothing was said). Each measurement has a server of its own, which has served a hundred connections
before, so that what is made once does not count. Give it a release build.
"""

import argparse
import pathlib
import re
import resource
import socket
import ssl
import subprocess
import tempfile
import time

CONFIG = """\
listeners: [{{name: only, port: 0}}]
hosts: [{{id: front01, names: [sip.contoso.test], certificate: {{generate: {{key: p-256, sans: [sip.contoso.test]}}}}}}]
limits: {{connections: {limit}, connections_per_address: {limit}, hello_seconds: 600, handshake_seconds: 600,
  idle_seconds: 600}}
"""


class Server:
    def __init__(self, program, folder, limit):
        (folder / "lab.yaml").write_text(CONFIG.format(limit=limit))
        self.state = folder / "state"
        self.process = subprocess.Popen(
            [program, "serve", "--config", folder / "lab.yaml", "--state-dir", self.state, "--quiet"],
            stdout=open(folder / "out", "w"), stderr=subprocess.STDOUT)
        output = folder / "out"
        while "ready in" not in output.read_text():
            if self.process.poll() is not None:
                raise SystemExit(output.read_text())
            time.sleep(0.01)
        self.port = int(re.search(r"listening tls \S*:(\d+)", output.read_text()).group(1))

    def resident_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))

    def descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def stop(self):
        self.process.kill()
        self.process.wait()


def client_context(version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    return context


def connect(server, context):
    plain = socket.create_connection(("127.0.0.1", server.port))
    return plain if context is None else context.wrap_socket(plain, server_hostname="sip.contoso.test")


def measure(program, kind, context, count):
    with tempfile.TemporaryDirectory(prefix="fakeocs-bench-") as name:
        server = Server(program, pathlib.Path(name), count + 200)
        try:
            idle = server.descriptors()
            for warm in [connect(server, context) for _ in range(100)]:
                warm.close()
            while server.descriptors() > idle:
                time.sleep(0.05)
            before = server.resident_kib()
            there = [connect(server, context) for _ in range(count)]
            while server.descriptors() < idle + count:
                time.sleep(0.05)
            time.sleep(3)  # past the provisional record of a client that says nothing
            held = server.resident_kib() - before
            print(f"{kind:8} {count:5} connections  {held / count:5.1f} KiB each")
            for one in there:
                one.close()
        finally:
            server.stop()


def main():
    root = pathlib.Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=root / "build" / "release" / "bin" / "fakeocs")
    parser.add_argument("--connections", type=int, nargs="*", default=[2000, 5000])
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    del soft
    kinds = [("silent", None), ("TLS 1.2", client_context(ssl.TLSVersion.TLSv1_2)),
             ("TLS 1.3", client_context(ssl.TLSVersion.TLSv1_3))]
    for kind, context in kinds:
        for count in arguments.connections:
            measure(arguments.program, kind, context, count)


if __name__ == "__main__":
    main()
