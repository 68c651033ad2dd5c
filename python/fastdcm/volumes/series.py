"""Finding series in files, and loading them as volumes."""

from __future__ import annotations

import warnings
from typing import Literal, overload

from fastdcm.volumes.defects import (
    Defect,
    VolumeError,
    VolumeWarning,
    defects_of_series,
    defects_of_stack,
    even_runs,
    mixed_rescale,
)
from fastdcm.volumes.headers import read_frames
from fastdcm.volumes.reading import LostFrames, Reading
from fastdcm.volumes.stack import Arrangement, arrange, stacks
from fastdcm.volumes.volume import Volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from fastdcm.bulk.progress import Progress
    from fastdcm.options import Limits
    from fastdcm.volumes.frame import Frame
    from fastdcm.volumes.headers import LeftOut
    from fastdcm.volumes.sources import Source

__all__ = ["Policy", "Series", "find_series", "load_series"]

Policy = Literal["raise", "warn", "split", "choose"]
_POLICIES = ("raise", "warn", "split", "choose")
_NOT_READABLE = "not readable"


class Series:
    """The frames of one Series Instance UID, in stacks.

    Attributes
    ----------
    uid : str
        Series Instance UID.
    modality : str
        Modality, as ``"CT"``.
    stacks : tuple of Arrangement
        The frames that make one array each, the largest first.
    left_out : tuple of (str, str)
        The path of each file that is in no stack, and the reason: a localizer, no geometry, and so on. Those
        with "no position of slices" are for `load_multi_frame`.
    defects : tuple of Defect
        What keeps the series from being one evenly spaced volume: what splits it into stacks, then what is
        wrong with the first.
    """

    def __init__(
        self,
        uid: str,
        frames: Sequence[Frame],
        left_out: Iterable[LeftOut] = (),
        *,
        unreadable: Iterable[LeftOut] = (),
    ):
        parts = stacks(frames)
        self._frames = tuple(frames)
        self._unreadable = tuple(unreadable)
        self.uid = uid
        self.modality = frames[0].modality if frames else ""
        self.stacks: tuple[Arrangement, ...] = tuple(map(arrange, parts))
        self.left_out = (*left_out, *self._unreadable)
        first = defects_of_stack(self.stacks[0]) if self.stacks else []
        self.defects: tuple[Defect, ...] = (
            *_unreadable_defect(len(self._unreadable)),
            *defects_of_series(parts),
            *first,
        )

    def _without(self, lost: dict[tuple[str, int | None], str]) -> Series:
        """The series without frames that turned out not to be readable."""
        frames = [frame for frame in self._frames if (frame.path, frame.number) not in lost]
        unreadable = [*self._unreadable, *((path, reason) for (path, _), reason in lost.items())]
        left_out = self.left_out[: len(self.left_out) - len(self._unreadable)]
        return Series(self.uid, frames, left_out, unreadable=unreadable)

    def __repr__(self) -> str:
        frames = sum(len(volume) for stack in self.stacks for volume in stack.volumes)
        parts = [f"frames: {frames}", f"stacks: {len(self.stacks)}"]
        parts += [f"left out: {len(self.left_out)}"] if self.left_out else []
        parts += sorted({defect.kind for defect in self.defects})
        return f"<Series {self.modality or '?'}; {', '.join(parts)}>"


