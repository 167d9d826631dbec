"""What is wrong on purpose, and the lab that serves all of it.

One listener for each slot, defect and TLS version: its port says all three, so that clients that send no SNI see
the right certificate, clients without a switch for the TLS version get the one that is meant, and clients that run
at the same time have records of their own.
"""

import dataclasses

VERSIONS = ("1.2", "1.3")
SLOTS = 2


@dataclasses.dataclass(frozen=True)
class Defect:
    key: str     # virtual host, and first label of the name the clients mean
    title: str   # in the page
    cause: str   # the word of the record that is true; empty: nothing that a server can call wrong
    recipe: str  # fields of the certificate's recipe, in YAML; {name} is the name that is meant

    @property
    def name(self):
        return self.key + ".contoso.test"


NAMED = "subject: CN={name}, sans: [{name}]"
DEFECTS = (
    Defect("right", "right name", "", NAMED),
    Defect("wrong", "wrong name", "name-mismatch", "subject: CN=other.contoso.test, sans: [other.contoso.test]"),
    Defect("unknown", "unknown CA", "untrusted-issuer", NAMED + ", issuer: unknown_ca"),
    Defect("expired", "expired", "validity-dates", NAMED + ", not_before: -400d, not_after: -30d"),
    Defect("early", "not yet valid", "validity-dates", NAMED + ", not_before: +30d, not_after: +400d"),
    Defect("usage", "EKU clientAuth only", "key-usage", NAMED + ", eku: [clientAuth]"),
    Defect("broken", "intermediate not sent", "untrusted-issuer",
           NAMED + ", via_intermediate: true, send_intermediate: false"),
    Defect("weak", "RSA 1024", "weak-key", NAMED + ", key: rsa-1024"),
    Defect("cn-only", "CN only, no SAN", "name-mismatch", "subject: CN={name}"),
    Defect("ip-only", "SAN with an address only", "name-mismatch", "subject: CN={name}, sans: [127.0.0.1]"),
)


def listener(slot, defect, version):
    return f"slot{slot}-{defect.key}-{version}"


def lab_config():
    """Of `fakeocs serve`: all listeners on port 0, all hosts on all of them."""
    lines = ["workers: 1", "history: {keep: false}", "listeners:"]
    for slot in range(SLOTS):
        for defect in DEFECTS:
            for version in VERSIONS:
                lines.append(f"  - {{name: {listener(slot, defect, version)}, port: 0, default_host: {defect.key}, "
                             f"tls: {{min_version: {version}, max_version: {version}}}}}")
    lines.append("hosts:")
    for defect in DEFECTS:
        recipe = defect.recipe.format(name=defect.name)
        lines.append(f"  - id: {defect.key}\n    names: [{defect.name}]\n"
                     f"    certificate: {{generate: {{{recipe}}}}}")
    return "\n".join(lines) + "\n"
