"""What scripts/bench measures: each function takes a Bench and answers a table, ready to be printed."""

import contextlib
import json
import pathlib
import resource
import tempfile

from machine import CLIENT_CORE, Load, median, run
from servers import HOSTS, KEYS, ZONE_NAMES

MEMORY = pathlib.Path("/dev/shm")  # where new files cost what they cost, not what the disk's folders do
JOURNAL = ("json",)  # what "journal on" means beside nginx: each writes one line per connection into a file


class Table:
    def __init__(self, name, columns):
        self.name, self.columns = name, columns
        self.rows = []

    def add(self, *cells):
        self.rows.append([str(cell) for cell in cells])

    def markdown(self):
        lines = ["| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines)

    def text(self):
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows)]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                         for row in [self.columns, *self.rows])


class Bench:
    def __init__(self, lab, rounds, seconds):
        self.lab, self.rounds, self.seconds = lab, rounds, seconds

    def limit(self, label, tls):
        """CPU of the server's half between two OpenSSL objects in memory, µs."""
        count = int(self.seconds * (800 if label == "RSA-2048" else 1500))
        return json.loads(run([self.lab.programs / "bench_limit", *self.lab.certificate(label), tls, count],
                              core=0))["cpu_us"]

    def duel(self, servers, label, tls, concurrency=8, names=None):
        """All at the same time on the same core; CPU µs per handshake of each."""
        before = [server.cpu_us() for server in servers]
        loads = [Load(self.lab.programs, server.ports["tls"], tls, f"{self.seconds}s", concurrency,
                      names or [HOSTS[label]]) for server in servers]
        results = [load.result() for load in loads]
        for server in servers:
            server.settle()
        return [(server.cpu_us() - cpu) / result["handshakes"]
                for server, cpu, result in zip(servers, before, results)]

    def counted(self, server, tls, count, names, concurrency=8, first=0):
        """CPU µs per handshake of one server alone."""
        before = server.cpu_us()
        result = Load(self.lab.programs, server.ports["tls"], tls, count, concurrency, names, first).result()
        server.settle()
        return (server.cpu_us() - before) / result["handshakes"], result


def kinds():
    return [(label, tls) for label in KEYS for tls in ("1.2", "1.3")]


def handshakes(bench):
    """One worker. First each server alone beside the limit, then fakeocs and nginx in a duel."""
    table = Table("handshakes", ["key, TLS", "limit µs", "fakeocs ÷ limit", "nginx ÷ limit", "fakeocs ÷ nginx",
                                 "without a log ÷ nginx"])
    with bench.lab.fakeocs(logs=JOURNAL) as journal, bench.lab.fakeocs(logs=()) as bare, bench.lab.nginx() as nginx:
        for label, tls in kinds():
            rows = []
            for _ in range(bench.rounds):
                limit = bench.limit(label, tls)
                (own,) = bench.duel([journal], label, tls)
                again = bench.limit(label, tls)
                (other,) = bench.duel([nginx], label, tls)
                duel = bench.duel([journal, nginx], label, tls)
                silent = bench.duel([bare, nginx], label, tls)
                rows.append([limit, own / ((limit + again) / 2), other / again, duel[0] / duel[1],
                             silent[0] / silent[1]])
            limit, own, other, duel, silent = map(median, zip(*rows))
            table.add(f"{label}, {tls}", f"{limit:.0f}", f"{own:.2f}", f"{other:.2f}", f"{duel:.2f}", f"{silent:.2f}")
    return table


def journal(bench):
    """What writing costs, over a server that counts connections and writes them to /dev/null."""
    table = Table("journal", ["written", "µs per connection"])
    every = [("one line of text", ("text",)), ("JSON Lines", ("json",)), ("history (SQLite)", ("history",)),
             ("all three", ("text", "json", "history"))]
    with contextlib.ExitStack() as stack:
        none = stack.enter_context(bench.lab.fakeocs(logs=()))
        for name, logs in every:
            with bench.lab.fakeocs(logs=logs) as server:
                pairs = [bench.duel([none, server], "P-256", "1.3") for _ in range(bench.rounds)]
            table.add(name, f"{median([own - base for base, own in pairs]):.0f}")
    return table


