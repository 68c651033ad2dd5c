"""Reading and writing lose nothing: real files untouched, edited, with every value set again, converted."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

import fastdcm
from conftest import CORPUS
from element_bytes import ElementBytes, element_bytes
from test_corpus_metadata import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from element_bytes import Path as ElementPath

NATIVE = {
    "implicit little": "1.2.840.10008.1.2",
    "explicit little": "1.2.840.10008.1.2.1",
    "explicit big": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
}
# UIDs, and who has written the file: PS3.10 §7.1. The group length follows them.
META_THAT_FOLLOWS = {0x00020000, 0x00020002, 0x00020003, 0x00020012, 0x00020013}
SPECIFIC_CHARACTER_SET, PATIENT_ID = 0x00080005, 0x00100020
DCMDUMP = shutil.which("dcmdump")

pytestmark = pytest.mark.filterwarnings("ignore::fastdcm.DicomWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def readable(corpus: Path, manifest: list[dict[str, Any]]) -> list[Path]:
    """All files that can be read."""
    paths = [corpus / row["file"] for row in manifest]
    return [path for path in paths if _is_read(path)]


def _is_read(path: Path) -> bool:
    try:
        fastdcm.dcmread(path, force=True)
    except fastdcm.DicomError:
        return False
    return True


@pytest.fixture(scope="module")
def clean(readable: list[Path]) -> list[Path]:
    """The files that are read without a warning."""
    return [path for path in readable if not fastdcm.dcmread(path, force=True).warnings]


# Untouched


def touch_everything(dataset: fastdcm.Dataset) -> None:
    """Look at every value in every way that there is."""
    for element in dataset.iterall():
        value = element.value
        if isinstance(value, fastdcm.MultiValue):
            list(value)
        _ = (element.original_string, element.VM, element.repval, element.is_empty)
    dataset.walk(lambda _, element: element.value)
    for keyword in dataset.dir():
        getattr(dataset, keyword)
    str(dataset)
    dataset.check()


def test_file_that_was_not_touched_is_written_as_it_was(readable: list[Path], tmp_path: Path) -> None:
    changed = []
    for path in readable:
        data = path.read_bytes()
        dataset = fastdcm.dcmread(path, force=True)
        dataset.save_as(tmp_path / "saved.dcm", durability="none")
        from_memory = fastdcm.dcmread(data, force=True)
        if not (tmp_path / "saved.dcm").read_bytes() == data == dataset.to_bytes() == from_memory.to_bytes():
            changed.append(path.name)
    assert changed == []
    assert len(readable) > 900


def test_file_that_was_looked_at_is_written_as_it_was(readable: list[Path]) -> None:
    changed = []
    for path in readable:
        dataset = fastdcm.dcmread(path, force=True)
        touch_everything(dataset)
        if dataset.to_bytes() != path.read_bytes():
            changed.append(path.name)
    assert changed == []


# One edit


def differences(
    before: dict[ElementPath, ElementBytes], after: dict[ElementPath, ElementBytes], edited: ElementPath
) -> list[ElementPath]:
    """The elements that an edit of another element has changed."""
    outer = before.get(edited[:1])
    was_unknown = outer is not None and len(edited) > 1 and outer.header[4:6] == b"UN"
    found = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new or path == edited:
            continue
        is_around = path == edited[: len(path)]
        if new is None and path[-1] & 0xFFFF == 0 and is_in_edited_group(path, edited):
            continue
        if old and new and old.shape == new.shape:
            if is_around:
                continue
            # A sequence that was sent as UN is written as SQ: its elements get a VR in their headers.
            if was_unknown and path[0] == edited[0] and (old.value == new.value or old.items is not None):
                continue
        found.append(path)
    return found


def is_in_edited_group(path: ElementPath, edited: ElementPath) -> bool:
    """True for an element of the group of the edited one, or of a sequence around it."""
    depth = len(path)
    return (
        depth <= len(edited)
        and path[:-1] == edited[: depth - 1]
        and path[-1] >> 16 == edited[depth - 1] >> 16
    )


def meta_values(data: bytes) -> dict[int, Any]:
    """The values of the file meta information."""
    return {int(element.tag): element.value for element in fastdcm.dcmread(data, force=True).file_meta}


def test_edit_changes_no_other_element(clean: list[Path]) -> None:
    damaged = {}
    for path in clean:
        data = path.read_bytes()
        dataset = fastdcm.dcmread(path)
        dataset.PatientID = "edited"
        written = dataset.to_bytes()
        found: list[Any] = differences(element_bytes(data), element_bytes(written), (PATIENT_ID,))
        metas = meta_values(data), meta_values(written)
        tags = metas[0].keys() | metas[1].keys()
        changed = {tag for tag in tags if metas[0].get(tag) != metas[1].get(tag)}
        found += changed - META_THAT_FOLLOWS
        if found or fastdcm.dcmread(written).PatientID != "edited":
            damaged[path.name] = found
    assert damaged == {}
    assert len(clean) > 650


def first_nested_text(dataset: fastdcm.Dataset) -> tuple[ElementPath, fastdcm.DataElement] | None:
    """An element in the first item that has text to be edited."""
    for sequence in dataset:
        for item in sequence.value[:1] if sequence.VR == "SQ" else []:
            for element in item:
                tag = int(element.tag)
                has_others_hang_on_it = tag == SPECIFIC_CHARACTER_SET or element.tag.is_private_creator
                if (
                    element.VR in {"CS", "DS", "IS", "LO", "LT", "SH", "ST", "UI"}
                    and not has_others_hang_on_it
                ):
                    return (int(sequence.tag), 0, tag), element
    return None


def test_edit_of_an_item_changes_no_other_element(clean: list[Path]) -> None:
    damaged, edited = {}, 0
    for path in clean:
        dataset = fastdcm.dcmread(path)
        found = first_nested_text(dataset)
        if found is None:
            continue
        place, element = found
        element.value = {"DS": 1234, "IS": 1234, "UI": "1.2.3.4"}.get(element.VR, "EDITED")
        written = element_bytes(dataset.to_bytes())
        others = differences(element_bytes(path.read_bytes()), written, place)
        if others or written[place].value.strip(b" \0") not in {b"1234", b"1.2.3.4", b"EDITED"}:
            damaged[path.name] = others
        edited += 1
    assert damaged == {}
    assert edited > 350


# Every value set again


def plain(element: fastdcm.DataElement) -> Any:
    """The value as objects of Python's own classes."""
    if isinstance(element.value, fastdcm.MultiValue):
        return [plain_one(element.VR, value) for value in element.value]
    return plain_one(element.VR, element.value)


