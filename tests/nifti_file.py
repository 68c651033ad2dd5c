"""Reads what the tests need of NIfTI-1 files: voxels and the affine of the sform."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_TYPES = {2: "<u1", 4: "<i2", 8: "<i4", 16: "<f4", 512: "<u2", 128: "<u1"}
_RGB = 128


def read_nifti(path: Path) -> tuple[NDArray[Any], tuple[float, float]]:
    """The voxels as stored, shape (x, y, z[, t]) or (x, y, z, 3) for colour, and slope and intercept."""
    data = gzip.decompress(path.read_bytes())
    dimensions = struct.unpack_from("<8h", data, 40)
    (code,) = struct.unpack_from("<h", data, 70)
    (offset, slope, intercept) = struct.unpack_from("<3f", data, 108)
    shape = dimensions[1 : 1 + dimensions[0]]
    if code == _RGB:
        shape = (3, *shape)
    count = int(np.prod(shape))
    voxels = np.frombuffer(data, _TYPES[code], count, int(offset)).reshape(shape, order="F")
    if code == _RGB:
        voxels = np.moveaxis(voxels, 0, -1)
    return voxels, (slope or 1.0, intercept)
