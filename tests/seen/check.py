"""What must hold of everything that was seen: no record says what is untrue, and the table of expectations is right.

Each problem is one clause.
"""

from expected import EXPECTED, FAMILIES, NO_VERSION

ACCEPTING = ("accepted", "signed-in")


def unexpected(client, seen, defect, version):
    """Where it is not in the table: another version of a client may well do otherwise."""
    expected = EXPECTED[client.key]
    wanted = expected.outcome(defect, version)
    if (wanted not in seen.outcomes and not expected.sends_first) or not set(seen.outcomes) <= {wanted, *expected.besides}:
        yield f"expected {wanted!r} ({expected.sheet}), seen {list(seen.outcomes)}"


def untrue(client, seen, defect, version):
    """Records that do not agree with what the client did, whatever was expected."""
    expected = EXPECTED[client.key]
    accepting = [record for record in seen.records if record["verdict"] in ACCEPTING]
    if seen.accepted and not accepting:
        yield f"the client went on, the record says {list(seen.outcomes)}"
    sure = [record for record in accepting if record["confidence"] != "possible"]
    if not seen.accepted and (sure if expected.sends_first else accepting):
        yield f"the client refused, the record says {accepting[0]['verdict']}"
    for record in seen.records:
        if record["verdict"] == NO_VERSION:
            continue
        if record["tls"].get("version") != "TLS " + version:
            yield f"recorded with {record['tls'].get('version')}"
        yield from wanted_name(expected, record, defect)
        yield from family(client, record)
        if not seen.accepted and record not in accepting:
            yield from reading(record, defect)


def wanted_name(expected, record, defect):
    wanted = record.get("wanted", {})
    if expected.sends_sni and (wanted.get("name"), wanted.get("source")) != (defect.name, "sni"):
        yield f"the wanted name is {wanted}"
    if not expected.sends_sni and record["hello"]["sni"]["form"] != "absent":
        yield f"it is said to send no SNI, and sent {record['hello']['sni']}"


def family(client, record):
    """Its TLS library, or the program itself once it has said SIP; never a surer word than likely."""
    guess = record.get("client_family", {})
    if guess.get("family") not in FAMILIES[client.key] or guess.get("confidence") != "likely" or "disagreement" in guess:
        yield f"its family is {' or '.join(FAMILIES[client.key])}, the record guesses {guess}"


def reading(record, defect):
    """The true cause: alone where the record is certain, first where it is likely, somewhere in it otherwise."""
    causes, confidence = record["causes"], record["confidence"]
    right = {"certain": causes == [defect.cause], "likely": causes[:1] == [defect.cause]}.get(
        confidence, defect.cause in causes)
    if not right:
        yield f"the cause is {defect.cause}, the record reads {confidence}: {', '.join(causes)}"
