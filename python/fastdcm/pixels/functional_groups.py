"""Attributes of single frames: the functional groups of enhanced objects (PS3.3 C.7.6.16)."""

from __future__ import annotations

from fastdcm._core import Sequence as DatasetSequence
from fastdcm.errors import PixelDataError
from fastdcm.pixels.attributes import first_item, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeVar

    import numpy.typing as npt

    from fastdcm import _core
    from fastdcm.dataset import Dataset

    Padding = tuple[float, float, float] | None
    Run = tuple[int, Padding, list[_core.Step]]
    _Made = TypeVar("_Made")

__all__ = ["FunctionalGroups", "number_of_frames", "runs"]


class FunctionalGroups:
    """Where attributes of a frame stand: in its own groups, in the shared ones, or in the data set itself.

    Parameters
    ----------
    dataset : Dataset
        The image.
    """

    def __init__(self, dataset: Dataset):
        self.dataset = dataset
        self.shared = first_item(dataset, "SharedFunctionalGroupsSequence")
        frames = dataset.get("PerFrameFunctionalGroupsSequence")
        self.frames = frames if isinstance(frames, DatasetSequence) else ()
        self._tables: dict[object, _core.Step | None] = {}

    @property
    def are_there(self) -> bool:
        """True for an enhanced object."""
        return self.shared is not None or len(self.frames) > 0

    def table(self, key: object, make: Callable[[], _core.Step | None]) -> _core.Step | None:
        """A look-up table that all frames share, which is read once."""
        if key not in self._tables:
            self._tables[key] = make()
        return self._tables[key]

    def each(self, frames: Iterable[int], make: Callable[[int], _Made]) -> list[_Made]:
        """What is made for each frame: once where they have no groups of their own."""
        numbers = list(frames)
        if self.are_there:
            return [make(number) for number in numbers]
        return [make(numbers[0])] * len(numbers) if numbers else []

    def sequence(self, frame: int, keyword: str) -> Dataset | None:
        """The data set that has the functional group sequence of a frame; None without it."""
        own = self.frames[frame] if frame < len(self.frames) else None
        for groups in (own, self.shared):
            if first_item(groups, keyword) is not None:
                return groups
        return None

    def item(self, frame: int, keyword: str) -> Dataset | None:
        """The item of a functional group of a frame; None without it."""
        return first_item(self.sequence(frame, keyword), keyword)

    def holder(self, frame: int, keyword: str, has: Callable[[Dataset], bool]) -> Dataset:
        """The data set with the attributes of a frame: the functional group, if it is there and has them."""
        item = self.item(frame, keyword) if self.are_there else None
        return item if item is not None and has(item) else self.dataset


def number_of_frames(dataset: Dataset) -> int:
    """Number of Frames, at least 1."""
    return max(int(number(dataset, "NumberOfFrames") or 1), 1)


def frames_of(array: npt.NDArray[Any], groups: FunctionalGroups, frame: int | None) -> Iterable[int]:
    """The frames that an array has: all, the one that is named, or the only one.

    Raises
    ------
    ValueError
        It is one of several frames that differ, and it is not said which.
    """
    count = number_of_frames(groups.dataset)
    if frame is not None:
        if not 0 <= frame < count:
            raise IndexError(f"frame {frame} of {count}")
        return (frame,)
    if count > 1 and array.ndim > 2 and array.shape[0] == count:
        return range(count)
    return (0,) if len(groups.frames) < 2 else range(count)


def runs(size: int, steps: Sequence[tuple[Padding, list[_core.Step]]]) -> list[Run]:
    """The transforms of `size` samples, of which each frame has as many; equal neighbours are one run."""
    if not steps or size % len(steps):
        raise PixelDataError(f"{size} samples are not those of {len(steps)} frames")
    samples = size // len(steps)
    found: list[Run] = []
    for padding, transform in steps:
        if found and found[-1][1:] == (padding, transform):
            found[-1] = (found[-1][0] + samples, padding, transform)
        else:
            found.append((samples, padding, transform))
    return found
