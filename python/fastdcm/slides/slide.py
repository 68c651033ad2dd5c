"""Whole slide images."""

from __future__ import annotations

import operator

import numpy as np

from fastdcm.bulk.decode import decode
from fastdcm.pixels import pixel_array
from fastdcm.slides.errors import SlideError
from fastdcm.slides.instance import read_instances
from fastdcm.slides.level import Level
from fastdcm.slides.tiles import Region

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    import numpy.typing as npt

    from fastdcm.bulk.table import Table
    from fastdcm.slides.instance import Instance, Source
    from fastdcm.slides.level import Found

    Array = npt.NDArray[Any]

__all__ = ["Picture", "Slide", "open_slide"]

# Beyond it sums of positions would not be numbers of 64 bits.
_MOST_LENGTH = 2**31
# Bytes of tiles that are decoded together.
_AT_ONCE = 256 << 20


class Picture:
    """A picture beside the pyramid: of the label, of the whole slide, or a thumbnail.

    Attributes
    ----------
    path : str
        Its file.
    columns, rows : int
    """

    def __init__(self, instance: Instance):
        self.path = instance.path
        self.columns, self.rows = instance.matrix
        self.kind = instance.flavour.lower()

    def read(self) -> Array:
        """Decode it, as `pixel_array` does."""
        return pixel_array(self.path)

    def __repr__(self) -> str:
        return f"<Picture {self.kind}: {self.columns} x {self.rows}>"


class Slide:
    """A whole slide image: levels of a pyramid, and pictures beside it. Made by `open_slide`.

    Attributes
    ----------
    levels : tuple of Level
        The finest first.
    label, overview, thumbnail : Picture or None
    """

    def __init__(self, instances: Sequence[Instance], table: Table):
        self._table = table
        groups: dict[tuple[int, int], list[Instance]] = {}
        pictures: dict[str, Picture] = {}
        for instance in instances:
            if instance.flavour in {"LABEL", "OVERVIEW", "THUMBNAIL"}:
                pictures.setdefault(instance.flavour, Picture(instance))
            else:
                groups.setdefault(instance.matrix, []).append(instance)
        if not groups:
            reason = "VL Whole Slide Microscopy with Image Type VOLUME (PS3.3 C.8.12.4.1.1)"
            raise SlideError(f"no image of a slide: of {len(table)} files none is {reason}")
        sizes = sorted(groups, key=lambda size: size[0] * size[1], reverse=True)
        self.levels = tuple(Level(number, groups[size], sizes[0]) for number, size in enumerate(sizes))
        self.label = pictures.get("LABEL")
        self.overview = pictures.get("OVERVIEW")
        self.thumbnail = pictures.get("THUMBNAIL")

    @property
    def dimensions(self) -> tuple[int, int]:
        """Columns and rows of the finest level."""
        return self.levels[0].columns, self.levels[0].rows

    def read_region(  # noqa: PLR0917 - a place and a size, as everywhere
        self,
        level: int | Level,
        x: int,
        y: int,
        width: int,
        height: int,
        *,
        optical_path: int = 0,
        focal_plane: int = 0,
        fill: float | Sequence[float] | None = None,
        threads: int | None = None,
    ) -> Array:
        """Pixels of a part of a level: only the tiles that have a part in it are decoded.

        Parameters
        ----------
        level : int or Level
            Number of the level, 0 for the finest, or one of `levels`.
        x, y : int
            Column and row of the first pixel, in pixels of this level from 0; they may lie outside.
        width, height : int
            Columns and rows, at least 1.
        optical_path, focal_plane : int
            Numbers, from 0: of `Level.optical_paths`, and of the planes from the slide upwards.
        fill : number or sequence, optional
            Value of what is outside of the total pixel matrix, or has no tile; white when omitted. One for
            all samples, or one for each.
        threads : int, optional
            Threads that decode; as many as cores when omitted.

        Returns
        -------
        ndarray, shape (height, width, samples)
            Of `Level.dtype`, stored values; YBR becomes RGB. Owns its memory.

        Raises
        ------
        IndexError
            No such level, optical path or focal plane.
        ValueError
            `width` or `height` is below 1, or a number beyond 2**31.
        DicomError, OSError
            A tile cannot be decoded.
        """
        chosen = level if isinstance(level, Level) else self._level(level)
        region = _region(x, y, width, height)
        for name, number, count in (
            ("optical path", optical_path, len(chosen.optical_paths)),
            ("focal plane", focal_plane, chosen.focal_planes),
        ):
            if not 0 <= number < count:
                raise IndexError(f"{name} {number}: there are {count}")
        found = chosen.find(region, optical_path, focal_plane)
        shape = (region.height, region.width, chosen.samples)
        pixels: Array = np.empty(shape, chosen.dtype)
        pixels[...] = chosen.white if fill is None else fill
        for part in _batches(found, chosen):
            files, frames = [found[0] for found in part], [found[1].tolist() for found in part]
            decoded = decode(self._table, rows=files, frames=frames, threads=threads)
            tiles = zip(decoded.array, _places(part), strict=True)
            _paste(tiles, region, (chosen.columns, chosen.rows), pixels=pixels)
        return pixels

    def _level(self, number: int) -> Level:
        number = operator.index(number)
        if not 0 <= number < len(self.levels):
            raise IndexError(f"level {number}: there are {len(self.levels)}")
        return self.levels[number]

    def __repr__(self) -> str:
        columns, rows = self.dimensions
        return f"<Slide: {columns} x {rows}; levels: {len(self.levels)}>"


