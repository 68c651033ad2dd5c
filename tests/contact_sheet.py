"""Small pictures side by side in one PNG, with nothing but numpy."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

EDGE = 112
_GAP = 4
_BACKGROUND = 24


def thumbnail(frame: NDArray[np.generic], *, inverted: bool = False, edge: int = EDGE) -> Picture:
    """A frame of any dtype as an 8-bit RGB square: shrunk, the middle 99 % of its values stretched.

    Parameters
    ----------
    frame : ndarray, shape (rows, columns) or (rows, columns, samples)
        One frame; of samples other than three, the first is shown.
    inverted : bool
        The smallest value is white (MONOCHROME1).
    """
    values = frame.astype(np.float32)
    is_colour = values.ndim == 3 and values.shape[2] == 3
    if values.ndim == 3 and not is_colour:
        values = values[:, :, 0]
    values = np.nan_to_num(_shrunk(values, edge))
    if is_colour and frame.dtype == np.uint8:
        low, high = 0.0, 255.0
    else:
        low, high = np.percentile(values, (0.5, 99.5))
    values = ((values - low) / max(high - low, 1e-6)).clip(0, 1)
    if inverted:
        values = 1 - values
    grey = (values * 255).round().astype(np.uint8)
    colour = grey if is_colour else np.repeat(grey[:, :, None], 3, axis=2)
    square = np.zeros((edge, edge, 3), np.uint8)
    top, left = (edge - colour.shape[0]) // 2, (edge - colour.shape[1]) // 2
    square[top : top + colour.shape[0], left : left + colour.shape[1]] = colour
    return square


def _shrunk(values: NDArray[np.float32], edge: int) -> NDArray[np.float32]:
    """The picture with its longer side `edge` long: means of blocks, then the nearest of them."""
    block = max(1, max(values.shape[:2]) // edge)
    if block > 1 and min(values.shape[:2]) >= block:
        rows, columns = (length // block * block for length in values.shape[:2])
        blocks = values[:rows, :columns].reshape(
            rows // block, block, columns // block, block, *values.shape[2:]
        )
        values = blocks.mean(axis=(1, 3))
    scale = edge / max(values.shape[:2])
    places = [
        (np.arange(max(1, round(length * scale))) / scale).astype(int).clip(0, length - 1)
        for length in values.shape[:2]
    ]
    return values[np.ix_(*places)]


def sheet(pictures: list[Picture], *, columns: int = 12) -> Picture:
    """All pictures, row by row."""
    edge = pictures[0].shape[0]
    step = edge + _GAP
    rows = -(-len(pictures) // columns)
    whole = np.full((rows * step + _GAP, min(columns, len(pictures)) * step + _GAP, 3), _BACKGROUND, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (_GAP + place * step for place in divmod(number, columns))
        whole[top : top + edge, left : left + edge] = picture
    return whole


def write_png(path: Path, picture: Picture) -> None:
    """An 8-bit RGB picture as PNG (ISO/IEC 15948)."""
    height, width, _ = picture.shape
    lines = np.zeros((height, 1 + width * 3), np.uint8)  # every line begins with its filter: none
    lines[:, 1:] = picture.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    data = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
