"""Encoded frames: one after the other, and all by several threads; codecs against the samples of vectors."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import Encoding, Fragments, encode_file
from fastdcm.pixels import native

CODECS = Path(__file__).parent / "data" / "codecs"
ROWS, COLUMNS = 13, 17
J2K = Encoding("1.2.840.10008.1.2.4.90")
SYNTAXES = {
    ".j2k": J2K,
    ".jp2": Encoding("1.2.840.10008.1.2.4.91"),
    ".jph": Encoding("1.2.840.10008.1.2.4.201"),
    ".jxl": Encoding("1.2.840.10008.1.2.4.110"),
}


def samples(bits: int, components: int = 1, *, signed: bool = False) -> np.ndarray[Any, Any]:
    """What the frames of tests/data/codecs hold."""
    row, column, component = np.indices((ROWS, COLUMNS, components))
    values = (37 * row + 11 * column + 71 * component + row * column) % (1 << bits)
    values = values - (1 << (bits - 1)) if signed else values
    kind = f"{'int' if signed else 'uint'}{8 if bits <= 8 else 16}"
    return values.astype(kind).squeeze()


def encoded(
    name: str, frames: int = 1, *, interpretation: str | None = None, label: str | None = None
) -> bytes:
    """A file with so many copies of a frame."""
    path = CODECS / name
    kind = path.stem.removesuffix("_levels").rstrip("0123456789")
    bits = int("".join(filter(str.isdigit, path.stem)))
    colour = kind == "rgb"
    elements = [
        (0x00280002, "US", 3 if colour else 1),
        (0x00280004, "CS", interpretation or ("RGB" if colour else "MONOCHROME2")),
        *([(0x00280006, "US", 0)] if colour else []),
        (0x00280008, "IS", frames),
        (0x00280010, "US", ROWS),
        (0x00280011, "US", COLUMNS),
        (0x00280100, "US", 8 if bits <= 8 else 16),
        (0x00280101, "US", bits),
        (0x00280102, "US", bits - 1),
        (0x00280103, "US", int(kind == "signed")),
        (0x7FE00010, "OB", Fragments.of_frames([path.read_bytes()] * frames)),
    ]
    return encode_file(elements, SYNTAXES[label or path.suffix])


@pytest.mark.parametrize("path", sorted(CODECS.glob("*.j*")), ids=lambda path: path.name)
def test_every_vector_gives_its_samples(path: Path) -> None:
    bits = int("".join(filter(str.isdigit, path.stem)))
    expected = samples(bits, 3 if "rgb" in path.stem else 1, signed="signed" in path.stem)
    found = fastdcm.pixel_array(encoded(path.name))
    assert found.dtype == expected.dtype
    assert (found == expected).all()


@pytest.mark.parametrize("interpretation", ["YBR_RCT", "YBR_ICT", "RGB"])
def test_ps3_5_8_2_4_the_codec_inverts_the_transform(interpretation: str) -> None:
    data = encoded("rgb8.j2k", interpretation=interpretation)
    for raw in (True, False):
        assert (fastdcm.pixel_array(data, raw=raw) == samples(8, 3)).all()
    ds = fastdcm.dcmread(data)
    ds.decompress() if hasattr(ds, "decompress") else fastdcm.pixels.native.make_native(ds)
    assert ds.PhotometricInterpretation == "RGB"
    assert (ds.pixel_array == samples(8, 3)).all()


def test_jpeg_xl_gives_rgb_whatever_it_was_packed_from() -> None:
    data = encoded("rgb8.jxl", interpretation="YBR_FULL_422")
    assert (fastdcm.pixel_array(data) == samples(8, 3)).all()


@pytest.mark.parametrize(
    ("name", "label", "becomes"),
    [("rgb8.jxl", ".j2k", "RGB"), ("rgb8.j2k", ".jxl", "YBR_FULL"), ("rgb8.jph", ".j2k", "YBR_FULL")],
)
def test_the_codestream_decides_what_is_decoded(name: str, label: str, becomes: str) -> None:
    data = encoded(name, 3, interpretation="YBR_FULL", label=label)
    ds = fastdcm.dcmread(data)
    assert (fastdcm.pixel_array(ds, raw=True) == samples(8, 3)).all()
    assert [warning.kind for warning in ds.warnings] == ["CodestreamContradicts"]
    native.make_native(ds)
    assert ds.PhotometricInterpretation == becomes
    assert (fastdcm.pixel_array(ds, raw=True) == samples(8, 3)).all()
    with pytest.raises(fastdcm.DicomError, match="strict"):
        fastdcm.pixel_array(data, options=fastdcm.ReadOptions(on_warning="raise"))


def test_iter_pixels_gives_frame_after_frame() -> None:
    data = encoded("grey12.j2k", 4)
    frames = list(fastdcm.iter_pixels(data))
    assert len(frames) == 4
    assert all((frame == samples(12)).all() for frame in frames)
    assert len(list(fastdcm.iter_pixels(fastdcm.dcmread(data), indices=[3, 0, 3]))) == 3
    with pytest.raises(IndexError):
        list(fastdcm.iter_pixels(data, indices=[4]))
    with pytest.raises((OverflowError, IndexError)):
        list(fastdcm.iter_pixels(data, indices=[-1]))


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
def test_threads_make_no_difference(threads: int | None) -> None:
    data = encoded("rgb8.j2k", 11)
    expected = np.broadcast_to(samples(8, 3), (11, ROWS, COLUMNS, 3))
    assert (fastdcm.pixel_array(data, threads=threads) == expected).all()
    out = np.zeros(expected.shape, "u1")
    assert fastdcm.pixel_array(data, threads=threads, out=out) is out
    assert (out == expected).all()


def test_threads_are_one_or_more() -> None:
    with pytest.raises((ValueError, OverflowError)):
        fastdcm.pixel_array(encoded("grey8.j2k", 2), threads=0)


def test_the_first_bad_frame_is_named_whatever_the_threads() -> None:
    data = encoded("grey8.j2k", 9)
    frame = (CODECS / "grey8.j2k").read_bytes()
    places = [at for at in range(len(data)) if data.startswith(frame[:60], at)]
    damaged = bytearray(data)
    for place in (places[4], places[7]):
        damaged[place + 8 : place + 12] = b"\0\0\0\x63"
    for threads in (1, 2, 4):
        with pytest.raises(fastdcm.CodecError, match="frame 4: the codestream has 13 rows, 99 columns"):
            fastdcm.pixel_array(bytes(damaged), threads=threads)


def test_warnings_are_those_of_all_frames_once() -> None:
    ds = fastdcm.dcmread(encoded("grey12.jp2", 5))
    assert (ds.pixel_array[4] == samples(12)).all()
    assert [warning.kind for warning in ds.warnings] == ["CodestreamBoxed"]


def test_native_pixels_under_another_transfer_syntax() -> None:
    native = [
        (0x00280002, "US", 1),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", 2),
        (0x00280011, "US", 2),
        (0x00280100, "US", 8),
        (0x00280101, "US", 8),
        (0x00280102, "US", 7),
        (0x00280103, "US", 0),
        (0x7FE00010, "OB", b"\1\2\3\4"),
    ]
    data = encode_file(native, J2K)
    with pytest.raises(fastdcm.PixelDataError, match="native=True"):
        fastdcm.pixel_array(data)
    assert fastdcm.pixel_array(data, native=True).tolist() == [[1, 2], [3, 4]]


def test_ctrl_c_ends_the_decoding_of_many_frames() -> None:
    ds = fastdcm.dcmread(encoded("rgb8.jph", 60_000))
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    started = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        fastdcm.pixel_array(ds)
    assert time.monotonic() - started < 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_decodes_with_threads_of_its_own() -> None:
    data = encoded("grey8.j2k", 40)
    expected = fastdcm.pixel_array(data)
    child = os.fork()
    if child == 0:
        os._exit(0 if (fastdcm.pixel_array(data) == expected).all() else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
