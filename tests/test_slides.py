"""Whole slide images: regions of levels and places on the slide, where pixels say where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm
import slide_phantom as phantom
from conftest import CORPUS
from fastdcm.slides import slide as slide_module
from slide_phantom import full_order, instance, matrix

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIZE, TILE = (50, 37), (16, 12)
WHITE = 255


def expected(
    size: tuple[int, int], region: tuple[int, int, int, int], fill: int = WHITE, **which: int
) -> Any:
    """The region of a level, filled outside."""
    x, y, width, height = region
    pixels = np.full((height, width, 3), fill, np.uint8)
    whole: NDArray[np.uint8] = matrix(*size, **which)
    row, column = np.mgrid[y : y + height, x : x + width]
    is_inside = (row >= 0) & (row < size[1]) & (column >= 0) & (column < size[0])
    pixels[is_inside] = whole[row[is_inside], column[is_inside]]
    return pixels


REGIONS = [
    (0, 0, 50, 37),
    (0, 0, 1, 1),
    (49, 36, 1, 1),
    (15, 11, 2, 2),
    (16, 12, 16, 12),
    (5, 3, 30, 30),
    (-7, -9, 70, 60),
    (45, 30, 20, 20),
    (-100, 5, 60, 4),
    (1000, 1000, 3, 2),
]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("kind", ["full", "sparse", "rle"])
def test_regions_of_a_level(region: tuple[int, int, int, int], kind: str, tmp_path: Path) -> None:
    tiles = full_order(*SIZE, TILE)
    encoding = dicom.RLE_LOSSLESS if kind == "rle" else dicom.EXPLICIT_LITTLE
    if kind == "sparse":
        tiles = tiles[::-1]
    data = instance(SIZE, TILE, tiles, sparse=kind == "sparse", encoding=encoding)
    slide = fastdcm.open_slide(phantom.write(tmp_path, data))
    assert slide.dimensions == SIZE
    found = slide.read_region(0, *region)
    np.testing.assert_array_equal(found, expected(SIZE, region))
    assert found.flags.owndata
    np.testing.assert_array_equal(slide.read_region(0, *region, fill=9), expected(SIZE, region, 9))
    np.testing.assert_array_equal(slide.read_region(slide.levels[0], *region, threads=1), found)


def test_tiles_that_are_not_there_are_white(tmp_path: Path) -> None:
    tiles = [tile for tile in full_order(*SIZE, TILE) if tile[:2] != (16, 12)]
    slide = fastdcm.open_slide(phantom.write(tmp_path, instance(SIZE, TILE, tiles, sparse=True)))
    whole = matrix(*SIZE)
    whole[12:24, 16:32] = 200, 100, 0
    np.testing.assert_array_equal(slide.read_region(0, 0, 0, *SIZE, fill=(200, 100, 0)), whole)
    whole[12:24, 16:32] = WHITE
    np.testing.assert_array_equal(slide.read_region(0, 0, 0, *SIZE), whole)


def test_sparse_tiles_lie_anywhere(tmp_path: Path) -> None:
    tiles = [(3, 5, 0, 0), (30, 20, 0, 0), (40, 30, 0, 0)]
    slide = fastdcm.open_slide(phantom.write(tmp_path, instance(SIZE, TILE, tiles, sparse=True)))
    whole = np.full((SIZE[1], SIZE[0], 3), WHITE, np.uint8)
    for x, y, _, _ in tiles:
        whole[y : y + TILE[1], x : x + TILE[0]] = matrix(*SIZE)[y : y + TILE[1], x : x + TILE[0]]
    np.testing.assert_array_equal(slide.read_region(0, 0, 0, *SIZE), whole)
    np.testing.assert_array_equal(slide.read_region(0, 31, 19, 12, 14), whole[19:33, 31:43])


@pytest.mark.parametrize("sparse", [False, True])
def test_levels_and_pictures(sparse: bool, tmp_path: Path) -> None:
    half, eighth = (25, 19), (7, 5)
    folder = phantom.write(
        tmp_path,
        instance(half, TILE, full_order(*half, TILE), level=1, uid="1.2.3.2", sparse=sparse),
        phantom.picture("LABEL", "1.2.3.7", 10),
        instance(SIZE, TILE, full_order(*SIZE, TILE)),
        phantom.picture("OVERVIEW", "1.2.3.8", 20),
        instance(eighth, (8, 6), full_order(*eighth, (8, 6)), level=3, uid="1.2.3.3"),
        phantom.picture("THUMBNAIL", "1.2.3.9", 30),
        b"no DICOM",
    )
    slide = fastdcm.open_slide(folder)
    assert [(level.columns, level.rows, level.number) for level in slide.levels] == [
        (50, 37, 0),
        (25, 19, 1),
        (7, 5, 2),
    ]
    assert [level.tile_size for level in slide.levels] == [TILE, TILE, (8, 6)]
    assert [level.pixel_spacing for level in slide.levels] == [(0.002, 0.001), (0.004, 0.002), (0.016, 0.008)]
    assert [level.downsample for level in slide.levels] == pytest.approx([1, 1.974, 7.271], abs=1e-3)
    for level, number in zip(slide.levels, (0, 1, 3), strict=True):
        size = level.columns, level.rows
        np.testing.assert_array_equal(slide.read_region(level, 0, 0, *size), matrix(*size, level=number))
    for found, value in ((slide.label, 10), (slide.overview, 20), (slide.thumbnail, 30)):
        assert found is not None
        assert (found.columns, found.rows) == (8, 6)
        assert (found.read() == value).all()
    assert repr(slide) == "<Slide: 50 x 37; levels: 3>"
    assert repr(slide.levels[1]) == "<Level 1: 25 x 19, tiles of 16 x 12>"
    assert repr(slide.label) == "<Picture label: 8 x 6>"
    table = fastdcm.scan(folder)
    again = fastdcm.open_slide(table)
    np.testing.assert_array_equal(again.read_region(1, 3, 4, 5, 6), slide.read_region(1, 3, 4, 5, 6))
    with pytest.raises(IndexError, match="there are 3"):
        slide.read_region(3, 0, 0, 1, 1)


@pytest.mark.parametrize("sparse", [False, True])
def test_optical_paths_and_focal_planes(sparse: bool, tmp_path: Path) -> None:
    tiles = full_order(*SIZE, TILE, (3, 2))
    data = instance(SIZE, TILE, tiles, sparse=sparse, paths=("red", "blue"))
    slide = fastdcm.open_slide(phantom.write(tmp_path, data))
    assert slide.levels[0].optical_paths == ("red", "blue")
    assert slide.levels[0].focal_planes == 3
    for plane in range(3):
        for path in range(2):
            found = slide.read_region(0, 3, 4, 20, 30, optical_path=path, focal_plane=plane)
            np.testing.assert_array_equal(found, expected(SIZE, (3, 4, 20, 30), plane=plane, path=path))
    for which in ({"optical_path": 2}, {"focal_plane": 3}, {"optical_path": -1}):
        with pytest.raises(IndexError, match="there are"):
            slide.read_region(0, 0, 0, 1, 1, **which)


def test_optical_paths_with_instances_of_their_own(tmp_path: Path) -> None:
    tiles = full_order(*SIZE, TILE)
    folder = phantom.write(tmp_path, instance(SIZE, TILE, tiles, paths=("a",)))
    (folder / "b.dcm").write_bytes(instance(SIZE, TILE, tiles, paths=("b",), uid="1.2.3.2"))
    slide = fastdcm.open_slide([folder / "003.dcm", folder / "b.dcm"])
    assert slide.levels[0].optical_paths == ("a", "b")
    np.testing.assert_array_equal(slide.read_region(0, 0, 0, *SIZE, optical_path=1), matrix(*SIZE))
    (folder / "b.dcm").write_bytes(instance(SIZE, TILE, tiles, paths=("a",), uid="1.2.3.2"))
    with pytest.raises(fastdcm.SlideError, match="one optical path"):
        fastdcm.open_slide([folder / "003.dcm", folder / "b.dcm"])


def concatenation(sparse: bool) -> list[bytes]:
    tiles = full_order(*SIZE, TILE)
    return [
        instance(
            SIZE,
            TILE,
            tiles[first:end],
            sparse=sparse,
            uid=f"1.2.3.{first}",
            concatenation=(0x00209161, "UI", "1.2.8"),
            offset=(0x00209228, "UL", first),
        )
        for first, end in ((9, 16), (0, 5), (5, 9))
    ]


@pytest.mark.parametrize("sparse", [False, True])
def test_concatenations_are_one_level(sparse: bool, tmp_path: Path) -> None:
    files = concatenation(sparse)
    slide = fastdcm.open_slide(phantom.write(tmp_path / "all", *files))
    assert len(slide.levels) == 1
    assert len(slide.levels[0].paths) == 3
    for region in REGIONS:
        np.testing.assert_array_equal(slide.read_region(0, *region), expected(SIZE, region))
    part = fastdcm.open_slide(phantom.write(tmp_path / "part", *files[:2]))
    whole = part.read_region(0, 0, 0, *SIZE)
    for number, (x, y, _, _) in enumerate(full_order(*SIZE, TILE)):
        tile = whole[y : y + TILE[1], x : x + TILE[0]]
        there = matrix(*SIZE)[y : y + TILE[1], x : x + TILE[0]]
        np.testing.assert_array_equal(tile, np.full_like(tile, WHITE) if 5 <= number < 9 else there)


def test_many_tiles_are_decoded_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slide = fastdcm.open_slide(phantom.write(tmp_path, *concatenation(sparse=False)))
    for count in (1, 3, 7):
        monkeypatch.setattr(slide_module, "_AT_ONCE", count * 16 * 12 * 3)
        np.testing.assert_array_equal(slide.read_region(0, 0, 0, *SIZE), matrix(*SIZE))


def test_only_tiles_of_the_region_are_decoded(tmp_path: Path) -> None:
    frames = [dicom.rle_frame(bytes(16 * 12 * 3), rows=12, samples=3) for _ in full_order(*SIZE, TILE)]
    frames[1] = b"\0" * 64
    data = instance(
        SIZE, TILE, full_order(*SIZE, TILE), encoding=dicom.RLE_LOSSLESS, pixels=dicom.encapsulated(frames)
    )
    slide = fastdcm.open_slide(phantom.write(tmp_path, data))
    assert not slide.read_region(0, 0, 0, 16, 37).any()
    assert not slide.read_region(0, 32, 0, 18, 37).any()
    with pytest.raises(fastdcm.CodecError):
        slide.read_region(0, 0, 0, 17, 1)


def test_ps3_3_c_8_12_2_places_on_the_slide(tmp_path: Path) -> None:
    half = (25, 19)
    folder = phantom.write(
        tmp_path,
        instance(SIZE, TILE, full_order(*SIZE, TILE)),
        instance(half, TILE, full_order(*half, TILE), level=1, uid="1.2.3.2"),
    )
    slide = fastdcm.open_slide(folder)
    finest, coarse = slide.levels
    np.testing.assert_allclose(finest.to_slide(0, 0), [20, 40])
    # Columns are 0.001 mm apart and run down Y, rows 0.002 mm apart down X.
    np.testing.assert_allclose(finest.to_slide(10, 0), [20, 39.99])
    np.testing.assert_allclose(finest.to_slide(0, 10), [19.98, 40])
    np.testing.assert_allclose(coarse.to_slide(5, 5), finest.to_slide(10, 10))
    grid = finest.to_slide(np.arange(4)[None], np.arange(3)[:, None])
    assert grid.shape == (3, 4, 2)
    np.testing.assert_allclose(grid[2, 3], finest.to_slide(3, 2))
    np.testing.assert_allclose(finest.from_slide(*finest.to_slide(12.5, 7.25)), [12.5, 7.25])


def test_places_need_an_origin(tmp_path: Path) -> None:
    data = instance(SIZE, TILE, full_order(*SIZE, TILE), origin=None)
    slide = fastdcm.open_slide(phantom.write(tmp_path, data))
    with pytest.raises(fastdcm.SlideError, match="Total Pixel Matrix Origin"):
        slide.levels[0].to_slide(0, 0)
    flat = (0x00480102, "DS", [1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    data = instance(SIZE, TILE, full_order(*SIZE, TILE), orientation=flat)
    slide = fastdcm.open_slide(phantom.write(tmp_path, data))
    with pytest.raises(fastdcm.SlideError, match="none of a plane"):
        slide.levels[0].from_slide(0, 0)


def test_grey_is_white_at_its_greatest_sample(tmp_path: Path) -> None:
    pixels = np.arange(4 * 16 * 12, dtype=np.uint16)
    grey: dict[str, Any] = {
        "samples": (0x00280002, "US", 1),
        "photometric": (0x00280004, "CS", "MONOCHROME2"),
        "planar": None,
        "allocated": (0x00280100, "US", 16),
        "stored": (0x00280101, "US", 12),
        "high": (0x00280102, "US", 11),
        "pixels": dicom.pixel_data(pixels.tobytes()),
    }
    size = (32, 24)
    slide = fastdcm.open_slide(phantom.write(tmp_path, instance(size, TILE, full_order(*size, TILE), **grey)))
    found = slide.read_region(0, -1, 0, 33, 24)
    assert found.shape == (24, 33, 1)
    assert found.dtype == np.uint16
    assert (found[:, 0] == 4095).all()
    np.testing.assert_array_equal(found[:12, 1:17, 0], pixels[: 16 * 12].reshape(12, 16))
    dark = grey | {"photometric": (0x00280004, "CS", "MONOCHROME1")}
    slide = fastdcm.open_slide(phantom.write(tmp_path, instance(size, TILE, full_order(*size, TILE), **dark)))
    assert not slide.read_region(0, -1, 0, 1, 1).any()


BAD: list[tuple[dict[str, Any], bool, str]] = [
    ({"rows": (0x00280010, "US", 0)}, False, "Rows is 0"),
    ({"columns": None}, False, "Columns is absent"),
    ({"total_columns": (0x00480006, "UL", 0)}, False, "TotalPixelMatrixColumns is 0"),
    ({"total_rows": (0x00480007, "UL", 2**32 - 1)}, False, "TotalPixelMatrixRows is 4294967295"),
    ({"total_rows": (0x00480007, "UL", 2**31 - 1)}, False, "the total pixel matrix has"),
    ({"frames": (0x00280008, "IS", 15)}, False, "15 frames, the total pixel matrix has 16 tiles"),
    ({"frames": (0x00280008, "IS", 2**31 - 1)}, False, "2147483647 frames"),
    ({"frames": (0x00280008, "IS", 0)}, False, "NumberOfFrames is 0"),
    ({"frames": (0x00280008, "IS", 15)}, True, "16 positions of tiles for 15 frames"),
    ({"groups": None}, True, "0 positions of tiles for 16 frames"),
    ({"total_columns": (0x00480006, "UL", 40)}, True, "the position of its tile is 49; it must be 1 to 40"),
    ({"path_count": (0x00480302, "UL", 3)}, False, "Number of Optical Paths is 3"),
    ({"path_sequence": (0x00480105, "SQ", [[(0x00480106, "SH", "z")]])}, True, "optical path"),
    ({"planes": (0x00480303, "UL", 2**31 - 1)}, False, "the total pixel matrix has"),
    ({"planes": (0x00480303, "UL", 0)}, False, "TotalPixelMatrixFocalPlanes is 0"),
    ({"samples": (0x00280002, "US", 9)}, False, "SamplesPerPixel is 9"),
    ({"allocated": (0x00280100, "US", 1)}, False, "Bits Allocated is 1"),
    ({"sop_class": (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")}, False, "no image"),
]


@pytest.mark.parametrize(("more", "sparse", "message"), BAD)
def test_attributes_that_cannot_be_are_errors(
    more: dict[str, Any],
    sparse: bool,
    message: str,
    tmp_path: Path,
) -> None:
    data = instance(SIZE, TILE, full_order(*SIZE, TILE), sparse=sparse, **more)
    with pytest.raises(fastdcm.SlideError, match=message) as caught:
        fastdcm.open_slide(phantom.write(tmp_path, data))
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize("position", [0, -1, -(2**31), 2**31 - 1, None])
def test_tiles_lie_inside_the_matrix(position: int | None, tmp_path: Path) -> None:
    place: list[tuple[int, str, Any]] = [(0x0048021F, "SL", 1)]
    if position is not None:
        place.insert(0, (0x0048021E, "SL", position))
    sound = [(0x0048021E, "SL", 1), (0x0048021F, "SL", 1)]
    groups = (0x52009230, "SQ", [[(0x0048021A, "SQ", [each])] for each in (place, sound, sound)])
    tiles = [(0, 0, 0, 0)] * 3
    data = instance(SIZE, TILE, tiles, sparse=True, groups=groups)
    with pytest.raises(fastdcm.SlideError, match="frame 0: the position of its tile"):
        fastdcm.open_slide(phantom.write(tmp_path, data))


def test_parts_of_a_concatenation_belong_together(tmp_path: Path) -> None:
    files = concatenation(sparse=False)
    tiles = full_order(*SIZE, TILE)
    again = instance(
        SIZE,
        TILE,
        tiles[4:8],
        uid="1.2.3.99",
        concatenation=(0x00209161, "UI", "1.2.8"),
        offset=(0x00209228, "UL", 4),
    )
    with pytest.raises(fastdcm.SlideError, match="same frames"):
        fastdcm.open_slide(phantom.write(tmp_path / "again", *files, again))
    behind = instance(
        SIZE,
        TILE,
        tiles[:2],
        uid="1.2.3.99",
        concatenation=(0x00209161, "UI", "1.2.8"),
        offset=(0x00209228, "UL", 2**32 - 1),
    )
    with pytest.raises(fastdcm.SlideError, match="16 tiles"):
        fastdcm.open_slide(phantom.write(tmp_path / "behind", *files, behind))


def test_one_slide_at_a_time(tmp_path: Path) -> None:
    tiles = full_order(*SIZE, TILE)
    other = instance(SIZE, TILE, tiles, uid="1.2.3.2", series=(0x0020000E, "UI", "1.2.10"))
    folder = phantom.write(tmp_path, instance(SIZE, TILE, tiles), other)
    with pytest.raises(fastdcm.SlideError, match="2 series"):
        fastdcm.open_slide(folder)
    with pytest.raises(FileNotFoundError):
        fastdcm.open_slide(tmp_path / "nothing")
    # A copy of an instance is not a second one.
    (folder / "copy.dcm").write_bytes((folder / "003.dcm").read_bytes())
    slide = fastdcm.open_slide([folder / "003.dcm", folder / "copy.dcm"])
    assert len(slide.levels[0].paths) == 1


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 5), (2**31 + 1, 1)])
def test_regions_have_a_size(size: tuple[int, int], tmp_path: Path) -> None:
    slide = fastdcm.open_slide(phantom.write(tmp_path, instance(SIZE, TILE, full_order(*SIZE, TILE))))
    with pytest.raises(ValueError, match=r"at least 1|beyond"):
        slide.read_region(0, 0, 0, *size)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_cut_file_is_an_error_or_white(sparse: bool, tmp_path: Path) -> None:
    size = (4, 2)
    data = instance(size, (2, 2), full_order(*size, (2, 2)), sparse=sparse)
    path = tmp_path / "cut.dcm"
    opened = 0
    for length in range(len(data)):
        path.write_bytes(data[:length])
        try:
            slide = fastdcm.open_slide(path)
            slide.read_region(0, 0, 0, *size)
            opened += 1
        except fastdcm.DicomError as error:
            assert "Secret" not in str(error)  # noqa: PT017 - or none at all
    assert opened <= 1


def real_slides() -> list[Any]:
    paths = sorted(CORPUS.glob("files/*highdicom/data/test_files/sm_image*.dcm"))
    return [pytest.param(path, id=f"{path.parents[2].name}-{path.stem}") for path in paths]


@pytest.mark.parametrize("path", real_slides())
def test_real_slides_are_their_tiles_side_by_side(path: Path) -> None:
    slide = fastdcm.open_slide(path)
    level = slide.levels[0]
    frames = fastdcm.pixel_array(path).reshape(5, 5, 10, 10, -1)
    whole = frames.transpose(0, 2, 1, 3, 4).reshape(50, 50, -1)
    np.testing.assert_array_equal(slide.read_region(0, 0, 0, level.columns, level.rows), whole)
    assert level.pixel_spacing == (0.000499, 0.000499)
    first, last = level.to_slide([0, 49], [0, 49])
    np.testing.assert_allclose(first - last, [49 * 0.000499] * 2)
