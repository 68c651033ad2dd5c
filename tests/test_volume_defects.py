"""Volumes of drawn series: coordinates that are known, and each defect with a series that has it not."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm
from world_phantom import AXIAL, expected, image, plane, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OBLIQUE = (0.8, 0.36, -0.48, 0.0, 0.8, 0.6)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def stack(
    places: Sequence[float], *, step: Sequence[float] = (0, 0, 1), first: int = 1, **more: Any
) -> list[bytes]:
    """Planes at so many mm along `step`."""
    return [
        plane([10 + place * part for part in step], first + number, **more)
        for number, place in enumerate(places)
    ]


def kinds(folder: Path) -> list[str]:
    (series,) = fastdcm.find_series(folder)
    return [defect.kind for defect in series.defects]


def normal(orientation: Sequence[float]) -> list[float]:
    return list(np.cross(orientation[:3], orientation[3:]))


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, OBLIQUE])
@pytest.mark.parametrize("descending", [False, True])
def test_voxels_lie_where_the_affine_says(tmp_path: Path, orientation: Any, descending: bool) -> None:
    places = [0, 2.5, 5, 7.5][:: -1 if descending else 1]
    write(tmp_path, stack(places, step=normal(orientation), orientation=orientation))
    volume = fastdcm.load_series(tmp_path, defects="raise")
    assert volume.shape == volume.array.shape == (4, 5, 4)
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine))
    assert volume.spacing == pytest.approx((2.5, 1.5, 0.5))
    assert np.allclose(volume.orientation.T @ volume.orientation, np.eye(3), atol=1e-6)
    assert np.linalg.det(volume.affine) < 0, "slice, row, column is the mirror image of column, row, slice"
    assert np.array_equal(volume.affine_ras, np.diag([-1, -1, 1, 1]) @ volume.affine)
    assert volume.frame_of_reference == "1.2.9"
    assert [row["slice"] for row in volume.table] == [0, 1, 2, 3]
    assert volume.defects == ()


def test_axes_are_named(tmp_path: Path) -> None:
    write(tmp_path / "axial", stack([0, 1]))
    write(tmp_path / "coronal", stack([0, 1], step=normal(CORONAL), orientation=CORONAL))
    assert fastdcm.load_series(tmp_path / "axial").axes == "SPL"
    assert fastdcm.load_series(tmp_path / "coronal").axes == "PIL"


def test_gantry_tilt_shears_the_affine(tmp_path: Path) -> None:
    tilted = (1.0, 0.0, 0.0, 0.0, 0.96, -0.28)
    write(tmp_path, stack([0, 3, 6], orientation=tilted))
    with pytest.warns(fastdcm.VolumeWarning, match=r"gantry tilt: .* 16.26 degrees"):
        volume = fastdcm.load_series(tmp_path)
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine))
    assert volume.spacing[0] == pytest.approx(3 * 0.96)
    assert np.allclose(volume.affine[:3, 0], [0, 0, 3])


@pytest.mark.parametrize("step", [(0, 0.5, 1), (0, -0.5, 1), (0.3, -1, 1), (0.5, 3, 1)])
def test_straightened_volumes_lie_where_their_affine_says(tmp_path: Path, step: Any) -> None:
    write(tmp_path, stack([0, 1, 2], step=step))
    with pytest.warns(fastdcm.VolumeWarning, match="gantry tilt"):
        tilted = fastdcm.load_series(tmp_path, dtype="float64")
    straight = tilted.straightened(fill=np.nan)
    axes = straight.affine[:3, :3] / straight.spacing
    assert np.allclose(axes.T @ axes, np.eye(3))
    inside = np.isfinite(straight.array)
    place = expected(straight.shape, straight.affine)
    # What is drawn is linear in the place but for rounding, so that interpolation is right to 1.
    assert np.abs(straight.array - place)[inside].max() <= 1
    assert 0.4 * tilted.array.size < inside.sum() <= tilted.array.size
    assert tilted.shape == (3, 5, 4)


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([0, 2, 4, 6, 8], []),
        ([0, 2.01, 3.995, 6, 8], []),
        ([0, 2, 4, 8, 10], ["gap"]),
        ([0, 2, 4, 6, 12, 14], ["gap"]),
        ([0, 2, 4, 7, 10], ["uneven spacing"]),
        ([0, 2, 4, 5, 7], ["uneven spacing"]),
        ([0, 2, 4, 4, 6], ["duplicate"]),
        ([0, 2, 4, 4, 8], ["duplicate", "gap"]),
        ([0], []),
        ([0, 2], []),
    ],
)
def test_spacing_of_planes(tmp_path: Path, places: list[float], found: list[str]) -> None:
    assert kinds(write(tmp_path, stack(places))) == found


def test_slices_aside_of_one_line(tmp_path: Path) -> None:
    shifted = [plane([10 + 3 * (number == 2), 10, 2.0 * number], number) for number in range(5)]
    assert kinds(write(tmp_path, shifted)) == ["misaligned"]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({"orientation": CORONAL}, "mixed orientation"),
        ({"size": (6, 4)}, "mixed size"),
        ({"spacing": (1.5, 0.6)}, "mixed spacing"),
        ({"frame_of_reference": (0x00200052, "UI", "1.2.8")}, "mixed frame of reference"),
        ({"image_type": (0x00080008, "CS", ["DERIVED", "PRIMARY", "AXIAL"])}, "mixed image type"),
        ({"echo": (0x00180081, "DS", 30.0)}, "mixed echo time"),
    ],
)
def test_what_differs_within_a_series(tmp_path: Path, other: Any, found: str) -> None:
    step = normal(other.get("orientation", AXIAL))
    first = stack([0, 2, 4], echo=(0x00180081, "DS", 10.0))
    second = stack([0, 2], first=10, step=step, **{"echo": (0x00180081, "DS", 10.0), **other})
    # Echoes split only what repeats in every plane.
    second = stack([0, 2, 4], first=10, **other) if "echo" in other else second
    write(tmp_path, [*first, *second])
    assert kinds(tmp_path) == [found]
    with pytest.raises(fastdcm.VolumeError, match=found) as caught:
        fastdcm.load_series(tmp_path, defects="raise")
    assert caught.value.defects[0].kind == found
    with pytest.warns(fastdcm.VolumeWarning, match=found):
        volume = fastdcm.load_series(tmp_path)
    assert volume.shape == (3, 5, 4)
    parts = fastdcm.load_series(tmp_path, defects="split")
    assert [part.shape[0] for part in parts] == [3, len(second)]
    assert all(np.array_equal(part.array, expected(part.shape, part.affine)) for part in parts)


def test_split_and_choose_make_even_volumes(tmp_path: Path) -> None:
    write(tmp_path, stack([0, 2, 4, 6, 12, 14, 14]))
    parts = fastdcm.load_series(tmp_path, defects="split")
    assert [part.shape[0] for part in parts] == [4, 2, 1]
    assert not any(part.defects for part in parts)
    assert all(np.array_equal(part.array, expected(part.shape, part.affine)) for part in parts)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen = fastdcm.load_series(tmp_path, defects="choose")
    assert chosen.shape[0] == 4
    assert [defect.kind for defect in chosen.defects] == ["duplicate", "gap"]


def test_copies_of_a_file_are_duplicates(tmp_path: Path) -> None:
    files = stack([0, 2, 4])
    write(tmp_path, files * 2)
    assert kinds(tmp_path) == ["duplicate"]
    assert [part.shape[0] for part in fastdcm.load_series(tmp_path, defects="split")] == [3, 3]


@pytest.mark.parametrize(
    ("element", "varies"),
    [
        ((0x00200100, "IS"), "temporal position"),
        ((0x00200012, "IS"), "acquisition"),
        ((0x00189087, "FD"), "diffusion"),
        ((0x00181060, "DS"), "time"),
        (None, "time"),
    ],
)
def test_planes_that_repeat_are_volumes(tmp_path: Path, element: Any, varies: str) -> None:
    files = []
    for moment in (3, 1, 2):
        more = {} if element is None else {"moment": (*element, moment)}
        intercept = (0x00281052, "DS", 1000 * moment)
        files += stack([0, 2, 4, 6], first=10 * moment, intercept=intercept, **more)
    write(tmp_path, files)
    volume = fastdcm.load_series(tmp_path, defects="raise")
    assert volume.varies == varies
    assert volume.shape == (3, 4, 5, 4)
    for number in range(3):
        place = expected(volume.shape[1:], volume.affine)
        assert np.array_equal(volume.array[number], place + 1000 * (number + 1))


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, OBLIQUE])
def test_diffusion_directions(tmp_path: Path, orientation: Any, private: bool) -> None:
    directions = {0: [], 900: [0.6, 0.0, 0.8], 1000: [0.0, 1.0, 0.0]}
    files = []
    for number, (b_value, direction) in enumerate(directions.items()):
        if private:
            more: dict[str, Any] = {
                "creator": (0x00190010, "LO", "SIEMENS MR HEADER"),
                "b_value": (0x0019100C, "IS", b_value),
                "direction": (0x0019100E, "FD", direction),
            }
        else:
            more = {"b_value": (0x00189087, "FD", b_value), "direction": (0x00189089, "FD", direction)}
        files += stack([0, 2], first=10 * number, step=normal(orientation), orientation=orientation, **more)
    volume = fastdcm.load_series(write(tmp_path, files), defects="raise")
    assert volume.varies == "diffusion"
    assert volume.b_values is not None and volume.b_values.tolist() == [0, 900, 1000]
    assert volume.b_vectors is not None and volume.fsl_b_vectors is not None
    assert np.array_equal(volume.b_vectors, [[0, 0, 0], directions[900], directions[1000]])
    # Back from the axes of the image: FSL turns the first round where the determinant is positive.
    affine = volume.affine_ras[:3, [2, 1, 0]]
    turned = volume.fsl_b_vectors * [[-1 if np.linalg.det(affine) > 0 else 1], [1], [1]]
    back = affine / np.linalg.norm(affine, axis=0) @ turned
    assert np.allclose(back.T * [-1, -1, 1], volume.b_vectors, atol=1e-6)


def test_volumes_without_diffusion(tmp_path: Path) -> None:
    volume = fastdcm.load_series(write(tmp_path, stack([0, 2])))
    assert volume.b_values is volume.b_vectors is volume.fsl_b_vectors is None


def test_echoes_are_told_apart_though_one_is_not_whole(tmp_path: Path) -> None:
    first = stack([0, 2, 4], echo=(0x00180081, "DS", 10.0))
    second = stack([0, 2], first=10, echo=(0x00180081, "DS", 20.0))
    assert kinds(write(tmp_path, [*first, *second])) == ["mixed echo time"]


def test_a_volume_that_is_not_whole_is_left_over(tmp_path: Path) -> None:
    files = [
        made
        for moment in range(3)
        for made in stack(
            [0, 2, 4][: 3 if moment < 2 else 1], first=10 * moment, moment=(0x00200100, "IS", moment)
        )
    ]
    assert kinds(write(tmp_path, files)) == ["incomplete"]
    with pytest.warns(fastdcm.VolumeWarning, match="incomplete: frames of .*: 1"):
        assert fastdcm.load_series(tmp_path).shape == (2, 3, 5, 4)


def test_acquisitions_of_single_slices_are_one_volume(tmp_path: Path) -> None:
    files = [plane([0, 0, z], z, acquisition=(0x00200012, "IS", z)) for z in range(5)]
    assert fastdcm.load_series(write(tmp_path, files), defects="raise").shape == (5, 5, 4)


@pytest.mark.parametrize(
    ("slopes", "intercept", "kind"),
    [
        ([1, 1], 0, "int16"),
        ([1, 1], -1024, "int16"),
        ([2, 1], 0, "int32"),
        ([0.5, 0.25], 3, "float32"),
    ],
)
def test_rescale_of_each_slice(tmp_path: Path, slopes: list[float], intercept: float, kind: str) -> None:
    files = [
        plane(
            [0, 0, number],
            number,
            slope=(0x00281053, "DS", slope),
            intercept=(0x00281052, "DS", intercept),
        )
        for number, slope in enumerate(slopes)
    ]
    volume = fastdcm.load_series(write(tmp_path, files), defects="raise")
    place = expected(volume.shape, volume.affine)
    assert volume.dtype == volume.array.dtype == kind
    assert np.allclose(volume.array, place * np.array(slopes)[:, None, None] + intercept)
    stored = fastdcm.load_series(tmp_path, values="stored", defects="choose")
    assert np.array_equal(stored.array, place)
    assert fastdcm.load_series(tmp_path, dtype="float64").array.dtype == "float64"


@pytest.mark.parametrize("element", [(0x00281053, "DS"), (0x00281052, "DS")])
def test_stored_values_in_several_scales(tmp_path: Path, element: Any) -> None:
    for name, values in (("same", [2, 2, 2]), ("mixed", [2, 2, 3])):
        write(
            tmp_path / name,
            [plane([0, 0, z], z, rescale=(*element, value)) for z, value in enumerate(values)],
        )
    assert fastdcm.load_series(tmp_path / "same", values="stored", defects="raise").defects == ()
    with pytest.raises(fastdcm.VolumeError, match="mixed rescale"):
        fastdcm.load_series(tmp_path / "mixed", values="stored", defects="raise")
    with pytest.warns(fastdcm.VolumeWarning, match="mixed rescale: stored values of 3 frames in 2 scales"):
        fastdcm.load_series(tmp_path / "mixed", values="stored")
    # Rescaled, they stand for the same.
    fastdcm.load_series(tmp_path / "mixed", defects="raise")


def test_photometric_interpretations_are_not_mixed(tmp_path: Path) -> None:
    dark = stack([0, 2], first=10, photometric=(0x00280004, "CS", "MONOCHROME1"))
    write(tmp_path, [*stack([4, 6, 8]), *dark])
    assert kinds(tmp_path) == ["mixed photometric interpretation"]
    parts = fastdcm.load_series(tmp_path, defects="split")
    assert all(np.array_equal(part.array, expected(part.shape, part.affine)) for part in parts)


def test_positron_emission_with_a_slope_for_each_slice(tmp_path: Path) -> None:
    slopes = [0.31, 0.27, 1.9, 0.004]
    files = [
        plane(
            [0, 0, 3.0 * number],
            number,
            modality=(0x00080060, "CS", "PT"),
            slope=(0x00281053, "DS", slope),
            intercept=(0x00281052, "DS", 0),
        )
        for number, slope in enumerate(slopes)
    ]
    volume = fastdcm.load_series(write(tmp_path, files), defects="raise")
    place = expected(volume.shape, volume.affine)
    assert volume.array.dtype == "float32"
    # Computed in double precision, and rounded once.
    assert np.array_equal(volume.array, (place * np.array(slopes)[:, None, None]).astype("float32"))


def test_tilt_positive_and_negative(tmp_path: Path) -> None:
    for angle in (-20.0, -0.5, 0.0, 0.5, 20.0):
        along = np.radians(angle)
        tilted = (1.0, 0.0, 0.0, 0.0, float(np.cos(along)), float(np.sin(along)))
        folder = write(tmp_path / str(angle), stack([0, 3, 6], orientation=tilted))
        assert kinds(folder) == (["gantry tilt"] if angle else [])
        volume = fastdcm.load_series(folder, defects="choose")
        assert np.abs(volume.array - expected(volume.shape, volume.affine)).max() <= 1
        straight = fastdcm.load_series(folder, defects="choose", dtype="float64").straightened(fill=np.nan)
        inside = np.isfinite(straight.array)
        assert np.abs(straight.array - expected(straight.shape, straight.affine))[inside].max() <= 1.01


def test_values_do_not_wrap(tmp_path: Path) -> None:
    write(tmp_path, [plane([0, 0, 280 + z], z, up=(0x00281052, "DS", 5000)) for z in range(2)])
    volume = fastdcm.load_series(tmp_path)
    assert volume.array.dtype == volume.dtype == "int32"
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine) + 5000)
    with pytest.raises(ValueError, match="do not fit int16"):
        _ = fastdcm.load_series(tmp_path, dtype="int16").array


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"image_position": None}, "Image Position"),
        ({"image_position": (0x00200032, "DS", [1, 2])}, "Image Position"),
        ({"rows": None}, "no image"),
        ({"image_type": (0x00080008, "CS", ["ORIGINAL", "PRIMARY", "LOCALIZER"])}, "a localizer"),
        ({"frames": (0x00280008, "IS", 3)}, "several frames"),
    ],
)
def test_what_has_no_place_is_left_out_with_a_reason(tmp_path: Path, more: Any, reason: str) -> None:
    write(tmp_path, [*stack([0, 2, 4]), plane([0, 0, 0], 9, **more)])
    (tmp_path / "text").write_text("no DICOM")
    series, nothing = fastdcm.find_series(tmp_path)
    assert [left for _, left in nothing.left_out] == ["not DICOM"]
    ((path, found),) = series.left_out
    assert reason in found and path.startswith(str(tmp_path))
    assert fastdcm.load_series(tmp_path, defects="raise").shape[0] == 3


@pytest.mark.parametrize(
    ("orientation", "spacing"), [((1, 0, 0, 1, 0, 0), (1, 1)), (AXIAL, (0, 1)), ((0,) * 6, (1, 1))]
)
def test_impossible_geometry_is_left_out(tmp_path: Path, orientation: Any, spacing: Any) -> None:
    write(tmp_path, stack([0, 2, 4], orientation=orientation, spacing=spacing))
    with pytest.raises(fastdcm.VolumeError, match="3 files: no valid") as caught:
        fastdcm.load_series(tmp_path)
    assert "SECRET" not in str(caught.value).upper()


def test_pixel_spacing_of_the_detector_is_no_geometry(tmp_path: Path) -> None:
    files = [plane([0, 0, z], z, pixel_spacing=None) for z in range(2)]
    with pytest.raises(fastdcm.VolumeError, match="Pixel Spacing"):
        fastdcm.load_series(write(tmp_path, files))


def test_several_series_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path, [*stack([0, 2]), *stack([4, 6], first=5, series=(0x0020000E, "UI", "1.2.4"))])
    with pytest.raises(ValueError, match="2 series"):
        fastdcm.load_series(tmp_path)
    assert [fastdcm.load_series(series).shape[0] for series in fastdcm.find_series(tmp_path)] == [2, 2]


def test_wrong_arguments(tmp_path: Path) -> None:
    write(tmp_path, stack([0, 2]))
    with pytest.raises(ValueError, match="defects"):
        fastdcm.load_series(tmp_path, defects="ignore")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="values"):
        fastdcm.load_series(tmp_path, values="hu")  # type: ignore[call-overload]
    with pytest.raises(FileNotFoundError):
        fastdcm.load_series(tmp_path / "nothing")


def group(tag: int, *elements: Any) -> Any:
    return (tag, "SQ", [list(elements)])


def enhanced(frames: Sequence[tuple[float, int, float]], *, count: int | None = None) -> bytes:
    """An enhanced object: for each frame its z, temporal position and rescale slope."""
    per_frame = [
        [
            group(0x00209111, (0x00209057, "UL", 1), (0x00209128, "UL", moment)),
            group(0x00209113, (0x00200032, "DS", [10.0, 10.0, z])),
            group(0x00289145, (0x00281052, "DS", 0), (0x00281053, "DS", slope)),
        ]
        for z, moment, slope in frames
    ]
    shared = [
        group(0x00209116, (0x00200037, "DS", list(AXIAL))),
        group(0x00289110, (0x00180050, "DS", 99.0), (0x00280030, "DS", [1.5, 0.5])),
    ]
    pixels = b"".join(image([10, 10, z], AXIAL).tobytes() for z, _, _ in frames)
    return plane(
        [0, 0, 0],
        frames=(0x00280008, "IS", len(frames) if count is None else count),
        shared=(0x52009229, "SQ", [shared]),
        per_frame=(0x52009230, "SQ", per_frame),
        pixels=dicom.pixel_data(pixels),
        image_position=None,
        image_orientation=None,
        pixel_spacing=None,
    )


def test_enhanced_objects_by_their_functional_groups(tmp_path: Path) -> None:
    frames = [(z, moment, 0.5 * moment) for z in (6.0, 0.0, 3.0) for moment in (2, 1)]
    (tmp_path / "enhanced").write_bytes(enhanced(frames))
    volume = fastdcm.load_series(tmp_path, defects="raise")
    assert volume.shape == (2, 3, 5, 4)
    assert volume.varies == "temporal position"
    assert volume.spacing == (3.0, 1.5, 0.5)
    place = expected(volume.shape[1:], volume.affine)
    assert np.array_equal(volume.array, np.stack([place * 0.5, place]).astype("float32"))
    assert [row["number"] for row in volume.table] == [3, 5, 1, 2, 4, 0]


def test_more_frames_than_functional_groups(tmp_path: Path) -> None:
    (tmp_path / "enhanced").write_bytes(enhanced([(0.0, 1, 1.0), (2.0, 1, 1.0)], count=2**31 - 1))
    (series,) = fastdcm.find_series(tmp_path)
    assert [reason for _, reason in series.left_out] == ["fewer functional groups than frames"]
    with pytest.raises(fastdcm.PixelDataError):
        _ = fastdcm.load_series(series).array


def test_sizes_that_are_not_there_ask_for_no_memory(tmp_path: Path) -> None:
    large = {"rows": (0x00280010, "US", 65535), "columns": (0x00280011, "US", 65535)}
    volume = fastdcm.load_series(write(tmp_path, stack(range(500), **large)))
    assert volume.shape == (500, 65535, 65535)
    with pytest.raises(fastdcm.PixelDataError):
        _ = volume.array


@pytest.mark.parametrize("offsets", [[0, 2, 4], [0, -2, -4], [20, 22, 24]])
def test_dose_planes_by_both_forms_of_their_offsets(tmp_path: Path, offsets: list[float]) -> None:
    places = [20 + offset - offsets[0] for offset in offsets]
    pixels = b"".join(image([0, 0, z], AXIAL).tobytes() for z in places)
    data = plane(
        [0, 0, 20],
        modality=(0x00080060, "CS", "RTDOSE"),
        frames=(0x00280008, "IS", 3),
        offsets=(0x3004000C, "DS", offsets),
        scaling=(0x3004000E, "DS", 0.5),
        pixels=dicom.pixel_data(pixels),
    )
    volume = fastdcm.load_series(write(tmp_path, [data]), defects="raise")
    assert np.array_equal(volume.array, expected((3, 5, 4), volume.affine) / 2)
    assert sorted(place[2] for place in (row["position"] for row in volume.table)) == sorted(places)


@pytest.mark.parametrize("offsets", [[0, 2], [0, 2, "1e999"], []])
def test_dose_without_its_offsets_is_left_out(tmp_path: Path, offsets: Any) -> None:
    more = {"frames": (0x00280008, "IS", 3), "offsets": (0x3004000C, "DS", offsets)}
    write(tmp_path, [plane([0, 0, 20], modality=(0x00080060, "CS", "RTDOSE"), **more)])
    with pytest.raises(fastdcm.VolumeError, match="Grid Frame Offset Vector"):
        fastdcm.load_series(tmp_path)


def test_nifti_image(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    volume = fastdcm.load_series(write(tmp_path, stack([0, 2, 4], step=normal(OBLIQUE), orientation=OBLIQUE)))
    made = volume.to_nifti()
    assert isinstance(made, nibabel.Nifti1Image)
    assert np.array_equal(np.asarray(made.dataobj), volume.array.T)
    assert np.allclose(made.affine @ [3, 2, 1, 1], volume.affine_ras @ [1, 2, 3, 1])


def test_nothing_of_the_patient_is_shown(tmp_path: Path) -> None:
    write(tmp_path, stack([0, 2, 4, 8, 8]))
    (series,) = fastdcm.find_series(tmp_path)
    volume = fastdcm.load_series(series, defects="choose")
    with pytest.raises(fastdcm.VolumeError) as caught:
        fastdcm.load_series(series, defects="raise")
    for text in (repr(series), repr(volume), str(caught.value), repr(caught.value)):
        assert "SECRET" not in text.upper()


@pytest.mark.parametrize("step", [(0, 0, 1), (0.1, -0.2, 1)])
@pytest.mark.parametrize("kind", ["int16", "float64"])
@pytest.mark.parametrize("spacing", [None, 0.5, 3.0, 10.0])
def test_slices_are_spaced_evenly_on_request(tmp_path: Path, step: Any, kind: str, spacing: Any) -> None:
    places = [0, 2, 4, 5, 8]
    write(tmp_path, stack(places, step=step))
    with pytest.warns(fastdcm.VolumeWarning, match=r"uneven spacing|gantry tilt"):
        uneven = fastdcm.load_series(tmp_path, dtype=kind)
    even = uneven.evenly_spaced(spacing)
    apart = spacing or 1
    assert even.spacing == (apart, 1.5, 0.5)
    assert even.shape == even.array.shape == (int(8 // apart) + 1, 5, 4)
    assert even.array.dtype == kind
    # What is drawn is linear in the place but for rounding.
    assert np.abs(even.array - expected(even.shape, even.affine)).max() <= 1
    for number, place in enumerate(places):
        if place % apart == 0:
            assert np.array_equal(even.array[int(place // apart)], uneven.array[number])
    assert "uneven spacing" not in [defect.kind for defect in even.defects]
    assert np.array_equal(even.evenly_spaced().array, even.array)
    straight = even.straightened(fill=np.nan) if kind == "float64" else even
    assert straight.shape[0] == even.shape[0]
    assert uneven.shape == (5, 5, 4)


def test_even_slices_stay_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "one", stack([3]))
    write(tmp_path / "even", stack([0, 2.004, 3.998, 6]))
    for name, slices in (("one", 1), ("even", 4)):
        volume = fastdcm.load_series(tmp_path / name, defects="raise")
        even = volume.evenly_spaced(volume.spacing[0])
        assert even.shape[0] == slices
        assert np.allclose(even.affine, volume.affine)
    assert np.abs(even.array - volume.array).max() <= 1
    for wrong in (0, -1, float("nan"), 1e-9):
        with pytest.raises(ValueError, match="spacing"):
            volume.evenly_spaced(wrong)