def plain_one(vr: str, value: Any) -> Any:
    if value is None or isinstance(value, bytes):
        return value
    if vr in {"DS", "FL", "FD"} and isinstance(value, float):
        return float(value)
    return int(value) if isinstance(value, int) else str(value)


def set_everything_again(dataset: fastdcm.Dataset) -> None:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                set_everything_again(item)
            dataset[element.tag].value = list(element.value)
        elif element.tag.element:  # the length of a group is right no more
            dataset[element.tag].value = plain(element)


def reason(old: ElementBytes, new: ElementBytes) -> str:
    """Why an element is other bytes after its value was set again."""
    if old.value == new.value:
        # Sent as UN, or in a sequence that was; the dictionary knows the VR.
        return "VR" if old.header[4:6] != new.header[4:6] else "header"
    if old.vr in {"DS", "IS"} and numbers(old.value) == numbers(new.value):
        return "number form"
    if old.value.rstrip(b" \0") == new.value.rstrip(b" \0"):
        return "padding"
    if old.vr == "PN" and old.value.rstrip(b" =^") == new.value.rstrip(b" =^"):
        return "empty component group"
    if old.vr == "DS" and len(old.value) > 16:
        return "too many digits"
    if b"\x1b" in old.value:
        return "escape sequences"
    return f"value of VR {old.vr}"


def numbers(value: bytes) -> list[float]:
    return [float(number) for number in value.rstrip(b"\0").split(b"\\") if number.strip()]


def test_values_that_are_set_again_are_written_as_they_were(clean: list[Path]) -> None:
    reasons: Counter[str] = Counter()
    total = 0
    for path in clean:
        dataset = fastdcm.dcmread(path)
        if dataset.check():
            continue  # a value that is none of its VR cannot always be written again
        set_everything_again(dataset)
        old, new = element_bytes(path.read_bytes()), element_bytes(dataset.to_bytes())
        assert {place for place in old if place[-1] & 0xFFFF} == {
            place for place in new if place[-1] & 0xFFFF
        }
        total += len(new)
        for place in new:
            before, after = old[place], new[place]
            if before != after and (before.items is None or before.shape != after.shape):
                reasons[reason(before, after)] += 1
    assert total > 100_000
    # All other elements are the same bytes. Those that are not mean the same:
    assert reasons == {
        "number form": 14954,  # a float has no text of its own: "1.50" is 1.5
        "too many digits": 5,  # a Decimal String has 16 characters at most
        "VR": 2956,  # sent as UN, or in a sequence that was; the dictionary knows it
        "padding": 13,  # more blanks than one, or NUL for a blank
        "empty component group": 4,  # "Wang^XiaoDong=" has one group
        "escape sequences": 5,  # another choice of them says the same (PS3.5 §6.1.2.5.3)
    }


# Converted


