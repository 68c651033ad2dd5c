"""The index of frames: where they are in their files, stored and opened again, and read without headers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastdcm
from dicom_writer import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    RLE_LOSSLESS,
    Fragments,
    encode_file,
    rle_frame,
)
from test_decode import numbered, write, write_rle
from test_pixel_array import image

COLUMNS = ["Modality", "Rows"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of one and three frames, native and encapsulated, and one without an image."""
    target = tmp_path / "study"
    target.mkdir()
    frames = numbered(8, "u1", (6, 8))
    write(target / "a.dcm", frames[:1])
    write(target / "b.dcm", frames[1:4])
    write_rle(target / "c.dcm", frames[4:])
    (target / "d.dcm").write_bytes(encode_file([(0x00080060, "CS", "SR")]))
    return target


def index_of(folder: Path, **arguments: Any) -> fastdcm.Table:
    return fastdcm.scan(folder, COLUMNS, frames=True, **arguments)


def test_an_index_says_where_frames_are(folder: Path) -> None:
    index = index_of(folder)
    assert index["frame_count"].tolist() == [1, 3, 4, None]
    assert index["frame_layout"].tolist() == ["native", "native", "encapsulated", None]
    sizes = [(folder / name).stat() for name in ("a.dcm", "b.dcm", "c.dcm", "d.dcm")]
    assert index["file_size"].tolist() == [status.st_size for status in sizes]
    assert index["file_mtime"].tolist() == [status.st_mtime_ns for status in sizes]
    data = (folder / "b.dcm").read_bytes()
    places = zip(index["frame_offsets"][1], index["frame_lengths"][1], strict=True)
    frames = [np.frombuffer(data[first : first + length], "u1") for first, length in places]
    assert (np.array(frames).reshape(3, 6, 8) == numbered(8, "u1", (6, 8))[1:4]).all()
    data = (folder / "c.dcm").read_bytes()
    for first, length in zip(index["frame_offsets"][2], index["frame_lengths"][2], strict=True):
        assert data[first : first + 4] == b"\xfe\xff\x00\xe0"
        assert length == 8 + int.from_bytes(data[first + 4 : first + 8], "little")
    assert set(fastdcm.bulk.scan.FRAME_ATTRIBUTES) < set(index.columns)


def test_frames_are_read_by_an_index_without_the_header(folder: Path) -> None:
    index = index_of(folder)
    whole = numbered(8, "u1", (6, 8))
    assert (np.asarray(fastdcm.decode(index[:3])) == whole).all()
    chosen = fastdcm.decode(index, rows=[2, 0, 1, 2], frames=[3, 0, [2, 0], None])
    assert (np.asarray(chosen) == whole[[7, 0, 3, 1, 4, 5, 6, 7]]).all()
    assert chosen.files.tolist() == [2, 0, 1, 1, 2, 2, 2, 2]
    assert chosen.paths[0].endswith("c.dcm")
    one_each = fastdcm.decode(index, rows=np.array([1, 2]), frames=np.array([1, 0]))
    assert (np.asarray(one_each) == whole[[2, 4]]).all()
    # Bytes of the header that are overwritten in place, and a time of change set back, are not noticed.
    for name in ("b.dcm", "c.dcm"):
        status = (folder / name).stat()
        with (folder / name).open("r+b") as file:
            file.write(bytes(200))
        os.utime(folder / name, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (np.asarray(fastdcm.decode(index, rows=[1, 2], frames=[1, 0])) == whole[[2, 4]]).all()


def test_a_file_that_changed_or_vanished_since_is_told(folder: Path) -> None:
    index = index_of(folder)
    shutil.copy(folder / "a.dcm", folder / "b.dcm")
    (folder / "c.dcm").unlink()
    found = fastdcm.decode(index, errors="null")
    assert found.status.tolist() == ["ok"] + ["error"] * 8
    messages = {Path(fault["path"]).name: fault["message"] for fault in found.faults()}
    assert "changed" in messages["b.dcm"]
    assert "No such file" in messages["c.dcm"]
    assert "7FE0,0010" in messages["d.dcm"]
    with pytest.raises(fastdcm.FileChangedError, match=r"b\.dcm"):
        fastdcm.decode(index, rows=[1])
    with pytest.raises(FileNotFoundError):
        fastdcm.decode(index, rows=[2])
    skipped = fastdcm.decode(index, errors="skip", rows=[1, 0, 2])
    assert skipped.files.tolist() == [0]


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED])
def test_every_encoding(tmp_path: Path, encoding: Any) -> None:
    for dtype in ("u1", "<u2", "<i2", "<u4"):
        frames = numbered(3, dtype, (4, 4))
        path = tmp_path / "x.dcm"
        path.write_bytes(encode_file(image(frames), encoding))
        index = index_of(path)
        # Bytes in words of big endian, and what is inflated first, are no range of the file.
        has_ranges = encoding is not DEFLATED and (dtype, encoding) != ("u1", EXPLICIT_BIG)
        assert (index["frame_offsets"][0] is not None) == has_ranges
        expected = np.asarray(fastdcm.decode(path))
        assert (np.asarray(fastdcm.decode(index, rows=[0, 0], frames=[2, 0])) == expected[[2, 0]]).all()


