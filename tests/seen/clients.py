"""The clients: what starts each, what it must trust and mean, and how one sees that it went on.

A client is a `Client`; `client.command(target)` gives its words. It ends by itself, or, where it is a phone that
would try for ever, once its output has a match for `until`.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
PAGE = "fakeocs saw this connection"  # in the page that the lab answers
REQUEST = "GET / HTTP/1.0\r\n\r\n"
PATIENCE = 60


@dataclasses.dataclass(frozen=True)
class Target:
    name: str
    port: int
    ca: pathlib.Path
    folder: pathlib.Path   # the client's own, empty at first, gone afterwards
    shared: pathlib.Path   # of the whole run: programs that were compiled

    @property
    def url(self):
        return f"https://{self.name}:{self.port}/"

    def own(self, program):
        """A small program of ours: its arguments are port, name and CA."""
        return [program, self.port, self.name, self.ca]


@dataclasses.dataclass(frozen=True)
class Client:
    key: str
    title: str
    version_of: tuple       # command whose output has the version, and the pattern with it as group 1
    command: object         # (target) -> words
    needs: tuple = ()       # programs without which it cannot run
    package: str = ""       # Debian's
    accepted: str = PAGE    # pattern in its output where it went on in spite of all
    words: str = r"^(.+)$"  # pattern of the line that says why not; the last match counts
    said: str = ""          # its standard input
    until: str = ""         # what ends a client that does not end by itself
    prepare: object = None  # (shared folder) -> None, once: compiles it
    weight: int = 1         # how slow: the slowest begin
    heavy: bool = False     # too slow for every test run: only when asked for

    def absent(self):
        """Why it cannot run here, or an empty text."""
        missing = [program for program in (self.version_of[0][0], *self.needs) if shutil.which(program) is None]
        if missing:
            return f"{', '.join(missing)} not installed (Debian: {self.package})"
        if not self.version():
            return f"not installed (Debian: {self.package})"
        if "unshare" in self.needs and not namespaces_permitted():
            return "this user may not make a mount namespace, which gives it its hosts file"
        return ""

    def version(self):
        command, pattern = self.version_of
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
                              timeout=PATIENCE)
        found = re.search(pattern, done.stdout + done.stderr)
        return found.group(1) if found and done.returncode == 0 else ""


@dataclasses.dataclass(frozen=True)
class Outcome:
    accepted: bool
    code: object   # exit code; None where we ended it
    words: str     # its own, one line
    output: str


def run(client, target):
    """Runs a client once, to its end or until it has said enough."""
    # Nothing else of this machine's: a proxy, or a variable that names a CA bundle, would change what is seen.
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(target.folder)}
    words = [str(word) for word in client.command(target)]
    with open(target.folder / "output", "w+", errors="replace") as output:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT,
                                   env=environment, cwd=target.folder, start_new_session=True)
        try:
            code = talk(client, process, target.folder / "output")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    text = (target.folder / "output").read_text(errors="replace")
    said = [" ".join(match.split()) for match in re.findall(client.words, text, re.M)]
    return Outcome(re.search(client.accepted, text) is not None, code, said[-1] if said else "", text)


def talk(client, process, output):
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(client.said.encode())
        process.stdin.flush()
    if not client.until:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        return process.wait(timeout=PATIENCE)
    end = time.monotonic() + PATIENCE
    while process.poll() is None and not re.search(client.until, output.read_text(errors="replace")):
        if time.monotonic() > end:
            raise AssertionError(f"{client.key} said neither yes nor no:\n{output.read_text(errors='replace')}")
        time.sleep(0.02)
    return process.poll()


def with_hosts(target, words):
    """In a mount namespace of its own, where the name is in /etc/hosts: for clients that only ask the resolver."""
    hosts = target.folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {target.name}\n")
    script = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
    return ["unshare", *([] if os.getuid() == 0 else ["-r"]), "-m", "sh", "-c", script, "sh", hosts, *words]


def namespaces_permitted():
    with tempfile.TemporaryDirectory() as folder:
        try:
            probe = Target("localhost", 0, pathlib.Path(), pathlib.Path(folder), pathlib.Path())
            return subprocess.run([str(word) for word in with_hosts(probe, ["true"])], capture_output=True).returncode == 0
        except FileNotFoundError:
            return False


def compiled(name, *libraries):
    def prepare(shared):
        subprocess.run(["cc", "-o", shared / name, PROGRAMS / f"{name}.c", *libraries], check=True)

    return prepare


def compile_java(shared):
    subprocess.run(["javac", "-d", shared, PROGRAMS / "Get.java"], check=True)


def compile_go(shared):
    subprocess.run(["go", "build", "-o", shared / "go_get", PROGRAMS / "get.go"], check=True,
                   env={**os.environ, "GOFLAGS": "-mod=mod", "GO111MODULE": "off", "GOCACHE": str(shared / "go-cache"),
                        "HOME": str(shared)})


def compile_rust(shared):
    """From Debian's crates: nothing is fetched."""
    shutil.copytree(PROGRAMS / "rustls_get", shared / "rustls_get")
    sources = {"crates-io.replace-with": "debian", "debian.directory": "/usr/share/cargo/registry"}
    options = [word for key, value in sources.items() for word in ("--config", f'source.{key}="{value}"')]
    subprocess.run(["/usr/bin/cargo", "build", "--offline", "-q", "--manifest-path", shared / "rustls_get/Cargo.toml",
                    "--target-dir", shared / "rust", *options], check=True,
                   env={"PATH": "/usr/bin:/bin", "HOME": str(shared), "CARGO_HOME": str(shared / "cargo")})


