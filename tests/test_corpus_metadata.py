"""Metadata of real files equal the reference, which decoders that have nothing to do with fastdcm made."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import fastdcm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NUMBERS = {"DS", "IS", "FL", "FD", "SL", "SS", "UL", "US", "SV", "UV"}
_PIXEL_DATA = {0x7FE00008, 0x7FE00009, 0x7FE00010}
_SPECIFIC_CHARACTER_SET = 0x00080005


def lines(dataset: fastdcm.Dataset, prefix: str = "") -> Iterator[str]:
    """The normal form of a data set: one line an element, as the reference has it."""
    for element in dataset:
        tag = int(element.tag)
        if tag & 0xFFFF == 0 or tag in _PIXEL_DATA or tag == _SPECIFIC_CHARACTER_SET:
            continue
        path = f"{prefix}{tag:08X}"
        if element.VR == "SQ":
            yield f"{path} SQ {len(element.value)}"
            for number, item in enumerate(element.value):
                yield from lines(item, f"{path}[{number}].")
        else:
            yield f"{path} {element.VR} {normal(element)}"


def normal(element: fastdcm.DataElement) -> str:
    """A value as text: numbers to seven digits, bytes as length and hash, what pads them left out."""
    value = element.value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"bin:{len(value)}:{hashlib.sha256(value).hexdigest()[:16]}" if value else ""
    many = list(value) if isinstance(value, fastdcm.MultiValue) else [value]
    texts = [text(element.VR, one) for one in many]
    while texts and not texts[-1]:
        texts.pop()
    return "\\".join(texts)


def text(vr: str, value: Any) -> str:
    """One of the values."""
    if value is None:
        return ""
    if vr in _NUMBERS and not isinstance(value, str):
        return "0" if value == 0 else f"{float(value):.7g}"
    if vr == "AT":
        return f"{int(value):08X}"
    if vr == "PN":
        return "=".join(group.rstrip("^ ") for group in str(value).split("=")).rstrip("=")
    return str(value).rstrip(" \0")


@pytest.fixture(scope="module")
def reference(corpus: Path) -> dict[str, list[str]]:
    """The lines of each file, by its hash."""
    with gzip.open(corpus / "refmeta.jsonl.gz", "rt", encoding="utf-8") as rows:
        return {row["sha256"]: row["lines"] for row in map(json.loads, rows)}


def agreed(manifest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The files of which both decoders gave the same lines."""
    return [row for row in manifest if (row.get("meta") or {}).get("agree")]


def differences(dataset: fastdcm.Dataset, expected: list[str]) -> list[str]:
    """The lines that only one side has and that have no good reason."""
    found = list(lines(dataset))
    if found == expected:
        return []
    unexplained = []
    mine, theirs = (dict(line.split(" ", 1) for line in side) for side in (found, expected))
    for path in sorted(mine.keys() | theirs.keys()):
        if mine.get(path) == theirs.get(path):
            continue
        if path in mine and path in theirs and is_explained(dataset, path, theirs[path]):
            continue
        unexplained.append(f"{path}: {mine.get(path)!r} for {theirs.get(path)!r}")
    return unexplained or (["order"] if list(mine) != list(theirs) else [])


def is_explained(dataset: fastdcm.Dataset, path: str, expected: str) -> bool:
    """True for the two ways in which fastdcm rightly differs."""
    element = element_at(dataset, path)
    if element.is_private and expected.startswith("UN bin:"):
        # Sent as UN; fastdcm's private dictionary knows it, those of the decoders do not.
        raw = bytes(element.buffer)
        return expected == f"UN bin:{len(raw)}:{hashlib.sha256(raw).hexdigest()[:16]}"
    # The normal form leaves out a NUL in front; it is no padding there, and fastdcm keeps it.
    return (
        element.VR == "LO"
        and f"LO {element.value}".replace("\0", "") == expected
        and element.value[0] == "\0"
    )


def element_at(dataset: fastdcm.Dataset, path: str) -> fastdcm.DataElement:
    """The element at a path of the normal form."""
    *items, last = path.split(".")
    for sequence in items:
        tag, number = re.fullmatch(r"(\w{8})\[(\d+)\]", sequence).groups()
        dataset = dataset[int(tag, 16)].value[int(number)]
    return dataset[int(last, 16)]


def test_metadata_equal_the_reference_where_its_decoders_agree(
    corpus: Path, manifest: list[dict[str, Any]], reference: dict[str, list[str]]
) -> None:
    differing = {}
    compared = 0
    for row in agreed(manifest):
        if row["sha256"] not in reference:
            continue
        compared += 1
        found = differences(fastdcm.dcmread(corpus / row["file"], force=True), reference[row["sha256"]])
        if found:
            differing[row["file"]] = found
    assert differing == {}
    assert compared > 700


def test_every_file_can_be_walked_and_checked_or_is_refused(
    corpus: Path, manifest: list[dict[str, Any]]
) -> None:
    refused = []
    for row in manifest:
        try:
            dataset = fastdcm.dcmread(corpus / row["file"], force=True)
        except fastdcm.DicomError as error:
            refused.append(f"{row['file']}: {error}")
            continue
        assert all(lines(dataset))
        assert (len(str(dataset)) > 0) == (len(dataset) + len(dataset.file_meta) > 0)
        assert all(str(warning) for warning in dataset.warnings)
    assert len(refused) < 40, refused
