"""Elements, lists of values, sequences and items are views: a change in one place is a change in all."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import EXPLICIT_BIG, encode_file

BEAM: list[tuple[int, str, Any]] = [(0x300A00C0, "IS", "1"), (0x300A00C2, "LO", "first")]
PIXELS = np.arange(12, dtype="<u2").reshape(3, 4)
ELEMENTS: list[tuple[int, str, Any]] = [
    (0x00080005, "CS", "ISO_IR 100"),
    (0x00080008, "CS", ["ORIGINAL", "PRIMARY"]),
    (0x00080060, "CS", "CT"),
    (0x00100010, "PN", "Doe^Jane"),
    (0x00280002, "US", 1),
    (0x00280004, "CS", "MONOCHROME2"),
    (0x00280010, "US", 3),
    (0x00280011, "US", 4),
    (0x00280030, "DS", ["0.5", "0.25"]),
    (0x00280100, "US", 16),
    (0x00280101, "US", 16),
    (0x00280102, "US", 15),
    (0x00280103, "US", 0),
    (0x300A00B0, "SQ", [BEAM]),
    (0x7FE00010, "OW", PIXELS.tobytes()),
]


@pytest.fixture
def ds() -> fastdcm.FileDataset:
    return fastdcm.dcmread(encode_file(ELEMENTS))


def written(ds: fastdcm.Dataset) -> fastdcm.FileDataset:
    """The data set as it is read from the file that it is written as."""
    return fastdcm.dcmread(ds.to_bytes(), force=True)


def file_with(*elements: tuple[int, str, Any], charset: str = "ascii") -> fastdcm.FileDataset:
    return fastdcm.dcmread(encode_file(list(elements), charset=charset))


# Elements that are held


def test_value_of_a_held_element_is_that_of_the_data_set(ds: fastdcm.FileDataset) -> None:
    element = ds["Rows"]
    element.value = 7
    assert ds.Rows == ds["Rows"].value == ds[0x00280010].value == 7
    ds.Rows = 5
    assert element.value == 5
    assert written(ds).Rows == 5


def test_held_element_follows_one_that_was_set_before(ds: fastdcm.FileDataset) -> None:
    ds.PatientID = "1"
    element = ds["PatientID"]
    ds.PatientID = "2"
    assert element.value == "2"
    element.value = "3"
    assert written(ds).PatientID == "3"


def test_element_that_was_taken_out_is_on_its_own(ds: fastdcm.FileDataset) -> None:
    held = ds["Rows"]
    ds.Rows = 5
    del ds.Rows
    assert held.value == 5
    held.value = 6
    assert "Rows" not in ds
    ds.Rows = 7
    assert (held.value, ds.Rows) == (6, 7)
    held.value = 8
    assert ds.Rows == 7
    ds["Rows"] = held  # and back
    held.value = 9
    assert (ds.Rows, written(ds).Rows) == (9, 9)


def test_element_that_was_replaced_is_on_its_own(ds: fastdcm.FileDataset) -> None:
    held = ds["Rows"]
    ds["Rows"] = fastdcm.DataElement("Rows", "US", 5)
    assert (held.value, ds.Rows) == (3, 5)
    held.value = 8
    assert ds.Rows == 5
    ds.add_new("Rows", "US", 6)
    assert (held.value, ds.Rows, written(ds).Rows) == (8, 6, 6)


def test_popped_element_goes_on_in_another_data_set(ds: fastdcm.FileDataset) -> None:
    other = fastdcm.Dataset()
    element = ds.pop("ImageType")
    element.value.append("AXIAL")
    other.add(element)
    assert other.ImageType == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert "ImageType" not in ds
    assert "ImageType" not in written(ds)


def test_vr_that_is_set_is_written(ds: fastdcm.FileDataset) -> None:
    ds["Modality"].VR = "LO"
    assert written(ds)["Modality"].VR == "LO"
    assert ds["Modality"].VR == "LO"


def test_undefined_length_that_is_set_is_written(ds: fastdcm.FileDataset) -> None:
    assert not written(ds)["BeamSequence"].is_undefined_length
    ds["BeamSequence"].is_undefined_length = True
    assert written(ds)["BeamSequence"].is_undefined_length


def test_shared_element_keeps_its_undefined_length() -> None:
    ds = fastdcm.dcmread(encode_file(ELEMENTS, undefined=True))
    fastdcm.Dataset().add(ds["BeamSequence"])
    assert ds["BeamSequence"].is_undefined_length


# Lists of values


def test_change_of_a_list_of_values_is_written(ds: fastdcm.FileDataset) -> None:
    ds.ImageType.append("X")
    ds.PixelSpacing[0] = 2
    again = written(ds)
    assert again.ImageType == ["ORIGINAL", "PRIMARY", "X"]
    assert again.PixelSpacing == [2, 0.25]
    assert again["PixelSpacing"].original_string == "2.0\\0.25"


def test_list_of_values_is_the_same_object_before_and_after(ds: fastdcm.FileDataset) -> None:
    values, element = ds.ImageType, ds["ImageType"]
    values.insert(0, "DERIVED")
    assert element.value is values is ds.ImageType
    assert values.pop(1) == "ORIGINAL"
    del values[0]
    values[:] = ["A", "B"]
    assert written(ds).ImageType == ["A", "B"]


# Sequences and items


def test_change_of_an_item_is_written(ds: fastdcm.FileDataset) -> None:
    ds.BeamSequence[0].BeamName = "x"
    assert ds["BeamSequence"].value[0].BeamName == "x"
    assert written(ds).BeamSequence[0].BeamName == "x"
    assert written(ds).BeamSequence[0].BeamNumber == 1


def test_one_item_in_two_sequences(ds: fastdcm.FileDataset) -> None:
    item = ds.BeamSequence[0]
    ds.BeamSequence.append(item)
    other = fastdcm.dcmread(encode_file([(0x00100020, "LO", "42")]))
    other.BeamSequence = [item]
    item.BeamName = "everywhere"
    assert [item.BeamName for item in written(ds).BeamSequence] == ["everywhere"] * 2
    assert written(other).BeamSequence[0].BeamName == "everywhere"


def test_element_in_two_data_sets(ds: fastdcm.FileDataset) -> None:
    other = file_with((0x00080060, "CS", "MR"))
    other.add(ds["Modality"])
    assert written(other).Modality == "CT"
    ds.Modality = "PT"
    assert other.Modality == written(other).Modality == "PT"
    other["Modality"].value = "US"
    assert ds.Modality == written(ds).Modality == "US"


def test_element_of_another_file_is_an_edit_although_nobody_has_changed_it(ds: fastdcm.FileDataset) -> None:
    other = file_with((0x00080060, "CS", "MR"), (0x00100020, "LO", "42"))
    for keyword in ("ImageType", "BeamSequence", "PixelSpacing", "PatientName"):
        other.add(ds[keyword])
    again = written(other)
    assert again.ImageType == ["ORIGINAL", "PRIMARY"]
    assert again.BeamSequence == ds.BeamSequence
    assert (again.PixelSpacing, again.PatientName) == ([0.5, 0.25], "Doe^Jane")
    # Adding to another data set is no change of this one.
    assert ds.to_bytes() == encode_file(ELEMENTS)


def test_item_is_encoded_anew_in_the_character_set_of_its_new_place() -> None:
    latin = file_with(
        (0x00080005, "CS", "ISO_IR 100"), (0x300A00B0, "SQ", [[(0x300A00C2, "LO", "Ärm")]]), charset="latin-1"
    )
    unicode = file_with((0x00080005, "CS", "ISO_IR 192"), (0x00100010, "PN", "Łuk"), charset="utf-8")
    unicode.BeamSequence = [latin.BeamSequence[0]]
    assert written(unicode).BeamSequence[0].BeamName == "Ärm"
    assert bytes(written(unicode).BeamSequence[0]["BeamName"].buffer) == "Ärm".encode()
    assert bytes(written(latin).BeamSequence[0]["BeamName"].buffer) == "Ärm ".encode("latin-1")


def test_element_is_encoded_anew_in_the_character_set_of_its_new_place() -> None:
    latin = file_with((0x00080005, "CS", "ISO_IR 100"), (0x00100010, "PN", "Ärm"), charset="latin-1")
    unicode = file_with((0x00080005, "CS", "ISO_IR 192"))
    unicode.add(latin["PatientName"])
    assert bytes(written(unicode)["PatientName"].buffer) == "Ärm".encode()


def test_item_in_a_sequence_that_was_sent_as_un_is_edited() -> None:
    # Its items are in implicit VR (PS3.5 §6.2.2 note 2): elements that stay are not taken for explicit VR.
    uid = b"\x08\0\x50\x11\x08\0\0\0" + b"1.2.3.4\0" + b"\x08\0\x55\x11\x06\0\0\0" + b"1.2.3\0"
    item = b"\xfe\xff\0\xe0" + len(uid).to_bytes(4, "little") + uid
    ds = file_with((0x300C0002, "UN", item))
    ds[0x300C0002].value[0].ReferencedSOPClassUID = "1.2.840"
    again = written(ds)[0x300C0002].value[0]
    assert (again.ReferencedSOPClassUID, again.ReferencedSOPInstanceUID) == ("1.2.840", "1.2.3")


# Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1 / 3, "0.33333333333333"),
        (-1 / 3, "-0.3333333333333"),
        (1e-7 / 3, "3.33333333333e-8"),
        (np.float32(0.1), "0.10000000149012"),
        (np.float64(2.5), "2.5"),
        (np.int16(-3), "-3"),
        (np.array([0.5, 1 / 3]), "0.5\\0.33333333333333"),
        (np.array([1, 2], dtype="u1"), "1\\2"),
        ([np.float32(0.5), 2], "0.5\\2"),
    ],
)
def test_number_is_the_nearest_decimal_string_of_16_characters(
    ds: fastdcm.FileDataset, value: Any, text: str
) -> None:
    ds["PixelSpacing"].value = value
    found = bytes(written(ds)["PixelSpacing"].buffer).decode().rstrip()
    assert [float(one) for one in found.split("\\")] == [float(one) for one in text.split("\\")]
    assert all(len(one) <= 16 for one in found.split("\\"))


# Pixels


def test_pixels_are_the_same_array_until_an_element_changes_that_they_depend_on(
    ds: fastdcm.FileDataset,
) -> None:
    pixels = ds.pixel_array
    ds.PatientID, ds.PixelSpacing[0] = "other", 3
    ds.BeamSequence[0].BeamName = "x"
    assert ds.pixel_array is pixels
    ds.Rows, ds.Columns = 4, 3
    changed = ds.pixel_array
    assert changed.shape == (4, 3)
    assert ds.pixel_array is changed
    held = ds["PixelData"]
    held.value = bytes(24)
    assert not ds.pixel_array.any()


def test_pixels_follow_an_element_that_is_in_two_data_sets(ds: fastdcm.FileDataset) -> None:
    pixels = ds.pixel_array
    other = fastdcm.dcmread(encode_file(ELEMENTS))
    assert (other.pixel_array == pixels).all()
    other.add(ds["PixelData"])
    assert ds.pixel_array is pixels
    assert (other.pixel_array == pixels).all()
    ds.PixelData = bytes(24)
    assert not other.pixel_array.any()
    assert not ds.pixel_array.any()


def test_pixels_are_read_by_the_transfer_syntax_of_the_meta_information_that_was_set(
    ds: fastdcm.FileDataset,
) -> None:
    pixels = ds.pixel_array.copy()
    other = fastdcm.dcmread(encode_file(ELEMENTS, EXPLICIT_BIG))
    ds.file_meta = other.file_meta
    assert (ds.pixel_array == pixels).all()
    assert (written(ds).pixel_array == pixels).all()


def test_edited_pixels_are_written_back(ds: fastdcm.FileDataset) -> None:
    pixels = ds.pixel_array
    pixels[0, 0] = 999
    assert written(ds).pixel_array[0, 0] == 0  # the array is not the element
    ds.PixelData = pixels.tobytes()
    assert ds.pixel_array is not pixels
    assert (written(ds).pixel_array == pixels).all()


def test_words_are_taken_in_the_byte_order_that_they_are_handed_out_in() -> None:
    ds = fastdcm.dcmread(encode_file(ELEMENTS, EXPLICIT_BIG))
    pixels, data = ds.pixel_array.copy(), ds.PixelData
    ds.PixelData = data
    assert (ds.pixel_array == pixels).all()
    assert (ds["PixelData"].to_numpy() == pixels.ravel()).all()
    assert written(ds).PixelData == data
    ds.file_meta.TransferSyntaxUID = fastdcm.UID("1.2.840.10008.1.2.1")
    assert (written(ds).pixel_array == pixels).all()


# Threads, the garbage collector, iteration


def test_threads_edit_different_data_sets() -> None:
    data = encode_file(ELEMENTS)
    shared = fastdcm.DataElement("StudyDescription", "LO", "of all")
    faults: list[BaseException] = []

    def edit(number: int) -> None:
        try:
            for turn in range(50):
                ds = fastdcm.dcmread(data)
                ds.add(shared)
                ds.PatientID = f"{number}-{turn}"
                ds.ImageType.append(str(turn))
                ds.BeamSequence[0].BeamName = f"beam {number}"
                ds.BeamSequence.append(fastdcm.Dataset())
                again = written(ds)
                assert again.PatientID == f"{number}-{turn}"
                assert again.ImageType[2:] == [str(turn)]
                assert [len(item) for item in again.BeamSequence] == [2, 0]
                assert again.BeamSequence[0].BeamName == f"beam {number}"
                assert again.StudyDescription == "of all"
        except BaseException as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


class Owner(fastdcm.Dataset):
    """A data set with attributes of its own."""


@pytest.mark.parametrize("hold", ["element", "detached", "replaced"])
def test_cycle_is_collected(hold: str) -> None:
    ds, item = Owner(), Owner()
    ds.BeamSequence = [item]
    item.owner = ds
    if hold == "detached":
        del ds.BeamSequence
        item.elements = [item]
    elif hold == "replaced":
        ds["BeamSequence"] = fastdcm.DataElement("BeamSequence", "SQ", [item])
    gone = weakref.ref(ds), weakref.ref(item)
    del ds, item
    gc.collect()
    assert gone[0]() is None and gone[1]() is None


def test_cycle_through_a_file_is_collected() -> None:
    ds = fastdcm.dcmread(encode_file(ELEMENTS))
    item = ds.BeamSequence[0]
    item.owner = ds
    held = ds["BeamSequence"]
    ds["BeamSequence"] = fastdcm.DataElement("BeamSequence", "SQ", [item])
    held.value.append(item)
    gone = weakref.ref(ds)
    del ds, item, held
    gc.collect()
    assert gone() is None


def test_elements_may_be_deleted_while_iterating(ds: fastdcm.FileDataset) -> None:
    seen = []
    for element in ds:
        seen.append(element.keyword)
        if element.keyword == "ImageType":
            del ds.Modality
        del ds[element.tag]
    assert "Modality" not in seen
    assert len(seen) == len(ELEMENTS) - 1
    assert len(ds) == 0
    for element in ds:
        raise AssertionError(element.tag)


def test_elements_may_be_deleted_while_walking(ds: fastdcm.FileDataset) -> None:
    def delete_names(dataset: fastdcm.Dataset, element: fastdcm.DataElement) -> None:
        if element.keyword in {"BeamName", "PatientName"}:
            del dataset[element.tag]

    ds.walk(delete_names)
    again = written(ds)
    assert "PatientName" not in again
    assert [element.keyword for element in again.BeamSequence[0]] == ["BeamNumber"]


def test_keyword_that_begins_with_a_small_letter_is_one_all_the_same() -> None:
    ds = file_with((0x00181318, "DS", "1.5"))
    assert ds.dBdt == 1.5
    ds.dBdt = 2
    assert written(ds).dBdt == 2
    del ds.dBdt
    assert len(ds) == 0


# Group lengths


def group_lengths(ds: fastdcm.Dataset) -> list[int]:
    return [int(element.tag) for element in ds if element.tag.element == 0]


def test_only_the_lengths_of_groups_that_were_edited_go() -> None:
    ds = file_with(
        (0x00080000, "UL", 10),
        (0x00080060, "CS", "CT"),
        (0x00100000, "UL", 10),
        (0x00100020, "LO", "42"),
        (0x00280000, "UL", 10),
        (0x00280010, "US", 3),
    )
    ds.PatientID = "43"
    again = written(ds)
    assert group_lengths(again) == [0x00080000, 0x00280000]
    ds["Modality"].value = "MR"
    assert group_lengths(written(ds)) == [0x00280000]
    ds.Columns = 3
    assert group_lengths(written(ds)) == []
    ds.file_meta.TransferSyntaxUID = fastdcm.UID("1.2.840.10008.1.2")
    assert group_lengths(written(ds)) == []


def test_lengths_of_groups_go_with_another_encoding() -> None:
    ds = file_with((0x00080000, "UL", 10), (0x00080060, "CS", "CT"))
    ds.file_meta.TransferSyntaxUID = fastdcm.UID("1.2.840.10008.1.2")
    assert group_lengths(written(ds)) == []
