"""Instances of a slide, from the headers of their files."""

from __future__ import annotations

import math
import os
from typing import NamedTuple

from fastdcm.bulk.scan import scan
from fastdcm.bulk.table import is_arrow, table_of
from fastdcm.slides.errors import SlideError
from fastdcm.slides.tiles import FullTiles, SparseTiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeAlias

    from fastdcm.bulk.scan import AnyPath, Column
    from fastdcm.bulk.table import ArrowData, Table

    Row: TypeAlias = dict[str, Any]
    Source: TypeAlias = AnyPath | Iterable[AnyPath] | Table | ArrowData

__all__ = ["Instance", "Source", "read_instances"]

_WHOLE_SLIDE_MICROSCOPY = "1.2.840.10008.5.1.4.1.1.77.1.6"
_MOST_LENGTH = 2**31 - 1
_NAMES = (
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "ImageType",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "PhotometricInterpretation",
    "TotalPixelMatrixColumns",
    "TotalPixelMatrixRows",
    "TotalPixelMatrixFocalPlanes",
    "NumberOfOpticalPaths",
    "DimensionOrganizationType",
    "ConcatenationUID",
    "ConcatenationFrameOffsetNumber",
    "ImagedVolumeWidth",
    "ImagedVolumeHeight",
    "ImageOrientationSlide",
)
_SHARED = "SharedFunctionalGroupsSequence[0]."
_FRAMES = "PerFrameFunctionalGroupsSequence[*]."
_PLACED: dict[str, Column] = {
    "spacing": _SHARED + "PixelMeasuresSequence[0].PixelSpacing",
    "shared_path": _SHARED + "OpticalPathIdentificationSequence[0].OpticalPathIdentifier",
    "origin_x": "TotalPixelMatrixOriginSequence[0].XOffsetInSlideCoordinateSystem",
    "origin_y": "TotalPixelMatrixOriginSequence[0].YOffsetInSlideCoordinateSystem",
    "paths": "OpticalPathSequence[*].OpticalPathIdentifier",
    "tile_columns": _FRAMES + "PlanePositionSlideSequence[0].ColumnPositionInTotalImagePixelMatrix",
    "tile_rows": _FRAMES + "PlanePositionSlideSequence[0].RowPositionInTotalImagePixelMatrix",
    "tile_heights": _FRAMES + "PlanePositionSlideSequence[0].ZOffsetInSlideCoordinateSystem",
    "tile_paths": _FRAMES + "OpticalPathIdentificationSequence[0].OpticalPathIdentifier",
}


class Instance(NamedTuple):
    """An instance: an image with all its tiles, a part of one, or a picture beside the pyramid."""

    path: str
    file: int  # the number of its row in the table of all files
    series: str
    uid: str
    flavour: str  # Value 3 of Image Type: VOLUME, LABEL, OVERVIEW, THUMBNAIL
    matrix: tuple[int, int]  # columns, rows
    tile: tuple[int, int]
    frames: int
    first: int  # the number of its first frame in the concatenation
    concatenation: str
    samples: int
    dtype: str
    white: float
    spacing: tuple[float, float] | None  # between rows, between columns, in mm
    origin: tuple[float, float] | None
    orientation: tuple[float, ...] | None
    optical_paths: tuple[str, ...]
    planes: int
    is_full: bool
    row: Row

    def tiles(self) -> FullTiles | SparseTiles:
        """Where the frames lie.

        Raises
        ------
        SlideError
            Attributes contradict each other.
        """
        if self.is_full:
            return FullTiles(self.matrix, self.tile, (self.planes, len(self.optical_paths)))
        positions = tuple(self.row[name] or () for name in ("tile_columns", "tile_rows"))
        for found in positions:
            if len(found) != self.frames:
                raise SlideError(f"{len(found)} positions of tiles for {self.frames} frames")
        heights = _of_each(self.row["tile_heights"], self.frames)
        levels = {height: number for number, height in enumerate(sorted({height or 0 for height in heights}))}
        planes = [levels[height or 0] for height in heights]
        paths = _of_each(self.row["tile_paths"], self.frames)
        known = {path: number for number, path in enumerate(self.optical_paths)}
        default = known.get(self.row["shared_path"], 0)
        numbers = [default if path is None else known.get(path, -1) for path in paths]
        if -1 in numbers:
            raise SlideError("a frame of an optical path that the Optical Path Sequence does not have")
        return SparseTiles((positions[0], positions[1]), (numbers, planes), (self.matrix, self.tile))


def read_instances(source: Source) -> tuple[list[Instance], Table]:
    """Read the headers of files: what is no whole slide microscopy is left out.

    Returns
    -------
    instances : list of Instance
    table : Table
        Of all files, with the places of their frames, by which `decode` needs no headers.
    """
    columns: dict[str, Column] = {name: name for name in _NAMES}
    columns |= _PLACED
    table = scan(_paths(source), columns, frames=True)
    unique: dict[str, Instance] = {}
    for number, row in enumerate(table[["path", "path_bytes", *columns]].rows()):
        # The same instance may be there more than once.
        uid = row["SOPInstanceUID"] or row["path"]
        if row["SOPClassUID"] == _WHOLE_SLIDE_MICROSCOPY and uid not in unique:
            unique[uid] = _instance(row, number)
    return list(unique.values()), table