def latency(bench):
    """Whole connections, P-256, TLS 1.3: connect, handshake, request, answer, close."""
    table = Table("latency", ["at once", "fakeocs p50 ms", "p99", "nginx p50 ms", "p99", "fakeocs /s", "nginx /s"])
    with bench.lab.fakeocs(logs=JOURNAL) as own, bench.lab.nginx() as nginx:
        for concurrency in (1, 16, 64):
            rows = []
            for _ in range(bench.rounds):
                row = []
                for server in (own, nginx):
                    load = Load(bench.lab.programs, server.ports["tls"], "1.3", f"{bench.seconds}s", concurrency,
                                [HOSTS["P-256"]])
                    result = load.result()
                    server.settle()
                    row += [result["whole_p50_us"] / 1000, result["whole_p99_us"] / 1000,
                            result["handshakes"] / result["seconds"]]
                rows.append(row)
            a50, a99, a, b50, b99, b = map(median, zip(*rows))
            table.add(concurrency, f"{a50:.2f}", f"{a99:.2f}", f"{b50:.2f}", f"{b99:.2f}", f"{a:.0f}", f"{b:.0f}")
    return table


def idle(bench):
    """Resident memory per connection that is open and does nothing, and what others pay for it."""
    table = Table("idle", ["connections", "fakeocs KB each", "nginx KB each", "fakeocs CPU beside them"])
    count = 2000
    for kind, tls in (("idle", "1.2"), ("idle", "1.3"), ("silent", "-")):
        with bench.lab.fakeocs(logs=JOURNAL) as own, bench.lab.nginx() as nginx:
            each = []
            ratio = []
            for server in (own, nginx):
                bench.counted(server, "1.3", 300, [HOSTS["P-256"]])  # what it makes once, it has made
                before = server.resident_kb()
                alone = [bench.duel([server], "P-256", "1.3")[0] for _ in range(bench.rounds)]
                held = Load(bench.lab.programs, server.ports["tls"], kind, count, tls, [HOSTS["P-256"]])
                held.held()
                server.settle()
                each.append((server.resident_kb() - before) / count)
                if server is own:
                    beside = [bench.duel([server], "P-256", "1.3")[0] for _ in range(bench.rounds)]
                    ratio.append(median(beside) / median(alone))
                held.release()
        what = "2,000 that said nothing" if kind == "silent" else f"2,000 idle after the handshake, TLS {tls}"
        table.add(what, f"{each[0]:.1f}", f"{each[1]:.1f}", f"× {ratio[0]:.2f}")
    return table


def mint(bench):
    """New names: a certificate signed for each, one leaf key for all. Known ones beside them."""
    table = Table("mint", ["keys of CA and leaf", "new name: CPU µs", "a second and core", "known name: CPU µs",
                           "new, p50 ms", "known, p50 ms"])
    for label, key in KEYS.items():
        extra = f"ca: {{key: {key}}}\nmint: {{key: {key}, cache: 50}}"
        with bench.lab.fakeocs(logs=JOURNAL, unknown="mint", extra=extra, fresh=True) as server:
            count = int(bench.seconds * 400)
            rows = []
            for number in range(bench.rounds):
                new, _ = bench.counted(server, "1.3", count, ["n{}.mint.test"], first=number * count)
                known, _ = bench.counted(server, "1.3", count, ["known.mint.test"])
                _, one = bench.counted(server, "1.3", 100, ["m{}.mint.test"], concurrency=1, first=number * 100)
                _, two = bench.counted(server, "1.3", 100, ["known.mint.test"], concurrency=1)
                rows.append([new, known, one["handshake_p50_us"] / 1000, two["handshake_p50_us"] / 1000])
            new, known, p50, known_p50 = map(median, zip(*rows))
            table.add(label, f"{new:.0f}", f"{1e6 / new:.0f}", f"{known:.0f}", f"{p50:.2f}", f"{known_p50:.2f}")
    return table


