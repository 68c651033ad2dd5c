"""Arrays of samples on their way through Rust."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.pixels.functional_groups import frames_of, runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import numpy.typing as npt

    from fastdcm.pixels.functional_groups import FunctionalGroups

__all__ = ["apply_steps", "plain", "steps_of_frames"]


def plain(arr: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array in the form that Rust takes: C-contiguous, in the byte order of this machine."""
    import numpy as np  # noqa: PLC0415 - comes at the first array

    arr = np.asarray(arr)
    dtype = arr.dtype.newbyteorder("=")
    if dtype.kind == "b":
        dtype = np.dtype(np.uint8)
    elif dtype.kind == "f" and dtype.itemsize not in {4, 8}:
        dtype = np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    return np.ascontiguousarray(arr, dtype).reshape(arr.shape)


def steps_of_frames(
    arr: npt.NDArray[Any],
    groups: FunctionalGroups,
    *,
    frame: int | None,
    step: Callable[[int], _core.Step | None],
) -> list[_core.Step | None]:
    """One step for all of an array, or one for each of its frames.

    Raises
    ------
    ValueError
        The array is one of several frames whose steps differ, and `frame` is None.
    """
    frames = frames_of(arr, groups, frame)
    found = [step(number) for number in frames] if groups.are_there else [step(next(iter(frames)))]
    if all(other == found[0] for other in found[1:]):
        return found[:1]
    if arr.ndim < 3 or arr.shape[0] != len(found):
        raise ValueError(f"the {len(found)} frames differ: frame=... says which one it is")
    return found


def apply_steps(arr: npt.NDArray[Any], steps: list[_core.Step | None]) -> npt.NDArray[Any]:
    """What one step makes of an array, or one for each frame: small integers by tables, else float64."""
    if all(step is None for step in steps):
        return arr
    most = [None if step is None else step.most for step in steps]
    dtype = "float64"
    if all(limit is not None for limit in most):
        dtype = "uint8" if max(limit for limit in most if limit is not None) < 256 else "uint16"
    transforms = [(None, [] if step is None else [step]) for step in steps]
    arr = plain(arr)
    return _core.transform_samples(arr, runs(arr.size, transforms) if arr.size else [], dtype)
