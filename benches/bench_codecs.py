"""Path to array of encoded pixels against other libraries, and against the bare codec on the frame in memory.

Measured is the processor time of the whole process: a peer with threads of its own gains nothing by them.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import itertools
import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dicomsdl
import gdcm
import numpy as np
import pydicom.pixels

import encoded_images
import fastdcm
from harness import Row, Work, against, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from encoded_images import Variant

# Of the speed of one thread.
_LEAST_OF_TWO_THREADS = 1.75
# A frame of many may cost three times what a file of one costs.
_LEAST_OF_ONE_FRAME = 1 / 3
_SAMPLE_CALLS = 3
_PLUGINS = ("pylibjpeg", "pyjpegls", "gdcm", "pillow", "pydicom")
# Between right decoders of lossy images: rounding in the inverse transform and in the conversion of colour.
_TOLERANCE = 4

# As in bench_pixels: memory comes from arrays given back.
_kept: collections.deque[object] = collections.deque(maxlen=4)


def keeping(work: Callable[..., object], *arguments: object, **keywords: object) -> Work:
    """Calls `work`, and keeps what it gives for a while."""
    return lambda: _kept.append(work(*arguments, **keywords))


def decode_gdcm(path: str) -> Any:
    """Reads and decodes with GDCM alone; colour as it is stored."""
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        msg = "GDCM cannot read it"
        raise ValueError(msg)
    # Bytes come as text, with surrogates for those that are none.
    return np.frombuffer(reader.GetImage().GetBuffer().encode("utf-8", "surrogateescape"), np.uint8)


def decode_dicomsdl(path: str) -> Any:
    """Reads and decodes with dicomsdl."""
    return dicomsdl.open_file(path).pixelData(storedvalue=True)


def decode_pydicom(path: str, *, plugin: str) -> Any:
    """Reads and decodes with pydicom and one of its plugins."""
    return pydicom.pixels.pixel_array(path, decoding_plugin=plugin)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without what libraries of C write to the standard error of the process."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def peers_of(path: str, expected: Any) -> Iterator[tuple[str, Callable[[str], Any]]]:
    """The libraries that decode this file, and get right what can be compared."""
    candidates: list[tuple[str, Callable[[str], Any]]] = [
        ("dicomsdl", decode_dicomsdl),
        ("GDCM", decode_gdcm),
        *((f"pydicom, {plugin}", functools.partial(decode_pydicom, plugin=plugin)) for plugin in _PLUGINS),
    ]
    for name, decode in candidates:
        try:
            with quiet():
                found = np.asarray(decode(path))
        except Exception:  # noqa: BLE001 - whatever a library raises where it does not know a syntax
            continue
        found = found.reshape(-1).view(expected.dtype)
        if found.size == expected.size and (expected.ndim == 3 or _is_near(found, expected)):
            yield name, decode


def _is_near(found: Any, expected: Any) -> bool:
    difference = found.reshape(expected.shape).astype(np.int32) - expected
    return bool(np.abs(difference).max() <= _TOLERANCE)


def _seconds(work: Work) -> float:
    def call() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return statistics.median(call() for _ in range(_SAMPLE_CALLS))


def _best(peers: dict[str, Work]) -> str | None:
    return min(peers, key=lambda name: _seconds(peers[name]), default=None)


def _rows(encoded: Path, variant: Variant, rounds: int) -> list[Row]:
    path = str(encoded / f"{variant.name}.dcm")
    frame = (encoded / f"{variant.name}.frame").read_bytes()
    array = fastdcm.pixel_array(path)
    assert not variant.is_lossless or np.array_equal(array, encoded_images.image(variant.image)), variant.name
    peers = {name: keeping(decode, path) for name, decode in peers_of(path, array)}
    best = _best(peers)
    contenders = {
        "fastdcm": keeping(fastdcm.pixel_array, path),
        variant.bare: keeping(variant.decode_bare, frame),
    }
    aims: dict[str, float | None] = {f"{variant.bare}, frame in memory": variant.aim}
    # Peers decode JPEG 2000 with OpenJPEG too.
    of_peer = variant.aim if variant.family.startswith("JPEG 2000") else 1.0
    contenders[f"{variant.bare}, frame in memory"] = contenders.pop(variant.bare)
    if best is not None:
        contenders[best] = peers[best]
        aims = {best: of_peer} | aims
    times = medians(contenders, rounds, clock=time.process_time)
    return against(f"pixel_array(path), {variant.name}", times, aims, unit="ms")


def run(_: Path, rounds: int) -> list[Row]:
    """Rows of all encodings, one thread; CODECS names those wanted by a part of their names."""
    encoded = encoded_images.make_encoded()
    wanted = [part.casefold() for part in os.environ.get("CODECS", "").split(",")]
    chosen = [
        variant
        for variant in encoded_images.variants()
        if any(part in variant.name.casefold() for part in wanted)
    ]
    return list(itertools.chain.from_iterable(_rows(encoded, variant, rounds) for variant in chosen))


def threads(_: Path, rounds: int) -> list[Row]:
    """Rows of two threads against one, by the clock on the wall."""
    encoded = encoded_images.make_encoded()
    rows: list[Row] = []
    for path in sorted(encoded.glob("volume *.dcm")):
        contenders = {
            "fastdcm": keeping(fastdcm.pixel_array, str(path), threads=2),
            "one thread": keeping(fastdcm.pixel_array, str(path), threads=1),
        }
        work = f"pixel_array(path, threads=2), {path.stem}"
        rows += against(work, medians(contenders, rounds), {"one thread": _LEAST_OF_TWO_THREADS}, unit="ms")
    return rows


def _bytes_read(work: Work) -> int:
    """Bytes that a call asks of the system; Linux counts them, at a small fault for the counting."""
    counts = Path("/proc/self/io")

    def count() -> int:
        return int(counts.read_text().split()[1])

    idle = -count() + count()
    return -count() + (work(), count())[1] - idle


def frames(_: Path, rounds: int) -> list[Row]:
    """Rows of one frame of 2,000 against a file that has only this one: time, and bytes read."""
    encoded = encoded_images.make_encoded()
    one = keeping(fastdcm.pixel_array, str(encoded / "one-frame.dcm"))
    rows: list[Row] = []
    for path in sorted([*encoded.glob("frames-*.dcm"), *encoded.glob("fragments-*.dcm")]):
        for index in (0, encoded_images.FRAMES - 1):
            single = keeping(fastdcm.pixel_array, str(path), index=index)
            name = f"pixel_array(path, index={index}), {path.stem}"
            times = medians({"fastdcm": single, "file of one frame": one}, rounds, clock=time.process_time)
            rows += against(name, times, {"file of one frame": _LEAST_OF_ONE_FRAME})
            read, least = _bytes_read(single), _bytes_read(one)
            rows.append(
                Row(f"{name}, bytes", "file of one frame", least / read, None, read / 1e3, least / 1e3, "KB")
            )
    return rows