def find_series(
    source: Source,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> list[Series]:
    """Find the series in files, from their headers.

    Parameters
    ----------
    source : path, data set, iterable of either, Table, or Arrow data
        Files and folders, as for `fastdcm.scan`; data sets in memory; what has a column ``path``. Of a table
        that was scanned with the columns of `SERIES_COLUMNS` no file is read.
    threads, progress, limits
        As for `fastdcm.scan`.

    Returns
    -------
    list of Series
        In the order of the files. Files that are not readable or not DICOM are in the `left_out` of a series
        whose `uid` is empty.

    Raises
    ------
    FileNotFoundError
        A single path that leads nowhere.
    ValueError
        A table without a column ``path``.
    TypeError
        Data sets in memory and paths do not go together.
    """
    frames, left_out = read_frames(source, Reading(threads, progress, limits))
    by_uid: dict[str, list[Frame]] = {}
    for frame in frames:
        by_uid.setdefault(frame.series, []).append(frame)
    uids = dict.fromkeys((*by_uid, *left_out))
    return [Series(uid, by_uid.get(uid, []), left_out.get(uid, ())) for uid in uids]


@overload
def load_series(
    source: Source | Series,
    *,
    defects: Literal["raise", "warn", "choose"] = "warn",
    errors: Literal["raise", "skip"] = "raise",
    values: Literal["physical", "stored"] = "physical",
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Volume: ...
@overload
def load_series(
    source: Source | Series,
    *,
    defects: Literal["split"],
    errors: Literal["raise", "skip"] = "raise",
    values: Literal["physical", "stored"] = "physical",
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> list[Volume]: ...


def load_series(
    source: Source | Series,
    *,
    defects: Policy = "warn",
    errors: Literal["raise", "skip"] = "raise",
    values: Literal["physical", "stored"] = "physical",
    dtype: npt.DTypeLike | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Volume | list[Volume]:
    """Load a series as a volume: slices in the order of their planes, with an affine.

    What makes a stack is orientation, size, Pixel Spacing, Frame of Reference UID and the first three values
    of Image Type; echo time and the other values of Image Type where planes repeat. Slices are ordered by
    Image Position (Patient) along the normal; Slice Thickness and Spacing Between Slices are not used, but
    for the tiles of Siemens mosaics, which have no positions. Planes that repeat make a series of volumes, by
    temporal position, b-value and direction, acquisition, or time.

    Parameters
    ----------
    source : path, data set, iterable of either, Table, Arrow data, or Series
        What holds one series, as for `find_series`, or one that it found.
    defects : {"warn", "raise", "split", "choose"}
        What becomes of defects, which are also in `Volume.defects`:

        - "warn": a `VolumeWarning` for each. Of several stacks the largest, of frames in one place the first
          is taken; uneven slices are taken as if they were even, with the mean of their distances.
        - "raise": `VolumeError`
        - "split": a list of volumes that have none, but for gantry tilt, which the affine holds exactly, and
          a mixed rescale of stored values
        - "choose": the largest of these
    errors : {"raise", "skip"}
        What becomes of files and frames that cannot be read, and of files that are gone or were changed after
        their headers were read: an exception, or a defect "unreadable" and a volume without them. To know
        them, "skip" reads the pixels at once.
    values : {"physical", "stored"}
        After the rescale or look-up table of the modality, or before.
    dtype : dtype, optional
        Type of the array; without it integers of 16 bits where they hold all values, float32 where the
        rescale is no whole number.
    threads, progress, limits
        As for `fastdcm.decode`; `progress` is called for headers, then for frames.

    Returns
    -------
    Volume
        Or a list of volumes with ``defects="split"``. Pixels are read when `Volume.array` is asked for.

    Raises
    ------
    VolumeError
        There is no image with a place in the patient, the series has defects and is to have none, or the
        header of a file cannot be read. What is wrong with pixels is found by `Volume.array`.
    ValueError
        There are several series.
    FileNotFoundError
        A single path that leads nowhere.

    Warns
    -----
    VolumeWarning
        A defect, with ``defects="warn"``.
    """
    if defects not in _POLICIES:
        raise ValueError("defects must be 'raise', 'warn', 'split' or 'choose'")
    if values not in {"physical", "stored"}:
        raise ValueError("values must be 'physical' or 'stored'")
    if errors not in {"raise", "skip"}:
        raise ValueError("errors must be 'raise' or 'skip'")
    reading = Reading(threads, progress, limits, skips=errors == "skip")
    series = source if isinstance(source, Series) else _only_series(source, reading)
    while True:
        volumes = _volumes(series, defects, dtype, reading=reading, physical=values == "physical")
        lost = _lost_frames(volumes) if reading.skips else {}
        if not lost:
            break
        series = series._without(lost)  # noqa: SLF001 - of this module
    if defects == "warn":
        for defect in volumes[0].defects:
            warnings.warn(f"{defect.kind}: {defect.message}", VolumeWarning, stacklevel=2)
    return volumes if defects == "split" else volumes[0]


def _volumes(
    series: Series, defects: Policy, dtype: npt.DTypeLike | None, *, reading: Reading, physical: bool
) -> list[Volume]:
    if not series.stacks:
        raise VolumeError(f"no image with a place in the patient: {_reasons(series)}")
    if defects in {"raise", "warn"}:
        chosen = [series.stacks[0]]
    else:
        chosen = [part for stack in series.stacks for part in _without_defects(stack)]
        chosen.sort(key=_count, reverse=True)
        chosen = chosen if defects == "split" else chosen[:1]
    volumes = [Volume(part, dtype, physical=physical, reading=reading) for part in chosen]
    for volume, part in zip(volumes, chosen, strict=True):
        own = tuple(defects_of_stack(part)) if defects == "split" else series.defects
        volume.defects = own if physical else (*own, *mixed_rescale(volume.frames))
    if defects == "raise" and volumes[0].defects:
        found = "; ".join(f"{defect.kind}: {defect.message}" for defect in volumes[0].defects)
        raise VolumeError(found, defects=volumes[0].defects)
    return volumes


def _lost_frames(volumes: Iterable[Volume]) -> dict[tuple[str, int | None], str]:
    """Read all pixels, and say which frames cannot be read."""
    lost: dict[tuple[str, int | None], str] = {}
    for volume in volumes:
        try:
            _ = volume.array
        except LostFrames as error:
            frames = volume.frames
            lost |= {(frames[n].path, frames[n].number): reason for n, reason in error.reasons.items()}
    return lost


def _unreadable_defect(count: int) -> list[Defect]:
    return [Defect("unreadable", f"frames that cannot be read: {count}")] if count else []


def _only_series(source: Source, reading: Reading) -> Series:
    found = find_series(source, threads=reading.threads, progress=reading.progress, limits=reading.limits)
    with_stacks = [series for series in found if series.stacks]
    if len(with_stacks) > 1:
        raise ValueError(f"{len(with_stacks)} series: find_series gives each, to be loaded one by one")
    if not with_stacks:
        return Series("", [], [left for series in found for left in series.left_out])
    unreadable = [left for series in found for left in series.left_out if left[1] == _NOT_READABLE]
    if unreadable and not reading.skips:
        raise VolumeError(f"a file that cannot be read ({unreadable[0][0]})")
    # What cannot be read may have been a slice of it, of whatever series.
    return with_stacks[0]._without({(path, None): reason for path, reason in unreadable})  # noqa: SLF001


def _reasons(series: Series) -> str:
    counts: dict[str, int] = {}
    for _, reason in series.left_out:
        counts[reason] = counts.get(reason, 0) + 1
    return "; ".join(f"{count} files: {reason}" for reason, count in counts.items()) or "no files"


def _count(part: Arrangement) -> int:
    return sum(map(len, part.volumes))


def _without_defects(stack: Arrangement) -> list[Arrangement]:
    """Split a stack where its spacing changes; what was left over makes stacks of its own."""
    parts: list[Arrangement] = []
    open_stacks = [stack]
    while open_stacks:
        whole = open_stacks.pop()
        parts += [
            Arrangement(
                [[slices[number] for number in run] for slices in whole.volumes], whole.varies, [], []
            )
            for run in even_runs(whole.volumes[0])
        ]
        # Each time at least one volume is taken from what is left, so this ends.
        open_stacks += map(arrange, stacks([*whole.repeated, *whole.incomplete]))
    return parts
