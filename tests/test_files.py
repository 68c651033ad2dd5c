"""`dcmread`: sources, options, what stays in the file."""

from __future__ import annotations

import io
import os
import pickle
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import DEFLATED, IMPLICIT_LITTLE, element_header, encode_dataset, encode_file, pixel_data

PIXELS = np.arange(512 * 512, dtype="<u2").reshape(512, 512)
IMAGE: list[tuple[int, str, Any]] = [
    (0x00080005, "CS", "ISO_IR 100"),
    (0x00100020, "LO", "42"),
    (0x00280002, "US", 1),
    (0x00280004, "CS", "MONOCHROME2"),
    (0x00280010, "US", 512),
    (0x00280011, "US", 512),
    (0x00280100, "US", 16),
    (0x00280101, "US", 16),
    (0x00280102, "US", 15),
    (0x00280103, "US", 0),
    (0x7FE00010, "OW", PIXELS.tobytes()),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "image.dcm"
    file.write_bytes(encode_file(IMAGE))
    return file


def test_reads_every_kind_of_source(path: Path) -> None:
    data = path.read_bytes()
    expected = fastdcm.dcmread(path)
    sources: list[Any] = [str(path), data, bytearray(data), memoryview(data), io.BytesIO(data)]
    for source in sources:
        ds = fastdcm.dcmread(source)
        assert ds == expected
        assert bytes(ds["PixelData"].buffer) == PIXELS.tobytes()
    with path.open("rb") as file:
        ds = fastdcm.dcmread(file)
    assert ds == expected
    assert ds.filename == str(path)
    assert expected.filename == str(path)
    assert fastdcm.dcmread(data).filename is None
    assert expected.preamble == bytes(128)
    stream = io.BytesIO(b"in front" + data)
    stream.seek(8)
    assert fastdcm.dcmread(stream) == expected


def test_changing_the_input_changes_nothing() -> None:
    data = bytearray(encode_file([(0x00100020, "LO", "42")]))
    ds = fastdcm.dcmread(data)
    data[:] = bytes(len(data))
    assert ds.PatientID == "42"


def test_wrong_sources_are_refused() -> None:
    with pytest.raises(TypeError):
        fastdcm.dcmread(42)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="binary"):
        fastdcm.dcmread(io.StringIO("text"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="defer_size"):
        fastdcm.dcmread(b"", defer_size=-1)
    with pytest.raises(ValueError, match="unit"):
        fastdcm.dcmread(b"", defer_size="1 furlong")
    with pytest.raises(ValueError, match="keyword"):
        fastdcm.dcmread(b"", specific_tags=["Nonsense"])


def test_file_may_be_deleted_or_replaced(path: Path) -> None:
    ds = fastdcm.dcmread(path)
    path.unlink()
    assert bytes(ds["PixelData"].buffer) == PIXELS.tobytes()
    path.write_bytes(encode_file([]))
    assert ds.PixelData == PIXELS.tobytes()


def test_more_files_than_may_stay_open(path: Path) -> None:
    many = [fastdcm.dcmread(path) for _ in range(300)]
    assert len(os.listdir("/proc/self/fd")) < 200 if Path("/proc/self/fd").exists() else True  # noqa: PTH208
    path.unlink()
    assert all(bytes(ds["PixelData"].buffer[:4]) == PIXELS.tobytes()[:4] for ds in many)


def test_file_changed_in_place_is_noticed(path: Path) -> None:
    ds = fastdcm.dcmread(path)
    with path.open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(fastdcm.FileChangedError):
        _ = ds.PixelData
    assert ds.PatientID == "42"


def test_deferred_values_come_when_asked_for(path: Path) -> None:
    for size in (2, "2", "2 B", "0.5 KB"):
        ds = fastdcm.dcmread(path, defer_size=size)
        assert ds.PatientID == "42"
        assert ds.PixelData == PIXELS.tobytes()


def test_pixels_are_not_read_to_be_shown(path: Path) -> None:
    ds = fastdcm.dcmread(path)
    with path.open("r+b") as file:
        file.truncate(1000)
    assert ds["PixelData"].repval == "Array of 524288 elements"
    assert "Array of 524288 elements" in str(ds)
    assert ds["PixelData"].VM == 1
    assert not ds["PixelData"].is_empty
    assert ds.check() == []


def test_stop_before_pixels(path: Path) -> None:
    ds = fastdcm.dcmread(path, stop_before_pixels=True)
    assert "PixelData" not in ds
    assert ds.Rows == 512
    assert ds.warnings == []


def test_specific_tags(path: Path) -> None:
    ds = fastdcm.dcmread(path, specific_tags=["Rows", 0x00100020, (0x7FE0, 0x0010)])
    assert [element.keyword for element in ds] == ["SpecificCharacterSet", "PatientID", "Rows", "PixelData"]
    assert bytes(ds["PixelData"].buffer) == PIXELS.tobytes()
    assert len(ds.file_meta) == 7


def test_prefix_is_asked_for_unless_forced() -> None:
    bare = encode_dataset(IMAGE[:-1], IMPLICIT_LITTLE)
    with pytest.raises(fastdcm.NotDicomError):
        fastdcm.dcmread(bare)
    ds = fastdcm.dcmread(bare, force=True)
    assert ds.Rows == 512
    assert ds.preamble is None
    assert len(ds.file_meta) == 0
    assert {warning.kind for warning in ds.warnings} >= {"NoPreamble"}
    for data in (b"", b"nothing", bytes(5000)):
        with pytest.raises(fastdcm.NotDicomError):
            fastdcm.dcmread(data)


def test_errors_of_the_operating_system_pass_through(tmp_path: Path) -> None:
    missing = tmp_path / "missing.dcm"
    with pytest.raises(FileNotFoundError) as caught:
        fastdcm.dcmread(missing)
    assert caught.value.filename == missing or caught.value.filename == str(missing)
    with pytest.raises(IsADirectoryError):
        fastdcm.dcmread(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(fastdcm.NotRegularFileError, match="FIFO"):
            fastdcm.dcmread(tmp_path / "fifo")
    with pytest.raises(OSError):  # noqa: PT011 - the words are the system's
        fastdcm.dcmread("a\0b")


def test_path_that_is_not_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.dcm"
    with open(name, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(encode_file([(0x00100020, "LO", "42")]))
    assert fastdcm.dcmread(os.fsdecode(name)).PatientID == "42"


def test_deflated_and_truncated() -> None:
    data = encode_file(IMAGE, DEFLATED)
    assert fastdcm.dcmread(data).PixelData == PIXELS.tobytes()
    whole = encode_file(IMAGE)
    ds = fastdcm.dcmread(whole[:-1000])
    assert ds.truncated_at == whole.index(b"\xe0\x7f\x10\x00")
    assert ds["PixelData"].is_truncated
    assert [warning.kind for warning in ds.warnings] == ["Truncated"]
    assert fastdcm.dcmread(whole).truncated_at is None
    with pytest.raises(fastdcm.TruncatedError):
        fastdcm.dcmread(whole[:-1000], options=fastdcm.ReadOptions(strict=True))
    with pytest.warns(fastdcm.DicomWarning, match="ends inside"):
        fastdcm.dcmread(whole[:-1000], options=fastdcm.ReadOptions(on_warning="warn"))


def test_limits_are_arguments() -> None:
    nested: list[Any] = []
    for _ in range(5):
        nested = [(0x00081110, "SQ", [nested])]
    data = encode_file(nested)
    assert fastdcm.dcmread(data)
    options = fastdcm.ReadOptions(limits=fastdcm.Limits(depth=3))
    with pytest.raises(fastdcm.LimitExceededError) as caught:
        fastdcm.dcmread(data, options=options)
    assert caught.value.limit == "depth"


def test_options_are_immutable_values() -> None:
    limits = fastdcm.Limits(depth=3)
    assert limits == fastdcm.Limits(depth=3)
    assert hash(limits) == hash(fastdcm.Limits(depth=3))
    assert limits.replace(depth=4).depth == 4
    assert repr(limits).startswith("Limits(depth=3, ")
    with pytest.raises(AttributeError, match="immutable"):
        limits.depth = 5
    with pytest.raises(AttributeError, match="immutable"):
        del limits.depth
    with pytest.raises(TypeError):
        fastdcm.Limits(depth=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="negative"):
        fastdcm.Limits(depth=-1)
    options = fastdcm.ReadOptions(strict=True, character_set="ISO_IR 100")
    assert options.strict
    assert options.character_set == ("ISO_IR 100",)
    assert options.replace(on_warning="warn").on_warning == "warn"
    with pytest.raises(ValueError, match="on_warning"):
        fastdcm.ReadOptions(on_warning="explode")
    with pytest.raises(TypeError):
        fastdcm.ReadOptions(limits=3)  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(options)) == options


def test_threads_read_the_same_file(path: Path) -> None:
    found: list[bytes] = []

    def work() -> None:
        found.extend(bytes(fastdcm.dcmread(path)["PixelData"].buffer[:8]) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [struct.pack("<4H", 0, 1, 2, 3)] * 80


@pytest.mark.timeout(300)
def test_reading_on_finds_what_stands_behind_pixel_data() -> None:
    elements = [(0x00100020, "LO", "1"), pixel_data(bytes(4)), (0x00100010, "PN", "A^B")]
    data = encode_file(elements)
    assert "PatientName" not in fastdcm.dcmread(data, stop_before_pixels=True)
    assert "PatientName" not in fastdcm.dcmread(data, specific_tags=["PatientName", "PatientID"])
    options = fastdcm.ReadOptions(read_on=True)
    late = fastdcm.dcmread(data, stop_before_pixels=True, options=options)
    assert late.PatientName == "A^B"
    assert "PixelData" not in late
    assert len(fastdcm.dcmread(data, specific_tags=["PatientName", "PatientID"], options=options)) == 2


def test_options_for_damage_that_is_known() -> None:
    head = encode_file([])[: 128 + 4]
    with pytest.raises(fastdcm.ParseError):
        fastdcm.dcmread(head)
    assert len(fastdcm.dcmread(head, options=fastdcm.ReadOptions(allow_empty=True))) == 0
    odd = encode_file([]) + element_header(0x00100010, "PN", 3) + b"A^B "
    odd += element_header(0x00100020, "LO", 2) + b"12"
    assert fastdcm.dcmread(odd, options=fastdcm.ReadOptions(even_lengths=True)).PatientID == "12"


def test_malformed_files_raise_nothing_but_what_is_promised(
    corpus: Path, manifest: list[dict[str, Any]]
) -> None:
    for row in manifest:
        try:
            ds = fastdcm.dcmread(corpus / row["file"], force=True)
            ds.check()
            str(ds)
        except fastdcm.DicomError:
            continue
