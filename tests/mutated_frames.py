"""Damaged encoded frames in files that say what they are: the same number always means the same bytes.

Whole frames are those of tests/vectors and tests/data/codecs, some of our own, and the small ones of the
corpus where FASTDCM_CORPUS names it.
"""

from __future__ import annotations

import functools
import json
import os
import random
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import codestreams
import dicom_writer as dicom
import fastdcm
from fastdcm.pixels import get_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TESTS = Path(__file__).resolve().parent
_CORPUS = Path(os.environ.get("FASTDCM_CORPUS", _TESTS / "../../shared/corpus"))
# Of the corpus: bytes of a file and of a frame, and how many frames of a family.
_LARGEST_FILE, _LARGEST_FRAME, _MOST = 140 << 10, 48 << 10, 16

_BASELINE, _EXTENDED, _LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57"
_JPEG_LS, _JPEG_2000 = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
_HTJ2K, _JPEG_XL = "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.110"
_RLE, _DEFLATED, _UNCOMPRESSED = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98"
_PROGRESSIVE = "1.2.840.10008.1.2.4.55"


class Frame(NamedTuple):
    """An encoded frame and what its data set says of it."""

    syntax: str
    rows: int
    columns: int
    samples: int
    allocated: int
    stored: int
    data: bytes
    signed: int = 0
    photometric: str = ""

    def file(self) -> bytes:
        """The file around it."""
        photometric = self.photometric or ("MONOCHROME2" if self.samples == 1 else "RGB")
        elements: list[dicom.Element] = [
            (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7"),
            (0x00080018, "UI", "1.2.3.4.5"),
            (0x00280002, "US", self.samples),
            (0x00280004, "CS", photometric),
            (0x00280006, "US", 0),
            (0x00280010, "US", self.rows),
            (0x00280011, "US", self.columns),
            (0x00280100, "US", self.allocated),
            (0x00280101, "US", self.stored),
            (0x00280102, "US", max(self.stored - 1, 0)),
            (0x00280103, "US", self.signed),
            dicom.encapsulated([self.data], table=False),
        ]
        return dicom.encode_file(elements, dicom.Encoding(self.syntax))


# --- whole frames -----------------------------------------------------------------------------------------


def _of_vectors(*, bits: int, progressive: bool) -> Iterator[Frame]:
    """JPEG with a DCT, made by libjpeg-turbo."""
    syntax = _PROGRESSIVE if progressive else _BASELINE if bits == 8 else _EXTENDED
    for line in (_TESTS / "vectors/jpeg.jsonl").read_text().splitlines():
        row = json.loads(line)
        rows, columns, samples = row["shape"]
        if row["bits"] == bits and ("progressive" in row["name"]) == progressive and rows > 1:
            data = bytes.fromhex(row["frame"])
            yield Frame(syntax, rows, columns, samples, 8 if bits == 8 else 16, bits, data)


def _of_folder(syntax: str, *endings: str) -> Iterator[Frame]:
    """The frames of tests/data/codecs: 13 rows, 17 columns, precision in the name."""
    for path in sorted((_TESTS / "data/codecs").iterdir()):
        if path.suffix[1:] in endings:
            bits = int("".join(letter for letter in path.stem if letter.isdigit()))
            samples, signed = 3 if path.stem.startswith("rgb") else 1, int(path.stem.startswith("signed"))
            allocated = 8 if bits <= 8 else 16
            yield Frame(syntax, 13, 17, samples, allocated, bits, path.read_bytes(), signed)


def _of_samples(syntax: str, encode: Callable[[bytes, int, int], bytes]) -> Iterator[Frame]:
    """Native frames of every width, encoded by a function of bytes, bytes of a sample and samples."""
    for width, samples in ((1, 1), (2, 1), (4, 1), (1, 3), (2, 3)):
        values = np.arange(12 * 20 * samples) // 7 * 5
        data = values.astype(f"<u{width}").tobytes()
        yield Frame(syntax, 12, 20, samples, width * 8, width * 8, encode(data, width, samples))


def _rle(data: bytes, width: int, samples: int) -> bytes:
    return dicom.rle_frame(data, rows=12, bytes_per_sample=width, samples=samples)


def _deflated(data: bytes, _width: int, _samples: int) -> bytes:
    return zlib.compress(data, wbits=-15)


def _lossless() -> Iterator[Frame]:
    for columns, selection in ((20, 1), (20, 4), (3, 6), (20, 7)):
        data = codestreams.jpeg_lossless(12, columns, selection)
        yield Frame(_LOSSLESS, 12, columns, 1, 16, 12, data)


def _jpeg_ls() -> Iterator[Frame]:
    for seed in codestreams.jpeg_ls():
        allocated = 8 if seed.precision == 8 else 16
        yield Frame(_JPEG_LS, seed.rows, seed.columns, seed.samples, allocated, seed.precision, seed.frame)


class Family(NamedTuple):
    """Frames of one kind: those of our own, and the transfer syntaxes of those in the corpus."""

    ours: Callable[[], Iterator[Frame]]
    syntaxes: tuple[str, ...] = ()


FAMILIES: dict[str, Family] = {
    "RLE": Family(lambda: _of_samples(_RLE, _rle), (_RLE,)),
    "JPEG 8": Family(lambda: _of_vectors(bits=8, progressive=False), (_BASELINE,)),
    "JPEG 12": Family(lambda: _of_vectors(bits=12, progressive=False), (_EXTENDED,)),
    "JPEG prog": Family(
        lambda: _of_vectors(bits=8, progressive=True), ("1.2.840.10008.1.2.4.53", _PROGRESSIVE)
    ),
    "JPEG less": Family(_lossless, (_LOSSLESS, "1.2.840.10008.1.2.4.70")),
    "JPEG-LS": Family(_jpeg_ls, (_JPEG_LS, "1.2.840.10008.1.2.4.81")),
    "JPEG 2000": Family(lambda: _of_folder(_JPEG_2000, "j2k", "jp2"), (_JPEG_2000, "1.2.840.10008.1.2.4.91")),
    "HTJ2K": Family(lambda: _of_folder(_HTJ2K, "jph"), (_HTJ2K, "1.2.840.10008.1.2.4.202")),
    "JPEG XL": Family(lambda: _of_folder(_JPEG_XL, "jxl"), (_JPEG_XL, "1.2.840.10008.1.2.4.112")),
    "deflated": Family(lambda: _of_samples(_DEFLATED, _deflated), (_DEFLATED,)),
    "native": Family(lambda: _of_samples(_UNCOMPRESSED, lambda data, *_: data), (_UNCOMPRESSED,)),
}


@functools.cache
def whole_frames(family: str) -> list[Frame]:
    """The frames of a family that are damaged."""
    ours, syntaxes = FAMILIES[family]
    return [*ours(), *(frame for frame in _of_corpus() if frame.syntax in syntaxes)][: _MOST * 3]


@functools.cache
def _of_corpus() -> list[Frame]:
    """The first frames of the small files of the corpus, the smallest ones of each transfer syntax."""
    manifest = _CORPUS / "MANIFEST.jsonl"
    if not manifest.is_file():
        return []
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    paths = sorted((row["size"], row["file"]) for row in rows if row["size"] <= _LARGEST_FILE)
    found: dict[str, list[Frame]] = {syntax: [] for family in FAMILIES.values() for syntax in family.syntaxes}
    for _, name in paths:
        frame = _first_frame(_CORPUS / name)
        if (
            frame
            and len(found.get(frame.syntax, [None] * _MOST)) < _MOST
            and frame not in found[frame.syntax]
        ):
            found[frame.syntax].append(frame)
    return [frame for frames in found.values() for frame in frames]


def _first_frame(path: Path) -> Frame | None:
    try:
        dataset = fastdcm.dcmread(path)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID"))
        if all(syntax not in family.syntaxes for family in FAMILIES.values()):
            return None
        count = int(dataset.get("NumberOfFrames") or 1)
        data = get_frame(dataset["PixelData"].value, 0, number_of_frames=count)
        words = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored")
        rows, columns, samples, allocated, stored = (int(dataset[word].value) for word in words)
        signed, photometric = dataset["PixelRepresentation"].value, dataset["PhotometricInterpretation"].value
    except (fastdcm.DicomError, KeyError, IndexError):
        return None
    if not 0 < len(data) <= _LARGEST_FRAME:
        return None
    return Frame(syntax, rows, columns, samples, allocated, stored, data, signed, photometric)


# --- damage -----------------------------------------------------------------------------------------------


def _truncate(frame: Frame, random: random.Random) -> Frame:
    """Cuts the end."""
    end = len(frame.data) if random.random() < 0.8 else min(len(frame.data), 120)
    return frame._replace(data=frame.data[: random.randrange(end)])


def _flip(frame: Frame, random: random.Random) -> Frame:
    """Other bits in one to sixteen places, mostly in the header."""
    data = bytearray(frame.data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        end = min(len(data), 200) if random.random() < 0.7 else len(data)
        data[random.randrange(end)] ^= random.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
    return frame._replace(data=bytes(data))


def _lie(frame: Frame, random: random.Random) -> Frame:
    """Numbers of one to four bytes that cannot be, in the header or behind a marker."""
    data = bytearray(frame.data)
    for _ in range(random.choice((1, 1, 2))):
        markers = [place for place, byte in enumerate(data[:600]) if byte == 0xFF]
        start = random.choice(markers) + 2 if markers and random.random() < 0.7 else 0
        place = min(len(data) - 1, start + random.randrange(24))
        width = random.choice((1, 2, 4))
        number = random.choice((0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x80000000, 0xFFFFFFFF))
        data[place : place + width] = (number % (1 << 8 * width)).to_bytes(
            width, random.choice(("big", "little"))
        )
    return frame._replace(data=bytes(data))


def _splice(frame: Frame, random: random.Random) -> Frame:
    """Parts removed, doubled, exchanged, or taken from another frame."""
    data = bytearray(frame.data)
    others = [other for family in FAMILIES for other in whole_frames(family) if other.syntax == frame.syntax]
    for _ in range(random.choice((1, 1, 2))):
        start = random.randrange(len(data))
        end = min(len(data), start + random.choice((1, 2, 4, 20, 100, 1000)))
        other = random.choice(others).data
        from_other = random.randrange(len(other))
        part = other[from_other : from_other + end - start]
        match random.randrange(4):
            case 0:
                del data[start:end]
            case 1:
                data[start:start] = data[start:end] * random.choice((1, 2, 50))
            case 2:
                data[start:end] = part
            case _:
                data[start:start] = part
        if not data:
            break
    return frame._replace(data=bytes(data))


def _contradict(frame: Frame, random: random.Random) -> Frame:
    """Attributes that are not those of the codestream."""
    match random.randrange(5):
        case 0:
            return frame._replace(rows=random.choice((1, frame.rows - 1, frame.rows + 1, 4096, 65535)))
        case 1:
            return frame._replace(
                columns=random.choice((1, frame.columns - 1, frame.columns + 1, 4096, 65535))
            )
        case 2:
            return frame._replace(samples=random.choice((1, 2, 3, 4)))
        case 3:
            allocated = random.choice((1, 8, 12, 16, 32, 64))
            return frame._replace(allocated=allocated, stored=random.randrange(1, allocated + 1))
        case _:
            return frame._replace(signed=1 - frame.signed, stored=random.randrange(1, frame.allocated + 1))


DAMAGES = (_truncate, _flip, _lie, _splice, _contradict)


def damaged_frame(number: int) -> tuple[str, bytes]:
    """The family, and the file with the damaged frame of this number."""
    families = tuple(FAMILIES)
    family, number_of_family = families[number % len(families)], number // len(families)
    frames = whole_frames(family)
    damage = DAMAGES[number_of_family % len(DAMAGES)]
    frame = frames[number_of_family // len(DAMAGES) % len(frames)]
    return family, damage(frame, random.Random(number)).file()
