"""docs/clients-seen.md, made from a run."""

import re

from defects import DEFECTS, VERSIONS
from expected import EXPECTED, NO_VERSION
from observe import outcome_of, reading_of

HEAD = """# Clients, as this server sees them

Made by `scripts/clients-seen`, which runs every client below against one lab: a listener for each defect and TLS
version, certificates made in the run. `scripts/clients-seen --check`, a test, holds this page against what it sees;
a client of another version than the page's is not compared. Alerts: 42 bad_certificate, 43 unsupported_certificate,
45 certificate_expired, 46 certificate_unknown, 48 unknown_ca.

"In clear" and "encrypted" is how the alert came: in TLS 1.2 it is in clear before Finished; in TLS 1.3 only clients
of the OpenSSL family send it in clear. FIN and RST are one word here: which of the two comes varies between runs.
"Reads" is what the record concludes: confidence and causes, most likely first; `possible` beside `accepted`: a request
came over a certificate with a fault, which need not mean consent. Words around a "/" are those of TLS 1.2 and 1.3.
"""


def short(outcome):
    """An outcome in the overview."""
    if outcome.startswith("alert"):
        return outcome.split()[1]
    return {"accepted": "·", "finished-no-data, close_notify": "bye", "finished-no-data, FIN or RST": "gone",
            "closed-in-handshake, FIN or RST": "gone", "no-common-version": "–"}.get(outcome, outcome)


def main_outcome(seen):
    """Of a client that makes more connections than one: the one it judged on."""
    order = ("alert", "accepted", "signed-in")
    return next((outcome for word in order for outcome in seen.outcomes if outcome.startswith(word)),
                seen.outcomes[0] if seen.outcomes else "no connection")


def overview(run):
    yield "| client | version | " + " | ".join(defect.title for defect in DEFECTS) + " |"
    yield "|---|---|" + "---|" * len(DEFECTS)
    for client, version, seen in run:
        cells = []
        for defect in DEFECTS:
            both = [short(main_outcome(seen[defect.key, tls])) for tls in VERSIONS]
            cells.append(both[0] if both[0] == both[1] else " / ".join(both))
        yield f"| {client.title} | {version} | " + " | ".join(cells) + " |"


def did(seen):
    """What the client did."""
    ended = "" if seen.code is None else f", exit {seen.code}"
    return ("went on" if seen.accepted else "refused") + ended


def facts_of(seen, expected):
    """What must not differ between two runs of one version: whether there is a pre-connect does."""
    if expected.sends_first and not seen.accepted:
        return did(seen), "accepted, or gone before", "possible"
    judged = [record for record in seen.records if outcome_of(record) not in expected.besides]
    return (did(seen), "; ".join(dict.fromkeys(map(outcome_of, judged))),
            "; ".join(dict.fromkeys(filter(None, map(reading_of, judged)))))


def rows(seen, expected):
    """The table of one client: versions, what it did, what was recorded, what that reads. What differs between TLS
    1.2 and 1.3 in no more than how the alert came shares a row."""
    if all(seen[defect.key, "1.3"].outcomes == (NO_VERSION,) for defect in DEFECTS):
        for defect in DEFECTS:
            yield defect.title, "1.2", facts_of(seen[defect.key, "1.2"], expected), seen[defect.key, "1.2"]
        yield "every one", "1.3", facts_of(seen["right", "1.3"], expected), seen["right", "1.3"]
        return
    for defect in DEFECTS:
        old, new = (seen[defect.key, version] for version in VERSIONS)
        (did_old, recorded_old, reads_old), (did_new, recorded_new, reads_new) = facts_of(old, expected), facts_of(new, expected)
        if (did_old, reads_old) == (did_new, reads_new):
            recorded = recorded_old if recorded_old == recorded_new else f"{recorded_old} / {recorded_new}"
            yield defect.title, "1.2 / 1.3", (did_old, recorded, reads_old), old
        else:
            yield defect.title, "1.2", facts_of(old, expected), old
            yield defect.title, "1.3", facts_of(new, expected), new


def words_of(one):
    """The client's own words without what differs from run to run."""
    if one.accepted or not one.words:
        return ""
    return "`" + re.sub(r":\d{4,5}\b|: current time.*", "", one.words)[:110].replace("`", "'") + "`"


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def table(seen, expected):
    yield "| defect | TLS | the client | recorded | reads | the client's words |"
    yield "|---|---|---|---|---|---|"
    for title, versions, facts, one in rows(seen, expected):
        yield "| " + " | ".join(map(cell, (title, versions, *facts, words_of(one)))) + " |"


def heading(client, version):
    return f"## {client.title} {version}"


def section(client, version, seen):
    expected = EXPECTED[client.key]
    yield heading(client, version)
    yield ""
    yield expected.reading
    if not expected.sends_sni:
        yield "It sends no SNI: each certificate had a listener of its own."
    yield ""
    yield from table(seen, expected)
    for what, said in (("The facts sheet says otherwise", expected.departs), ("Not in the facts sheet", expected.silent)):
        by_words = {}
        for key, words in said.items():
            by_words.setdefault(words, []).append(next(defect.title for defect in DEFECTS if defect.key == key))
        for words, titles in by_words.items():
            yield ""
            yield f"{what} ({', '.join(titles)}): {words}."
    yield ""


def page(run):
    """`run`: a client, its version and what was seen of it, each."""
    lines = [HEAD, "## Overview", "",
             "Numbers are alerts; `·` went on; `bye` left with close_notify after the handshake; `gone` left with FIN or RST; "
             "`–` has no TLS 1.3. Two values: TLS 1.2 / TLS 1.3.", "", *overview(run), ""]
    for client, version, seen in run:
        lines += section(client, version, seen)
    return "\n".join(lines).rstrip() + "\n"


def held(text):
    """The rows of a page without the clients' own words: heading → lines."""
    found, current = {}, None
    for line in text.splitlines():
        if line.startswith("## "):
            current = found.setdefault(line, [])
        elif current is not None and line.startswith("| "):
            current.append(line.rpartition(" | ")[0] if line.count(" | ") >= 5 else line)
    return found
