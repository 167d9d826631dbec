#!/usr/bin/env python3
"""Writes fakeocs.1 and fakeocs-certgen.1 into a folder, out of what the programs' own help says.

  packaging/man.py FAKEOCS FAKEOCS-CERTGEN FOLDER
"""

import pathlib
import re
import subprocess
import sys

SUMMARY = {"fakeocs": "a fake Office Communications Server front end for certificate-mismatch testing",
           "fakeocs-certgen": "certificates for a lab of Communicator and Lync, right or wrong on purpose"}


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def verbatim(text):
    """Lines as they are: help pages are laid out for 80 columns, the margin takes 7 of a manual's."""
    lines = []
    for line in text.strip("\n").splitlines():
        line = line.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
        line = line.replace("…", "...")
        lines.append(f"\\&{line}" if line.startswith(".") or line.startswith("\\(aq") else line)
    return [".nf", *lines, ".fi"]


def subcommands(text):
    found = re.search(r"(?m)^Subcommands:\n((?:  .*\n)+)", text)
    return re.findall(r"(?m)^  (\S+)", found.group(1)) if found else []


def page(program, name, version):
    top = said(program, "--help")
    out = [f'.TH {name.upper()} 1 "" "fakeocs {version}" "User Commands"', ".SH NAME",
           f"{name} \\- {SUMMARY[name]}".replace("certificate-mismatch", "certificate\\-mismatch"),
           ".SH SYNOPSIS", f".B {name}", "[OPTIONS] SUBCOMMAND [OPTIONS]", ".SH DESCRIPTION", *verbatim(top)]
    waiting = [[one] for one in subcommands(top)]
    while waiting:
        words = waiting.pop(0)
        text = said(program, *words, "--help")
        out += [f'.SH "{name.upper()} {" ".join(words).upper()}"', *verbatim(text)]
        waiting = [[*words, one] for one in subcommands(text)] + waiting
    other = next(one for one in SUMMARY if one != name)
    return "\n".join([*out, ".SH SEE ALSO", f".BR {other} (1)", "/usr/share/doc/fakeocs", ""])


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    for program, name in zip(sys.argv[1:3], SUMMARY):
        version = said(program, "--version").split()[-1]
        (folder / f"{name}.1").write_text(page(program, name, version))


if __name__ == "__main__":
    main()
