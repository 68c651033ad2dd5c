"""The dump: what `str` gives is what pydicom gives, over the corpus."""

from __future__ import annotations

import logging
import re
import warnings
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

import fastdcm
from dicom_writer import encode_file

if TYPE_CHECKING:
    from pathlib import Path

# Where pydicom and the standard part ways: it stops early, joins lines, or takes escape sequences for text.
_PYDICOM_STOPS = {
    "GH1339.dcm",
    "GH179A.dcm",
    "emri_small_jpeg_2k_lossless_too_short.dcm",
    "no_preamble_dicm_in_data",
    "chrGB2312.dcm",
}
_LINE = re.compile(r" *\(([0-9A-F]{4}),[0-9A-F]{4}\)")


def _normal(dump: str) -> list[str]:
    """Lines without private elements, whose dictionaries differ, and without the names of UIDs."""
    lines = []
    for line in dump.split("\n"):
        match = _LINE.match(line)
        if match is None or int(match[1], 16) % 2 == 0:
            lines.append(re.sub(r"UI: (?!').*", "UI:", line))
    return lines


def _has_private_sequence(dump: str) -> bool:
    return re.search(r"^ *\([0-9A-F]{3}[13579BDF],[0-9A-F]{4}\)  .*item\(s\)", dump, re.MULTILINE) is not None


@pytest.mark.timeout(300)
def test_dump_equals_pydicom_over_the_corpus(corpus: Path, manifest: list[dict[str, Any]]) -> None:
    logging.disable(logging.CRITICAL)
    compared = 0
    different = []
    for row in manifest:
        path = corpus / row["file"]
        if row["kind"] == "malformed" or path.name in _PYDICOM_STOPS:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = str(pydicom.dcmread(path))
            except Exception:  # noqa: BLE001 - whatever it raises, there is nothing to compare with
                continue
        dump = str(fastdcm.dcmread(path))
        if _has_private_sequence(dump):
            continue  # its items are shown or not by what the dictionaries know
        compared += 1
        if _normal(dump) != _normal(expected):
            different.append(row["file"])
    logging.disable(logging.NOTSET)
    assert compared > 500
    # Blanks in a Decimal String are no value: None here, '' there.
    assert [name for name in different if "JPEGLossless_1s_1f_i_16_16_bad" not in name] == []


def test_dump_shows_items_indented() -> None:
    items = [[(0x00080100, "SH", "A")], []]
    ds = fastdcm.dcmread(encode_file([(0x00080060, "CS", "CT"), (0x00081110, "SQ", items)]))
    assert str(ds).split("\n")[-6:] == [
        "(0008,0060) Modality                            CS: 'CT'",
        "(0008,1110)  Referenced Study Sequence  2 item(s) ---- ",
        "   (0008,0100) Code Value                          SH: 'A'",
        "   ---------",
        "",
        "   ---------",
    ]
    assert ds.top().split("\n")[-1] == "(0008,1110)  Referenced Study Sequence  2 item(s) ---- "
    assert repr(ds) == str(ds)


def test_long_values_are_shown_by_their_number() -> None:
    ds = fastdcm.dcmread(
        encode_file(
            [(0x00282000, "OB", bytes(20)), (0x00104000, "LT", "x" * 20), (0x00200013, "IS", [1] * 17)]
        )
    )
    assert ds["ICCProfile"].repval == "Array of 20 elements"
    assert ds["PatientComments"].repval == "Array of 20 elements"
    assert ds["InstanceNumber"].repval == "Array of 17 elements"
