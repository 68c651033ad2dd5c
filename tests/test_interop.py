"""pydicom and libraries built on it: data sets that go there and come back."""

from __future__ import annotations

import io
import json
import re
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

import dicom_writer as dicom
import fastdcm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ITEM = [(0x00080100, "SH", "T-A0100"), (0x00100010, "PN", "Müller^Jörg".encode("latin-1"))]
ELEMENTS: list[dicom.Element] = [
    (0x00080005, "CS", "ISO_IR 100"),
    (0x00080008, "CS", ["ORIGINAL", "PRIMARY"]),
    (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    (0x00080018, "UI", "1.2.3"),
    (0x00082218, "SQ", [ITEM, [*ITEM, (0x00082229, "SQ", [ITEM])]]),
    (0x00090010, "LO", "ACME 1.0"),
    (0x00091001, "LO", "first"),
    (0x00091002, "DS", "1.50"),
    (0x00100010, "PN", "Müller^Jörg".encode("latin-1")),
    (0x00101010, "AS", ""),
    (0x00280010, "US", 512),
    (0x00280030, "DS", ["0.50", "0.25"]),
    (0x00280103, "US", 1),
    (0x00280106, "SS", -5),
    (0x7FE00010, "OW", bytes(range(200))),
]
ENCODINGS = [dicom.EXPLICIT_LITTLE, dicom.IMPLICIT_LITTLE, dicom.EXPLICIT_BIG]


@pytest.fixture(params=ENCODINGS, ids=["explicit", "implicit", "big"])
def data(request: pytest.FixtureRequest) -> bytes:
    elements = [
        element for element in ELEMENTS if request.param != dicom.IMPLICIT_LITTLE or element[0] != 0x00091002
    ]
    return dicom.encode_file(elements, request.param)


def read_pydicom(data: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(data))


def test_data_set_goes_to_pydicom_as_pydicom_would_read_it(data: bytes) -> None:
    ds = fastdcm.dcmread(data)
    theirs = ds.to_pydicom()
    assert type(theirs) is pydicom.FileDataset
    assert theirs == read_pydicom(data)
    assert theirs.file_meta == read_pydicom(data).file_meta
    assert type(theirs.file_meta) is pydicom.dataset.FileMetaDataset
    assert theirs.preamble == ds.preamble
    assert (theirs.is_implicit_VR, theirs.is_little_endian) == (ds.is_implicit_VR, ds.is_little_endian)
    assert theirs.AnatomicRegionSequence[1].PatientName == "Müller^Jörg"
    assert theirs.is_original_encoding


def test_data_set_comes_from_pydicom_as_we_would_read_it(data: bytes) -> None:
    ds = fastdcm.dcmread(data)
    for touch in (False, True):
        theirs = read_pydicom(data)
        if touch:
            list(theirs.iterall())
        ours = fastdcm.Dataset.from_pydicom(theirs)
        assert type(ours) is fastdcm.FileDataset
        assert ours == ds
        assert ours.file_meta == ds.file_meta
        assert ours.preamble == ds.preamble
        assert ours.original_encoding == ds.original_encoding
        assert ours.AnatomicRegionSequence[1].PatientName == "Müller^Jörg"
        assert fastdcm.dcmread(ours.to_bytes()) == ds


def test_changes_go_to_pydicom(data: bytes) -> None:
    ds = fastdcm.dcmread(data)
    ds.PatientName = "Doe^Jane"
    ds.PixelSpacing[0] = 0.75
    ds.AnatomicRegionSequence[1].CodeValue = "X"
    ds.StudyDate = "20240229"
    ds.ReferencedSOPInstanceUIDInFile = fastdcm.UID("1.2.9")
    ds.FrameIncrementPointer = [0x00100010, "PatientID"]
    ds.InstanceNumber = "007"
    ds.DataPointColumns = 5
    ds.PixelData = b"\1\2" * 5
    del ds.PatientAge
    theirs = ds.to_pydicom()
    assert theirs.PatientName == "Doe^Jane"
    assert theirs.PixelSpacing == [0.75, 0.25]
    assert theirs.AnatomicRegionSequence[1].CodeValue == "X"
    assert theirs.StudyDate == "20240229"
    assert theirs.FrameIncrementPointer == [0x00100010, 0x00100020]
    assert theirs.InstanceNumber.original_string == "007"
    assert "PatientAge" not in theirs
    written = io.BytesIO()
    theirs.save_as(written)
    for back in (fastdcm.Dataset.from_pydicom(theirs), fastdcm.dcmread(written.getvalue())):
        assert back[:0x7FE00000] == ds[:0x7FE00000]
        # Its bytes are those of the file, in either order.
        assert np.array_equal(back["PixelData"].to_numpy(), ds["PixelData"].to_numpy())


def test_changes_come_from_pydicom(data: bytes) -> None:
    theirs = read_pydicom(data)
    theirs.PatientName = "Doe^Jane"
    theirs.PixelSpacing[0] = 0.75
    theirs.AnatomicRegionSequence[1].CodeValue = "X"
    theirs.StudyDate = "20240229"
    theirs.FrameIncrementPointer = [0x00100010, 0x00100020]
    theirs.InstanceNumber = "007"
    theirs.PixelData = bytes(10)
    theirs.private_block(0x0009, "ACME 2.0", create=True).add_new(1, "FD", [1.5, 2])
    ours = fastdcm.Dataset.from_pydicom(theirs)
    assert ours.PatientName.family_name == "Doe"
    assert ours.PixelSpacing == [0.75, 0.25]
    assert ours.AnatomicRegionSequence[1].CodeValue == "X"
    assert ours.FrameIncrementPointer == [0x00100010, 0x00100020]
    assert ours.InstanceNumber.original_string == "007"
    assert ours.private_block(0x0009, "ACME 2.0")[1].value == [1.5, 2]


def test_character_set_that_pydicom_was_told_later_changes_no_text() -> None:
    theirs = read_pydicom(dicom.encode_file(ELEMENTS))
    theirs.SpecificCharacterSet = "ISO_IR 192"
    ours = fastdcm.Dataset.from_pydicom(theirs)
    assert ours.PatientName == ours.AnatomicRegionSequence[0].PatientName == "Müller^Jörg"
    assert "Müller".encode() in ours.to_bytes()


def test_items_and_new_data_sets() -> None:
    item = fastdcm.dcmread(dicom.encode_file(ELEMENTS)).AnatomicRegionSequence[1]
    theirs = item.to_pydicom()
    assert type(theirs) is pydicom.Dataset
    assert theirs.PatientName == "Müller^Jörg"
    assert fastdcm.Dataset.from_pydicom(theirs) == item
    empty = fastdcm.Dataset().to_pydicom()
    assert not len(empty)
    assert empty.original_encoding == (None, None)
    assert not hasattr(empty, "file_meta")
    new = pydicom.Dataset()
    new.PatientID = "42"
    new.PatientName = ""
    new.ReferencedStudySequence = []
    new.BitsAllocated = None
    ours = fastdcm.Dataset.from_pydicom(new)
    assert type(ours) is fastdcm.Dataset
    assert (ours.PatientID, ours.PatientName, len(ours.ReferencedStudySequence)) == ("42", "", 0)
    assert ours.original_encoding == (None, None)
    assert ours.to_pydicom() == new
    meta = fastdcm.FileMetaDataset()
    meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    assert type(meta.to_pydicom()) is pydicom.dataset.FileMetaDataset
    assert fastdcm.FileMetaDataset.from_pydicom(meta.to_pydicom()) == meta


def test_encapsulated_pixel_data(study: Path) -> None:
    path = next((study / "2-mr-rle").glob("*.dcm"))
    ds, theirs = fastdcm.dcmread(path), pydicom.dcmread(path)
    assert ds.to_pydicom() == theirs
    assert ds.to_pydicom()["PixelData"].is_undefined_length
    for touch in (False, True):
        if touch:
            assert theirs.PixelData
        ours = fastdcm.Dataset.from_pydicom(theirs)
        assert np.array_equal(ours.pixel_array, ds.pixel_array)
        assert fastdcm.dcmread(ours.to_bytes()) == ds


def test_value_that_pydicom_cannot_decode_comes_over() -> None:
    theirs = read_pydicom(dicom.encode_file([(0x00200011, "IS", "six"), (0x00189073, "FD", b"\1\2\3\4")]))
    assert fastdcm.Dataset.from_pydicom(theirs).SeriesNumber == "six"
    theirs.set_original_encoding(True, True)  # so that its bytes are not those of the form it claims
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's
        ours = fastdcm.Dataset.from_pydicom(theirs)
    assert ours.SeriesNumber == "six"
    assert bytes(ours[0x00189073].buffer) == b"\1\2\3\4"


def test_nesting_needs_no_stack() -> None:
    depth = 2000
    head = b"\x08\x00\x10\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    tail = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    options = fastdcm.ReadOptions(limits=fastdcm.Limits(depth=depth + 1))
    ds = fastdcm.dcmread(dicom.encode_file([]) + head * depth + tail * depth, options=options)
    back = fastdcm.Dataset.from_pydicom(ds.to_pydicom())
    assert sum(1 for _ in back.iterall()) == depth


def test_real_files_go_both_ways(corpus: Path, manifest: list[dict[str, Any]]) -> None:
    files = [row["file"] for row in manifest if row["kind"] == "real" and row["size"] < 2 << 20]
    compared = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's
        for file in files[::7]:
            ds = fastdcm.dcmread(corpus / file, force=True)
            assert fastdcm.Dataset.from_pydicom(ds.to_pydicom()) == ds, file
            theirs = pydicom.dcmread(corpus / file, force=True)
            ours = fastdcm.Dataset.from_pydicom(theirs).to_pydicom()
            # pydicom leaves private elements of VR UN as they are, and takes stray items for elements.
            differing = [
                tag
                for tag in theirs.keys()  # noqa: SIM118 - no mapping
                if tag.group != 0xFFFE and theirs[tag] != ours[tag] and theirs[tag].VR != "UN"
            ]
            assert all(tag.is_private for tag in differing), (file, differing)
            compared += 1
    assert compared > 50


# highdicom


def with_patient(ds: fastdcm.Dataset) -> fastdcm.Dataset:
    """A data set with the attributes of type 2 that derived objects copy."""
    for keyword in ("AccessionNumber", "StudyID", "PatientBirthDate", "PatientSex", "ReferringPhysicianName"):
        ds.setdefault(keyword, "")
    for keyword in ("StudyDate", "StudyTime"):
        ds.setdefault(keyword, "")
    return ds


def test_highdicom_makes_a_segmentation_of_our_images(study: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    paths = sorted((study / "1-ct-native").glob("*.dcm"))[:3]
    images = [with_patient(fastdcm.dcmread(path)) for path in paths]
    mask = np.zeros((3, images[0].Rows, images[0].Columns), bool)
    mask[1, 2:5, 3:7] = True
    description = highdicom.seg.SegmentDescription(
        1, "Liver", codes.SCT.Organ, codes.SCT.Liver, highdicom.seg.SegmentAlgorithmTypeValues.MANUAL
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # highdicom's
        made = highdicom.seg.Segmentation(
            [image.to_pydicom() for image in images],  # it asks for person names of pydicom's class
            mask,
            highdicom.seg.SegmentationTypeValues.BINARY,
            [description],
            highdicom.UID(),
            1,
            highdicom.UID(),
            1,
            "Maker",
            "Model",
            "1.0",
            "1234",
        )
    written = io.BytesIO()
    made.save_as(written, enforce_file_format=True)
    seg = fastdcm.dcmread(written.getvalue())
    assert seg.Modality == "SEG"
    assert seg.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Liver"
    assert seg.pixel_array.sum() == 12
    assert seg.check() == []
    assert fastdcm.dcmread(fastdcm.Dataset.from_pydicom(made).to_bytes(enforce_file_format=True)) == seg
    again = highdicom.seg.Segmentation.from_dataset(seg.to_pydicom())
    assert again.number_of_segments == 1


# pynetdicom


@pytest.fixture
def storage() -> Iterator[tuple[int, list[Any]]]:
    """A storage SCP on the loopback interface: its port, and what it was sent."""
    pynetdicom = pytest.importorskip("pynetdicom")
    received: list[Any] = []

    def handle(event: Any) -> int:
        ds = event.dataset
        ds.file_meta = event.file_meta
        received.append(ds)
        return 0

    acceptor = pynetdicom.AE()
    acceptor.supported_contexts = pynetdicom.AllStoragePresentationContexts
    server = acceptor.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(pynetdicom.evt.EVT_C_STORE, handle)]
    )
    try:
        yield server.socket.getsockname()[1], received
    finally:
        server.shutdown()


def test_pynetdicom_stores_our_data_sets(storage: tuple[int, list[Any]], study: Path, tmp_path: Path) -> None:
    pynetdicom = pytest.importorskip("pynetdicom")
    port, received = storage
    ds = fastdcm.dcmread(next((study / "1-ct-native").glob("*.dcm")))
    ds.PatientID = "changed"
    ds.save_as(tmp_path / "changed.dcm")
    requestor = pynetdicom.AE()
    requestor.add_requested_context(ds.SOPClassUID, ds.file_meta.TransferSyntaxUID)
    association = requestor.associate("127.0.0.1", port)
    try:
        assert association.is_established
        # pynetdicom asks for a data set of pydicom's class: what has another class is a path for it.
        with pytest.raises(TypeError):
            association.send_c_store(ds)
        assert association.send_c_store(ds.to_pydicom()).Status == 0
        assert association.send_c_store(tmp_path / "changed.dcm").Status == 0
    finally:
        association.release()
    assert len(received) == 2
    for one in received:
        ours = fastdcm.Dataset.from_pydicom(one)
        assert ours == ds
        assert ours.file_meta.TransferSyntaxUID == ds.file_meta.TransferSyntaxUID
        assert np.array_equal(ours.pixel_array, ds.pixel_array)


# dicomweb-client


class Origin(BaseHTTPRequestHandler):
    """An origin server of one study: answers searches and metadata with our JSON, keeps what is stored."""

    datasets: list[fastdcm.Dataset]
    stored: list[fastdcm.Dataset]

    def do_GET(self) -> None:
        kept = [ds[:0x7FE00000].to_json_dict() for ds in self.datasets]
        self.answer(json.dumps(kept).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        boundary = re.search('boundary="(.*?)"', self.headers["Content-Type"])
        assert boundary is not None
        for part in body.split(b"--" + boundary[1].encode())[1:-1]:
            self.stored.append(fastdcm.dcmread(part.split(b"\r\n\r\n", 1)[1]))
        answer = fastdcm.Dataset()
        answer.ReferencedSOPSequence = [fastdcm.Dataset()]
        answer.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = self.stored[-1].SOPInstanceUID
        self.answer(answer.to_json().encode())

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nothing is logged."""


def test_dicomweb_client_takes_our_json_and_stores_our_data_sets(study: Path) -> None:
    web = pytest.importorskip("dicomweb_client")
    ds = fastdcm.dcmread(next((study / "1-ct-native").glob("*.dcm")))
    handler = type("Handler", (Origin,), {"datasets": [ds], "stored": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            client = web.DICOMwebClient(f"http://127.0.0.1:{server.server_port}")
            found = client.search_for_instances(study_instance_uid=ds.StudyInstanceUID)
            answer = client.store_instances([ds.to_pydicom()])
        finally:
            server.shutdown()
            thread.join()
    header = ds[:0x7FE00000]
    assert fastdcm.Dataset.from_json(found[0]) == header
    theirs = pydicom.Dataset.from_json(found[0])
    assert fastdcm.Dataset.from_pydicom(theirs) == header
    assert fastdcm.Dataset.from_json(theirs.to_json_dict()) == header
    assert answer.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == ds.SOPInstanceUID
    assert handler.stored == [ds]  # type: ignore[attr-defined] # set above
