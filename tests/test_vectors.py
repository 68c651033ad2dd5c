"""Values of every VR, byte by byte: what the normal form of the reference hides."""

from __future__ import annotations

import ast
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import dicom_writer as dicom
import fastdcm

VECTORS = Path(__file__).parent / "vectors"

# An attribute for each VR: the Selector Values (PS3.3 C.23.1).
_SELECTOR_VALUES = """
    5E AE, 5F AS, 60 AT, 61 DA, 62 CS, 63 DT, 64 IS, 65 OB, 66 LO, 67 OF, 68 LT, 69 OW, 6A PN,
    6B TM, 6C SH, 6D UN, 6E ST, 6F UC, 70 UT, 71 UR, 72 DS, 73 OD, 74 FD, 75 OL, 76 FL, 78 UL,
    7A US, 7C SL, 7E SS, 7F UI, 80 SQ, 81 OV, 82 SV, 83 UV
"""
SELECTOR_VALUES = {
    pair[-2:]: 0x00720000 + int(pair.split()[0], 16) for pair in _SELECTOR_VALUES.strip().split(",")
}


def cases() -> list[Any]:
    """Every case, named by its VR and bytes."""
    with (VECTORS / "values.toml").open("rb") as file:
        vectors = tomllib.load(file)
    return [
        pytest.param(vr, case, id=f"{vr}-{case.get('text', case.get('hex'))!r}")
        for vr, of_vr in vectors.items()
        for case in of_vr
    ]


def raw(case: dict[str, Any]) -> bytes:
    """The bytes of a case."""
    return case["text"].encode("latin-1") if "text" in case else bytes.fromhex(case["hex"])


def read(vr: str, value: bytes, encoding: dicom.Encoding, tag: int | None = None) -> fastdcm.DataElement:
    """The element as it is read from a file that has no other."""
    tag = SELECTOR_VALUES[vr] if tag is None else tag
    body = dicom.element_header(tag, vr, len(value), encoding) + value
    dataset = fastdcm.dcmread(BytesIO(dicom.encode_file([], encoding) + body))
    return dataset[tag]


def plain(value: Any) -> Any:
    """A value without the classes that only fastdcm has."""
    if isinstance(value, fastdcm.MultiValue):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, fastdcm.PersonName) else value


def is_same(found: Any, expected: Any) -> bool:
    """Equal, and both numbers or both not, and zeros of one sign."""
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(is_same, found, expected))
    if isinstance(expected, float):
        return isinstance(found, float) and float.__repr__(found) == float.__repr__(expected)
    return isinstance(found, type(expected)) and found == expected


@pytest.mark.parametrize(("vr", "case"), cases())
def test_values_of_every_vr(vr: str, case: dict[str, Any]) -> None:
    encodings = [dicom.EXPLICIT_LITTLE, dicom.IMPLICIT_LITTLE]
    if "text" in case or vr in {"OB", "UN"}:
        encodings.append(dicom.EXPLICIT_BIG)
    for encoding in encodings:
        element = read(vr, raw(case), encoding)
        assert vr == element.VR
        assert is_same(plain(element.value), ast.literal_eval(case["value"])), plain(element.value)
        if "original" in case:
            assert element.value.original_string == case["original"]
        assert bytes(element.buffer) == raw(case)


@pytest.mark.parametrize(("vr", "case"), cases())
def test_what_is_wrong_with_a_value_is_told(vr: str, case: dict[str, Any]) -> None:
    value = raw(case)
    body = dicom.element_header(SELECTOR_VALUES[vr], vr, len(value)) + value
    dataset = fastdcm.dcmread(BytesIO(dicom.encode_file([]) + body))
    dataset.check()
    kinds = [warning.kind for warning in dataset.warnings if warning.kind != "OddLength"]
    assert kinds == case.get("warnings", [])
    assert all(warning.tag == SELECTOR_VALUES[vr] for warning in dataset.warnings)


def test_every_vr_has_a_case() -> None:
    tested = {parameter.values[0] for parameter in cases()}
    assert tested == SELECTOR_VALUES.keys() - {"SQ"}


@pytest.mark.parametrize("vr", ["US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT"])
def test_big_endian_numbers(vr: str) -> None:
    value = [0x00280010, 0x7FE00010] if vr == "AT" else [1, 2]
    body = dicom.encode_dataset([(SELECTOR_VALUES[vr], vr, value)], dicom.EXPLICIT_BIG)
    dataset = fastdcm.dcmread(BytesIO(dicom.encode_file([], dicom.EXPLICIT_BIG) + body))
    assert list(dataset[SELECTOR_VALUES[vr]].value) == value


# (private creator, element of its block, VR by the vendor's dictionary, bytes, value)
PRIVATE = [
    ("SIEMENS CSA HEADER", 0x00291008, "CS", b"IMAGE NUM 4 ", "IMAGE NUM 4"),
    ("SIEMENS MR HEADER", 0x0019100C, "IS", b"1000", 1000),
    ("GEMS_PARM_01", 0x00431039, "IS", b"1000\\0\\0\\0", [1000, 0, 0, 0]),
    ("Philips Imaging DD 001", 0x20011003, "FL", b"\0\0\x7a\x44", 1000.0),
]


@pytest.mark.parametrize(("creator", "tag", "vr", "value", "expected"), PRIVATE)
def test_private_attributes_in_implicit_vr(
    creator: str, tag: int, vr: str, value: bytes, expected: Any
) -> None:
    implicit = dicom.IMPLICIT_LITTLE
    reservation = (tag & 0xFFFF0000) | 0x10
    for block in (0x10, 0x42):
        moved = (tag & 0xFFFF00FF) | block << 8
        body = dicom.encode_dataset([(reservation - 0x10 + block, "LO", creator)], implicit)
        body += dicom.element_header(moved, "", len(value), implicit) + value
        element = fastdcm.dcmread(BytesIO(dicom.encode_file([], implicit) + body))[moved]
        assert (element.VR, plain(element.value)) == (vr, expected)
        assert element.private_creator == creator
    unreserved = read("", value, implicit, tag)
    assert (unreserved.VR, unreserved.value) == ("UN", value)


def test_a_private_attribute_nobody_knows_stays_bytes() -> None:
    implicit = dicom.IMPLICIT_LITTLE
    body = dicom.encode_dataset([(0x00410010, "LO", "NOBODY"), (0x00411001, "UN", b"\1\2")], implicit)
    dataset = fastdcm.dcmread(BytesIO(dicom.encode_file([], implicit) + body))
    assert (dataset[0x00411001].VR, dataset[0x00411001].value) == ("UN", b"\1\2")
    assert dataset.warnings == []
