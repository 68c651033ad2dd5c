"""Files that one `decode` asks for many times: the same as by many, and their headers are read once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastdcm
from dicom_writer import EXPLICIT_LITTLE
from test_decode_parts import HU, WINDOW, bytes_read, image
from test_pixel_values import lut, same, transformation

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

FRAMES = 4
SHAPE = (FRAMES, 3, 5, 1)


def windowed(centre: int) -> tuple[int, str, Any]:
    return (0x00289132, "SQ", [[(0x00281050, "DS", centre), (0x00281051, "DS", 30)]])


def frames_of(first: int) -> Array:
    return (np.arange(np.prod(SHAPE)) * 3 + first).astype("u2").reshape(SHAPE)


BROKEN = (0x00289145, "SQ", [[(0x00281052, "DS", "x"), (0x00281053, "DS", 1)]])
OWN = (0x52009230, "SQ", [[transformation(2)], [windowed(90), transformation(3)], [windowed(9)]])
SOME_BROKEN = (0x52009230, "SQ", [[transformation(2)], [BROKEN], [windowed(50)], [transformation(5)]])
SHARED = (0x52009229, "SQ", [[transformation(7), windowed(200)]])
TABLE = (0x00283010, "SQ", lut(9, 5, 16, ("US", list(range(0, 900, 100)))))


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Files of all kinds of headers, and one that is none."""
    folder = tmp_path_factory.mktemp("requests")
    kinds: list[list[Any]] = [[], [*HU, *WINDOW], [OWN], [SHARED], [OWN, SHARED], [SOME_BROKEN], [TABLE]]
    files = [
        image(frames_of(number), others, stored=16, encoding=EXPLICIT_LITTLE, is_rle=is_rle)
        for is_rle in (False, True)
        for number, others in enumerate(kinds)
    ]
    # Cut inside its fragments: a frame in front may be there all the same.
    files += [files[-3][:-40], b"no data set at all" * 20]
    names = [folder / f"{number:02}.dcm" for number in range(len(files))]
    for name, data in zip(names, files, strict=True):
        name.write_bytes(data)
    return [str(name) for name in names]


def alone(path: str, frame: int | None, **options: Any) -> tuple[list[Array], list[str]]:
    """The frames of one request by itself, and what is said of each."""
    found = fastdcm.decode([path], frames=[None if frame is None else [frame]], errors="null", **options)
    return [np.asarray(frame) for frame in found.array], found.status.tolist()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), values=st.sampled_from(["stored", "physical", "display"]), reduce=st.integers(0, 1))
def test_requests_of_one_file_are_what_each_is_alone(
    paths: list[str], data: st.DataObject, values: str, reduce: int
) -> None:
    few = data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=3))
    frame = st.one_of(st.integers(0, FRAMES - 1), st.none())
    wanted = data.draw(st.lists(st.tuples(st.sampled_from(few), frame), min_size=1, max_size=12))
    crop = data.draw(st.sampled_from([None, (0, 1, 2, 2)]))
    options: dict[str, Any] = {"values": values, "reduce": reduce, "crop": crop}
    found = fastdcm.decode(
        [path for path, _ in wanted],
        frames=[None if number is None else [number] for _, number in wanted],
        errors="null",
        threads=data.draw(st.sampled_from([1, 3])),
        **options,
    )
    expected, status = [], []
    for path, number in wanted:
        pixels, kinds = alone(path, number, **options)
        status += kinds
        # A file of which nothing is known has a place all the same.
        expected += pixels if len(pixels) == len(kinds) else [None] * len(kinds)
    assert found.status.tolist() == status
    for ours, theirs, kind in zip(found.array, expected, status, strict=True):
        if kind != "error":
            assert theirs is not None
            same(np.asarray(ours), theirs)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_first_fault_is_raised_whatever_the_order(paths: list[str], data: st.DataObject) -> None:
    request = st.tuples(st.sampled_from([*paths[4:7], paths[-1]]), st.integers(0, FRAMES - 1))
    wanted = data.draw(st.lists(request, min_size=1, max_size=12))
    # What no header has is told before what no frame has.
    bad = [path for path, _ in wanted if path == paths[-1]]
    bad += [path for path, number in wanted if path == paths[5] and number == 1]
    options: dict[str, Any] = {"frames": [[number] for _, number in wanted], "values": "physical"}
    sources = [path for path, _ in wanted]
    if not bad:
        assert len(np.asarray(fastdcm.decode(sources, **options))) == len(wanted)
        return
    with pytest.raises(fastdcm.DicomError) as caught:
        fastdcm.decode(sources, **options)
    assert Path(bad[0]).name in "".join([str(caught.value), *getattr(caught.value, "__notes__", [])])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads are counted by the kernel of Linux")
@pytest.mark.parametrize("values", ["stored", "physical", "display"])
@pytest.mark.parametrize("is_rle", [False, True])
def test_a_header_is_read_once(tmp_path: Path, values: str, is_rle: bool) -> None:
    count = 60
    pixels = np.arange(count * 6, dtype="u2").reshape(count, 2, 3, 1)
    text = (0x00204000, "LT", "x" * 9_000)
    groups = (0x52009230, "SQ", [[text, transformation(1 + n), windowed(30 + n)] for n in range(count)])
    path = tmp_path / "enhanced.dcm"
    path.write_bytes(image(pixels, [groups], stored=16, encoding=EXPLICIT_LITTLE, is_rle=is_rle))
    order = np.random.default_rng(5).permutation(count).tolist()
    whole = np.asarray(fastdcm.decode([path], values=values))
    before = bytes_read()
    found = fastdcm.decode([path] * count, frames=[[number] for number in order], values=values)
    read = bytes_read() - before
    same(np.asarray(found), whole[order])
    assert read < 2 * path.stat().st_size