def hosts(bench):
    """Virtual hosts with a certificate file of their own; ten of them are asked for."""
    table = Table("hosts", ["hosts", "start s", "resident MB", "CPU ÷ that with ten", "after each was asked for once, MB"])
    base = None
    for count in (10, 10_000):
        yaml = bench.lab.many_hosts(count)
        names = [f"h{number}.many.test" for number in range(10)]
        with bench.lab.fakeocs(logs=JOURNAL, hosts=yaml) as server:
            start = server.start_seconds
            resident = server.resident_kb() / 1024
            costs = [bench.duel([server], "P-256", "1.3", names=names)[0] for _ in range(bench.rounds)]
            base = base or median(costs)
            bench.counted(server, "1.3", count, ["h{}.many.test"])
            table.add(f"{count:,}", f"{start:.2f}", f"{resident:.0f}", f"{median(costs) / base:.2f}",
                      f"{server.resident_kb() / 1024:.0f}")
    return table


def workers(bench):
    """Two cores for the server, which the load client shares with it: CPU, and how it is spread."""
    table = Table("workers", ["workers", "CPU µs per handshake", "÷ one worker", "share of the busiest thread"])
    base = None
    for count in (1, 2):
        with bench.lab.fakeocs(logs=JOURNAL, workers=count, cores="0,1") as server:
            costs = []
            for _ in range(bench.rounds):
                costs.append(bench.duel([server], "P-256", "1.3", concurrency=32)[0])
            threads = [used for _, used in server.cpu_us_by_thread().values()]
            base = base or median(costs)
            table.add(count, f"{median(costs):.0f}", f"{median(costs) / base:.2f}", f"{max(threads) / sum(threads):.0%}")
    return table


def dns(bench):
    """The same zone and the same questions, asked by dnsperf."""
    table = Table("dns", ["server", "CPU µs per question", "÷ dnsmasq"])
    questions = bench.lab.folder / "questions"
    kinds_of = ("A", "SRV", "AAAA", "A")
    questions.write_text("".join(
        f"_sip._tls.h{number}.bench.test SRV\n" if kinds_of[number % 4] == "SRV" else
        f"h{number}.bench.test {kinds_of[number % 4]}\n" for number in range(ZONE_NAMES)))
    count = int(bench.seconds * 10_000)

    def ask(server):
        before = server.cpu_us()
        said = run(["dnsperf", "-s", "127.0.0.1", "-p", server.ports["dns"], "-d", questions, "-n",
                    max(1, count // ZONE_NAMES), "-c", 1, "-q", 20], core=CLIENT_CORE)
        server.settle()
        done = int(next(line.split()[2] for line in said.splitlines() if "Queries completed" in line))
        return (server.cpu_us() - before) / done

    with bench.lab.dnsmasq() as other, bench.lab.fakeocs(logs=JOURNAL, extra=bench.lab.zone_yaml()) as own, \
            bench.lab.fakeocs(logs=(), extra=bench.lab.zone_yaml()) as bare:
        rows = [[ask(server) for server in (other, own, bare)] for _ in range(bench.rounds)]
        base, cost, silent = map(median, zip(*rows))
    table.add("dnsmasq", f"{base:.1f}", "1")
    table.add("fakeocs, each question in the journal", f"{cost:.1f}", f"{cost / base:.2f}")
    table.add("fakeocs, no log", f"{silent:.1f}", f"{silent / base:.2f}")
    return table


def certificates(bench):
    """100 leaves by the generator, all five files of each, with a CA that is there: CPU of the process."""
    table = Table("certificates", ["100 leaves", "CPU s"])
    for label, key, shared in (("P-256, own keys", "p-256", False), ("P-256, one key", "p-256", True),
                               ("RSA-2048, one key", "rsa-2048", True)):
        took = []
        for _ in range(bench.rounds):
            with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
                recipes = pathlib.Path(folder) / "recipes.yaml"
                recipes.write_text("recipes:\n" + "".join(
                    f"  n{number}: {{subject: CN=n{number}.bench.test, sans: [n{number}.bench.test], key: {key}, "
                    f"share_key: {str(shared).lower()}}}\n" for number in range(100)))
                certgen = bench.lab.programs / "fakeocs-certgen"
                run([certgen, "ca", "--key", key, "--state-dir", f"{folder}/state"])
                before = children_cpu()
                run([certgen, "issue", "--recipes", recipes, "--state-dir", f"{folder}/state"], core=0)
                took.append(children_cpu() - before)
        table.add(label, f"{median(took):.2f}")
    return table


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


EVERY = [handshakes, journal, latency, idle, mint, hosts, workers, dns, certificates]
