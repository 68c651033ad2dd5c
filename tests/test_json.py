"""The DICOM JSON Model (PS3.18 Annex F): text, lines of many files, what pydicom makes of the same."""

from __future__ import annotations

import json
import logging
import math
import pickle
import struct
import warnings
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

import dicom_writer as dicom
import fastdcm
from fastdcm.cli import main
from fastdcm.json_model import datasets_from_json, json_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BYTES = {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}


def read(*elements: dicom.Element, **options: Any) -> fastdcm.Dataset:
    return fastdcm.dcmread(dicom.encode_file(list(elements), **options))


# Files in which pydicom and the standard part ways: it stops early, or takes escape sequences for text.
_PYDICOM_STOPS = {
    "GH1339.dcm",
    "GH179A.dcm",
    "emri_small_jpeg_2k_lossless_too_short.dcm",
    "no_preamble_dicm_in_data",
}
_PYDICOM_ESCAPES = {
    "chrGB2312.dcm",
    "charset-ISO_2022_IR_6+ISO_2022_IR_166.dcm",
    "charset-ISO_2022_IR_6+ISO_2022_IR_101+ISO_2022_IR_110.dcm",
}


def _number(vr: str, value: Any) -> Any:
    """A number by its value: in FL as 32 bits, since we write the shortest text of those; others as 64."""
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except ValueError:
        return value
    if vr == "FL":
        return struct.unpack("f", struct.pack("f", number))[0]
    return "NaN" if math.isnan(number) else number


