"""`decode` with values for use, parts and other sizes: the same as one image after the other, only faster."""

from __future__ import annotations

import json
import math
import pickle
import struct
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import fastdcm
from dicom_writer import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, encode_file
from fastdcm import Letterbox, PixelDataError
from test_pixel_values import descriptor, image, lut, mapping, palette, same, transformation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Array = np.ndarray[Any, Any]

GREY = np.arange(12, dtype="<u2").reshape(3, 4)
RAMP = np.arange(-4, 8, dtype="<i2").reshape(3, 4)
HU = [(0x00281052, "DS", -1000), (0x00281053, "DS", 2)]
# Larger ones would take most of the time and say nothing else.
LARGEST = 2_000_000
MOST_FRAMES = 12


def write(folder: Path, *files: bytes) -> list[str]:
    """The paths of files with these bytes."""
    paths = [folder / f"{number}.dcm" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return [str(path) for path in paths]


def decoded(paths: Any, **options: Any) -> Array:
    found = fastdcm.decode(paths, **options).array
    assert isinstance(found, np.ndarray)
    return found


def one(folder: Path, data: bytes, **options: Any) -> Array:
    """The frames of a single file."""
    return decoded(write(folder, data), **options)


def by_frames(dataset: Any, values: str, count: int, **options: Any) -> list[Array] | Exception:
    """What the functions for one image make of each frame, or the first error."""
    make = fastdcm.to_display if values == "display" else fastdcm.to_values
    try:
        return [make(dataset, index=number, **options) for number in range(count)]
    except (fastdcm.DicomError, IndexError, ValueError, NotImplementedError) as error:
        return error


def by_decode(path: Any, values: Any, count: int, **options: Any) -> list[Array] | Exception:
    try:
        found = fastdcm.decode([path], frames=[list(range(count))], values=values, **options)
    except (fastdcm.DicomError, IndexError, ValueError, NotImplementedError) as error:
        return error
    return [np.asarray(frame) for frame in found.array]


def difference(found: list[Array] | Exception, expected: list[Array] | Exception) -> str | None:
    """What is different to the bit, if anything is."""
    if isinstance(found, Exception) or isinstance(expected, Exception):
        if type(found) is type(expected):
            return None
        return f"{found!r} for {expected!r}" if isinstance(found, Exception) else f"frames for {expected!r}"
    for ours, theirs in zip(found, expected, strict=True):
        if (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
            return f"{ours.dtype} {ours.shape} for {theirs.dtype} {theirs.shape}"
        if ours.tobytes() != theirs.tobytes():
            return "other values"
    return None


def images(corpus: Path) -> Iterator[tuple[Path, Any, int]]:
    """Files of the corpus with a data set, and how many of its frames are looked at."""
    with (corpus / "MANIFEST.jsonl").open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            path = corpus / row["file"]
            if row["size"] > LARGEST or not path.is_file():
                continue
            try:
                ds = fastdcm.dcmread(path, force=True)
                count = int(ds.get("NumberOfFrames") or 1)
            except (fastdcm.DicomError, TypeError, ValueError):
                continue
            yield path, ds, max(min(count, MOST_FRAMES), 1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("values", ["display", "physical"])
def test_frames_of_real_files_are_those_of_one_image_after_the_other(corpus: Path, values: str) -> None:
    seen, other = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path, ds, count in images(corpus):
            found = by_decode(path, values, count)
            what = difference(found, by_frames(ds, values, count))
            seen += not isinstance(found, Exception)
            if what is not None:
                other.append(f"{path.name}: {what}")
    assert not other
    assert seen > 100


# Headers of any kind


def grey_elements() -> st.SearchStrategy[list[tuple[int, str, Any]]]:
    """What a header may say about grey values; it need not make sense."""
    few = st.integers(1, 9)
    numbers = st.sampled_from([0, 1, -1, 2, 0.5, -3.25, 1e-3, 1000])
    entries = st.lists(st.integers(0, 65_535), min_size=1, max_size=9)

    def table(vr: str) -> st.SearchStrategy[list[Any]]:
        def made(count: int, first: int, bits: int, data: list[int]) -> list[Any]:
            value = data if vr == "US" else struct.pack(f"<{len(data)}H", *data)
            return lut(count, first, bits, (vr, value), vr="US" if first >= 0 else "SS")

        return st.builds(made, few, st.integers(-5, 9), st.sampled_from([8, 12, 16]), entries)

    tables = st.sampled_from(["US", "OW"]).flatmap(table)
    window = st.fixed_dictionaries(
        {
            0x00281050: st.tuples(st.just("DS"), st.lists(numbers, min_size=1, max_size=3)),
            0x00281051: st.tuples(st.just("DS"), st.lists(numbers, min_size=1, max_size=3)),
        },
        optional={
            0x00281056: st.tuples(st.just("CS"), st.sampled_from(["LINEAR", "SIGMOID", "linear_exact", "X"]))
        },
    )
    rescale = st.fixed_dictionaries(
        {tag: st.tuples(st.just("DS"), numbers) for tag in (0x00281052, 0x00281053)}
    )
    mapped = st.lists(
        st.one_of(
            st.builds(mapping, st.integers(0, 3), st.integers(3, 9), st.sampled_from(["a", "b"]), numbers),
            st.builds(mapping, st.just(0), few, st.just("a"), st.none(), st.lists(numbers, max_size=9)),
        ),
        min_size=1,
        max_size=3,
    )

    def group(elements: dict[int, tuple[str, Any]]) -> list[tuple[int, str, Any]]:
        return [(tag, *elements[tag]) for tag in sorted(elements)]

    groups = st.builds(
        lambda rescaled, windowed, mappings: [
            *([(0x00289132, "SQ", [group(windowed)])] if windowed else []),
            *([(0x00289145, "SQ", [group(rescaled)])] if rescaled else []),
            *([(0x00409096, "SQ", mappings)] if mappings else []),
        ],
        st.one_of(st.none(), rescale),
        st.one_of(st.none(), window),
        st.one_of(st.none(), mapped),
    )
    one_of = st.fixed_dictionaries(
        {},
        optional={
            0x00080016: st.just(("UI", "1.2.840.10008.5.1.4.1.1.12.1")),
            0x00280120: st.tuples(st.just("SS"), st.integers(-3, 3)),
            0x00280121: st.tuples(st.just("SS"), st.integers(-3, 3)),
            0x00281040: st.tuples(st.just("CS"), st.sampled_from(["LOG", "LIN"])),
            0x00283000: st.tuples(st.just("SQ"), tables),
            0x00283010: st.tuples(st.just("SQ"), tables),
            0x00409096: st.tuples(st.just("SQ"), mapped),
            0x20500010: st.tuples(st.just("SQ"), tables),
            0x20500020: st.tuples(st.just("CS"), st.sampled_from(["IDENTITY", "INVERSE", "inverse"])),
            0x3004000E: st.tuples(st.just("DS"), numbers),
            0x52009229: st.tuples(st.just("SQ"), groups.map(lambda item: [item])),
            0x52009230: st.tuples(st.just("SQ"), st.lists(groups, min_size=1, max_size=3)),
        },
    )
    return st.builds(
        lambda one, *more: group({tag: value for part in (one, *more) for tag, value in part.items()}),
        one_of,
        st.one_of(st.just({}), rescale),
        st.one_of(st.just({}), window),
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    elements=grey_elements(),
    interpretation=st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
    dtype=st.sampled_from(["u1", "i1", "<u2", "<i2"]),
    stored=st.integers(1, 8),
    encoding=st.sampled_from([EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG]),
)
def test_any_header_gives_what_one_image_after_the_other_gives(
    tmp_path: Path, elements: list[Any], interpretation: str, dtype: str, stored: int, encoding: Any
) -> None:
    frames = (np.arange(24) % 2 ** (stored - 1)).astype(dtype).reshape(2, 3, 4)
    data = image(frames, *elements, encoding=encoding, interpretation=interpretation, stored=stored)
    (path,) = write(tmp_path, data)
    ds = fastdcm.dcmread(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for values in ("display", "physical"):
            assert difference(by_decode(path, values, 2), by_frames(ds, values, 2)) is None
        window = (1.5, 3)
        found = by_decode(path, "display", 2, window=window)
        assert difference(found, by_frames(ds, "display", 2, window=window)) is None


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG])
@pytest.mark.parametrize("kind", ["palette", "segmented", "words", "mixed", "missing"])
def test_palettes_are_those_of_one_image(tmp_path: Path, kind: str, encoding: Any) -> None:
    bytes_of = [(np.arange(10) * factor).astype("u1").tobytes() for factor in (1, 5, 20)]
    facts: dict[str, Any] = {"interpretation": "PALETTE COLOR"}
    if kind == "palette":
        others = palette(bytes_of, 10, 8, first=2)
    elif kind == "words":
        others = palette([(np.arange(10) * factor).astype("<u2").tobytes() for factor in (1, 5, 20)], 10, 16)
    elif kind == "segmented":
        segments = struct.pack("<11H", *[0, 3, 0, 100, 2000, 1, 6, 60_000, 0, 1, 9])
        others = palette([segments] * 3, 10, 16, segmented=True)
    elif kind == "mixed":
        others = [*palette(bytes_of, 10, 8, first=6), (0x00089205, "CS", "MIXED"), *HU]
        facts = {}
    else:
        others = []
    (path,) = write(tmp_path, image(np.stack([GREY, GREY]), *others, encoding=encoding, **facts))
    expected = by_frames(fastdcm.dcmread(path), "display", 2)
    assert difference(by_decode(path, "display", 2), expected) is None
    if kind == "missing":
        with pytest.raises(PixelDataError):
            fastdcm.decode([path], values="display")
    else:
        assert decoded([path], values="display").shape == (2, 3, 4, 3)


@pytest.mark.parametrize(("dtype", "stored"), [("u1", 8), ("u1", 5), ("<u2", 16), ("<u2", 12)])
@pytest.mark.parametrize("interpretation", ["RGB", "YBR_FULL", "YBR_ICT", "YBR_RCT", "HSV"])
def test_colours_are_those_of_one_image(tmp_path: Path, dtype: str, stored: int, interpretation: str) -> None:
    pixels = (np.arange(36) * 7 % 2**stored).astype(dtype).reshape(3, 4, 3)
    data = image(pixels, samples=3, interpretation=interpretation, stored=stored)
    (path,) = write(tmp_path, data)
    expected = by_frames(fastdcm.dcmread(path), "display", 1)
    assert difference(by_decode(path, "display", 1), expected) is None
    with pytest.raises(PixelDataError, match="physical values"):
        fastdcm.decode([path], values="physical")


# Values that are worked out by hand


def test_physical_values_in_the_type_that_is_asked_for(tmp_path: Path) -> None:
    data = image(GREY, *HU)
    same(one(tmp_path, data, values="physical"), (GREY[np.newaxis] * 2 - 1000.0).astype("f4"))
    same(one(tmp_path, data, values="physical", dtype="f8"), GREY[np.newaxis] * 2 - 1000.0)
    same(one(tmp_path, data, values="physical", dtype="i2"), GREY[np.newaxis].astype("i2") * 2 - 1000)
    out = np.empty((1, 3, 4), "i4")
    fastdcm.decode(write(tmp_path, data), values="physical", out=out)
    assert out.ravel().tolist() == list(range(-1000, -976, 2))
    # Not in the type, and not whole: no number is wrapped or cut.
    for bad in ("u2", "i1"):
        with pytest.raises(PixelDataError, match="does not have"):
            one(tmp_path, data, values="physical", dtype=bad)
    half = image(GREY, (0x00281052, "DS", 0), (0x00281053, "DS", 0.5))
    with pytest.raises(PixelDataError, match="does not have"):
        one(tmp_path, half, values="physical", dtype="i2")
    large = image(GREY.astype("<u4"), *HU)
    assert one(tmp_path, large, values="physical").dtype == np.float64
    missing = image(GREY, (0x00409096, "SQ", [mapping(2, 5, "mm2/s", 1.0)]))
    with pytest.raises(PixelDataError, match="does not have"):
        one(tmp_path, missing, values="physical", dtype="i8")


def test_many_physical_values_in_integers(tmp_path: Path) -> None:
    pixels = np.arange(200 * 300, dtype="<u2").reshape(200, 300)
    found = one(tmp_path, image(pixels, *HU), values="physical", dtype="i4")
    same(found[0], pixels.astype("i4") * 2 - 1000)


def test_a_window_of_ones_own(tmp_path: Path) -> None:
    data = image(GREY, (0x00281050, "DS", 1), (0x00281051, "DS", 1), *HU)
    # LINEAR of centre -990 and width 5: -992.5 is black, -988.5 white.
    found = one(tmp_path, data, values="display", window=(-990, 5))
    assert found.ravel().tolist() == [0] * 4 + [32, 159] + [255] * 6
    assert one(tmp_path, data, values="display").ravel().tolist() == [0] * 12
    as_floats = one(tmp_path, data, values="display", window=(-990, 5), dtype="f4")
    same(as_floats, found.astype("f4"))


def test_both_kinds_of_grey_go_into_one_array_once_they_are_shown(tmp_path: Path) -> None:
    window = [(0x00281050, "DS", 5), (0x00281051, "DS", 8)]
    paths = write(tmp_path, image(GREY, *window), image(GREY, *window, interpretation="MONOCHROME1"))
    shown = decoded(paths, values="display")
    same(shown[1], 255 - shown[0])
    for values in ("stored", "physical"):
        with pytest.raises(PixelDataError, match='values="display" makes them alike'):
            fastdcm.decode(paths, values=values)  # type: ignore[arg-type]


def test_grey_and_colours_are_a_list(tmp_path: Path) -> None:
    tables = [bytes(range(12))] * 3
    paths = write(tmp_path, image(GREY), image(GREY, *palette(tables, 12, 8), interpretation="PALETTE COLOR"))
    grey, colours = fastdcm.decode(paths, values="display").array
    assert (grey.shape, colours.shape) == ((3, 4), (3, 4, 3))  # type: ignore[union-attr]
    same(colours, np.repeat(GREY[..., np.newaxis], 3, 2).astype("u1"))  # type: ignore[arg-type]
    assert decoded([paths[1]] * 2, values="display").shape == (2, 3, 4, 3)


def test_every_frame_has_its_own_functional_groups(tmp_path: Path) -> None:
    frames = np.stack([GREY, GREY, GREY])
    window = (0x00289132, "SQ", [[(0x00281050, "DS", 4), (0x00281051, "DS", 2)]])
    per_frame = (0x52009230, "SQ", [[transformation(2)], [window, transformation(3)], [window]])
    shared = (0x52009229, "SQ", [[transformation(10)]])
    (path,) = write(tmp_path, image(frames, shared, per_frame))
    same(
        decoded(path, values="physical"), np.stack([GREY * slope + 1.0 for slope in (2, 3, 10)]).astype("f4")
    )
    same(decoded(path, values="physical", frames=[[2, 0]])[0], (GREY * 10 + 1.0).astype("f4"))
    shown = decoded(path, values="display")
    assert shown[1].ravel().tolist() == [0, 255] + [255] * 10
    assert shown[0].ravel()[[0, -1]].tolist() == [0, 255]


def test_what_is_wrong_with_a_frame_is_a_fault_of_it_alone(tmp_path: Path) -> None:
    broken = (0x00289145, "SQ", [[(0x00281052, "DS", "x"), (0x00281053, "DS", 1)]])
    per_frame = (0x52009230, "SQ", [[transformation(2)], [broken], [transformation(3)]])
    paths = write(tmp_path, image(np.stack([GREY] * 3), per_frame), image(np.stack([GREY] * 3)))
    with pytest.raises(PixelDataError, match="not a number"):
        fastdcm.decode(paths, values="physical")
    found = fastdcm.decode(paths, values="physical", errors="null")
    assert found.status.tolist() == ["ok", "error", "ok", "ok", "ok", "ok"]
    assert [(fault["frame"], "(0028,1052)" in fault["message"]) for fault in found.faults()] == [(1, True)]
    skipped = fastdcm.decode(paths, values="physical", errors="skip")
    same(np.asarray(skipped), np.asarray(found)[[0, 2, 3, 4, 5]])


def test_what_is_wrong_with_a_header_is_a_fault_of_its_file(tmp_path: Path) -> None:
    cut = lut(9, 0, 16, ("US", [1, 2]))
    paths = write(tmp_path, image(GREY), image(GREY, (0x00283010, "SQ", cut)), image(GREY))
    found = fastdcm.decode(paths, values="display", errors="null")
    assert found.status.tolist() == ["ok", "error", "ok"]
    assert fastdcm.decode(paths, values="physical").status.tolist() == ["ok"] * 3
    assert fastdcm.decode(paths, values="display", window=(5, 9)).status.tolist() == ["ok"] * 3


def test_a_rescale_that_stands_out_of_order_counts(tmp_path: Path) -> None:
    whole = image(GREY, *HU)
    rescale = encode_file(HU)[-2 * 8 - 8 :]
    plain = image(GREY)
    assert rescale in whole
    at = plain.index(b"\xe0\x7f\x10\x00")
    late = struct.pack("<HH2sHH", 0x4310, 0x1000, b"US", 2, 1)
    for data in (plain + rescale, plain[:at] + late + rescale + plain[at:]):
        found = one(tmp_path, data, values="physical")
        same(found[0], (GREY * 2 - 1000.0).astype("f4"))


# Parts


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), values=st.sampled_from(["stored", "physical", "display"]), colour=st.booleans())
def test_a_part_is_a_slice_of_the_whole(
    tmp_path: Path, data: st.DataObject, values: Any, colour: bool
) -> None:
    rows, columns = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    top, left = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    height = data.draw(st.integers(1, rows - top))
    width = data.draw(st.integers(1, columns - left))
    count = rows * columns
    if colour and values != "physical":
        pixels = (np.arange(count * 3) * 7 % 251).astype("u1").reshape(rows, columns, 3)
        file = image(pixels, samples=3, interpretation="YBR_FULL")
    else:
        file = image((np.arange(count) * 37 % 211).astype("<i2").reshape(rows, columns), *HU)
    (path,) = write(tmp_path, file)
    found = decoded(path, values=values, crop=(top, left, height, width))
    same(found, decoded(path, values=values)[:, top : top + height, left : left + width])