def rustls(target):
    """It reads no PEM by itself."""
    authority = target.folder / "ca.der"
    authority.write_bytes(ssl.PEM_cert_to_DER_cert(target.ca.read_text()))
    return [target.shared / "rust/debug/rustls_get", target.port, target.name, authority]


def tstclnt(target):
    database = f"sql:{target.folder}"
    for words in (["-N", "--empty-password"], ["-A", "-n", "lab", "-t", "C,,", "-i", target.ca]):
        subprocess.run(["certutil", "-d", database, *words], check=True, capture_output=True)
    (target.folder / "request").write_text(REQUEST)
    return ["tstclnt", "-h", "127.0.0.1", "-p", target.port, "-a", target.name, "-d", database,
            "-A", target.folder / "request"]


def baresip(target):
    (target.folder / "config").write_text(
        "module_path /usr/lib/baresip/modules\nmodule_app account.so\nmodule_app menu.so\nsip_listen 127.0.0.1:0\n"
        f"sip_cafile {target.ca}\nsip_verify_server yes\n")
    (target.folder / "accounts").write_text(
        f"<sip:frank@contoso.test;transport=tls>;outbound=\"sip:127.0.0.1:{target.port};transport=tls\";"
        "regint=60;auth_pass=none\n")
    return ["baresip", "-f", target.folder, "-4"]


def linphonec(target):
    (target.folder / ".local/share/linphone").mkdir(parents=True)
    (target.folder / "linphonerc").write_text(f"""[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
root_ca={target.ca}
verify_server_certs=1
verify_server_cn=1
default_proxy=0
[proxy_0]
reg_proxy=<sip:{target.name}:{target.port};transport=tls>
reg_identity=sip:alice@contoso.test
reg_expires=60
reg_sendregister=1
""")
    return with_hosts(target, ["linphonec", "-d", "6", "-c", target.folder / "linphonerc"])