def canonical(model: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What both should agree on: tag, VR and values."""
    for tag, element in sorted(model.items()):
        number = int(tag, 16)
        # Group lengths say nothing in JSON; we write UTF-8, pydicom the terms of the file.
        if number & 0xFFFF == 0 or number == 0x00080005:
            continue
        yield tag, _element(element)


def _element(element: dict[str, Any]) -> Any:
    vr, values = element["vr"], element.get("Value", [])
    if vr == "SQ":
        return "SQ", [list(canonical(item)) for item in values]
    if "InlineBinary" in element:
        return vr, element["InlineBinary"]
    if vr == "PN":
        # pydicom writes empty component groups, too.
        values = [{key: text for key, text in (name or {}).items() if text} or None for name in values]
    elif vr in {"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV"}:
        values = [_number(vr, value) for value in values]
    else:
        values = [None if value == "" else value for value in values]
    # An element whose values are all empty: they are counted by us, not by pydicom where there is one.
    return vr, values if any(value is not None for value in values) else []


def _expected(path: Path) -> dict[str, Any] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            return json.loads(json.dumps(pydicom.dcmread(path).to_json_dict()))
        except Exception:  # noqa: BLE001 - whatever it raises, there is nothing to compare with
            return None
        finally:
            logging.disable(logging.NOTSET)


@pytest.mark.timeout(300)
def test_json_equals_pydicom_over_the_corpus(corpus: Path, manifest: list[dict[str, Any]]) -> None:
    compared, different = 0, {}
    for row in manifest:
        path = corpus / row["file"]
        if row["kind"] == "malformed" or path.stat().st_size > 4 << 20:
            continue
        if path.name in _PYDICOM_STOPS | _PYDICOM_ESCAPES:
            continue
        expected = _expected(path)
        if expected is None:
            continue
        compared += 1
        ours = dict(canonical(fastdcm.dcmread(path, force=True).to_json_dict(nonfinite="string")))
        theirs = dict(canonical(expected))
        is_big = row.get("header", {}).get("endian") == "big"
        tags = [tag for tag in ours.keys() | theirs.keys() if ours.get(tag) != theirs.get(tag)]
        # Private dictionaries differ; pydicom does not swap the words of big endian files (PS3.18 §F.2.7).
        tags = [tag for tag in tags if int(tag[:4], 16) % 2 == 0 and not (is_big and ours[tag][0] in _BYTES)]
        if tags:
            different[row["file"]] = [(tag, ours.get(tag), theirs.get(tag)) for tag in tags]
    assert compared > 500
    assert different == {}


NAN = (0x00720074, "FD", [1.0, float("nan"), float("inf")])
ICON = bytes(range(256)) * 8


def test_arguments_are_those_of_pydicom(tmp_path: Path) -> None:
    elements: list[dicom.Element] = [
        (0x00080060, "CS", "CT"),
        (0x00282000, "OB", ICON),
        (0x00880200, "SQ", [[], [(0x00282000, "OB", ICON), (0x00720065, "OF", bytes(4))]]),
    ]
    path = tmp_path / "a.dcm"
    path.write_bytes(dicom.encode_file(elements))
    ours, theirs = fastdcm.dcmread(path), pydicom.dcmread(path)
    uri = lambda element: f"https://example.org/{int(element.tag):08X}/{len(element.value)}"  # noqa: E731
    assert ours.to_json_dict() == theirs.to_json_dict()
    assert ours.to_json_dict(1024, uri) == theirs.to_json_dict(1024, uri)
    assert ours.to_json_dict(4, uri) == theirs.to_json_dict(4, uri)
    # Just below and above the threshold: 2,048 bytes are 2,732 characters of base64.
    assert ours.to_json_dict(2732, uri) == theirs.to_json_dict(2732, uri)
    assert ours.to_json_dict(2728, uri) == theirs.to_json_dict(2728, uri)
    dump = lambda model: f"{len(model)} elements"  # noqa: E731
    assert ours.to_json(1024, None, dump) == theirs.to_json(1024, None, dump) == "3 elements"
    assert json.loads(ours.to_json()) == json.loads(theirs.to_json())


def test_bulk_data_is_asked_with_everything_around_the_value() -> None:
    item: dicom.Dataset = [(0x0040A160, "UT", "x" * 100), (0x00282000, "OB", ICON)]
    ds = read((0x0040A730, "SQ", [[], item]), (0x7FE00010, "OW", bytes(4096)))
    asked = []

    def bulk_data(bulk: Any) -> object:
        asked.append((bulk.path, int(bulk.tag), bulk.VR, bulk.length, bulk.is_encapsulated))
        if bulk.VR == "OB":
            assert bulk.element.value == ICON
            return None
        return ... if bulk.VR == "OW" else f"urn:{bulk.offset}"

    model = ds.to_json_dict(64, bulk_data=bulk_data)
    assert asked == [
        ("(0040,A730)[1].(0028,2000)", 0x00282000, "OB", 2048, False),
        ("(0040,A730)[1].(0040,A160)", 0x0040A160, "UT", 100, False),
        ("(7FE0,0010)", 0x7FE00010, "OW", 4096, False),
    ]
    nested = model["0040A730"]["Value"][1]
    offset = ds["ContentSequence"].value[1]["TextValue"].file_tell
    assert nested["0040A160"] == {"vr": "UT", "BulkDataURI": f"urn:{offset}"}
    assert "InlineBinary" in nested["00282000"]
    assert model["7FE00010"] == {"vr": "OW"}


def test_what_handlers_do_wrong() -> None:
    ds = read((0x00282000, "OB", ICON))
    with pytest.raises(ZeroDivisionError):
        ds.to_json(bulk_data=lambda bulk: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ds.to_json(0, lambda element: 1 / 0, suppress_invalid_tags=True)
    for handler in ({"bulk_data": lambda bulk: 1}, {"bulk_data_element_handler": lambda element: None}):
        with pytest.raises(TypeError, match="must return"):
            ds.to_json(**handler)
    with pytest.raises(TypeError, match="not both"):
        ds.to_json(0, str, bulk_data=str)
    with pytest.raises(ValueError, match="nonfinite"):
        ds.to_json(nonfinite="NaN")


def test_numbers_that_json_does_not_have(caplog: pytest.LogCaptureFixture) -> None:
    ds = read((0x0040A730, "SQ", [[NAN]]), (0x00200013, "IS", "1"))
    with pytest.raises(fastdcm.InvalidValueError, match="not finite") as caught:
        ds.to_json()
    assert caught.value.path == "(0040,A730)[0].(0072,0074)"
    value = lambda text: json.loads(text)["0040A730"]["Value"][0]["00720074"]["Value"]  # noqa: E731
    assert value(ds.to_json(nonfinite="null")) == [1.0, None, None]
    assert value(ds.to_json(nonfinite="string")) == [1.0, "NaN", "Infinity"]
    assert ds.to_json_dict(suppress_invalid_tags=True) == {"00200013": {"vr": "IS", "Value": [1]}}
    assert "(0040,A730)[0].(0072,0074)" in caplog.text


def test_items_slices_and_meta_information_have_their_context() -> None:
    item: dicom.Dataset = [(0x00280106, "SS", -1), (0x00104000, "LT", "\u0416")]
    elements: list[dicom.Element] = [
        (0x00080005, "CS", "ISO_IR 144"),
        (0x00280103, "US", 1),
        (0x0040A730, "SQ", [item]),
    ]
    data = dicom.encode_file(elements, dicom.IMPLICIT_LITTLE, charset="iso8859-5")
    ds = fastdcm.dcmread(data)
    expected = {
        "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
        "00104000": {"vr": "LT", "Value": ["\u0416"]},
        "00280106": {"vr": "SS", "Value": [-1]},
    }
    assert ds["ContentSequence"].value[0].to_json_dict() == expected
    part = ds[0x00400000:0x00410000].to_json_dict()
    assert part["0040A730"]["Value"] == [{key: expected[key] for key in ("00104000", "00280106")}]
    assert "00280103" not in part and "00080005" in part
    meta = ds.file_meta.to_json_dict()
    assert meta["00020010"] == {"vr": "UI", "Value": ["1.2.840.10008.1.2"]}
    assert "00020000" not in meta


def _files(folder: Path) -> Path:
    folder.mkdir()
    for number in (3, 1, 2):
        elements: list[dicom.Element] = [(0x00200013, "IS", number), (0x7FE00010, "OW", bytes(2000))]
        (folder / f"{number}.dcm").write_bytes(dicom.encode_file(elements))
    (folder / "text").write_bytes(b"no DICOM at all, but long enough to look")
    return folder


def test_lines_come_in_the_order_of_the_paths(tmp_path: Path) -> None:
    folder = _files(tmp_path / "a b")
    lines = [json.loads(line) for line in b"".join(json_lines(folder)).splitlines()]
    assert [line["00200013"]["Value"] for line in lines[:3]] == [[1], [2], [3]]
    assert lines[3]["path"] == str(folder / "text") and "not DICOM" in lines[3]["error"]
    assert lines[0] == fastdcm.dcmread(folder / "1.dcm").to_json_dict()
    assert len(b"".join(json_lines(folder, errors="skip")).splitlines()) == 3
    with pytest.raises(fastdcm.NotDicomError):
        list(json_lines(folder, errors="raise"))
    with pytest.raises(FileNotFoundError):
        list(json_lines(tmp_path / "none"))


def test_large_values_of_lines_stay_in_the_file(tmp_path: Path) -> None:
    folder = _files(tmp_path / "a b")
    first = next(iter(json_lines(folder, bulk_data="uri"))).splitlines()[0]
    uri = json.loads(first)["7FE00010"]["BulkDataURI"]
    assert uri.startswith(f"file://{folder}/1.dcm?".replace(" ", "%20"))
    offset = fastdcm.dcmread(folder / "1.dcm")["PixelData"].file_tell
    assert uri.endswith(f"?offset={offset}&length=2000")
    omitted = next(iter(json_lines(folder, bulk_data="omit"))).splitlines()[0]
    assert json.loads(omitted)["7FE00010"] == {"vr": "OW"}
    with pytest.raises(ValueError, match="bulk_data"):
        json_lines(folder, bulk_data="none")


def test_json_verb_writes_lines(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    folder = _files(tmp_path / "files")
    assert main(["json", str(folder), "--bulk-data", "omit"]) == 1  # of the file that is no DICOM
    lines = capfdbinary.readouterr().out.splitlines()
    assert len(lines) == 4 and json.loads(lines[0])["7FE00010"] == {"vr": "OW"}
    assert main(["json", str(folder), "--errors", "skip", "-o", str(tmp_path / "out.ndjson")]) == 0
    assert len((tmp_path / "out.ndjson").read_bytes().splitlines()) == 3
    assert main(["json", str(folder), "-o", str(tmp_path / "out.ndjson")]) == 1
    assert main(["json", str(folder), "--pretty"]) == 2
    assert main(["json", str(tmp_path / "none")]) == 1
    assert main(["json", str(folder / "text"), "--errors", "raise"]) == 1
    capfdbinary.readouterr()
    assert main(["json", str(folder / "1.dcm"), "--pretty", "--bulk-data", "omit"]) == 0
    assert capfdbinary.readouterr().out.decode() == (
        '{\n  "00200013": {\n    "vr": "IS",\n    "Value": [\n      1\n    ]\n  },\n'
        '  "7FE00010": {\n    "vr": "OW"\n  }\n}\n'
    )


def test_a_data_set_from_json_is_like_any_other() -> None:
    name = {"Alphabetic": "Wang^XiaoDong", "Ideographic": "\u738b^\u5c0f\u6771"}
    model = {
        "00080005": {"vr": "CS", "Value": ["ISO_IR 100"]},
        "00100010": {"vr": "PN", "Value": [name]},
        "00180050": {"vr": "DS", "Value": [1.5, None, "2.50"]},
        "0040A730": {"vr": "SQ", "Value": [{"00280106": {"vr": "SS", "Value": [-1]}}, {}]},
        "00420011": {"vr": "OB", "InlineBinary": "AQI="},
    }
    text = json.dumps(model)
    for source in (model, text, text.encode(), bytearray(text, "ascii")):
        ds = fastdcm.Dataset.from_json(source)
        assert type(ds) is fastdcm.Dataset
        assert ds.PatientName == "Wang^XiaoDong=\u738b^\u5c0f\u6771"
        assert ds.SpecificCharacterSet == "ISO_IR 192"
        assert list(ds.SliceThickness) == [1.5, "", 2.5]
        assert ds.ContentSequence[0].SmallestImagePixelValue == -1 and len(ds.ContentSequence[1]) == 0
        assert ds.EncapsulatedDocument == b"\1\2"
        assert fastdcm.Dataset.from_json(ds.to_json()) == ds
        assert pickle.loads(pickle.dumps(ds)) == ds

    class Mine(fastdcm.Dataset):
        pass

    assert type(Mine.from_json("{}")) is Mine
    assert [len(ds) for ds in datasets_from_json([model, {}])] == [5, 0]
    assert datasets_from_json(b"[]") == []


def test_values_elsewhere_come_from_the_handler() -> None:
    item = {"00420011": {"vr": "OB", "BulkDataURI": "a"}, "00180050": {"vr": "DS", "BulkDataURI": "b"}}
    text = json.dumps({"0040A730": {"vr": "SQ", "Value": [item]}}, sort_keys=True)
    with pytest.warns(UserWarning, match="2 elements"):
        ds = fastdcm.Dataset.from_json(text)
    assert ds.ContentSequence[0].EncapsulatedDocument is None
    by_uri = {"a": b"\1\2\3", "b": 1.5}
    by_vr = {"OB": memoryview(b"\1\2\3"), "DS": "1.5"}
    for handler in (lambda uri: by_uri[uri], lambda tag, vr, uri: by_vr[vr]):
        found = fastdcm.Dataset.from_json(text, handler).ContentSequence[0]
        assert found.EncapsulatedDocument == b"\1\2\3\0" and found.SliceThickness == 1.5
    with pytest.raises(ZeroDivisionError):
        fastdcm.Dataset.from_json(text, lambda uri: 1 / 0)
    with pytest.raises(TypeError, match="VR OB"):
        fastdcm.Dataset.from_json(text, lambda uri: 1)


def test_faults_of_json_say_where_and_show_nothing() -> None:
    text = '{"00081110": {"vr": "SQ", "Value": [{"00100010": {"vr": "UI", "Value": ["1.2", true]}}]}}'
    with pytest.raises(fastdcm.InvalidValueError) as caught:
        fastdcm.Dataset.from_json(text)
    assert '$["00081110"].Value[0]["00100010"].Value[1]' in str(caught.value)
    assert caught.value.offset == text.index("true")
    assert (caught.value.tag, caught.value.path) == (0x00100010, "(0008,1110)[0].(0010,0010)")
    surrogate = '{"00100020": {"vr": "LO", "Value": ["\ud800Secret"]}}'
    for bad in ("", "[{}]", "{", surrogate, {"00720074": {"vr": "FD", "Value": [math.nan]}}):
        with pytest.raises(fastdcm.InvalidValueError) as caught:
            fastdcm.Dataset.from_json(bad)
        assert "Secret" not in repr(caught.value)
    with pytest.raises(fastdcm.LimitExceededError):
        fastdcm.Dataset.from_json(text, limits=fastdcm.Limits(depth=0))


def test_pydicom_reads_what_we_write_and_we_what_pydicom_writes(study: Path) -> None:
    for path in sorted(study.rglob("*.dcm"))[:20]:
        ours, theirs = fastdcm.dcmread(path), pydicom.dcmread(path)
        again = fastdcm.Dataset.from_json(theirs.to_json())
        assert dict(canonical(again.to_json_dict())) == dict(canonical(ours.to_json_dict()))
        read = pydicom.Dataset.from_json(ours.to_json())
        assert dict(canonical(read.to_json_dict())) == dict(canonical(theirs.to_json_dict()))


def test_text_that_the_character_set_does_not_have_is_written_as_utf8() -> None:
    ds = fastdcm.Dataset()
    ds.PatientName = "Müller"
    assert ds.to_json_dict() == {
        "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Müller"}]},
    }
    assert "SpecificCharacterSet" not in ds
    item = [(0x00080005, "CS", "ISO_IR 101"), (0x00100010, "PN", "Łukasz".encode("iso8859-2"))]
    elements = [
        (0x00080005, "CS", "ISO_IR 100"),
        (0x00081110, "SQ", [item]),
        (0x00100010, "PN", b"M\xfcller"),
    ]
    edited = read(*elements)
    edited.PatientComments = "Ада"
    found = edited.to_json_dict()
    assert found["00080005"]["Value"] == ["ISO_IR 192"]
    assert found["00104000"]["Value"] == ["Ада"]
    assert found["00100010"]["Value"] == [{"Alphabetic": "Müller"}]
    assert found["00081110"]["Value"][0]["00100010"]["Value"] == [{"Alphabetic": "Łukasz"}]
    assert edited.SpecificCharacterSet == "ISO_IR 100"
    assert edited.ReferencedStudySequence[0].SpecificCharacterSet == "ISO_IR 101"
    edited.add_new("Rows", "US", "x", checks="ignore")  # another fault stays an error
    with pytest.raises(fastdcm.InvalidValueError):
        edited.to_json()
