"""The vectors of written values, as pydicom judges them: `written_values.rs` has the other half."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pydicom.charset
import pydicom.config
import pydicom.valuerep
import pytest

import dicom_writer as dicom
import fastdcm

VECTORS = Path(__file__).parent / "vectors"
# Patient's Name, Current Patient Location, Patient Comments.
_TAGS = {"PN": 0x00100010, "LO": 0x00380300, "LT": 0x00104000}
# pydicom leaves this sequence in the text, and does not write it.
_GB_2312 = "\x1b$)A"


def cases(name: str) -> list[Any]:
    """Every case of a file, named by its line."""
    lines = (VECTORS / name).read_text().splitlines()
    return [pytest.param(json.loads(line), id=f"line-{number}") for number, line in enumerate(lines, 1)]


def file_with(case: dict[str, Any], value: bytes) -> BytesIO:
    """A file with this text alone."""
    element = (_TAGS[case["vr"]], case["vr"], value)
    return BytesIO(dicom.encode_file([(0x00080005, "CS", case["terms"].split("\\")), element]))


def written_by_pydicom(case: dict[str, Any]) -> bytes:
    """The bytes that pydicom makes of the text."""
    encodings = pydicom.charset.convert_encodings(case["terms"].split("\\"))
    if case["vr"] == "PN":
        return pydicom.valuerep.PersonName(case["text"]).encode(encodings)
    return pydicom.charset.encode_string(case["text"], encodings)


def pydicom_takes(vr: str, text: str) -> bool:
    """Whether pydicom lets a value be set."""
    try:
        pydicom.valuerep.validate_value(vr, text, pydicom.config.RAISE)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("case", cases("checks.jsonl"))
def test_pydicom_takes_what_the_check_takes(case: dict[str, Any]) -> None:
    text = case["text"] * case.get("times", 1)
    # pydicom does not tell a query from a data set.
    allowed = case["fault"] is None or case.get("key", case["fault"]) is None
    differs = "pydicom" in case
    assert (pydicom_takes(case["vr"], text) == allowed) != differs


@pytest.mark.parametrize("case", cases("texts.jsonl"))
def test_pydicom_reads_the_text_that_was_written(case: dict[str, Any]) -> None:
    dataset = pydicom.dcmread(file_with(case, bytes.fromhex(case["hex"])))
    dataset.decode()
    assert str(dataset[_TAGS[case["vr"]]].value).replace(_GB_2312, "") == case["text"]


@pytest.mark.parametrize("case", cases("texts.jsonl"))
def test_both_writings_are_read_as_one_text(case: dict[str, Any]) -> None:
    for written in (bytes.fromhex(case["hex"]), written_by_pydicom(case)):
        dataset = fastdcm.dcmread(file_with(case, written))
        assert str(dataset[_TAGS[case["vr"]]].value) == case["text"]
