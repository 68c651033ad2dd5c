"""Data sets: access, iteration, private blocks, copies, subclasses, threads."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from collections.abc import Sequence as AbstractSequence
from typing import Any

import pytest

import fastdcm
from dicom_writer import IMPLICIT_LITTLE, encode_file

ITEM = [(0x00080100, "SH", "T-A0100"), (0x00080104, "LO", "Brain")]
ELEMENTS: list[tuple[int, str, Any]] = [
    (0x00080005, "CS", "ISO_IR 100"),
    (0x00080008, "CS", ["ORIGINAL", "PRIMARY", "AXIAL"]),
    (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    (0x00080018, "UI", "1.2.3"),
    (0x00080060, "CS", "CT"),
    (0x00082218, "SQ", [ITEM, [*ITEM, (0x00082229, "SQ", [ITEM])]]),
    (0x00090010, "LO", "ACME 1.0"),
    (0x00091001, "LO", "first"),
    (0x00091002, "DS", "1.50"),
    (0x00100010, "PN", "Doe^Jane"),
    (0x00100020, "LO", "42"),
    (0x00101010, "AS", ""),
    (0x00280010, "US", 512),
    (0x00280030, "DS", ["0.50", "0.25"]),
]


@pytest.fixture
def ds() -> fastdcm.FileDataset:
    return fastdcm.dcmread(encode_file(ELEMENTS))


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("PatientNam", "'PatientNam': did you mean 'PatientName'?"),
        ("Patientname", "'Patientname': did you mean 'PatientName'?"),
        ("PatientID", "'PatientID'"),
        ("Elephant", "'Elephant'"),
        ("patient_name", "'patient_name'"),
    ],
)
def test_names_that_are_nearly_keywords_are_told(name: str, ending: str) -> None:
    ds = fastdcm.dcmread(encode_file([(0x00100010, "PN", "A^B")]))
    for of in (ds, ds.file_meta, fastdcm.Dataset()):
        with pytest.raises(AttributeError) as caught:
            getattr(of, name)
        assert str(caught.value).endswith(f"object has no attribute {ending}")
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        assert not hasattr(of, name)
        assert getattr(of, name, None) is None


def test_what_a_property_raises_is_not_lost() -> None:
    class Own(fastdcm.Dataset):
        @property
        def PatientNam(self) -> str:
            raise AttributeError("of its own")

    with pytest.raises(AttributeError, match="of its own"):
        _ = Own().PatientNam


def test_keyword_gives_the_value(ds: fastdcm.FileDataset) -> None:
    assert ds.Modality == "CT"
    assert ds.Rows == 512
    assert ds.PixelSpacing == [0.5, 0.25]
    assert ds.file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"


def test_value_is_the_same_object_each_time(ds: fastdcm.FileDataset) -> None:
    for keyword in ("PatientName", "ImageType", "AnatomicRegionSequence", "SOPClassUID"):
        assert getattr(ds, keyword) is getattr(ds, keyword)
        assert getattr(ds, keyword) is ds[keyword].value
    assert ds.AnatomicRegionSequence[0] is ds.AnatomicRegionSequence[0]
    assert ds.file_meta is ds.file_meta


@pytest.mark.parametrize(
    "key", [0x00100020, (0x10, 0x20), [0x10, 0x20], "PatientID", "00100020", "0x00100020", ("0010", "0020")]
)
def test_every_form_of_a_tag_finds_the_element(ds: fastdcm.FileDataset, key: Any) -> None:
    assert ds[key].value == "42"
    assert key in ds
    if not isinstance(key, str):
        assert ds.get(key) == ds["PatientID"]


def test_get_gives_value_for_keyword_and_element_for_tag(ds: fastdcm.FileDataset) -> None:
    assert ds.get("PatientID") == "42"
    assert ds.get(0x00100020).value == "42"
    assert ds.get("PatientSex") is None
    assert ds.get("PatientSex", "O") == "O"
    assert ds.get(0x00100040, "none") == "none"
    assert ds.get("filename", "other") is None  # an attribute that is no keyword
    with pytest.raises(TypeError, match="string or tag"):
        ds.get(1.5)  # type: ignore[arg-type]


def test_missing_element_raises_as_in_pydicom(ds: fastdcm.FileDataset) -> None:
    with pytest.raises(AttributeError, match="'FileDataset' object has no attribute 'PatientSex'"):
        _ = ds.PatientSex
    with pytest.raises(AttributeError, match="object has no attribute 'nothing'"):
        _ = ds.nothing
    with pytest.raises(KeyError, match=r"\(0010,0040\)"):
        _ = ds[0x00100040]
    with pytest.raises(KeyError, match="NoKeyword"):
        _ = ds["NoKeyword"]
    with pytest.raises(KeyError):
        _ = ds[-1]
    assert not hasattr(ds, "PatientSex")
    assert 0x00100040 not in ds
    assert "NoKeyword" not in ds
    assert object() not in ds


def test_other_attributes_are_those_of_any_object(ds: fastdcm.FileDataset) -> None:
    ds.note = "mine"
    assert ds.note == "mine"
    del ds.note
    assert not hasattr(ds, "note")
    ds.PatientID = "x"
    assert "PatientID" not in vars(ds)
    with pytest.raises(TypeError):
        ds[0x00100020] = 1  # type: ignore[assignment]


def test_iteration_is_in_order_of_tags_and_the_last_duplicate_counts() -> None:
    elements = [(0x00100020, "LO", "b"), (0x00080060, "CS", "CT"), (0x00100020, "LO", "c")]
    ds = fastdcm.dcmread(encode_file(elements))
    assert [int(element.tag) for element in ds] == [0x00080060, 0x00100020]
    assert ds.PatientID == "c"
    assert len(ds) == 2
    assert {warning.kind for warning in ds.warnings} == {"TagsOutOfOrder", "DuplicateTag"}


def test_keys_values_items(ds: fastdcm.FileDataset) -> None:
    tags = [tag for tag, _, _ in ELEMENTS]
    assert ds.keys() == tags
    assert [element.tag for element in ds.values()] == tags
    assert [(tag, element.VR) for tag, element in ds.items()] == [(tag, vr) for tag, vr, _ in ELEMENTS]
    assert all(isinstance(tag, fastdcm.BaseTag) for tag in ds.keys())  # noqa: SIM118 - no mapping


def test_slices_are_data_sets(ds: fastdcm.FileDataset) -> None:
    part = ds[0x00100000:0x00200000]  # type: ignore[misc]
    assert [element.keyword for element in part] == ["PatientName", "PatientID", "PatientAge"]
    assert part.PatientName == "Doe^Jane"
    assert "Rows" not in part
    assert len(ds[:0x00080060]) == 4
    assert len(ds["Rows":]) == 2  # type: ignore[misc]
    assert len(ds[:]) == len(ds)
    assert ds[0x00280010:] == ds.group_dataset(0x0028)
    assert len(ds.group_dataset(0xFFFF)) == 0


def test_dir_knows_the_keywords(ds: fastdcm.FileDataset) -> None:
    assert {"PatientID", "pixel_array", "walk"} <= set(dir(ds))
    assert ds.dir("patient") == ["PatientAge", "PatientID", "PatientName"]
    assert ds.dir("nothing") == []
    assert ds.trait_names() == dir(ds)


def test_walk_and_iterall_visit_everything_in_the_same_order(ds: fastdcm.FileDataset) -> None:
    seen: list[tuple[fastdcm.Dataset, int]] = []
    ds.walk(lambda dataset, element: seen.append((dataset, int(element.tag))))
    assert [tag for _, tag in seen] == [int(element.tag) for element in ds.iterall()]
    assert len(seen) == len(ELEMENTS) + 2 + 3 + 2
    assert sum(dataset is ds for dataset, _ in seen) == len(ELEMENTS)
    top: list[int] = []
    ds.walk(lambda _, element: top.append(int(element.tag)), recursive=False)
    assert top == ds.keys()


def test_data_element_facts(ds: fastdcm.FileDataset) -> None:
    element = ds["ImageType"]
    assert (element.tag, element.VR, element.VM) == ((0x0008, 0x0008), "CS", 3)
    assert (element.name, element.keyword) == ("Image Type", "ImageType")
    assert (
        str(element) == "(0008,0008) Image Type                          CS: ['ORIGINAL', 'PRIMARY', 'AXIAL']"
    )
    assert element[1] == "PRIMARY"
    assert not element.is_empty
    assert not element.is_private
    assert not element.is_retired
    assert ds["PatientAge"].is_empty
    assert ds["PatientAge"].VM == 0
    assert ds["AnatomicRegionSequence"].VM == 1
    assert ds["PixelSpacing"].original_string == "0.50\\0.25 "
    assert ds["Rows"].original_string is None
    assert bytes(ds["ImageType"].buffer) == b"ORIGINAL\\PRIMARY\\AXIAL"
    assert ds["Rows"] == ds["Rows"]
    assert ds["Rows"] != ds["PatientID"]
    assert ds["Rows"] != 512
    assert ds.data_element("Rows") == ds["Rows"]
    assert ds.data_element("PatientSex") is None


def test_private_elements(ds: fastdcm.FileDataset) -> None:
    block = ds.private_block(0x0009, "ACME 1.0")
    assert block[0x01].value == "first"
    assert 0x02 in block
    assert 0x03 not in block
    assert block.get_tag(0x02) == 0x00091002
    assert ds.private_creators(0x0009) == ["ACME 1.0"]
    assert ds.get_private_item(0x0009, 0x02, "ACME 1.0").value == 1.5
    assert block[0x01].private_creator == "ACME 1.0"
    assert ds["PatientID"].private_creator is None
    with pytest.raises(KeyError):
        ds.private_block(0x0009, "ACME 2.0")
    with pytest.raises(ValueError, match="private"):
        ds.private_block(0x0008, "ACME 1.0")
    with pytest.raises(ValueError, match="value"):
        ds.private_block(0x0009, "")
    with pytest.raises(ValueError, match="odd"):
        ds.private_creators(0x0008)
    with pytest.raises(ValueError, match="256"):
        block.get_tag(0x100)


def test_sequences_are_lists_of_data_sets(ds: fastdcm.FileDataset) -> None:
    sequence = ds.AnatomicRegionSequence
    assert isinstance(sequence, fastdcm.Sequence)
    assert len(sequence) == 2
    assert sequence[-1] is sequence[1]
    assert sequence[0:2] == list(sequence)
    assert all(type(item) is fastdcm.Dataset for item in sequence)
    assert sequence[1][0x00082229].value[0].CodeMeaning == "Brain"
    assert sequence[0].CodeMeaning == "Brain"
    assert repr(sequence) == "<Sequence, length 2>"
    assert isinstance(sequence, AbstractSequence)
    assert isinstance(ds.ImageType, AbstractSequence)
    assert sequence == list(sequence)
    assert sequence != [1]
    with pytest.raises(IndexError):
        sequence[2]
    with pytest.raises(IndexError):
        sequence[-3]


def test_copies_and_pickles_are_equal(ds: fastdcm.FileDataset) -> None:
    ds.note = ["mine"]
    for clone in (
        copy.copy(ds),
        copy.deepcopy(ds),
        ds.copy(),
        *(pickle.loads(pickle.dumps(ds, n)) for n in range(6)),
    ):
        assert type(clone) is fastdcm.FileDataset
        assert clone == ds
        assert clone is not ds
        assert clone.note == ["mine"]
        assert clone.file_meta == ds.file_meta
        assert clone.preamble == ds.preamble
        assert str(clone) == str(ds)
    assert copy.deepcopy(ds).note is not ds.note


def test_pickle_keeps_bytes_out_of_band(ds: fastdcm.FileDataset) -> None:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(ds, 5, buffer_callback=buffers.append)
    assert buffers
    assert len(data) < len(pickle.dumps(ds, 4))
    assert pickle.loads(data, buffers=[bytes(buffer) for buffer in buffers]) == ds


@pytest.mark.parametrize("encoding", [None, IMPLICIT_LITTLE])
def test_items_are_pickled_with_what_they_inherit(encoding: Any) -> None:
    name = "Müller^Jörg"
    elements = [
        (0x00080005, "CS", "ISO_IR 100"),
        (0x00081110, "SQ", [[(0x00100010, "PN", name.encode("latin-1"))]]),
    ]
    data = encode_file(elements, encoding) if encoding else encode_file(elements)
    item = fastdcm.dcmread(data).ReferencedStudySequence[0]
    clone = pickle.loads(pickle.dumps(item))
    assert clone.PatientName == item.PatientName == name
    assert clone.original_character_set == "ISO_IR 100"
    sliced = pickle.loads(pickle.dumps(fastdcm.dcmread(data)[0x00081110:]))
    assert sliced.ReferencedStudySequence[0].PatientName == name


def test_element_is_pickled_with_its_data_set(ds: fastdcm.FileDataset) -> None:
    assert pickle.loads(pickle.dumps(ds["PatientID"])) == ds["PatientID"]
    assert pickle.loads(pickle.dumps(ds.ImageType)) == ["ORIGINAL", "PRIMARY", "AXIAL"]


def test_equality_looks_at_the_values(ds: fastdcm.FileDataset) -> None:
    assert ds == fastdcm.dcmread(encode_file(ELEMENTS))
    assert ds != fastdcm.dcmread(encode_file(ELEMENTS[:-1]))
    assert ds != fastdcm.dcmread(encode_file([*ELEMENTS[:-1], (0x00280030, "DS", ["0.50", "0.26"])]))
    assert ds != "ds"
    with pytest.raises(TypeError, match="unhashable"):
        hash(ds)


def test_subclass_may_have_its_own_init() -> None:
    class Mine(fastdcm.Dataset):
        def __init__(self, first: int, *, second: str):
            self.first = first
            self.second = second

    mine = Mine(1, second="b")
    assert (mine.first, mine.second, len(mine)) == (1, "b", 0)
    assert copy.copy(mine).second == "b"


def test_data_set_can_be_made_from_another(ds: fastdcm.FileDataset) -> None:
    made = fastdcm.Dataset(ds)
    assert made == ds
    assert type(made) is fastdcm.Dataset
    assert len(fastdcm.Dataset()) == 0
    for wrong in ((1,), ("a", "b")):
        with pytest.raises(TypeError, match=r"Dataset\(\) takes"):
            fastdcm.Dataset(*wrong)
    with pytest.raises(TypeError, match="takes"):
        fastdcm.Dataset(first=1)


def test_class_attribute_named_like_a_keyword_wins(ds: fastdcm.FileDataset) -> None:
    class Mine(fastdcm.Dataset):
        Rows = "mine"

        @property
        def PatientID(self) -> str:
            return "P" + self["PatientID"].value

    class Derived(Mine):
        pass

    for cls in (Mine, Derived):
        mine = cls(ds)
        assert mine.Rows == "mine"
        assert mine.PatientID == "P42"
        assert mine.Modality == "CT"
        assert mine["Rows"].value == 512
    assert ds.Rows == 512


def test_error_inside_a_property_is_not_hidden(ds: fastdcm.FileDataset) -> None:
    class Mine(fastdcm.Dataset):
        @property
        def broken(self) -> int:
            raise AttributeError("inner")

    with pytest.raises(AttributeError, match="inner"):
        _ = Mine(ds).broken


def test_weak_references_and_cycles() -> None:
    ds = fastdcm.dcmread(encode_file(ELEMENTS))
    ds.meta = ds.file_meta
    for item in ds.AnatomicRegionSequence:
        item.parent = ds
    ds.AnatomicRegionSequence[1][0x00082229].value[0].parent = ds
    ds.check()
    there = weakref.ref(ds)
    del ds, item
    gc.collect()
    assert there() is None


def test_children_outlive_their_parent() -> None:
    item = fastdcm.dcmread(encode_file(ELEMENTS)).AnatomicRegionSequence[1]
    element = fastdcm.dcmread(encode_file(ELEMENTS))["PatientName"]
    gc.collect()
    assert item.CodeMeaning == "Brain"
    assert element.value == "Doe^Jane"


def test_threads_see_the_same_objects() -> None:
    for _ in range(50):
        ds = fastdcm.dcmread(encode_file(ELEMENTS))
        barrier = threading.Barrier(8)
        found: list[list[int]] = []

        def work(
            ds: fastdcm.FileDataset = ds, barrier: threading.Barrier = barrier, found: Any = found
        ) -> None:
            barrier.wait()
            sequence = ds.AnatomicRegionSequence
            found.append(
                [id(ds.PatientName), id(sequence), id(sequence[0]), id(sequence[1]), id(ds.file_meta)]
            )

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert all(objects == found[0] for objects in found)


def test_iterator_that_a_thread_is_using_is_not_mixed_up(ds: fastdcm.FileDataset) -> None:
    walker = ds.iterall()
    seen: list[int] = []

    def work() -> None:
        while True:
            try:
                seen.append(int(next(walker).tag))
            except StopIteration:
                return
            except ValueError:
                continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted(int(element.tag) for element in ds.iterall())


def nested(depth: int) -> fastdcm.FileDataset:
    """Sequences of one item each, one inside the other."""
    head = b"\x08\x00\x10\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    tail = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    options = fastdcm.ReadOptions(limits=fastdcm.Limits(depth=depth + 1))
    return fastdcm.dcmread(encode_file([]) + head * depth + tail * depth, options=options)


def test_deep_nesting_needs_no_stack() -> None:
    depth = 20_000
    ds = nested(depth)
    assert sum(1 for _ in ds.iterall()) == depth
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1

    ds.walk(count)
    assert seen == depth
    del ds
    gc.collect()
    assert len(str(nested(1500)).splitlines()) > 3000
    walked = nested(depth)
    assert sum(1 for _ in walked.iterall()) == depth
    del walked


def test_html_is_escaped_and_indented(ds: fastdcm.FileDataset) -> None:
    html = ds._repr_html_()
    assert html.startswith("<table>")
    assert "Patient&#x27;s Name" in html
    assert "2 item(s)" in html
    script = fastdcm.dcmread(encode_file([(0x00100020, "LO", "<script>")]))._repr_html_()
    assert "<script>" not in script


def test_formatted_lines(ds: fastdcm.FileDataset) -> None:
    lines = list(ds.formatted_lines("%(tag)s %(keyword)s", "%(tag)s %(VR)s"))
    assert "(0010,0020) PatientID" in lines
    assert "(0008,2218) SQ" in lines


def test_with_statement_and_encoding(ds: fastdcm.FileDataset) -> None:
    with fastdcm.dcmread(encode_file(ELEMENTS, IMPLICIT_LITTLE)) as implicit:
        assert implicit.original_encoding == (True, True)
    assert (ds.is_implicit_VR, ds.is_little_endian) == (False, True)
    assert fastdcm.Dataset().original_encoding == (None, None)
    assert ds.is_original_encoding
    assert ds.original_character_set == "ISO_IR 100"
