"""Pixels of one bit (PS3.5 §8.1.1): packed, the first in the lowest bit, and as bytes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

__all__ = ["pack_bits", "unpack_bits"]


def pack_bits(arr: npt.NDArray[Any], pad: bool = True) -> bytes:  # noqa: FBT001, FBT002 - pydicom's signature
    """Pixels that are 0 or 1 as bits of Pixel Data or Overlay Data.

    Parameters
    ----------
    arr : ndarray
        Only 0 and 1. Frames follow each other without a gap.
    pad : bool
        End with a byte of 0 where the length would be odd.

    Raises
    ------
    ValueError
        Others than 0 and 1.
    """
    import numpy as np  # noqa: PLC0415 - comes at the first array

    bits = arr.ravel().astype(bool)
    if not np.array_equal(arr.ravel(), bits):
        raise ValueError("only 0 and 1 can be packed")
    packed = np.packbits(bits, bitorder="little").tobytes()
    return packed + b"\0" if pad and len(packed) % 2 else packed


def unpack_bits(src: bytes, as_array: bool = True) -> npt.NDArray[Any] | bytes:  # noqa: FBT001, FBT002 - as above
    """Bits of Pixel Data or Overlay Data as 0 and 1, in uint8.

    Parameters
    ----------
    src : bytes
        Packed pixels, the first in the lowest bit.
    as_array : bool
        An array; otherwise bytes.
    """
    import numpy as np  # noqa: PLC0415 - comes at the first array

    bits = np.unpackbits(np.frombuffer(src, np.uint8), bitorder="little")
    return bits if as_array else bits.tobytes()
