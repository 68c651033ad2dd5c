"""Images as PNG (ISO/IEC 15948): grey and colour, of 8 or 16 bits."""

import struct
import zlib

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["encode_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Colour types of 11.2.1 by number of samples: grey, grey with alpha, RGB, RGB with alpha.
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
# 9.2: each byte is stored as the difference to that above it.
_UP = 2


def encode_png(pixels: "NDArray[Any]") -> bytes:
    """Encode an image, shape (rows, columns[, samples]).

    Raises
    ------
    ValueError
        The values are not those of unsigned integers of 16 bits, or the image is empty.
    """
    image = _unsigned(pixels[..., None] if pixels.ndim == 2 else pixels)
    rows, columns, samples = image.shape
    if rows == 0 or columns == 0 or samples not in _COLOUR_TYPES:
        raise ValueError(f"a PNG file does not hold an image of shape {pixels.shape}")
    data = np.ascontiguousarray(image, image.dtype.newbyteorder(">")).view(np.uint8).reshape(rows, -1)
    lines = np.empty((rows, 1 + data.shape[1]), np.uint8)
    lines[:, 0] = _UP
    lines[0, 1:] = data[0]
    np.subtract(data[1:], data[:-1], out=lines[1:, 1:])  # wraps, as it should
    header = struct.pack(">IIBBBBB", columns, rows, 8 * image.itemsize, _COLOUR_TYPES[samples], 0, 0, 0)
    body = zlib.compress(lines.data, 4)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _unsigned(image: "NDArray[Any]") -> "NDArray[Any]":
    if image.dtype in (np.uint8, np.uint16):
        return image
    if image.dtype.kind not in "iu":
        raise ValueError(f"a PNG file does not hold numbers of type {image.dtype}")
    if image.size and (image.min() < 0 or image.max() > 0xFFFF):
        raise ValueError("a PNG file does not hold values below 0 or above 65535; .npy does")
    return image.astype(np.uint16)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
