"""Writes THIRD_PARTY_LICENSES.txt: the licences of all that is linked into the wheel, which carries them.

    python .ci/licences.py [--check]

With `--check` nothing is written: it fails where the file is not what would be written. A licence that
deny.toml does not allow is an error either way. Crates are those that Cargo.lock has for the systems that
deny.toml lists.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

_REPOSITORY = Path(__file__).resolve().parents[1]
_OUTPUT = _REPOSITORY / "THIRD_PARTY_LICENSES.txt"
_TEXT = re.compile(r"(?i)^(licen[cs]e|copying|copyright|notice|unlicense)")
_HEAD = """\
Third-party software in fastdcm
===============================

The wheels of fastdcm are linked with the software below. Where a licence can be chosen, it is that whose text
is given. This file is made by .ci/licences.py from Cargo.lock.
"""
_STANDARD_LIBRARY = "The standard library of Rust (MIT OR Apache-2.0), https://www.rust-lang.org"


class Crate(NamedTuple):
    """A crate that is linked."""

    name: str
    version: str
    expression: str
    source: str
    texts: tuple[str, ...]

    def line(self) -> str:
        """What it is, in a line."""
        return f"{self.name} {self.version} ({self.expression}), {self.source}"


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description="Licences of what is linked into the wheel.")
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    deny = tomllib.loads((_REPOSITORY / "deny.toml").read_text(encoding="utf-8"))
    crates = linked_crates(deny["graph"]["targets"])
    faults = [
        f"{crate.name}: {crate.expression} is not allowed by deny.toml"
        for crate in crates
        if not is_allowed(crate.expression, deny["licenses"]["allow"])
    ]
    faults += [f"{crate.name}: no text of its licence" for crate in crates if not crate.texts]
    text = document(crates)
    if not check and not faults:
        _OUTPUT.write_text(text, encoding="utf-8")
    elif not _OUTPUT.is_file() or _OUTPUT.read_text(encoding="utf-8") != text:
        faults.append(f"{_OUTPUT.name} is not up to date: python .ci/licences.py writes it")
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


def linked_crates(targets: list[str]) -> list[Crate]:
    """Every crate whose code ends up in a wheel: not those that build it, nor macros."""
    platforms = [argument for target in targets for argument in ("--filter-platform", target)]
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--features", "python", *platforms]
    done = subprocess.run(command, cwd=_REPOSITORY, check=True, stdout=subprocess.PIPE)
    metadata: dict[str, Any] = json.loads(done.stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    seen, left = {root}, [root]
    while left:
        for dependency in nodes[left.pop()]["deps"]:
            number = dependency["pkg"]
            is_normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if is_normal and number not in seen and not _is_macro(packages[number]):
                seen.add(number)
                left.append(number)
    return sorted(_crate(packages[number]) for number in seen - {root})


def _is_macro(package: dict[str, Any]) -> bool:
    return any("proc-macro" in target["kind"] for target in package["targets"])


def _crate(package: dict[str, Any]) -> Crate:
    expression = package["license"].replace("/", " OR ")
    folder = Path(package["manifest_path"]).parent
    found = [path for path in folder.iterdir() if path.is_file() and _TEXT.match(path.name)]
    found += [path for path in folder.glob("vendor/**/*") if path.is_file() and _TEXT.match(path.name)]
    # Where MIT can be chosen, the texts of what it is chosen over are left out.
    others = re.compile(r"(?i)apache|unlicense|zlib")
    if "OR" in expression.split() and any("mit" in path.name.lower() for path in found):
        found = [path for path in found if not others.search(path.name)]
    texts = tuple(_plain(path.read_text(encoding="utf-8")) for path in sorted(found))
    source = package["repository"] or f"https://crates.io/crates/{package['name']}"
    return Crate(package["name"], package["version"], expression, source, texts)


def _plain(text: str) -> str:
    """Without spaces and empty lines that make no difference, so that equal texts are equal."""
    lines = "\n".join(line.rstrip() for line in text.replace("\f", "").splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def is_allowed(expression: str, allowed: list[str]) -> bool:
    """Whether an SPDX expression of names, AND, OR and parentheses can be met."""
    inner = re.compile(r"\(([^()]*)\)")
    verdicts = {True: "allowed", False: "forbidden"}

    def flat(part: str) -> bool:
        choices = part.split(" OR ")
        return any(
            all(term.strip() in {*allowed, "allowed"} for term in choice.split(" AND ")) for choice in choices
        )

    while inner.search(expression):
        expression = inner.sub(lambda match: verdicts[flat(match[1])], expression)
    return flat(expression)


def document(crates: list[Crate]) -> str:
    """The list of crates, and each text once with those that it is of."""
    owners: dict[str, list[str]] = {}
    for crate in crates:
        for text in crate.texts:
            owners.setdefault(text, []).append(f"{crate.name} {crate.version}")
    parts = [_HEAD, *(f"- {crate.line()}" for crate in crates), f"- {_STANDARD_LIBRARY}"]
    for text, names in owners.items():
        parts += ["", "-" * 80, ", ".join(dict.fromkeys(names)), "-" * 80, "", text]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