def test_frames_of_single_bits_begin_within_bytes(tmp_path: Path) -> None:
    bits = np.random.default_rng(1).integers(0, 2, (5, 3, 7), "u1")
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    facts = [(tag, vr, value) for tag, vr, value in image(bits) if tag < 0x00280100]
    facts += [(0x00280100, "US", 1), (0x00280101, "US", 1), (0x00280102, "US", 0), (0x00280103, "US", 0)]
    path = tmp_path / "seg.dcm"
    path.write_bytes(encode_file([*facts, (0x7FE00010, "OB", packed + bytes(len(packed) % 2))]))
    index = index_of(path)
    assert (np.asarray(fastdcm.decode(index, rows=[0] * 3, frames=[4, 1, 3])) == bits[[4, 1, 3]]).all()


def test_frames_of_several_fragments_and_of_tables_that_cut_them(tmp_path: Path) -> None:
    frames = numbered(3, "u1", (8, 8))
    encoded = [rle_frame(frame.tobytes(), rows=8) for frame in frames]
    split = [part for data in encoded for part in (data[:64], data[64:])]
    offsets = [0]
    for data in encoded[:-1]:
        offsets.append(offsets[-1] + len(data) + 16)
    path = tmp_path / "x.dcm"
    path.write_bytes(encode_file(image(frames, data=Fragments(offsets, split)), RLE_LOSSLESS))
    index = index_of(path)
    assert len(index["frame_offsets"][0]) == 3
    assert (np.asarray(fastdcm.decode(index, rows=[0, 0], frames=[1, 2])) == frames[[1, 2]]).all()


def large(table: pyarrow.Table) -> pyarrow.Table:
    """Columns in other forms of the same."""
    kinds = {
        "path": pyarrow.large_string(),
        "frame_layout": pyarrow.string_view(),
        "frame_lengths": pyarrow.large_list(pyarrow.uint64()),
        "frame_count": pyarrow.float64(),
        "high_bit": pyarrow.uint8(),
    }
    fields = [(field.name, kinds.get(field.name, field.type)) for field in table.schema]
    table = table.cast(pyarrow.schema(fields))
    views = pyarrow.array(table["frame_offsets"].to_pylist(), pyarrow.list_view(pyarrow.int64()))
    return table.set_column(table.schema.names.index("frame_offsets"), "frame_offsets", views)


