"""Whole slide images whose pixels say where they are, so that the answer to every question is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import dicom_writer as dicom

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Tile = tuple[int, int, int, int]  # column, row, focal plane, optical path

WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
ORIGIN = (20.0, 40.0)
# Columns run up the slide, rows to the left.
ORIENTATION = (0.0, -1.0, 0.0, -1.0, 0.0, 0.0)


def pixels_at(x: Any, y: Any, level: int = 0, plane: int = 0, path: int = 0) -> NDArray[np.uint8]:
    """Colours of pixels of a matrix of less than 256 columns and rows."""
    x, y = np.broadcast_arrays(x, y)
    return np.stack([x, y, np.full_like(x, 16 * level + 4 * plane + path)], -1).astype(np.uint8)


def matrix(columns: int, rows: int, **which: int) -> NDArray[np.uint8]:
    """All pixels of a level."""
    row, column = np.mgrid[:rows, :columns]
    return pixels_at(column, row, **which)


def full_order(
    columns: int, rows: int, tile: tuple[int, int], counts: tuple[int, int] = (1, 1)
) -> list[Tile]:
    """Tiles as TILED_FULL has them (PS3.3 C.7.6.17.3)."""
    planes, paths = counts
    return [
        (column, row, plane, path)
        for path in range(paths)
        for plane in range(planes)
        for row in range(0, rows, tile[1])
        for column in range(0, columns, tile[0])
    ]


def instance(
    size: tuple[int, int],
    tile: tuple[int, int],
    tiles: Sequence[Tile],
    *,
    level: int = 0,
    uid: str = "1.2.3.1",
    sparse: bool = False,
    paths: Sequence[str] = ("a",),
    encoding: dicom.Encoding = dicom.EXPLICIT_LITTLE,
    **more: tuple[int, str, Any] | None,
) -> bytes:
    """A file with these tiles of a level. `more` adds elements, or replaces those of its name."""
    frames = [
        pixels_at(*np.meshgrid(x + np.arange(tile[0]), y + np.arange(tile[1])), level, plane, path)
        for x, y, plane, path in tiles
    ]
    # What is beyond the matrix is not white, so that it would be seen.
    for frame, (x, y, _, _) in zip(frames, tiles, strict=True):
        frame[max(size[1] - y, 0) :] = 77
        frame[:, max(size[0] - x, 0) :] = 77
    scale = 2.0**level
    measures = [(0x00280030, "DS", [0.002 * scale, 0.001 * scale])]
    elements: dict[str, tuple[int, str, Any] | None] = {
        "image_type": (0x00080008, "CS", ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]),
        "sop_class": (0x00080016, "UI", WHOLE_SLIDE),
        "instance": (0x00080018, "UI", uid),
        "modality": (0x00080060, "CS", "SM"),
        "name": (0x00100010, "PN", "Secret^Name"),
        "series": (0x0020000E, "UI", "1.2.9"),
        "organization": (0x00209311, "CS", "TILED_SPARSE" if sparse else "TILED_FULL"),
        "samples": (0x00280002, "US", 3),
        "photometric": (0x00280004, "CS", "RGB"),
        "planar": (0x00280006, "US", 0),
        "frames": (0x00280008, "IS", len(tiles)),
        "rows": (0x00280010, "US", tile[1]),
        "columns": (0x00280011, "US", tile[0]),
        "allocated": (0x00280100, "US", 8),
        "stored": (0x00280101, "US", 8),
        "high": (0x00280102, "US", 7),
        "signed": (0x00280103, "US", 0),
        "total_columns": (0x00480006, "UL", size[0]),
        "total_rows": (0x00480007, "UL", size[1]),
        "origin": (0x00480008, "SQ", [[(0x0040072A, "DS", ORIGIN[0]), (0x0040073A, "DS", ORIGIN[1])]]),
        "orientation": (0x00480102, "DS", list(ORIENTATION)),
        "path_count": (0x00480302, "UL", len(paths)),
        "path_sequence": (0x00480105, "SQ", [[(0x00480106, "SH", path)] for path in paths]),
        "planes": (0x00480303, "UL", 1 + max((plane for _, _, plane, _ in tiles), default=0)),
        "shared": (0x52009229, "SQ", [[(0x00289110, "SQ", [measures])]]),
        "groups": (0x52009230, "SQ", [_groups(tile, paths) for tile in tiles]) if sparse else None,
        "pixels": _pixel_data(frames, encoding),
    }
    elements |= more
    present = [element for element in elements.values() if element is not None]
    return dicom.encode_file(sorted(present, key=lambda element: element[0]), encoding)


def _groups(tile: Tile, paths: Sequence[str]) -> list[tuple[int, str, Any]]:
    column, row, plane, path = tile
    position = [
        (0x0040074A, "DS", 0.5 * plane),
        (0x0048021E, "SL", column + 1),
        (0x0048021F, "SL", row + 1),
    ]
    return [(0x00480207, "SQ", [[(0x00480106, "SH", paths[path])]]), (0x0048021A, "SQ", [position])]


def _pixel_data(frames: Sequence[NDArray[np.uint8]], encoding: dicom.Encoding) -> tuple[int, str, Any]:
    if encoding is not dicom.RLE_LOSSLESS:
        return dicom.pixel_data(b"".join(frame.tobytes() for frame in frames), bits_allocated=8)
    return dicom.encapsulated(
        [dicom.rle_frame(frame.tobytes(), rows=frame.shape[0], samples=3) for frame in frames]
    )


def picture(kind: str, uid: str, value: int) -> bytes:
    """A label, an overview or a thumbnail, of one colour."""
    pixels = np.full((6, 8, 3), value, np.uint8)
    return instance(
        (8, 6),
        (8, 6),
        [(0, 0, 0, 0)],
        uid=uid,
        image_type=(0x00080008, "CS", ["ORIGINAL", "PRIMARY", kind, "NONE"]),
        pixels=dicom.pixel_data(pixels.tobytes(), bits_allocated=8),
    )


def write(folder: Path, *files: bytes) -> Path:
    """Write files under names whose order is not theirs."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(files):
        (folder / f"{(number * 7 + 3) % 101:03}.dcm").write_bytes(data)
    return folder
