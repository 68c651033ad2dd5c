"""A level of the pyramid of a slide."""

from __future__ import annotations

import numpy as np

from fastdcm.slides.errors import SlideError
from fastdcm.slides.tiles import FullTiles, SparseTiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import numpy.typing as npt

    from fastdcm.slides.instance import Instance
    from fastdcm.slides.tiles import Numbers, Region

    # The number of a file; its frames, and columns and rows of their first pixels.
    Found: TypeAlias = tuple[int, Numbers, Numbers, Numbers]

__all__ = ["Level"]


class Level:
    """A level: one total pixel matrix in tiles (PS3.3 C.8.12.4.1.1).

    Attributes
    ----------
    number : int
        0 for the finest.
    columns, rows : int
        Of the total pixel matrix.
    tile_size : (int, int)
        Columns and rows of a tile.
    downsample : float
        How many pixels of the finest level are side by side in one of this: the mean of both directions.
    pixel_spacing : (float, float) or None
        Millimetres between rows, and between columns.
    optical_paths : tuple of str
        The Optical Path Identifiers, in the order of their numbers.
    focal_planes : int
    paths : tuple of str
        The files: several for a concatenation, or where optical paths have instances of their own.
    samples : int
        Samples of a pixel.
    dtype : numpy.dtype
    """

    def __init__(self, number: int, instances: Sequence[Instance], finest: tuple[int, int]):
        first = instances[0]
        self.number = number
        self.columns, self.rows = first.matrix
        self.tile_size = first.tile
        self.downsample = (finest[0] / first.matrix[0] + finest[1] / first.matrix[1]) / 2
        self.pixel_spacing = first.spacing
        self.paths = tuple(instance.path for instance in instances)
        self.samples, self.dtype = first.samples, np.dtype(first.dtype)
        self.white = first.white
        self._origin, self._orientation = first.origin, first.orientation
        if {(instance.samples, instance.dtype) for instance in instances} != {(first.samples, first.dtype)}:
            raise SlideError(f"level {number}: the samples of its images differ in type or number")
        self._parts = _parts(instances)
        self.optical_paths = tuple(dict.fromkeys(path for part in self._parts for path in part.optical_paths))
        self.focal_planes = max(part.planes for part in self._parts)

    def find(self, region: Region, path: int, plane: int) -> list[Found]:
        """Files with tiles that have a part in the region."""
        name = self.optical_paths[path]
        found: list[Found] = []
        for part in self._parts:
            if name in part.optical_paths and plane < part.planes:
                found += part.find(region, part.optical_paths.index(name), plane)
        return found

    def to_slide(self, x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Where pixels lie on the slide, in mm (PS3.3 C.8.12.2.1): X and Y in the slide coordinate system.

        Parameters
        ----------
        x, y : float or array
            Column and row of this level; (0, 0) is the centre of its first pixel.

        Returns
        -------
        ndarray, shape (..., 2)

        Raises
        ------
        SlideError
            Total Pixel Matrix Origin, Image Orientation (Slide) or Pixel Spacing is absent.
        """
        origin, steps = self._geometry()
        places: npt.NDArray[np.float64] = np.stack(np.broadcast_arrays(x, y), -1) @ steps + origin
        return places

    def from_slide(self, x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Column and row of places on the slide in mm: the reverse of `to_slide`."""
        origin, steps = self._geometry()
        if np.linalg.matrix_rank(steps) < 2:
            raise SlideError("Image Orientation (Slide) is none of a plane")
        places = np.stack(np.broadcast_arrays(x, y), -1) - origin
        pixels: npt.NDArray[np.float64] = places @ np.linalg.inv(steps)
        return pixels

    def _geometry(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The place of the first pixel, and the steps to the next column and row."""
        if self._origin is None or self._orientation is None or self.pixel_spacing is None:
            raise SlideError(
                "Total Pixel Matrix Origin, Image Orientation (Slide) or Pixel Spacing is absent or no number"
            )
        down, across = self.pixel_spacing
        orientation = self._orientation
        # The first three are the direction in which columns increase.
        steps = np.array([orientation[:2], orientation[3:5]]) * [[across], [down]]
        return np.array(self._origin), steps

    def __repr__(self) -> str:
        columns, rows = self.tile_size
        return f"<Level {self.number}: {self.columns} x {self.rows}, tiles of {columns} x {rows}>"


class _Part:
    """Instances that share one numbering of frames: one, or a concatenation."""

    def __init__(self, instances: Sequence[Instance]):
        self._instances = sorted(instances, key=lambda instance: instance.first)
        first = self._instances[0]
        self.optical_paths, self.planes = first.optical_paths, first.planes
        for instance in instances:
            if (instance.matrix, instance.tile, instance.optical_paths, instance.planes) != (
                first.matrix,
                first.tile,
                first.optical_paths,
                first.planes,
            ):
                raise SlideError("parts of a concatenation differ in their total pixel matrix")
        self._tiles = [instance.tiles() for instance in self._instances]
        self._check_count()
        heights = [tiles.plane for tiles in self._tiles if isinstance(tiles, SparseTiles)]
        if heights:
            self.planes = max((int(plane.max()) + 1 for plane in heights if plane.size), default=1)

    def _check_count(self) -> None:
        """Compare the numbers of frames with that of tiles."""
        end = 0
        for instance, tiles in zip(self._instances, self._tiles, strict=True):
            if not isinstance(tiles, FullTiles):
                continue
            frames = instance.first + instance.frames
            if frames > tiles.count or (frames < tiles.count and not instance.concatenation):
                raise SlideError(f"{frames} frames, the total pixel matrix has {tiles.count} tiles")
            if instance.first < end:
                raise SlideError("parts of a concatenation have the same frames")
            end = frames

    def find(self, region: Region, path: int, plane: int) -> list[Found]:
        """Files with tiles that have a part in the region."""
        found = []
        for instance, tiles in zip(self._instances, self._tiles, strict=True):
            frames, x, y = tiles.find(region, path, plane)
            if isinstance(tiles, FullTiles):
                frames = frames - instance.first
                is_here = (frames >= 0) & (frames < instance.frames)
                frames, x, y = frames[is_here], x[is_here], y[is_here]
            if len(frames):
                found.append((instance.file, frames, x, y))
        return found


def _parts(instances: Sequence[Instance]) -> list[_Part]:
    groups: dict[str, list[Instance]] = {}
    for instance in instances:
        groups.setdefault(instance.concatenation or instance.path, []).append(instance)
    parts = [_Part(group) for group in groups.values()]
    seen: set[str] = set()
    for part in parts:
        if seen.intersection(part.optical_paths):
            raise SlideError("two images of one size and one optical path")
        seen.update(part.optical_paths)
    return parts
