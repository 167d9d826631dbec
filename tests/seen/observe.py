"""One client against one defect: what it did, and what the lab wrote down of it."""

import dataclasses
import json
import pathlib
import shutil
import socket
import tempfile

import clients
from defects import DEFECTS, SLOTS, VERSIONS, listener
from lab import PATIENCE, wait_for

LISTEN, TIME_WAIT = "0A", "06"
TLS_ENDINGS = {0, 90}  # close_notify, and user_canceled before it: not refusals


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a client did and what the lab wrote down meanwhile."""
    accepted: bool
    code: object
    words: str
    outcomes: tuple     # of its connections, in the words of outcome_of(), each once
    records: tuple
    output: str


def outcome_of(record):
    """A record in a few words that do not vary between runs: FIN and reset are one, as the facts sheet says."""
    verdict = record["verdict"]
    if verdict == "rejected-alert":
        alert = next(one for one in record["tls"]["alerts"]
                     if one["direction"] == "from-client" and one["code"] not in TLS_ENDINGS)
        way = "encrypted" if alert["encrypted"] else "in clear"
        return f"alert {alert['code']} {way}" + (", after Finished" if alert["after_finished"] else "")
    if verdict in ("finished-no-data", "closed-in-handshake", "closed-after-hello"):
        return verdict + (", close_notify" if record["close"] == "close_notify" else ", FIN or RST")
    return verdict


def reading_of(record):
    """"likely: name-mismatch, not-stated"; empty where there is nothing to read."""
    if record["causes"]:
        return f"{record['confidence']}: {', '.join(record['causes'])}"
    return "possible" if record["confidence"] == "possible" else ""


def sockets_open(port):
    """Whether the lab still has a connection on this port, or the kernel one that waits to be accepted."""
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        inode, state = words[9], words[3]
        if int(words[1].rpartition(":")[2], 16) != port or state in (LISTEN, TIME_WAIT):
            continue
        if inode != "0" or state in ("01", "08"):  # established, or closed by the client alone
            return True
    return False


def records_since(lab, offset, port):
    """The connections to this port in the log behind this byte, which may be inside a line."""
    with open(lab.log, "rb") as log:
        log.seek(offset)
        lines = log.read().rpartition(b"\n")[0].splitlines()
    records = [json.loads(line) for line in lines if line.startswith(b'{"schema":"fakeocs.handshake/')]
    return [record for record in records if record["local"]["port"] == port]


def settle(lab, offset, port):
    """The records of a client that has ended: waits until every connection of it is in the log."""
    wait_for(lambda: None if sockets_open(port) else True, f"the end of all connections to port {port}", lab.alive)
    # The log is in the order of the ends: once this one is in it, all are.
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as last:
        own = last.getsockname()[1]

    def look():
        records = records_since(lab, offset, port)
        others = [record for record in records if record["client"]["port"] != own]
        return others if len(others) < len(records) else None

    return wait_for(look, f"the record of a connection to port {port}", lab.alive)


class Matrix:
    """Runs clients against a lab made from defects.lab_config(). `shared` is a folder for what is compiled."""

    def __init__(self, lab, shared):
        self.lab = lab
        self.shared = shared
        names = [listener(slot, defect, version)
                 for slot in range(SLOTS) for defect in DEFECTS for version in VERSIONS]
        self.port_of = dict(zip(names, lab.ports, strict=True))

    def see(self, client, slot, defect, version):
        port = self.port_of[listener(slot, defect, version)]
        offset = self.lab.log.stat().st_size if self.lab.log.exists() else 0
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{client.key}-", dir=self.shared))
        try:
            target = clients.Target(defect.name, port, self.lab.ca, folder, self.shared)
            outcome = clients.run(client, target)
            records = settle(self.lab, offset, port)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return Seen(outcome.accepted, outcome.code, outcome.words,
                    tuple(dict.fromkeys(map(outcome_of, records))), tuple(records), outcome.output)
