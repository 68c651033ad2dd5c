"""Which frames make a stack, and their order: by plane, and where planes repeat, by what tells them apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from fastdcm.volumes.geometry import is_same_orientation, is_same_spacing, planes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from fastdcm.volumes.frame import Frame

__all__ = ["Arrangement", "arrange", "stacks"]


# Of planes that all lie differently each is compared with so many before it: there is no volume in them.
_MOST_COMPARED = 128


class Arrangement(NamedTuple):
    """Frames in the order of an array.

    Attributes
    ----------
    volumes : list of list of Frame
        One list for each moment, echo or direction of diffusion: its slices along the normal.
    varies : str
        What tells one volume from the next; empty for a single one.
    repeated, incomplete : list of Frame
        Those left over: second ones of a plane that nothing tells from the first, and those of a volume that
        has not all its planes.
    """

    volumes: list[list[Frame]]
    varies: str
    repeated: list[Frame]
    incomplete: list[Frame]


def stacks(frames: Iterable[Frame]) -> list[list[Frame]]:
    """Split the frames of a series into what can be one array in one place, the largest first.

    Size, orientation, spacing and the kind of image always split. Echo time and the later values of Image
    Type split only where planes repeat: scanners change them from slice to slice, too.
    """
    alike: dict[Hashable, list[list[Frame]]] = defaultdict(list)
    for frame in frames:
        kind = (frame.photometric, *frame.image_type[:3])
        key = (*_size(frame), frame.frame_of_reference, frame.stack, kind)
        clusters = alike[key]
        for cluster in reversed(clusters[-_MOST_COMPARED:]):
            if _fits(frame, cluster[0]):
                cluster.append(frame)
                break
        else:
            clusters.append([frame])
    found = [part for clusters in alike.values() for cluster in clusters for part in _parts(cluster)]
    return sorted(found, key=len, reverse=True)


def arrange(frames: Sequence[Frame]) -> Arrangement:
    """Put the frames of a stack in order."""
    kept, repeated = _without_copies(frames)
    by_plane = planes(kept)
    if len(by_plane) == len(kept):
        return Arrangement([[plane[0] for plane in by_plane]], "", repeated, [])
    for name, value in _APART.items():
        volumes, rest = _volumes_by(value, by_plane)
        if volumes:
            return Arrangement(volumes, name, repeated, rest)
    return _by_rank(by_plane, repeated)


# What tells volumes of one place apart, in the order in which it is believed.
_APART: dict[str, Callable[[Frame], Hashable]] = {
    "temporal position": lambda frame: frame.temporal_position,
    "diffusion": lambda frame: None if frame.b_value is None else (frame.b_value, frame.gradient),
    "acquisition": lambda frame: frame.acquisition_number,
}


def _size(frame: Frame) -> tuple[int, int, int]:
    return frame.rows, frame.columns, frame.samples


def _fits(frame: Frame, other: Frame) -> bool:
    return is_same_orientation(frame.orientation, other.orientation) and is_same_spacing(
        frame.pixel_spacing, other.pixel_spacing
    )


def _parts(cluster: list[Frame]) -> list[list[Frame]]:
    """Split by echo and kind of image, where that is what differs in most planes that repeat."""
    parts = [cluster]
    for value in (lambda frame: frame.echo_time, lambda frame: frame.image_type):
        parts = [smaller for part in parts for smaller in _split_by(value, part)]
    return parts


def _split_by(value: Callable[[Frame], Hashable], part: list[Frame]) -> list[list[Frame]]:
    by_plane = planes(part)
    if len(by_plane) == len(part):
        return [part]
    repeating = [plane for plane in by_plane if len(plane) > 1]
    told_apart = [plane for plane in repeating if len(set(map(value, plane))) > 1]
    if 2 * len(told_apart) <= len(repeating):
        return [part]
    found: dict[Hashable, list[Frame]] = defaultdict(list)
    for frame in part:
        found[value(frame)].append(frame)
    return list(found.values())


def _without_copies(frames: Sequence[Frame]) -> tuple[list[Frame], list[Frame]]:
    """Keep one of the frames that are the same instance."""
    seen: set[Hashable] = set()
    kept: list[Frame] = []
    copies: list[Frame] = []
    for frame in frames:
        key = (frame.instance or frame.path, frame.number, frame.origin)
        (copies if key in seen else kept).append(frame)
        seen.add(key)
    return kept, copies


def _volumes_by(
    value: Callable[[Frame], Hashable], by_plane: list[list[Frame]]
) -> tuple[list[list[Frame]], list[Frame]]:
    """Volumes with one value each, and the frames of those that are not whole; none if it does not tell."""
    found: dict[Hashable, list[Frame]] = defaultdict(list)
    for plane in by_plane:
        values = [value(frame) for frame in plane]
        if None in values or len(set(values)) < len(values):
            return [], []
        for frame in plane:
            found[value(frame)].append(frame)
    whole = [volume for volume in found.values() if len(volume) == len(by_plane)]
    rest = [frame for volume in found.values() if len(volume) < len(by_plane) for frame in volume]
    # Part of the frames has to make sense of all: one volume and a heap of others is no series of volumes.
    if len(whole) < 2:
        return [], []
    return sorted(whole, key=_first_moment), rest


def _first_moment(volume: list[Frame]) -> tuple[float, tuple[float, ...]]:
    return float(volume[0].temporal_position or 0), volume[0].moment


def _by_rank(by_plane: list[list[Frame]], repeated: list[Frame]) -> Arrangement:
    """Volumes by the order in which each plane was taken."""
    ranked = []
    for plane in by_plane:
        moments: dict[tuple[float, ...], Frame] = {}
        for frame in plane:
            if frame.moment in moments:
                repeated.append(frame)
            else:
                moments[frame.moment] = frame
        ranked.append([moments[moment] for moment in sorted(moments)])
    count = min(map(len, ranked))
    most = Counter(map(len, ranked)).most_common(1)[0][0]
    left = [frame for plane in ranked for frame in plane[count:]]
    volumes = [[plane[number] for plane in ranked] for number in range(count)]
    # Where most planes were taken once, another is a repetition; else the last volume is not whole.
    if most == 1:
        return Arrangement(volumes, "", repeated + left, [])
    return Arrangement(volumes, "time" if count > 1 else "", repeated, left)
