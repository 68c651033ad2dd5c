"""Which frames an export writes, under which names, and how many of them at a time."""

import os
from pathlib import Path
from typing import NamedTuple

import fastdcm
from fastdcm.bulk.faults import Faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

__all__ = ["Image", "Part", "find_images", "parts"]

# What tells images apart that do not go into one array.
_FORM = (
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "BitsAllocated",
    "PixelRepresentation",
    "PhotometricInterpretation",
)
_COLUMNS = (*_FORM, "NumberOfFrames")
_ENDINGS = (".dcm", ".dicom", ".ima")
# Of one call to the decoder, however small frames are.
_MOST_FRAMES = 1024
_MOST_FILES = 256


class Image(NamedTuple):
    """A file with pixels.

    Attributes
    ----------
    path : str
        The file.
    name : str
        What it is written as, below the folder of the export and without an ending.
    frames : int
        Number of Frames; there may be fewer.
    form : tuple
        The values that images of one array share.
    samples : int
        Samples per Pixel.
    size : int
        Bytes of a decoded frame, about.
    """

    path: str
    name: str
    frames: int
    form: tuple[object, ...]
    samples: int
    size: int


class Part(NamedTuple):
    """Frames of an image that are decoded in one go."""

    image: Image
    frames: range


def find_images(paths: "Sequence[str]", output: Path, threads: int | None) -> tuple[list[Image], Faults]:
    """Find the images in files and folders, those of an earlier export left out.

    Returns
    -------
    list of Image
        In the order of the files.
    Faults
        Files that are no images, or cannot be read.
    """
    table = fastdcm.scan(paths, _COLUMNS, threads=threads, progress=True)
    root = _root(paths)
    written = os.path.realpath(output) + os.sep
    images: list[Image] = []
    faults = Faults()
    names: set[str] = set()
    # Many images share one form: it is kept once.
    forms: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in table.rows():
        path = row["path"] if row["path_bytes"] is None else os.fsdecode(row["path_bytes"])
        if os.path.realpath(path).startswith(written):
            continue
        if row["status"] in {"error", "not DICOM"}:
            faults.append({name: row.get(name) for name in Faults.COLUMNS})
        elif not row["Rows"] or not row["Columns"]:
            faults.append(_no_image(path))
        else:
            image = _image(path, _name(path, root, names), row)
            images.append(image._replace(form=forms.setdefault(image.form, image.form)))
    return images, faults


def parts(images: "Iterable[tuple[Image, int]]", memory: int) -> "Iterator[list[Part]]":
    """Yield what is decoded together, of images and the first frame that is wanted of each.

    They are of one form, and of no more than `memory` bytes but for a single frame.
    """
    batch: list[Part] = []
    left = count = 0
    for image, wanted in images:
        first = wanted
        while first < image.frames:
            room = min(left // image.size, _MOST_FRAMES - count)
            is_alike = bool(batch) and batch[0].image.form == image.form and len(batch) < _MOST_FILES
            if batch and (room < 1 or not is_alike):
                yield batch
                batch = []
            if not batch:
                left, count = memory, 0
                room = min(max(left // image.size, 1), _MOST_FRAMES)
            end = min(first + room, image.frames)
            batch.append(Part(image, range(first, end)))
            left -= (end - first) * image.size
            count += end - first
            first = end
    if batch:
        yield batch


def _image(path: str, name: str, row: "dict[str, Any]") -> Image:
    samples = row["SamplesPerPixel"] or 1
    # Values of a frame may be of a type with eight bytes.
    size = row["Rows"] * row["Columns"] * samples * max((row["BitsAllocated"] or 16) // 8, 4)
    frames = max(row["NumberOfFrames"] or 1, 1)
    return Image(path, name, frames, tuple(row[column] for column in _FORM), samples, size)


def _no_image(path: str) -> "dict[str, Any]":
    values = (path, None, "no image", "no Rows and Columns, tags (0028,0010) and (0028,0011)", None)
    return dict(zip(Faults.COLUMNS, values, strict=True))


def _root(paths: "Sequence[str]") -> str:
    """Return the folder that all of them are in."""
    roots = [path if os.path.isdir(path) else os.path.dirname(path) for path in paths]  # noqa: PTH112, PTH120 - of text
    try:
        return os.path.commonpath([os.path.abspath(root) for root in roots])  # noqa: PTH100
    except ValueError:  # on several drives
        return ""


def _name(path: str, root: str, taken: set[str]) -> str:
    """Return the name below the root without .dcm, unless another file would be written there."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - links stay
    below = os.path.relpath(absolute, root) if root else os.path.basename(absolute)  # noqa: PTH119
    stem, ending = os.path.splitext(below)  # noqa: PTH122
    name = stem if ending.lower() in _ENDINGS and os.path.basename(stem) else below  # noqa: PTH119
    if name != below and (name.lower() in taken or os.path.lexists(absolute[: -len(ending)])):
        name = below
    number = 1
    free = name
    while free.lower() in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free.lower())
    return free