def chromium(target):
    database = target.folder / ".pki" / "nssdb"
    database.mkdir(parents=True)
    for words in (["-N", "--empty-password"], ["-A", "-n", "lab", "-t", "C,,", "-i", target.ca]):
        subprocess.run(["certutil", "-d", f"sql:{database}", *words], check=True, capture_output=True)
    return ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={target.folder / 'profile'}", f"--host-resolver-rules=MAP {target.name} 127.0.0.1",
            "--dump-dom", target.url]


CLIENTS = (
    Client(
        "openssl", "openssl s_client", (["openssl", "version"], r"OpenSSL (\S+)"),
        lambda to: ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{to.port}", "-servername", to.name,
                    "-verify_hostname", to.name, "-verify_return_error", "-CAfile", to.ca],
        package="openssl", said=REQUEST, words=r"^verify error:num=(.+)$"),
    Client(
        "curl", "curl (OpenSSL)", (["curl", "--version"], r"curl (\S+)"),
        lambda to: ["curl", "-sS", "--resolve", f"{to.name}:{to.port}:127.0.0.1", "--cacert", to.ca, to.url],
        package="curl", words=r"^(curl: .+)$"),
    Client(
        "git", "git (libcurl, GnuTLS)", (["git", "--version"], r"version (\S+)"),
        lambda to: ["git", "-c", f"http.sslCAInfo={to.ca}", "-c", f"http.curloptResolve={to.name}:{to.port}:127.0.0.1",
                    "ls-remote", to.url],
        package="git", accepted="not valid: is this a git repository", words=r"^fatal: (?:unable to access '[^']*': )?(.+?)(?: CAfile.*)?$"),
    Client(
        "wget", "wget (GnuTLS)", (["wget", "--version"], r"Wget (\S+)"),
        lambda to: with_hosts(to, ["wget", "-nv", "-O", "-", "--tries=1", f"--ca-certificate={to.ca}", to.url]),
        needs=("unshare",), package="wget", words=r"^(?:ERROR: )?(.*certificate.*)$"),
    Client(
        "lftp", "lftp (GnuTLS)", (["lftp", "--version"], r"Version (\S+)"),
        lambda to: with_hosts(to, ["lftp", "-c", f"set ssl:ca-file {to.ca}; set net:max-retries 1; cat {to.url}"]),
        needs=("unshare",), package="lftp", words=r"Fatal error: (.+?)(?: +\([\dA-F:]+\))?$"),
    Client(
        "socat", "socat (OpenSSL)", (["socat", "-V"], r"socat version (\S+)"),
        lambda to: ["socat", "-t", "30", "-", f"OPENSSL:127.0.0.1:{to.port},cafile={to.ca},commonname={to.name},snihost={to.name}"],
        package="socat", said=REQUEST, words=r"E (.+)$"),
    Client(
        "gnutls-cli", "gnutls-cli", (["gnutls-cli", "--version"], r"gnutls-cli (\S+)"),
        lambda to: ["gnutls-cli", "--x509cafile", to.ca, "--port", to.port, "--sni-hostname", to.name,
                    "--verify-hostname", to.name, "127.0.0.1"],
        package="gnutls-bin", said=REQUEST, words=r"^- Status: (.+)$"),
    Client(
        "nss", "NSS tstclnt", (["dpkg-query", "-W", "-f=${Version}", "libnss3-tools"], r"(?:\d+:)?([\d.]+)"),
        tstclnt, needs=("tstclnt", "certutil"), package="libnss3-tools", words=r"(\w+_ERROR_\w+)"),
    Client(
        "python", "Python ssl", (["python3", "--version"], r"Python (\S+)"),
        lambda to: ["python3", *to.own(PROGRAMS / "get.py")], package="python3"),
    Client(
        "perl", "Perl IO::Socket::SSL", (["perl", "-MIO::Socket::SSL", "-e", "print $IO::Socket::SSL::VERSION"], r"([\d.]+)"),
        lambda to: ["perl", *to.own(PROGRAMS / "get.pl")], package="libio-socket-ssl-perl"),
    Client(
        "ruby", "Ruby openssl", (["ruby", "--version"], r"ruby ([\d.]+)"),
        lambda to: ["ruby", *to.own(PROGRAMS / "get.rb")], package="ruby", words=r"state=error: (.+)$"),
    Client(
        "php", "PHP streams", (["php", "--version"], r"PHP ([\d.]+)"),
        lambda to: ["php", *to.own(PROGRAMS / "get.php")], package="php-cli", words=r"(error:.+?|Peer certificate.+?)(?: in |$)"),
    Client(
        "node", "Node", (["node", "--version"], r"v(\S+)"),
        lambda to: ["node", *to.own(PROGRAMS / "get.js")], package="nodejs"),
    Client(
        "go", "Go crypto/tls", (["go", "version"], r"go([\d.]+)"),
        lambda to: to.own(to.shared / "go_get"), package="golang-go", prepare=compile_go),
    Client(
        "java", "Java (JSSE)", (["java", "-version"], r'version "([^"]+)"'),
        lambda to: ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", to.shared, *to.own("Get")],
        needs=("javac",), package="openjdk-17-jdk-headless", prepare=compile_java, weight=5,
        words=r"(\([a-z_]+\) .+)"),
    Client(
        "mbedtls", "mbedTLS", (["dpkg-query", "-W", "-f=${Version}", "libmbedtls-dev"], r"([\d.]+)"),
        lambda to: to.own(to.shared / "mbedtls_get"), needs=("cc",), package="libmbedtls-dev",
        prepare=compiled("mbedtls_get", "-lmbedtls", "-lmbedx509", "-lmbedcrypto")),
    Client(
        "wolfssl", "wolfSSL", (["dpkg-query", "-W", "-f=${Version}", "libwolfssl-dev"], r"([\d.]+)"),
        lambda to: to.own(to.shared / "wolfssl_get"), needs=("cc",), package="libwolfssl-dev",
        prepare=compiled("wolfssl_get", "-lwolfssl")),
    Client(
        "rustls", "rustls", (["dpkg-query", "-W", "-f=${Version}", "librust-rustls-dev"], r"([\d.]+)"),
        rustls, needs=("/usr/bin/cargo",), package="librust-rustls-dev, cargo", prepare=compile_rust, weight=8,
        heavy=True),
    Client(
        "baresip", "baresip", (["dpkg-query", "-W", "-f=${Version}", "baresip-core"], r"([\d.]+)"),
        baresip, needs=("baresip",), package="baresip-core", accepted=r"200 OK", until=r"200 OK|reg: .*\n",
        words=r"^(.*reg.*)$"),
    Client(
        "sipsak", "sipsak", (["sipsak", "-V"], r"sipsak (\S+)"),
        lambda to: ["sipsak", "-vv", "-E", "tls", "--tls-ca-cert", to.ca, "-s", f"sip:alice@127.0.0.1:{to.port}"],
        package="sipsak", words=r"^(error: .+)$", accepted="SIP/2.0 200 OK"),
    Client(
        "linphonec", "linphonec", (["linphonec", "-v"], r"version: (\S+)"),
        linphonec, needs=("unshare",), package="linphone-cli", weight=6, accepted=r"to \[LinphoneRegistrationOk\]",
        until=r"to \[LinphoneRegistrationOk\]|handshake failed",
        words=r"(?:verify|handshake failed).*"),
    Client(
        "chromium", "Chromium", (["chromium", "--version"], r"Chromium ([\d.]+)"),
        chromium, needs=("certutil",), package="chromium", weight=9, words=r"(ERR_\w+|NET::\w+)"),
    Client(
        "firefox", "Firefox", (["firefox-esr", "--version"], r"Firefox (\S+)"),
        lambda to: ["python3", *to.own(PROGRAMS / "firefox.py")], needs=("certutil",), package="firefox-esr", weight=10,
        heavy=True,
        words=r"^(insecure certificate)$"),
)
