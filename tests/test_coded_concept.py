"""Coded concepts (PS3.3 §8)."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr.coding import Code as JudgeCode

import fastdcm
from dicom_writer import encode_file
from fastdcm import Code

WORDS = st.sampled_from(["1", "2", "DCM", "SCT", "99LOCAL"])
CODES = st.tuples(WORDS, WORDS, WORDS, st.sampled_from([None, "1"]))


def read(*elements: tuple[int, str, Any]) -> fastdcm.Dataset:
    """The item of a code sequence with these elements."""
    item: fastdcm.Dataset = fastdcm.dcmread(
        encode_file([(0x0040A043, "SQ", [elements])])
    ).ConceptNameCodeSequence[0]
    return item


@given(CODES, CODES)
def test_codes_are_equal_as_in_pydicom(one: Any, other: Any) -> None:
    ours, theirs = (Code(*one), Code(*other)), (JudgeCode(*one), JudgeCode(*other))
    assert (ours[0] == ours[1], ours[0] != ours[1]) == (theirs[0] == theirs[1], theirs[0] != theirs[1])
    assert (repr(ours[0]), tuple(ours[0]), hash(ours[0])) == (
        repr(theirs[0]),
        tuple(theirs[0]),
        hash(theirs[0]),
    )
    assert ours[0] == theirs[0]
    assert ours[0] != "text"
    assert ours[0] != tuple(ours[0])


def test_code_is_a_named_tuple() -> None:
    code = Code(meaning="Axial", value="24422004", scheme_designator="SCT")
    assert (code.value, code.scheme_designator, code.meaning, code.scheme_version) == tuple(code)
    for clone in (copy.copy(code), copy.deepcopy(code), pickle.loads(pickle.dumps(code))):
        assert type(clone) is Code
        assert tuple(clone) == tuple(code)
    assert len({code, code._replace(meaning="axial")}) == 1


CASES = [
    ("CodeValue", 0x00080100, "SH", Code("121181", "DCM", "DICOM Object Catalog")),
    ("CodeValue", 0x00080100, "SH", Code("1234567890123456", "DCM", "sixteen", "20260101")),
    ("LongCodeValue", 0x00080119, "UC", Code("12345678901234567", "SCT", "seventeen")),
    ("URNCodeValue", 0x00080120, "UR", Code("urn:oid:1.2.3", "", "URN")),
    ("URNCodeValue", 0x00080120, "UR", Code("http://a/b", "99LOCAL", "URL", "2")),
]


@pytest.mark.parametrize(("keyword", "tag", "vr", "code"), CASES, ids=[case[3].meaning for case in CASES])
def test_ps3_3_8_8_items(
    keyword: str, tag: int, vr: str, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    elements: list[tuple[int, str, Any]] = [(tag, vr, code.value), (0x00080104, "LO", code.meaning)]
    if code.scheme_designator:
        elements.append((0x00080102, "SH", code.scheme_designator))
    if code.scheme_version:
        elements.append((0x00080103, "SH", code.scheme_version))
    found = Code.from_dataset(read(*sorted(elements)))
    assert tuple(found) == tuple(code)

    monkeypatch.setattr("fastdcm.dataset.Dataset", SimpleNamespace)
    names = {
        0x00080104: "CodeMeaning",
        0x00080102: "CodingSchemeDesignator",
        0x00080103: "CodingSchemeVersion",
    }
    expected = {names.get(tag, keyword): value for tag, _, value in elements}
    assert vars(code.to_dataset()) == expected


def test_items_that_lack_something_are_read() -> None:
    assert tuple(Code.from_dataset(read((0x00080100, "SH", "A\\B")))) == ("A\\B", "", "", None)
    for elements in ([], [(0x00080100, "SH", "")]):
        with pytest.raises(ValueError, match="has no Code Value"):
            Code.from_dataset(read(*elements, (0x00080104, "LO", "SECRET")))


@pytest.mark.parametrize("code", [Code("", "DCM", "x"), Code("SECRET", "", "x"), Code("SECRET", "DCM", "")])
def test_items_that_would_lack_something_are_not_made(code: Code) -> None:
    with pytest.raises(ValueError, match="a code needs") as raised:
        code.to_dataset()
    assert "SECRET" not in str(raised.value)
