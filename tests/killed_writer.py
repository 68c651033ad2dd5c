"""Writes a file again and again until it is killed: the other process of the crash tests.

Started as a program it answers commands on standard input, ``<what> <durability> <path>`` a line, with the
number of a process that writes as told. Each is forked from here, where everything is imported already, so
that a test can start and kill hundreds. An empty line waits for the last one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import dicom_writer as dw
import fastdcm

LENGTH = 300_000
LETTERS = "AB"


def content(letter: str) -> bytes:
    """The whole file, one letter in everything that changes."""
    dataset: list[dw.Element] = [
        (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.104.1"),
        (0x00080018, "UI", "1.2.3"),
        (0x00100010, "PN", letter * 60),
        (0x00100020, "LO", letter * 60),
        (0x00420011, "OB", letter.encode() * LENGTH),
    ]
    return dw.encode_file(dataset)


def values(letter: str) -> dict[str, Any]:
    """What changes."""
    return {
        "PatientName": letter * 60,
        "PatientID": letter * 60,
        "EncapsulatedDocument": letter.encode() * LENGTH,
    }


def write(what: str, durability: Any, path: Path, letter: str) -> None:
    """Writes the contents of a letter once."""
    if what == "patch":
        fastdcm.patch(path, values(letter), durability=durability)
    elif what == "save":
        dataset = fastdcm.dcmread(content(letter))
        dataset.save_as(path, durability=durability)
    elif what == "save changed":
        dataset = fastdcm.dcmread(content("C"))
        for keyword, value in values(letter).items():
            setattr(dataset, keyword, value)
        dataset.save_as(path, durability=durability)
    else:
        dataset = fastdcm.dcmread(content(letter))
        dataset.save_as(path, durability=durability, overwrite=False)


def _write_until_killed(what: str, durability: str, path: Path) -> None:
    while True:
        for letter in LETTERS:
            write(what, durability, path, letter)


def _race(durability: str, path: Path) -> int:
    """One of two processes: 0 for the one that wins, 1 for the other."""
    # Both are here when the name appears.
    while not path.with_suffix(".go").exists():
        pass
    try:
        write("save new", durability, path, LETTERS[os.getpid() % 2])
    except FileExistsError:
        return 1
    return 0


def _main() -> None:
    _imported = fastdcm.patch, fastdcm.dcmwrite
    children: list[int] = []
    for line in sys.stdin:
        if not line.strip():
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            children.clear()
            print(*codes, flush=True)
            continue
        what, durability, path = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            code = 3
            try:
                if what == "race":
                    code = _race(durability, Path(path))
                else:
                    _write_until_killed(what, durability, Path(path))
            finally:
                os._exit(code)
        children.append(child)
        print(child, flush=True)


if __name__ == "__main__":
    _main()