def test_a_part_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    paths = write(tmp_path, image(GREY), image(np.zeros((8, 8), "<u2")))
    for crop in ((0, 0, 4, 4), (3, 0, 1, 1), (0, 4, 1, 1), (65_535, 65_535, 65_535, 65_535)):
        with pytest.raises(PixelDataError, match="no region of"):
            fastdcm.decode(paths, crop=crop)
    found = fastdcm.decode(paths, crop=(0, 0, 4, 4), errors="null")
    assert found.status.tolist() == ["error", "ok"]
    assert np.asarray(found).shape == (2, 4, 4)
    assert decoded(paths, crop=(1, 1, 2, 2)).shape == (2, 2, 2)


# Sizes


def photograph(rows: int, columns: int, samples: int = 1) -> Array:
    """Waves and edges."""
    y, x = np.mgrid[:rows, :columns]
    planes = [
        127 + 60 * np.sin(x / (3 + n)) + 50 * np.cos(y / (5 + n)) + 17 * ((x // 7 + y // 5) % 2)
        for n in range(samples)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype("u1").reshape(rows, columns, samples)


@pytest.mark.parametrize("size", [(16, 16), (20, 33), (100, 90), (57, 131), (3, 200), (1, 1)])
def test_sizes_are_those_of_pillow(tmp_path: Path, size: tuple[int, int]) -> None:
    grey = photograph(61, 83)[..., 0]
    rows, columns = size
    for samples in (1, 3):
        pixels = photograph(61, 83, samples)
        facts: dict[str, Any] = {"samples": 3, "interpretation": "RGB"} if samples == 3 else {}
        file = image(pixels if samples == 3 else pixels[..., 0], *identity(), **facts)
        pillow = Image.fromarray(pixels if samples == 3 else grey)
        expected = np.asarray(pillow.resize((columns, rows), Image.Resampling.BILINEAR))
        for values in ("stored", "display"):
            found = one(tmp_path, file, values=values, resize=size)[0]
            assert (found.shape, found.dtype) == (expected.shape, np.uint8)
            assert np.abs(found.astype(int) - expected).max() <= 1
    values = one(tmp_path, image(grey.astype("<u2"), *HU), values="physical", resize=size)[0]
    single = Image.fromarray(grey.astype("f4") * 2 - 1000)
    expected = np.asarray(single.resize((columns, rows), Image.Resampling.BILINEAR))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, expected, atol=2e-3)


def identity() -> list[tuple[int, str, Any]]:
    """A window that leaves bytes as they are."""
    return [(0x00281050, "DS", 128), (0x00281051, "DS", 256)]


def test_frames_of_other_sizes_go_into_one_array(tmp_path: Path) -> None:
    paths = write(tmp_path, *(image(np.full(shape, 9, "<u2")) for shape in ((3, 4), (50, 20), (7, 7))))
    found = decoded(paths, resize=(10, 12))
    assert (found.shape, found.dtype) == ((3, 10, 12), np.uint16)
    assert (found == 9).all()
    assert isinstance(fastdcm.decode(paths).array, list)


def test_integers_are_rounded_and_halves_to_the_even_one(tmp_path: Path) -> None:
    pixels = np.array([[0, 1], [0, 1]], "<i2")
    same(one(tmp_path, image(pixels), resize=(1, 1))[0], np.array([[0]], "i2"))
    same(one(tmp_path, image(pixels + 1), resize=(1, 1))[0], np.array([[2]], "i2"))
    same(one(tmp_path, image(pixels), resize=(1, 1), dtype="f4")[0], np.array([[0.5]], "f4"))
    same(one(tmp_path, image(pixels - 3), resize=(2, 1), dtype="i8")[0], np.array([[-2], [-2]], "i8"))
    # In single precision the greatest integers are none of theirs any more.
    for kind in ("<u4", "<i4", "<u8", "<i8"):
        most = np.full((2, 2), np.iinfo(kind).max, kind)
        found = one(tmp_path, image(most), resize=(3, 3))
        assert found.dtype == np.dtype(kind)
        assert found.min() > 0.999_999 * np.iinfo(kind).max
    with pytest.raises(PixelDataError, match="does not have"):
        one(tmp_path, image(pixels - 3), resize=(1, 1), dtype="u2")


def test_a_part_is_taken_before_the_size(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8), "<u2")
    pixels[2:4, 4:6] = 100
    (path,) = write(tmp_path, image(pixels))
    assert (decoded(path, crop=(2, 4, 2, 2), resize=(5, 5)) == 100).all()
    # The size that the part has already.
    same(decoded(path, crop=(1, 2, 4, 5), resize=(4, 5)), pixels[np.newaxis, 1:5, 2:7])


@pytest.mark.parametrize(
    ("shape", "inner"),
    [
        ((10, 20), (slice(5, 15), slice(0, 20))),
        ((20, 10), (slice(0, 20), slice(5, 15))),
        ((5, 5), (slice(0, 20), slice(0, 20))),
        ((1, 300), (slice(9, 10), slice(0, 20))),
        ((3, 4), (slice(2, 17), slice(0, 20))),
    ],
)
def test_a_letterbox_keeps_proportions(tmp_path: Path, shape: tuple[int, int], inner: Any) -> None:
    pixels = np.full(shape, 7, "<u2")
    expected = np.full((20, 20), 3, "<u2")
    expected[inner] = 7
    (path,) = write(tmp_path, image(pixels, *HU))
    same(decoded(path, resize=Letterbox(20, 20, fill=3))[0], expected)
    physical = decoded(path, values="physical", resize=Letterbox(20, 20, fill=math.nan))[0]
    assert (np.isnan(physical) == (expected == 3)).all()
    assert (physical[inner] == -986).all()
    shown = decoded(path, values="display", window=(-986, 1), resize=Letterbox(20, 20, fill=100))[0]
    assert (shown == np.where(expected == 7, 255, 100)).all()


def test_a_letterbox_of_colours(tmp_path: Path) -> None:
    pixels = np.tile(np.array([10, 20, 30], "u1"), (4, 8, 1))
    (path,) = write(tmp_path, image(pixels, samples=3, interpretation="RGB"))
    found = decoded(path, values="display", resize=Letterbox(8, 8, fill=5))[0]
    assert (found[2:6] == [10, 20, 30]).all()
    assert (found[[0, 1, 6, 7]] == 5).all()


def test_a_letterbox_is_a_value() -> None:
    box = Letterbox(3, 4, fill=-1000)
    assert box == Letterbox(3, 4, fill=-1000)
    assert box not in {Letterbox(3, 4), Letterbox(4, 3, fill=-1000)}
    assert repr(box) == "Letterbox(3, 4, fill=-1000)"
    assert pickle.loads(pickle.dumps(box)) == box
    with pytest.raises(AttributeError):
        box.rows = 5
    with pytest.raises(AttributeError):
        del box.rows
    with pytest.raises(TypeError):
        Letterbox(1.5, 2)  # type: ignore[arg-type]


def test_what_has_nothing_in_between_is_not_resized_as_it_is_stored(tmp_path: Path) -> None:
    indices = image(GREY, *palette([bytes(range(12))] * 3, 12, 8), interpretation="PALETTE COLOR")
    with pytest.raises(PixelDataError, match='values="display"'):
        one(tmp_path, indices, resize=(2, 2))
    assert one(tmp_path, indices, values="display", resize=(2, 2)).shape == (1, 2, 2, 3)
    bits = [
        (0x00280002, "US", 1),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", 2),
        (0x00280011, "US", 8),
        (0x00280100, "US", 1),
        (0x00280101, "US", 1),
        (0x00280102, "US", 0),
        (0x00280103, "US", 0),
        (0x7FE00010, "OW", b"\xff\x00"),
    ]
    mask = encode_file(bits)
    with pytest.raises(PixelDataError, match="1 bit"):
        one(tmp_path, mask, resize=(2, 2))
    assert one(tmp_path, mask, values="display", resize=(2, 2)).ravel().tolist() == [255, 255, 0, 0]
    assert one(tmp_path, mask, values="physical", resize=(1, 1)).ravel().tolist() == [0.5]


def test_nan_spreads_to_the_pixels_around(tmp_path: Path) -> None:
    data = image(GREY.repeat(4, 0), (0x00409096, "SQ", [mapping(1, 11, "1", 1.0)]))
    found = one(tmp_path, data, values="physical", resize=(6, 4))[0]
    assert np.isnan(found).any()
    assert not np.isnan(found).all()
    with pytest.raises(PixelDataError, match="does not have"):
        one(tmp_path, data, values="physical", resize=(6, 4), dtype="i2")


# Threads, memory and misuse


def test_threads_and_memory_do_not_matter(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    files = [
        image(rng.integers(0, 4000, (3, 40 + n, 50), dtype=np.int64).astype("<u2"), *HU, *identity())
        for n in range(9)
    ]
    paths = write(tmp_path, *files)
    for values, resize in (("display", (32, 32)), ("physical", Letterbox(24, 30)), ("stored", (90, 11))):
        options: dict[str, Any] = {"values": values, "resize": resize, "crop": (1, 2, 38, 45)}
        alone = np.concatenate([decoded(path, **options, threads=1) for path in paths])
        for threads in (1, 2, 5):
            same(decoded(paths, **options, threads=threads), alone)
        out = np.empty_like(alone)
        assert fastdcm.decode(paths, **options, out=out).array is out
        same(out, alone)
        wider = np.empty(alone.shape, "f8")
        fastdcm.decode(paths, **options, out=wider)
        if values != "stored":
            same(wider.astype(alone.dtype), alone)
        same(decoded(paths[::-1], frames=2, **options), alone[2::3][::-1])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"values": "hu"}, "values must be"),
        ({"window": (40, 400)}, 'values="display"'),
        ({"window": (40, 400), "values": "physical"}, 'values="display"'),
        ({"window": (40, 0), "values": "display"}, "above 0"),
        ({"window": (math.nan, 1), "values": "display"}, "above 0"),
        ({"window": (1, math.inf), "values": "display"}, "above 0"),
        ({"window": (1, 2, 3), "values": "display"}, "centre and a width"),
        ({"window": "ct", "values": "display"}, "centre and a width"),
        ({"crop": (0, 0, 0, 5)}, "crop must be"),
        ({"crop": (-1, 0, 5, 5)}, "crop must be"),
        ({"crop": (1 << 40, 0, 5, 5)}, "crop must be"),
        ({"crop": 5}, "crop must be"),
        ({"resize": (10**9, 10**9)}, "resize must be"),
        ({"resize": (0, 5)}, "resize must be"),
        ({"resize": 5}, "resize must be"),
        ({"resize": Letterbox(-1, 5)}, "resize must be"),
        ({"resize": Letterbox(5, 5, fill=0.5)}, "fill"),
        ({"resize": Letterbox(5, 5, fill=-1)}, "fill"),
        ({"resize": Letterbox(5, 5, fill=math.nan)}, "fill"),
        ({"resize": Letterbox(5, 5, fill=256), "values": "display"}, "fill"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, options: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        one(tmp_path, image(GREY), **options)


def test_a_narrow_window_is_for_floating_point(tmp_path: Path) -> None:
    with pytest.raises(PixelDataError, match="Window Width"):
        one(tmp_path, image(GREY), values="display", window=(5, 0.5))


def test_sizes_that_take_too_much_memory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(fastdcm.LimitExceededError):
        one(tmp_path, image(GREY), resize=(65_535, 65_535))
    # Rows of the image, columns of the result.
    tall = image(np.zeros((65_535, 1), "u1"))
    with pytest.raises(fastdcm.LimitExceededError):
        one(tmp_path, tall, resize=(1, 65_535))
    limits = fastdcm.Limits(frame=1000)
    with pytest.raises(fastdcm.LimitExceededError):
        one(tmp_path, image(GREY), resize=(40, 40), limits=limits)
    assert one(tmp_path, image(GREY), resize=(10, 10), limits=limits).shape == (1, 10, 10)


def test_a_table_of_another_sign_is_read_as_by_one_image(tmp_path: Path) -> None:
    # VOI LUT of values that a rescale makes negative, first value mapped in US.
    item = [[descriptor(4, 65_532, 8), (0x00283006, "US", [10, 20, 30, 40])]]
    data = image(GREY, (0x00281052, "DS", -4), (0x00281053, "DS", 1), (0x00283010, "SQ", item))
    (path,) = write(tmp_path, data)
    assert difference(by_decode(path, "display", 1), by_frames(fastdcm.dcmread(path), "display", 1)) is None
    assert decoded(path, values="display").ravel()[:5].tolist() == [10, 20, 30, 40, 40]


def test_signed_samples_of_grey(tmp_path: Path) -> None:
    assert one(tmp_path, image(RAMP), values="display")[0, [0, -1], [0, -1]].tolist() == [0, 255]


# An index


def test_an_index_gives_what_paths_give(tmp_path: Path) -> None:
    window = (0x00289132, "SQ", [[(0x00281050, "DS", 4), (0x00281051, "DS", 2)]])
    per_frame = (0x52009230, "SQ", [[transformation(2)], [window, transformation(3)]])
    tables = [(np.arange(10) * factor).astype("u1").tobytes() for factor in (1, 5, 20)]
    mixed = [*palette(tables, 10, 8, first=6), (0x00089205, "CS", "MIXED")]
    frames = np.stack([GREY, GREY + 5])
    paths = write(tmp_path, image(frames, *HU), image(frames, per_frame), image(frames, *mixed))
    index = fastdcm.scan(tmp_path, frames=True)
    rows = [[str(path) for path in index["path"]].index(path) for path in paths]
    for options in (
        {"values": "physical"},
        {"values": "display"},
        {"values": "display", "window": (3, 4), "crop": (0, 1, 2, 3)},
        {"crop": (1, 1, 2, 2), "resize": (5, 5)},
        {"values": "display", "resize": Letterbox(7, 9, fill=1)},
    ):
        expected: Any = fastdcm.decode(paths, **options).array
        found: Any = fastdcm.decode(index, rows=rows, **options).array
        assert len(found) == len(expected) == 6
        for ours, theirs in zip(found, expected, strict=True):
            same(ours, theirs)
        last: Any = fastdcm.decode(index, rows=rows[::-1], frames=1, **options).array
        for ours, theirs in zip(last, expected[5::-2], strict=True):
            same(ours, theirs)


def test_a_file_that_is_not_that_of_the_index_is_a_fault(tmp_path: Path) -> None:
    (path,) = write(tmp_path, image(GREY, *HU))
    index = fastdcm.scan(tmp_path, frames=True)
    assert decoded(index, values="physical").shape == (1, 3, 4)
    write(tmp_path, image(GREY, (0x00281052, "DS", 0), (0x00281053, "DS", 1)))
    with pytest.raises(fastdcm.FileChangedError):
        fastdcm.decode(index, values="physical")
    assert decoded([path], values="physical").max() == 11
