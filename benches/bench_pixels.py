"""Path to array: native 16-bit pixels against a bare read into an array, RLE against other decoders."""

from __future__ import annotations

import collections
import itertools
import struct
from typing import TYPE_CHECKING

import dicomsdl
import numpy as np
import rle.utils
from pydicom.pixels import apply_rescale, apply_windowing

import fastdcm
import make_archive
from ceiling_module import ceiling
from harness import Row, Work, against, medians

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pydicom
    from numpy.typing import NDArray

_SIZE = make_archive.SIZE
# Of the speed of a bare read; where unused bits have to be checked, less.
_AIMS = {"16-unsigned": 0.93, "16-signed": 0.93, "12-unsigned": 0.8, "12-signed": 0.8}


# Arrays are kept for a while, as they are where they are used. So all contenders get their memory from what
# any of them gave back, and none has to ask the system for it.
_kept: collections.deque[object] = collections.deque(maxlen=16)


def over(paths: list[str], work: Callable[[str], object]) -> Work:
    """Calls `work` with one path after the other."""
    following = itertools.cycle(paths)
    return lambda: _kept.append(work(next(following)))


def pixel_offset(path: str) -> int:
    """Where the value of Pixel Data begins; it ends the file."""
    with open(path, "rb") as file:  # noqa: PTH123
        head = file.read(64 << 10)
    return head.rindex(b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<I", _SIZE * _SIZE * 2)) + 12


def read_bare(path: str, offset: int) -> NDArray[np.uint16]:
    """Opens, reads into a new array, closes."""
    array = np.empty((_SIZE, _SIZE), np.uint16)
    ceiling.read_into(path, offset, array)
    return array


def native(archive: Path, rounds: int) -> list[Row]:
    """Rows of native pixels."""
    rows: list[Row] = []
    for name, (bits_stored, signed) in make_archive.PIXELS.items():
        paths = [str(path) for path in sorted((archive / f"ct-{name}").iterdir())]
        array = fastdcm.pixel_array(paths[1])
        expected = make_archive.image(1, bits_stored=bits_stored, signed=signed)
        assert array.dtype == expected.dtype, (array.dtype, expected.dtype)
        assert np.array_equal(array, expected)
        assert np.array_equal(fastdcm.dcmread(paths[1]).pixel_array, expected)
        offsets = {path: pixel_offset(path) for path in paths}
        times = medians(
            {
                "fastdcm": over(paths, fastdcm.pixel_array),
                "dataset": over(paths, lambda path: fastdcm.dcmread(path).pixel_array),
                "bare pread into numpy.empty": over(
                    paths, lambda path, offsets=offsets: read_bare(path, offsets[path])
                ),
            },
            rounds,
        )
        bare = "bare pread into numpy.empty"
        aim = _AIMS.get(name)
        rows += against(f"pixel_array(path), {name}", times, {bare: aim})
        aim = aim and aim - 0.05
        rows += against(f"dcmread(path).pixel_array, {name}", times, {bare: aim}, ours="dataset")
    return rows


def tuned(archive: Path, rounds: int) -> list[Row]:
    """Rows against dicomsdl, in a process with a tuned allocator."""
    rows: list[Row] = []
    for name in make_archive.PIXELS:
        paths = [str(path) for path in sorted((archive / f"ct-{name}").iterdir())]
        contenders = {
            "fastdcm": over(paths, fastdcm.pixel_array),
            "dicomsdl": over(paths, lambda path: dicomsdl.open_file(path).pixelData(storedvalue=True)),
        }
        rows += against(
            f"pixel_array(path), {name}, malloc tuned", medians(contenders, rounds), {"dicomsdl": 1.2}
        )
    return rows


def encapsulated(archive: Path, rounds: int) -> list[Row]:
    """Rows of RLE Lossless."""
    paths = [str(path) for path in sorted((archive / "ct-rle").iterdir())]
    assert np.array_equal(fastdcm.pixel_array(paths[1]), make_archive.image(1, bits_stored=12, signed=0))
    frames = itertools.cycle([_only_frame(path) for path in paths])
    times = medians(
        {
            "fastdcm": over(paths, fastdcm.pixel_array),
            "dicomsdl": over(paths, lambda path: dicomsdl.open_file(path).pixelData(storedvalue=True)),
            "pylibjpeg-rle, frame in memory": lambda: rle.utils.decode_frame(
                next(frames), _SIZE * _SIZE, 16, "<"
            ),
        },
        rounds,
    )
    return against("pixel_array(path), RLE", times, {"dicomsdl": 1.5, "pylibjpeg-rle, frame in memory": 1.0})


def _only_frame(path: str) -> bytes:
    """The fragment behind an offset table of one entry."""
    with open(path, "rb") as file:  # noqa: PTH123
        data = file.read()
    start = data.index(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff") + 12 + 12
    assert data[start : start + 4] == b"\xfe\xff\x00\xe0"
    (length,) = struct.unpack_from("<I", data, start + 4)
    return data[start + 8 : start + 8 + length]


def shown_by_pydicom(dataset: pydicom.Dataset) -> NDArray[np.uint8]:
    """A window of 8 bits by the functions that pydicom has for it."""
    values = apply_windowing(apply_rescale(dataset.pixel_array, dataset), dataset)
    black, white = values.min(), values.max()
    return ((values - black) * (255 / (white - black)) + 0.5).astype(np.uint8)


def shown(archive: Path, rounds: int) -> list[Row]:
    """Rows of values for use: pixels are decoded already, they have a rescale and a window."""
    dataset = fastdcm.dcmread(str(sorted((archive / "ct-16-unsigned").iterdir())[0]))
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    dataset.WindowCenter, dataset.WindowWidth = 400, 1500
    theirs = dataset.to_pydicom()
    display = medians(
        {"fastdcm": lambda: fastdcm.to_display(dataset), "pydicom": lambda: shown_by_pydicom(theirs)}, rounds
    )
    values = medians(
        {
            "fastdcm": lambda: fastdcm.to_values(dataset),
            "pydicom": lambda: apply_rescale(theirs.pixel_array, theirs).astype(np.float32),
        },
        rounds,
    )
    return against("to_display, 512 x 512", display, {"pydicom": None}) + against(
        "to_values, 512 x 512", values, {"pydicom": None}
    )


def run(archive: Path, rounds: int) -> list[Row]:
    """Rows of the table."""
    return native(archive, rounds) + encapsulated(archive, rounds) + shown(archive, rounds)
