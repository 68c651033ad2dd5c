"""Where the frames of an image lie in its total pixel matrix (PS3.3 C.7.6.17.3, C.8.12.6.1)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fastdcm.slides.errors import SlideError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

__all__ = ["FullTiles", "Region", "SparseTiles"]

# More than the matrix of any slide: positions and their sums stay numbers of 64 bits.
_MOST = 2**31


class Region(NamedTuple):
    """A part of the total pixel matrix, which may lie beyond its edges."""

    x: int
    y: int
    width: int
    height: int


class FullTiles:
    """TILED_FULL: every tile is there, column by column, row by row; then focal planes, then optical paths.

    Frames of a concatenation have numbers in the whole of it. `counts` are those of focal planes and of
    optical paths.
    """

    def __init__(self, matrix: tuple[int, int], tile: tuple[int, int], counts: tuple[int, int]):
        self.tile = tile
        self.across, self.down = (-(-length // size) for length, size in zip(matrix, tile, strict=True))
        self.planes, self.paths = counts

    @property
    def count(self) -> int:
        """How many frames there are."""
        return self.across * self.down * self.planes * self.paths

    def find(self, region: Region, path: int, plane: int) -> tuple[Numbers, Numbers, Numbers]:
        """Frames with a part in the region: their numbers, columns and rows of their first pixels."""
        columns = self._between((region.x, region.width), self.tile[0], self.across)
        rows = self._between((region.y, region.height), self.tile[1], self.down)
        first = (path * self.planes + plane) * self.across * self.down
        down, across = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
        return first + down * self.across + across, across * self.tile[0], down * self.tile[1]

    @staticmethod
    def _between(extent: tuple[int, int], size: int, count: int) -> Numbers:
        start, length = extent
        first, end = start // size, -(-(start + length) // size)
        return np.arange(max(first, 0), max(min(end, count), 0), dtype=np.int64)


class SparseTiles:
    """TILED_SPARSE: every frame says itself where it lies.

    Parameters
    ----------
    positions : (columns, rows)
        Column and Row Position In Total Image Pixel Matrix of each frame, from 1.
    numbers : (paths, planes)
        For each frame the numbers of its optical path and its focal plane.
    sizes : (matrix, tile)
        Columns and rows of both.
    """

    def __init__(
        self,
        positions: tuple[Sequence[int | None], Sequence[int | None]],
        numbers: tuple[Sequence[int], Sequence[int]],
        sizes: tuple[tuple[int, int], tuple[int, int]],
    ):
        matrix, self.tile = sizes
        self.x, self.y = (_offsets(along, length) for along, length in zip(positions, matrix, strict=True))
        self.path, self.plane = (np.array(values, np.int64) for values in numbers)

    @property
    def count(self) -> int:
        """How many frames there are."""
        return len(self.x)

    def find(self, region: Region, path: int, plane: int) -> tuple[Numbers, Numbers, Numbers]:
        """Frames with a part in the region: their numbers, columns and rows of their first pixels."""
        is_wanted = (self.path == path) & (self.plane == plane)
        is_wanted &= (self.x < region.x + region.width) & (self.x + self.tile[0] > region.x)
        is_wanted &= (self.y < region.y + region.height) & (self.y + self.tile[1] > region.y)
        frames = np.flatnonzero(is_wanted)
        return frames, self.x[frames], self.y[frames]


def _offsets(positions: Sequence[int | None], length: int) -> Numbers:
    """Positions from 1 inside the matrix, counted from 0."""
    for number, position in enumerate(positions):
        if position is None or not 1 <= position <= min(length, _MOST):
            found = "is absent" if position is None else f"is {position}"
            raise SlideError(f"frame {number}: the position of its tile {found}; it must be 1 to {length}")
    return np.array(positions, np.int64).reshape(-1) - 1
