"""Frames of one object that have no place in the patient: cine, and projections of nuclear medicine."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from fastdcm.bulk.decode import decode
from fastdcm.dataset import Dataset
from fastdcm.files import dcmread
from fastdcm.pixels.array import pixel_array
from fastdcm.pixels.attributes import number, numbers, text
from fastdcm.pixels.functional_groups import number_of_frames
from fastdcm.volumes.frame_vectors import frame_times, frame_vectors
from fastdcm.volumes.ultrasound import UltrasoundRegion, ultrasound_regions

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any

    import numpy.typing as npt

__all__ = ["MultiFrame", "load_multi_frame"]


class MultiFrame:
    """The frames of one object as an array with named axes. It has no affine: nothing says where it lies.

    Attributes
    ----------
    modality : str
        Modality, as ``"US"``.
    number_of_frames : int
        Number of Frames.
    vectors : dict of str to list of int
        For what Frame Increment Pointer names in nuclear medicine (PS3.3 C.8.4.8), as "detector", "energy
        window" or "angular view", the number of each frame.
    times : ndarray of float64, optional
        Times of frames after the first, in ms; None where nothing says them.
    regions : tuple of UltrasoundRegion
        The calibrated parts of an ultrasound image.
    pixel_spacing : (float, float), optional
        Pixel Spacing in mm: between rows, between columns. Never Imager Pixel Spacing, which is that of the
        detector; of ultrasound see `regions`.
    """

    def __init__(self, dataset: Dataset, path: str | None = None):
        self._source: Dataset | str = dataset if path is None else path
        self.modality = text(dataset, "Modality")
        self.number_of_frames = number_of_frames(dataset)
        self.vectors = frame_vectors(dataset, self.number_of_frames)
        self.times = frame_times(dataset, self.number_of_frames)
        self.regions: tuple[UltrasoundRegion, ...] = ultrasound_regions(dataset)
        self._is_colour = (number(dataset, "SamplesPerPixel") or 1) > 1
        spacing = numbers(dataset, "PixelSpacing")
        self.pixel_spacing = (spacing[0], spacing[1]) if len(spacing) == 2 and min(spacing) > 0 else None

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the array is, as ("detector", "angular view", "row", "column").

        There is one for each vector where frames of all combinations are there once, otherwise "frame", or
        "time" where times of frames are known; "sample" comes last in colour.
        """
        order = self._order
        names = ("time" if self.times is not None else "frame",) if order is None else tuple(self._varying)
        return (*names, "row", "column", *(("sample",) if self._is_colour else ()))

    @cached_property
    def array(self) -> npt.NDArray[Any]:
        """The stored samples, read when they are asked for first; see `axes`."""
        if isinstance(self._source, str):
            frames = np.asarray(decode(self._source))
        else:
            frames = pixel_array(self._source)
            frames = frames[None] if self.number_of_frames == 1 else frames
        order = self._order
        if order is None:
            return frames
        frames = frames if np.array_equal(order, np.arange(len(order))) else frames[order]
        lengths = [len(set(values)) for values in self._varying.values()]
        return frames.reshape(*lengths, *frames.shape[1:])

    @property
    def _varying(self) -> dict[str, list[int]]:
        return {name: values for name, values in self.vectors.items() if len(set(values)) > 1}

    @property
    def _order(self) -> npt.NDArray[np.intp] | None:
        """The frames in the order of their vectors; None where they do not fill all places once."""
        vectors = list(self._varying.values())
        combinations = set(zip(*vectors, strict=True))
        places = np.prod([len(set(values)) for values in vectors], dtype=object)
        if not vectors or not len(combinations) == places == self.number_of_frames:
            return None
        # The last key is the first to sort by.
        order: npt.NDArray[np.intp] = np.lexsort(vectors[::-1])
        return order

    def __repr__(self) -> str:
        names = ", ".join(self._varying) if self._order is not None else ""
        by = f" by {names}" if names else ""
        return f"<MultiFrame {self.modality or '?'}; {self.number_of_frames} frames{by}>"


def load_multi_frame(source: Dataset | str | os.PathLike[str] | bytes) -> MultiFrame:
    """Load the frames of one object as an array whose axes are named, with their times and regions.

    Parameters
    ----------
    source : Dataset, path or bytes
        One object: a cine of ultrasound or X-rays, a nuclear medicine image, any image of several frames.

    Returns
    -------
    MultiFrame
        Its header is read, pixels when `MultiFrame.array` is asked for.

    Raises
    ------
    PixelDataError
        An element that describes frames is not of numbers.
    """
    if isinstance(source, Dataset):
        return MultiFrame(source)
    if isinstance(source, bytes):
        return MultiFrame(dcmread(source))
    path = str(source)
    return MultiFrame(dcmread(path, stop_before_pixels=True), path)