def open_slide(source: Source) -> Slide:
    """Open a whole slide image (PS3.3 C.8.12): headers are read, once, and no pixels.

    Images of VL Whole Slide Microscopy are taken, other files are left out. Those of one series with the same
    total pixel matrix are a level, whatever the number of files: concatenations, optical paths.

    Parameters
    ----------
    source : path, iterable of paths, Table, or Arrow data
        Files and folders, as for `scan`, or the files of a table.

    Returns
    -------
    Slide

    Raises
    ------
    SlideError
        There is no such image; there are several slides; attributes contradict each other: numbers of frames
        and tiles, positions outside of the total pixel matrix, sizes that cannot be.
    FileNotFoundError
        A single path that leads nowhere.
    """
    instances, table = read_instances(source)
    pyramids = dict.fromkeys(
        instance.series
        for instance in instances
        if instance.flavour not in {"LABEL", "OVERVIEW", "THUMBNAIL"}
    )
    if len(pyramids) > 1:
        raise SlideError(f"{len(pyramids)} series of whole slide images: open the files of one")
    return Slide(instances, table)


def _region(*numbers: int) -> Region:
    region = Region(*map(operator.index, numbers))
    if region.width < 1 or region.height < 1:
        raise ValueError("width and height must be at least 1")
    if max(map(abs, region)) > _MOST_LENGTH:
        raise ValueError("a region beyond 2**31 pixels")
    return region


def _batches(found: list[Found], level: Level) -> list[list[Found]]:
    """Tiles that are decoded together, so that they take no more memory than a region of some size does."""
    columns, rows = level.tile_size
    most = max(1, _AT_ONCE // (columns * rows * level.samples * level.dtype.itemsize))
    batches: list[list[Found]] = [[]]
    left = most
    for file, frames, x, y in found:
        first = 0
        while first < len(frames):
            end = min(first + left, len(frames))
            batches[-1].append((file, frames[first:end], x[first:end], y[first:end]))
            left -= end - first
            first = end
            if left == 0:
                batches.append([])
                left = most
    return [batch for batch in batches if batch]


def _places(part: list[Found]) -> list[tuple[int, int]]:
    """Column and row of the first pixel of each tile."""
    return [(int(left), int(top)) for _, _, x, y in part for left, top in zip(x, y, strict=True)]


def _paste(
    tiles: Iterable[tuple[Array | None, tuple[int, int]]],
    region: Region,
    matrix: tuple[int, int],
    *,
    pixels: Array,
) -> None:
    """Copy what is in the region; what is behind the last column and row of the matrix is padding."""
    for tile, (left, top) in tiles:
        if tile is None:
            continue
        right, bottom = min(left + tile.shape[1], matrix[0]), min(top + tile.shape[0], matrix[1])
        first = max(left, region.x), max(top, region.y)
        end = min(right, region.x + region.width), min(bottom, region.y + region.height)
        if first[0] < end[0] and first[1] < end[1]:
            source = tile[first[1] - top : end[1] - top, first[0] - left : end[0] - left]
            target = pixels[first[1] - region.y : end[1] - region.y, first[0] - region.x : end[0] - region.x]
            target[...] = source.reshape(target.shape)