FORMS = {
    "polars": polars.DataFrame,
    "polars, categories": lambda table: polars.DataFrame(table).with_columns(
        polars.col("frame_layout", "path").cast(polars.Categorical),
        polars.col("frame_offsets").cast(polars.List(polars.Int64)),
    ),
    "polars, arrays": lambda table: polars.DataFrame(table[:1]).with_columns(
        polars.col("frame_offsets").list.to_array(1)
    ),
    "pyarrow": pyarrow.table,
    "pyarrow, large": lambda table: large(pyarrow.table(table)),
    "pandas": lambda table: pyarrow.table(table).to_pandas(),
    "pandas, categories": lambda table: pyarrow.table(table).to_pandas().astype({"frame_layout": "category"}),
    "duckdb": lambda table: duckdb.from_arrow(pyarrow.table(table)).to_arrow_table(),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_index_comes_back_in_any_form(folder: Path, form: str) -> None:
    index = index_of(folder)
    other = FORMS[form](index)
    found = fastdcm.decode(other, rows=[0])
    assert (np.asarray(found) == numbered(8, "u1", (6, 8))[:1]).all()
    back = fastdcm.open_index(other)
    assert back.columns == index.columns
    if len(back) == len(index):
        assert (
            np.asarray(fastdcm.decode(back, rows=[2, 1])) == np.asarray(fastdcm.decode(index, rows=[2, 1]))
        ).all()


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow", "parts"])
def test_an_index_is_stored_and_opened(folder: Path, tmp_path: Path, name: str) -> None:
    index = index_of(folder)
    target = tmp_path / name
    if name == "parts":
        pyarrow.dataset.write_dataset(
            pyarrow.table(index), target, format="parquet", partitioning=["Modality"]
        )
    else:
        index.write(target)
    opened = fastdcm.open_index(target)
    assert sorted(opened["path"]) == sorted(index["path"])
    rows = np.argsort(opened["path"])
    assert (np.asarray(fastdcm.decode(opened.take(rows)[:3])) == numbered(8, "u1", (6, 8))).all()


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fastdcm.open_index(tmp_path / "none.parquet")
    (tmp_path / "x.csv").write_text("path")
    with pytest.raises(ValueError, match=r"\.csv"):
        fastdcm.open_index(tmp_path / "x.csv")
    with pytest.raises(ValueError, match="path"):
        fastdcm.open_index(pyarrow.table({"a": [1]}))
    with pytest.raises(ValueError, match=r"no \.parquet"):
        fastdcm.open_index(tmp_path)
    with pytest.raises(ValueError, match="path"):
        fastdcm.decode(pyarrow.table({"a": [1]}))


def test_a_rescan_opens_only_what_is_new_or_changed(folder: Path) -> None:
    index = index_of(folder)
    write(folder / "b.dcm", numbered(2, "u1", (6, 8)))
    write(folder / "aa.dcm", numbered(2, "u1", (6, 8)))
    (folder / "a.dcm").unlink()
    # What is not opened cannot be told from what it was.
    for name in ("c.dcm", "d.dcm"):
        status = (folder / name).stat()
        (folder / name).write_bytes(bytes(status.st_size))
        os.utime(folder / name, ns=(status.st_atime_ns, status.st_mtime_ns))
    again = index_of(folder, known=polars.DataFrame(index).sample(fraction=1, shuffle=True, seed=1))
    assert [Path(path).name for path in again["path"]] == ["aa.dcm", "b.dcm", "c.dcm", "d.dcm"]
    assert again["status"].tolist() == ["ok"] * 4
    assert again["frame_count"].tolist() == [2, 2, 4, None]
    before, after = pyarrow.table(index[2:]), pyarrow.table(again[2:])
    assert after.equals(before)


def test_what_could_not_be_read_is_tried_again(folder: Path) -> None:
    (folder / "a.dcm").unlink()
    (folder / "a.dcm").symlink_to(folder / "later.dcm")
    before = index_of(folder)
    assert before["status"][0] == "error"
    write(folder / "later.dcm", numbered(1, "u1", (6, 8)))
    after = index_of(folder, known=before)
    assert after["status"].tolist() == ["ok"] * 5
    assert (np.asarray(fastdcm.decode(after[:1])) == numbered(1, "u1", (6, 8))).all()


def test_known_rows_must_have_the_columns(folder: Path) -> None:
    index = index_of(folder)
    with pytest.raises(ValueError, match="Columns"):
        fastdcm.scan(folder, ["Columns"], frames=True, known=index)
    with pytest.raises(ValueError, match="frames=True"):
        fastdcm.scan(folder, COLUMNS, known=index)


def test_rows_are_taken_and_filtered(folder: Path) -> None:
    index = index_of(folder)
    names = [Path(path).name for path in index["path"]]
    assert [Path(path).name for path in index.take([-1, 0, 0])["path"]] == [names[3], names[0], names[0]]
    assert [Path(path).name for path in index[1:3]["path"]] == names[1:3]
    assert [Path(path).name for path in index[::-1]["path"]] == names[::-1]
    assert len(index.take([])) == len(index[4:]) == 0
    assert len(index.filter(index["frame_count"] > 1)) == 2
    assert pyarrow.table(index.take(range(4))).equals(pyarrow.table(index).combine_chunks())
    with pytest.raises(IndexError):
        index.take([4])
    with pytest.raises(ValueError, match="4 bool"):
        index.filter([True])
    with pytest.raises(TypeError):
        index.take([True, False, True, True])


ABSURD = st.sampled_from([0, 1, 2, 7, 8, 255, 2**16 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_index_may_claim_anything(folder: Path, data: st.DataObject) -> None:
    table = pyarrow.table(index_of(folder)).slice(0, 3).to_pydict()
    numbers = list(fastdcm._core.FRAME_COLUMNS[3:12])
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.integers(0, 2))
        kind = data.draw(st.integers(0, 3))
        if kind == 0:
            table[data.draw(st.sampled_from(numbers))][row] = data.draw(st.integers(0, 65535))
        elif kind == 1:
            name = data.draw(st.sampled_from(["frame_offsets", "frame_lengths"]))
            table[name][row] = data.draw(st.lists(ABSURD, max_size=5))
        elif kind == 2:
            layouts = ["native", "native, big endian", "native, swapped words", "encapsulated", "x", None]
            table["frame_layout"][row] = data.draw(st.sampled_from(layouts))
        else:
            syntax = data.draw(
                st.sampled_from(
                    ["1.2.840.10008.1.2.4.70", RLE_LOSSLESS.uid, EXPLICIT_LITTLE.uid, "1.2", "x", None]
                )
            )
            table["transfer_syntax"][row] = syntax
    found = fastdcm.decode(pyarrow.table(table), errors="null", frames=0)
    assert len(found) == 3
    assert set(found.status) <= {"ok", "warning", "error"}


def test_every_file_of_the_corpus_is_decoded_alike(corpus: Path) -> None:
    index = fastdcm.scan(corpus / "files", [], frames=True)
    small = np.ma.filled(index["file_size"] < 1_000_000, fill_value=False)
    rows = [row for row in np.flatnonzero(small).tolist() if index["frame_layout"][row] is not None]
    assert len(rows) > 600
    for row in rows:
        path = index["path"][row]
        by_header = fastdcm.decode(path, errors="null", frames=0)
        by_index = fastdcm.decode(index, rows=[row], frames=0, errors="null")
        # What is odd with attributes is told by the scan.
        alike = {("ok", "ok"), ("ok", "warning"), ("warning", "warning"), ("error", "error")}
        assert (by_index.status[0], by_header.status[0]) in alike, path
        assert np.array_equal(np.asarray(by_index.array), np.asarray(by_header.array)), path