def _paths(source: Source) -> Any:
    if not is_arrow(source):
        return source
    table = table_of(source)
    if "path_bytes" not in table:
        return [str(path) for path in table["path"]]
    pairs = zip(table["path"], table["path_bytes"], strict=True)
    return [str(path) if raw is None else os.fsdecode(raw) for path, raw in pairs]


def _instance(row: Row, number: int) -> Instance:
    kind = [value or "" for value in row["ImageType"] or ()]
    flavour = kind[2] if len(kind) > 2 else ""
    tile = (_length(row, "Columns", 65535), _length(row, "Rows", 65535))
    # Pictures beside the pyramid are one tile, where they say nothing else.
    matrix = (
        _length(row, "TotalPixelMatrixColumns", _MOST_LENGTH, default=tile[0]),
        _length(row, "TotalPixelMatrixRows", _MOST_LENGTH, default=tile[1]),
    )
    paths = tuple(path or "" for path in row["paths"] or ())
    count = _length(row, "NumberOfOpticalPaths", 65535, default=max(len(paths), 1))
    if not paths:
        paths = tuple(f"{number + 1}" for number in range(count))
    if len(paths) != count or len(set(paths)) != count:
        raise SlideError(
            f"Number of Optical Paths is {count}, the Optical Path Sequence has {len(set(paths))}"
        )
    dtype, white = _samples(row)
    return Instance(
        path=row["path"] if row["path_bytes"] is None else os.fsdecode(row["path_bytes"]),
        file=number,
        series=row["SeriesInstanceUID"] or "",
        uid=row["SOPInstanceUID"] or "",
        flavour=flavour,
        matrix=matrix,
        tile=tile,
        frames=_length(row, "NumberOfFrames", _MOST_LENGTH, default=1),
        first=max(row["ConcatenationFrameOffsetNumber"] or 0, 0),
        concatenation=row["ConcatenationUID"] or "",
        samples=_length(row, "SamplesPerPixel", 4, default=1),
        dtype=dtype,
        white=white,
        spacing=_spacing(row, matrix),
        origin=_finite((row["origin_x"], row["origin_y"]), 2),
        orientation=_finite(row["ImageOrientationSlide"], 6),
        optical_paths=paths,
        planes=_length(row, "TotalPixelMatrixFocalPlanes", _MOST_LENGTH, default=1),
        is_full=_is_full(row),
        row=row,
    )


def _is_full(row: Row) -> bool:
    """Whether frames lie in the order of tiles; writers that do not say so give no positions."""
    organization = row["DimensionOrganizationType"]
    return bool(organization == "TILED_FULL" or (organization != "TILED_SPARSE" and not row["tile_columns"]))


def _length(row: Row, name: str, most: int, *, default: int | None = None) -> int:
    value = row[name]
    if value is None and default is not None:
        return default
    if value is None or not 1 <= value <= most:
        found = "absent" if value is None else value
        raise SlideError(f"{name} is {found}; it must be 1 to {most}")
    return int(value)


def _samples(row: Row) -> tuple[str, float]:
    """The type of samples, and the number that is white."""
    bits = row["BitsAllocated"] or 8
    stored = min(row["BitsStored"] or bits, bits)
    if bits not in {8, 16, 32}:
        raise SlideError(f"Bits Allocated is {bits}; it must be one of 8, 16, 32")
    is_signed = row["PixelRepresentation"] == 1
    least, most = (-(1 << (stored - 1)), (1 << (stored - 1)) - 1) if is_signed else (0, (1 << stored) - 1)
    is_inverted = row["PhotometricInterpretation"] == "MONOCHROME1"
    return f"{'int' if is_signed else 'uint'}{bits}", least if is_inverted else most


def _spacing(row: Row, matrix: tuple[int, int]) -> tuple[float, float] | None:
    found = _finite(row["spacing"], 2)
    if found is None and row["ImagedVolumeWidth"] and row["ImagedVolumeHeight"]:
        found = _finite((row["ImagedVolumeHeight"] / matrix[1], row["ImagedVolumeWidth"] / matrix[0]), 2)
    if found is None or min(found) <= 0:
        return None
    return found[0], found[1]


def _finite(values: Sequence[float | None] | None, count: int) -> Any:
    if values is None or len(values) != count:
        return None
    numbers = tuple(math.nan if value is None else float(value) for value in values)
    return numbers if all(map(math.isfinite, numbers)) else None


def _of_each(values: Sequence[Any] | None, count: int) -> Sequence[Any]:
    """One value for each frame; None where there is none."""
    if not values:
        return [None] * count
    if len(values) != count:
        raise SlideError(f"{len(values)} functional groups for {count} frames")
    return values