def convertible() -> list[Path]:
    """Files without compressed pixels, in a standard transfer syntax: FASTDCM_CONVERSIONS of them."""
    manifest = CORPUS / "MANIFEST.jsonl"
    if not manifest.is_file():
        return []
    with manifest.open(encoding="utf-8") as rows:
        found = [json.loads(row) for row in rows]
    wanted = [
        CORPUS / row["file"]
        for row in found
        if row["kind"] != "malformed" and (row.get("header") or {}).get("ts") in NATIVE.values()
    ]
    # Those that are rare, and some of the rest.
    rare = [row["file"] for row in found if (row.get("header") or {}).get("ts") == NATIVE["explicit big"]]
    sample = min(int(os.environ.get("FASTDCM_CONVERSIONS", "25")), len(wanted))
    return [*random.Random(1).sample(wanted, sample), *(CORPUS / file for file in rare)]


def dumped(data: bytes, folder: Path) -> Iterator[tuple[str, str]]:
    """Tag and line of each element as DCMTK sees it."""
    assert DCMDUMP is not None
    (folder / "dumped.dcm").write_bytes(data)
    text = subprocess.run(
        [DCMDUMP, "-q", "+L", "-Un", folder / "dumped.dcm"], capture_output=True, check=True
    ).stdout
    for line in text.decode("latin-1").splitlines():
        found = re.match(r"\s*\((?!0002|fffe)(\w{4},(?!0000)\w{4})\) (.*)", line)
        if found:
            shown = found[2]
            if shown.startswith("SQ"):
                # A private one without items is of undefined length in implicit VR, or nobody knew its VR;
                # the lengths of others follow those of the headers in them.
                shown = "SQ empty" if "#=0" in shown else shown.split("#")[0]
            yield found[1], shown


def readable_by_pydicom(data: bytes) -> bool:
    """False where a sequence of VR UN stands in big endian: pydicom reads its items in big endian, too."""
    try:
        list(seen_by_pydicom(data))
    except OSError:
        return False
    return True


def seen_by_pydicom(data: bytes) -> Iterator[tuple[str, str]]:
    """Tag, VR and value of each element."""
    for element in pydicom.dcmread(io.BytesIO(data), force=True).iterall():
        if element.tag.element:
            tag = f"{element.tag.group:04x},{element.tag.element:04x}"
            shown = len(element.value) if element.VR == "SQ" else repr(element.value)
            yield tag, f"{element.VR} {shown}"


def without(pairs: Iterator[tuple[str, str]], tags: set[str]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair[0] not in tags]


def values_that_differ(
    before: dict[ElementPath, ElementBytes], after: dict[ElementPath, ElementBytes]
) -> list[ElementPath]:
    """The elements without items whose values are other bytes."""
    found = []
    for path in before.keys() | after.keys():
        old, new = before.get(path), after.get(path)
        if path[-1] & 0xFFFF == 0:
            continue
        if old is None or new is None or (old.items is None and not is_same_value(old, new)):
            found.append(path)
    return found


def is_same_value(old: ElementBytes, new: ElementBytes) -> bool:
    if (old.header[4:6], new.header[4:6]) == (b"OB", b"OW") and old.value != new.value:
        # Bytes of pixels become words in implicit VR (PS3.5 §A.1), the other way round in big endian.
        return old.value[::2] + old.value[1::2] == new.value[1::2] + new.value[::2]
    return old.value == new.value


def vr_changes(before: dict[ElementPath, ElementBytes], after: dict[ElementPath, ElementBytes]) -> set[str]:
    """The tags of the elements whose headers have another VR."""
    changed = {path[-1] for path in after if before[path].header[4:6] != after[path].header[4:6]}
    return {f"{tag >> 16:04x},{tag & 0xFFFF:04x}" for tag in changed}


@pytest.mark.parametrize("target", NATIVE)
def test_conversion_and_back_changes_no_value(corpus: Path, target: str, tmp_path: Path) -> None:
    converted = 0
    for path in convertible():
        data = path.read_bytes()
        dataset = fastdcm.dcmread(data, force=True)
        if dataset.warnings or dataset._is_encapsulated():
            continue
        original = dataset.file_meta.get("TransferSyntaxUID")
        if original in {None, NATIVE[target]}:
            continue
        dataset.file_meta.TransferSyntaxUID = NATIVE[target]
        between = fastdcm.dcmread(dataset.to_bytes())
        assert (between.file_meta.TransferSyntaxUID, between.warnings) == (NATIVE[target], [])
        between.file_meta.TransferSyntaxUID = original
        back = between.to_bytes()

        old, new = element_bytes(data), element_bytes(back)
        assert values_that_differ(old, new) == [], path.name
        if target != "implicit little" and original != NATIVE["implicit little"]:
            assert list(lines(fastdcm.dcmread(back))) == list(lines(fastdcm.dcmread(data))), path.name
        # What was sent as UN gets the VR of the dictionary; implicit VR keeps none.
        changed = vr_changes(old, new)
        if readable_by_pydicom(data):
            assert without(seen_by_pydicom(data), changed) == without(seen_by_pydicom(back), changed), (
                path.name
            )
        if DCMDUMP:
            assert without(dumped(data, tmp_path), changed) == without(dumped(back, tmp_path), changed), (
                path.name
            )
        converted += 1
    assert converted > 5
