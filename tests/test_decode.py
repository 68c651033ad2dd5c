"""`decode`: frames of many files in one array, in order, with a status for each."""

from __future__ import annotations

import _thread
import csv
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import RLE_LOSSLESS, Fragments, encode_file, rle_frame
from test_pixel_array import image

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]

LARGEST = 2_000_000


def write(path: Path, pixels: Array, **attributes: Any) -> str:
    """A file with these frames, its path."""
    path.write_bytes(encode_file(image(pixels, **attributes)))
    return str(path)


def write_rle(path: Path, pixels: Array) -> str:
    """A file with these frames of bytes in RLE, its path."""
    frames = [rle_frame(frame.tobytes(), rows=frame.shape[0]) for frame in pixels]
    facts = image(pixels, data=Fragments.of_frames(frames))
    path.write_bytes(encode_file(facts, RLE_LOSSLESS))
    return str(path)


def numbered(count: int, dtype: str = "<u2", size: tuple[int, int] = (4, 6)) -> Array:
    """Frames that differ."""
    return np.arange(count * size[0] * size[1]).astype(dtype).reshape(count, *size)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Files of one, three and two frames of the same shape."""
    frames = numbered(6)
    return [
        write(tmp_path / "c.dcm", frames[:1]),
        write(tmp_path / "a.dcm", frames[1:4]),
        write(tmp_path / "b.dcm", frames[4:]),
    ]


def test_frames_come_in_the_order_of_the_paths(files: list[str]) -> None:
    for threads in (None, 1, 2, 7):
        found = fastdcm.decode(files, threads=threads)
        assert isinstance(found.array, np.ndarray)
        assert found.array.dtype == np.uint16
        assert (found.array == numbered(6)).all()
        assert found.array.flags.owndata
        assert found.files.tolist() == [0, 1, 1, 1, 2, 2]
        assert found.frames.tolist() == [0, 0, 1, 2, 0, 1]
        assert found.paths == [files[number] for number in found.files]
        assert set(found.status) == {"ok"}
        assert found.faults() == []
        assert len(found) == 6
    assert (np.asarray(fastdcm.decode(files)) == numbered(6)).all()
    assert fastdcm.decode(files[0]).array.shape == (1, 4, 6)  # type: ignore[union-attr]
    assert fastdcm.decode([Path(path) for path in files]).status.tolist() == ["ok"] * 6
    assert fastdcm.decode([]).array == []


def test_frames_of_choice(files: list[str]) -> None:
    frames = numbered(6)
    assert (np.asarray(fastdcm.decode(files, frames=0)) == frames[[0, 1, 4]]).all()
    chosen = fastdcm.decode(files, frames=[None, [2, 0, 2], 1])
    assert (np.asarray(chosen) == frames[[0, 3, 1, 3, 5]]).all()
    assert chosen.frames.tolist() == [0, 2, 0, 2, 1]
    assert len(fastdcm.decode(files, frames=[[], np.int64(1), iter([])])) == 1  # type: ignore[list-item]
    with pytest.raises(ValueError, match="2 entries for 3 paths"):
        fastdcm.decode(files, frames=[0, 0])
    with pytest.raises(IndexError):
        fastdcm.decode(files, frames=-1)
    with pytest.raises(IndexError, match=r"frame 1 of 1 \(.*c\.dcm\)"):
        fastdcm.decode(files, frames=1)


def test_a_table_names_the_files(files: list[str]) -> None:
    table = fastdcm.scan(files)
    paths = list(table["path"])
    assert (np.asarray(fastdcm.decode(table)) == np.asarray(fastdcm.decode(paths))).all()
    assert fastdcm.decode(table).paths[0] == paths[0]
    assert len(fastdcm.decode(table[["path", "Rows"]], frames=0)) == 3


def test_encapsulated_frames_are_shared_between_threads(tmp_path: Path) -> None:
    frames = numbered(40, "u1", (16, 16))
    path = write_rle(tmp_path / "rle.dcm", frames)
    native = write(tmp_path / "native.dcm", frames[:3])
    for threads in (1, 2, 5):
        found = fastdcm.decode([native, path, native], threads=threads)
        assert (np.asarray(found) == np.concatenate([frames[:3], frames, frames[:3]])).all()
    assert (np.asarray(fastdcm.decode([path, native], frames=[[39, 7], 2])) == frames[[39, 7, 2]]).all()


@pytest.mark.timeout(300)
def test_real_files_are_as_pixel_array_gives_them(corpus: Path, manifest: list[dict[str, Any]]) -> None:
    wanted: dict[str, list[Array]] = {}
    families = set()
    for row in manifest:
        if row["kind"] == "malformed" or row["size"] > 4 * LARGEST:
            continue
        path = str(corpus / row["file"])
        try:
            array = fastdcm.pixel_array(path, force=True)
            frames = fastdcm.dcmread(path, force=True).get("NumberOfFrames") or 1
        except (fastdcm.DicomError, ValueError):
            continue
        if array.size <= LARGEST and int(frames) in {1, len(array)}:
            wanted[path] = [array] if int(frames) == 1 else list(array)
            families.add(fastdcm.dcmread(path, force=True).file_meta.get("TransferSyntaxUID"))
    assert len(families) > 15
    found = fastdcm.decode(wanted, errors="null", dtype="float64")
    assert set(found.status) <= {"ok", "warning"}, found.faults()[:5]
    expected = [frame for frames in wanted.values() for frame in frames]
    assert len(found) == len(expected)
    for mine, frame in zip(found.array, expected, strict=True):
        assert mine is not None
        assert mine.shape == frame.shape
        assert np.array_equal(mine, frame, equal_nan=True)


@pytest.mark.timeout(300)
def test_damaged_real_files_give_their_frames_or_a_fault(
    corpus: Path, manifest: list[dict[str, Any]]
) -> None:
    rows = [row for row in manifest if row["kind"] == "malformed" and row["size"] <= LARGEST]
    paths = [str(corpus / row["file"]) for row in rows]
    found = fastdcm.decode(paths, errors="null", dtype="float64", limits=fastdcm.Limits(frame=1 << 24))
    known = set(found.files)
    assert known == set(range(len(paths)))
    for number, path in enumerate(paths):
        places = np.flatnonzero(found.files == number)
        try:
            array = fastdcm.pixel_array(path, force=True)
        except (fastdcm.DicomError, OSError):
            # Some of several frames may be there.
            assert "error" in found.status[places] or len(places) > 1, path
            continue
        if array.size > LARGEST:
            continue
        assert "error" not in found.status[places], path
        mine = np.array([found.array[place] for place in places])
        assert np.array_equal(mine.reshape(array.shape), array, equal_nan=True), path


def test_types_are_promoted_and_no_number_is_wrapped(tmp_path: Path) -> None:
    cases = [("u1", [0, 255]), ("i1", [-128, 127]), ("<u2", [0, 65535]), ("<i2", [-32768, 32767])]
    paths, expected = [], []
    for name, numbers in cases:
        pixels = np.array(numbers, name).reshape(1, 1, 2)
        paths.append(write(tmp_path / f"{name[-2:]}.dcm", pixels))
        expected.append(pixels)
    for count in range(1, 5):
        found = np.asarray(fastdcm.decode(paths[:count]))
        assert found.dtype == np.result_type(*expected[:count])
        assert (found == np.concatenate([frame.astype("i8") for frame in expected[:count]])).all()
    assert np.asarray(fastdcm.decode(paths, dtype="float32")).tolist() == [[case[1]] for case in cases]
    with pytest.raises(fastdcm.PixelDataError, match="uint16 samples that int16 does not have"):
        fastdcm.decode(paths, dtype="int16")
    nulls = fastdcm.decode(paths, dtype="int16", errors="null")
    assert nulls.status.tolist() == ["ok", "ok", "error", "ok"]
    assert np.asarray(nulls)[2].tolist() == [[0, 0]]
    with pytest.raises(TypeError):
        fastdcm.decode(paths, dtype="float16")
    with pytest.raises(ValueError, match="byte order"):
        fastdcm.decode(paths, dtype=">i4")


def test_shapes_that_differ_give_a_list(tmp_path: Path) -> None:
    small, large = numbered(2), numbered(1, "<i2", (3, 5))
    colour = np.arange(4 * 6 * 3, dtype="u1").reshape(1, 4, 6, 3)
    paths = [
        write(tmp_path / "small.dcm", small),
        write(tmp_path / "large.dcm", large),
        write(tmp_path / "colour.dcm", colour),
    ]
    found = fastdcm.decode(paths)
    assert isinstance(found.array, list)
    for mine, frame in zip(found.array, [*small, *large, *colour], strict=True):
        assert mine is not None
        assert mine.dtype == np.int32
        assert (mine == frame).all()
    with pytest.raises(ValueError, match="list"):
        np.asarray(found)
    with pytest.raises(ValueError, match="do not go into out"):
        fastdcm.decode(paths, out=np.empty((4, 4, 6), "i4"))


def test_colours_become_rgb_and_what_means_something_else_is_refused(tmp_path: Path) -> None:
    colour = np.full((1, 4, 6, 3), 128, "u1")
    colour[..., 0] = 90
    rgb = write(tmp_path / "rgb.dcm", colour)
    ybr = write(tmp_path / "ybr.dcm", colour, interpretation="YBR_FULL")
    found = np.asarray(fastdcm.decode([rgb, ybr]))
    assert (found[0] == colour[0]).all()
    assert (found[1] == 90).all()
    grey = [
        write(tmp_path / f"{term[-1]}.dcm", numbered(1), interpretation=term)
        for term in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    ]
    for pair in (grey[:2], grey[1:], grey[::2]):
        with pytest.raises(fastdcm.PixelDataError, match="do not go into one array"):
            fastdcm.decode(pair)


@pytest.fixture
def damaged(files: list[str], tmp_path: Path) -> list[str]:
    """The files, and between them one that is not there, one that is no DICOM, one with a damaged frame."""
    text = tmp_path / "text.dcm"
    text.write_bytes(b"no pixels here " * 20)
    frames = numbered(3, "u1")
    encoded = [rle_frame(frame.tobytes(), rows=4) for frame in frames]
    encoded[1] = encoded[1][:64] + b"\x7f" + encoded[1][-1:]
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(encode_file(image(frames, data=Fragments.of_frames(encoded)), RLE_LOSSLESS))
    return [files[0], str(tmp_path / "nothing.dcm"), files[1], str(bad), str(text), files[2]]


def test_faults_raise(damaged: list[str]) -> None:
    for threads in (1, 2, 5):
        with pytest.raises(FileNotFoundError) as missing:
            fastdcm.decode(damaged, threads=threads)
        assert missing.value.filename == damaged[1]
        with pytest.raises(fastdcm.NotDicomError):
            fastdcm.decode([damaged[0], damaged[4], damaged[1]], threads=threads)
        with pytest.raises(fastdcm.CodecError) as codec:
            fastdcm.decode([damaged[0], damaged[3], damaged[5]], threads=threads)
        assert codec.value.frame == 1


def test_faults_are_left_out(damaged: list[str]) -> None:
    frames, bad = numbered(6), numbered(3, "u1")
    for threads in (1, 2, 5):
        found = fastdcm.decode(damaged, errors="skip", threads=threads)
        expected = [frames[0], *frames[1:4], bad[0], bad[2], *frames[4:]]
        assert (np.asarray(found) == np.array(expected)).all()
        assert found.files.tolist() == [0, 2, 2, 2, 3, 3, 5, 5]
        assert found.frames.tolist() == [0, 0, 1, 2, 0, 2, 0, 1]
        assert set(found.status) == {"ok"}
        faults = [(fault["path"], fault["frame"], fault["status"]) for fault in found.faults()]
        assert faults == [
            (damaged[1], None, "error"),
            (damaged[3], 1, "error"),
            (damaged[4], None, "error"),
        ]


def test_faults_have_a_place_of_zeros(damaged: list[str]) -> None:
    for threads in (1, 2, 5):
        found = fastdcm.decode(damaged, errors="null", threads=threads)
        status = ["ok", "error", "ok", "ok", "ok", "ok", "error", "ok", "error", "ok", "ok"]
        assert found.status.tolist() == status
        array = np.asarray(found)
        assert not array[found.status == "error"].any()
        assert (array[[0, 2, 3, 4, 9, 10]] == numbered(6)).all()
        assert found.frames[1] == -1
    assert len(fastdcm.decode(damaged, frames=[0, [0, 1], 1, 1, 0, 0], errors="null")) == 7
    nothing = fastdcm.decode(damaged[1:2], errors="null")
    assert (nothing.array, nothing.status.tolist()) == ([None], ["error"])
    with pytest.raises(ValueError, match="errors"):
        fastdcm.decode(damaged, errors="ignore")  # type: ignore[arg-type]


def test_a_list_leaves_out_or_names_faults(damaged: list[str], tmp_path: Path) -> None:
    damaged.append(write(tmp_path / "large.dcm", numbered(1, "u1", (9, 9))))
    nulls = fastdcm.decode(damaged, errors="null")
    assert [frame is None for frame in nulls.array] == (nulls.status == "error").tolist()
    left = fastdcm.decode(damaged, errors="skip")
    assert all(frame is not None for frame in left.array)
    assert len(left) == len(left.array) == 9


def test_a_cut_file_gives_the_frames_that_are_there(tmp_path: Path) -> None:
    frames = numbered(5)
    path = Path(write(tmp_path / "cut.dcm", frames))
    data = path.read_bytes()
    path.write_bytes(data[:-60])
    found = fastdcm.decode(path, errors="null")
    assert found.status.tolist() == ["ok"] * 3 + ["error"] * 2
    assert (np.asarray(found)[:3] == frames[:3]).all()
    path.write_bytes(data[:-220])
    assert fastdcm.decode(path, errors="null").array == [None]


def test_sizes_that_are_not_there_get_no_memory(tmp_path: Path) -> None:
    facts = [
        (tag, vr, {0x00280008: 2**31 - 1, 0x00280010: 65535, 0x00280011: 65535}.get(tag, value))
        for tag, vr, value in image(numbered(1))
    ]
    path = tmp_path / "huge.dcm"
    path.write_bytes(encode_file(facts))
    assert fastdcm.decode(path, errors="null").array == [None]
    with pytest.raises(fastdcm.PixelDataError):
        fastdcm.decode(path)
    small = write_rle(tmp_path / "rle.dcm", numbered(1, "u1"))
    with pytest.raises(fastdcm.LimitExceededError):
        fastdcm.decode(small, limits=fastdcm.Limits(frame=10))


def test_out_is_filled_in_place(damaged: list[str], files: list[str]) -> None:
    for dtype in ("uint16", "int32", "float32"):
        out = np.full((6, 4, 6), 7, dtype)
        found = fastdcm.decode(files, out=out)
        assert found.array is out
        assert (out == numbered(6)).all()
    out = np.full((12, 4, 6), 7, "uint16")
    found = fastdcm.decode(damaged, out=out, errors="skip")
    assert np.shares_memory(np.asarray(found.array), out)
    assert np.asarray(found.array).shape == (8, 4, 6)
    out = np.full((11, 4, 6), 7, "uint16")
    nulls = fastdcm.decode(damaged, out=out, errors="null")
    assert not out[nulls.status == "error"].any()
    for bad in (np.empty((5, 4, 6), "u2"), np.empty((6, 6, 4), "u2").swapaxes(1, 2), np.empty(144, "u2")):
        with pytest.raises(ValueError, match="out"):
            fastdcm.decode(files, out=bad)
    with pytest.raises(ValueError, match="is asked for"):
        fastdcm.decode(files, out=out, dtype="f4")
    with pytest.raises(TypeError):
        fastdcm.decode(files, out=[])  # type: ignore[arg-type]


def test_a_file_that_changes_or_vanishes_is_told(files: list[str], tmp_path: Path) -> None:
    other = write(tmp_path / "other.dcm", numbered(2, "u1", (4, 6)))

    def change(done: int, total: int | None) -> None:
        if total is None:
            return
        raise AssertionError("too late")

    batch = fastdcm._core.FrameBatch(files, [None] * 3, ("null", 1, 0), None, None)
    shutil.copy(other, files[1])
    Path(files[2]).unlink()
    array, remarks = batch.decode("uint16")
    assert (array[0] == numbered(6)[0]).all()
    assert not array[1:].any()
    assert [remark[0] for remark in remarks] == [1, 2, 3, 4, 5]
    assert "changed" in remarks[0][4]
    with pytest.raises(AssertionError, match="too late"):
        fastdcm.decode(files[:1], progress=change)


def test_messages_hold_no_value(damaged: list[str], tmp_path: Path) -> None:
    facts = [(0x00100010, "PN", "SECRET^NAME"), *image(numbered(1))]
    facts = [(tag, vr, 13 if tag == 0x00280100 else value) for tag, vr, value in facts]
    path = tmp_path / "odd.dcm"
    path.write_bytes(encode_file(facts))
    found = fastdcm.decode([*damaged, path], errors="null")
    for text in (repr(found), *(fault["message"] for fault in found.faults())):
        assert "SECRET" not in text
        assert str(tmp_path) not in text


def test_progress_is_told(files: list[str]) -> None:
    told: list[tuple[int, int | None]] = []
    fastdcm.decode(files, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    with pytest.raises(TypeError):
        fastdcm.decode(files, progress=3)  # type: ignore[arg-type]


def decode_for_ever(paths: list[str]) -> None:
    """Decodes until an exception comes."""
    while True:
        fastdcm.decode(paths)


def decode_for_long(path: str, act: Callable[[], None]) -> float:
    """How long after `act` a decode of very many files ends."""
    begun: list[float] = []

    def interrupt() -> None:
        begun.append(time.monotonic())
        act()

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        decode_for_ever([path] * 20_000)
    ended = time.monotonic()
    timer.join()
    return ended - begun[0]


def test_ctrl_c_ends_it_soon(files: list[str]) -> None:
    # 0.2 s on a machine that does nothing else.
    assert decode_for_long(files[0], _thread.interrupt_main) < 1

    def interrupt(done: int, total: int | None) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fastdcm.decode(files, progress=interrupt)


def test_threads_can_decode_at_the_same_time(files: list[str]) -> None:
    found: list[Array] = []
    threads = [
        threading.Thread(target=lambda: found.append(np.asarray(fastdcm.decode(files)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all((array == numbered(6)).all() for array in found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_can_decode(files: list[str]) -> None:
    fastdcm.decode(files)
    child = os.fork()
    if child == 0:
        ok = False
        try:
            ok = bool((np.asarray(fastdcm.decode(files)) == numbered(6)).all())
        finally:
            os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_folder_is_for_scan(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=r"fastdcm\.scan"):
        fastdcm.decode(tmp_path)


def test_faults_of_scans_and_of_decoding_have_one_form(files: list[str], tmp_path: Path) -> None:
    bad = tmp_path / 'bad, "quoted".dcm'
    bad.write_bytes(Path(files[0]).read_bytes()[:-4])
    text = tmp_path / "notes.txt"
    text.write_text("no DICOM, but long enough to look like a file")
    decoded = fastdcm.decode([bad, files[0]], frames=[0, 4], errors="null").faults()
    scanned = fastdcm.scan([text, bad]).faults()
    assert {tuple(fault) for fault in (*decoded, *scanned)} == {
        ("path", "frame", "status", "message", "offset")
    }
    assert [(fault["path"], fault["frame"]) for fault in decoded][-1] == (files[0], 4)
    assert [scanned[0][name] for name in ("path", "frame", "status")] == [str(text), None, "not DICOM"]
    for faults in (decoded, scanned):
        faults.write_csv(tmp_path / "report.csv")
        with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows == [
            {name: "" if value is None else str(value) for name, value in fault.items()} for fault in faults
        ]
