"""The servers that scripts/bench compares: fakeocs, nginx and dnsmasq, with the same certificates and zone."""

import pathlib
import shutil

from machine import Server, free_port

KEYS = {"RSA-2048": "rsa-2048", "P-256": "p-256"}
HOSTS = {"RSA-2048": "rsa.bench.test", "P-256": "ec.bench.test"}
ZONE_NAMES = 100

# What a benchmark from one address would run into.
LIMITS = "limits: {connections: 20000, connections_per_address: 20000}"

NGINX = """
daemon off;
worker_processes 1;
worker_cpu_affinity 01;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 8192; multi_accept on; }}
http {{
  log_format sni '$time_iso8601 $remote_addr $ssl_server_name $ssl_protocol $ssl_cipher $status';
  access_log {folder}/access.log sni;
  keepalive_timeout 0;
  ssl_session_cache off;
  ssl_session_tickets off;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ecdh_curve X25519;
{servers}
}}
"""
NGINX_HOST = """  server {{
    listen 127.0.0.1:{port} ssl;
    server_name {name};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ return 200 "a connection\\n"; }}
  }}"""


def hosts_yaml():
    lines = ["hosts:"]
    for label, name in HOSTS.items():
        lines.append(f"  - {{id: {name.split('.')[0]}, names: [{name}], certificate: {{generate: "
                     f"{{subject: CN={name}, sans: [{name}], key: {KEYS[label]}}}}}}}")
    return "\n".join(lines)


class Lab:
    """A folder with the certificates, which fakeocs makes, and the configuration of each server."""

    def __init__(self, programs, folder):
        self.programs = pathlib.Path(programs)
        self.folder = pathlib.Path(folder)
        self.state = self.folder / "state"
        self.number = 0
        self.state.mkdir()
        with self.fakeocs() as first:  # makes the certificates
            made = first.folder / "state"
        shutil.copytree(made, self.state, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock", "*.db*"))

    def certificate(self, label):
        host = HOSTS[label].split(".")[0]
        return self.state / host / "cert.pem", self.state / host / "key.pem"

    def new_folder(self, name):
        self.number += 1
        folder = self.folder / f"{name}-{self.number}"
        folder.mkdir()
        return folder

    def fakeocs(self, logs=("text", "json", "history"), workers=1, cores="0", hosts=None, unknown="default", extra="",
                fresh=False, name="fakeocs"):
        """`logs`: which of text, json and history are written. The line of text that every connection has goes
        to /dev/null without it. `fresh`: with a CA of its own."""
        folder = self.new_folder(name)
        port = free_port()
        if not fresh:
            shutil.copytree(self.state, folder / "state")
        yaml = [f"workers: {workers}",
                f"state_dir: {folder / 'state'}",
                f"listeners: [{{address: 127.0.0.1, port: {port}, unknown_names: {unknown}}}]",
                "logs:",
                f"  text_file: {folder / 'text.log' if 'text' in logs else '/dev/null'}",
                f"  detail: {'normal' if 'text' in logs else 'quiet'}"]
        if "json" in logs:
            yaml.append(f"  json_file: {folder / 'records.jsonl'}")
        yaml += [f"history: {{keep: {str('history' in logs).lower()}, file: {folder / 'history.db'}}}",
                 LIMITS, hosts or hosts_yaml(), extra]
        config = folder / "lab.yaml"
        config.write_text("\n".join(yaml) + "\n")
        ports = {"tls": port} | ({"dns": self.dns_port} if "dns:" in extra else {})
        return Server(name, [self.programs / "fakeocs", "serve", "--config", config, "--admin", "off"], ports, folder, cores)

    def many_hosts(self, count):
        """Configuration of hosts with a P-256 certificate file each."""
        certificate, key = self.certificate("P-256")
        both = certificate.read_text() + key.read_text()
        files = self.folder / "many"
        files.mkdir(exist_ok=True)
        lines = ["hosts:"]
        for number in range(count):
            path = files / f"h{number}.pem"
            if not path.exists():
                path.write_text(both)
            lines.append(f"  - {{id: h{number}, names: [h{number}.many.test], certificate: {{load: "
                         f"{{certificate: {path}}}}}}}")
        return "\n".join(lines)

    def zone_yaml(self):
        self.dns_port = free_port()
        lines = [f"dns:\n  address: 127.0.0.1\n  port: {self.dns_port}\n  zones:\n    - name: bench.test\n      records:"]
        for number in range(ZONE_NAMES):
            lines.append(f"        - {{name: h{number}, type: A, value: 127.0.0.{1 + number % 200}}}")
            lines.append(f"        - {{name: _sip._tls.h{number}, type: SRV, value: 0 0 5061 h{number}.bench.test.}}")
        return "\n".join(lines)

    def dnsmasq(self):
        folder = self.new_folder("dnsmasq")
        port = free_port()
        lines = ["no-resolv", "no-hosts", "bind-interfaces", "listen-address=127.0.0.1", f"port={port}", "local-ttl=0",
                 "auth-ttl=0", "local=/bench.test/", f"pid-file={folder / 'pid'}", "user=root", "cache-size=0",
                 "log-queries", f"log-facility={folder / 'queries.log'}"]
        for number in range(ZONE_NAMES):
            lines.append(f"host-record=h{number}.bench.test,127.0.0.{1 + number % 200}")
            lines.append(f"srv-host=_sip._tls.h{number}.bench.test,h{number}.bench.test,5061,0,0")
        config = folder / "dnsmasq.conf"
        config.write_text("\n".join(lines) + "\n")
        return Server("dnsmasq", ["dnsmasq", "--keep-in-foreground", "-C", config], {"dns": port}, folder)

    def nginx(self, name="nginx"):
        folder = self.new_folder(name)
        port = free_port()
        hosts = []
        for label, host in HOSTS.items():
            certificate, key = self.certificate(label)
            hosts.append(NGINX_HOST.format(port=port, name=host, certificate=certificate, key=key))
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, servers="\n".join(hosts)))
        return Server(name, ["nginx", "-p", folder, "-e", folder / "error.log", "-c", config], {"tls": port}, folder)
