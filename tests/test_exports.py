"""Volumes as images of other libraries: the same voxels, in the same place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm
from world_phantom import AXIAL, plane, write

if TYPE_CHECKING:
    from pathlib import Path

    from fastdcm import Volume

# Turned about two axes.
OBLIQUE = (0.96, 0.28, 0.0, -0.224, 0.768, 0.6)
NORMAL = np.cross(OBLIQUE[:3], OBLIQUE[3:])


def oblique(folder: Path) -> Path:
    places = [np.array([-20.0, 30.0, 5.0]) + number * 2.5 * NORMAL for number in range(6)]
    return write(
        folder, [plane(list(place), number, orientation=OBLIQUE) for number, place in enumerate(places)]
    )


def in_colour(number: int, **more: Any) -> bytes:
    pixels = (np.arange(5 * 4 * 3, dtype=np.uint8) + number).tobytes()
    return plane(
        (0, 0, 2.0 * number),
        number,
        samples=(0x00280002, "US", 3),
        photometric=(0x00280004, "CS", "RGB"),
        planar=(0x00280006, "US", 0),
        allocated=(0x00280100, "US", 8),
        stored=(0x00280101, "US", 8),
        high=(0x00280102, "US", 7),
        signed=(0x00280103, "US", 0),
        pixels=dicom.pixel_data(pixels, bits_allocated=8),
        **more,
    )


def colour(folder: Path) -> Path:
    return write(folder, [in_colour(number) for number in range(3)])


def several(folder: Path) -> Path:
    """Three volumes of two slices."""
    return write(
        folder,
        [
            plane((0, 0, 4.0 * part), 2 * time + part, time=(0x00200100, "IS", time))
            for time in range(3)
            for part in range(2)
        ],
    )


def tilted(folder: Path) -> Volume:
    files = [plane((0, 0.5 * number, 2.0 * number), number, orientation=AXIAL) for number in range(5)]
    return fastdcm.load_series(write(folder, files), defects="choose")


@pytest.fixture
def sitk() -> Any:
    return pytest.importorskip("SimpleITK", reason="the judge of these images is not installed")


def test_sitk_has_the_image_that_its_own_reader_makes(sitk: Any, tmp_path: Path) -> None:
    folder = oblique(tmp_path / "series")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    theirs, mine = reader.Execute(), fastdcm.load_series(folder).to_sitk()
    assert mine.GetSize() == theirs.GetSize() == (4, 5, 6)
    assert mine.GetPixelID() == theirs.GetPixelID()
    for name in ("GetOrigin", "GetSpacing", "GetDirection"):
        assert np.allclose(getattr(mine, name)(), getattr(theirs, name)(), atol=1e-9), name
    assert (sitk.GetArrayFromImage(mine) == sitk.GetArrayFromImage(theirs)).all()


def test_sitk_finds_the_place_of_every_voxel(sitk: Any, tmp_path: Path) -> None:
    volume = fastdcm.load_series(oblique(tmp_path / "series"))
    image = volume.to_sitk()
    for index in np.ndindex(volume.shape):
        place = image.TransformIndexToPhysicalPoint(index[::-1])
        assert np.allclose(place, (volume.affine @ (*index, 1))[:3])


def test_sitk_of_several_volumes_and_in_colour(sitk: Any, tmp_path: Path) -> None:
    volume = fastdcm.load_series(several(tmp_path / "several"))
    image = volume.to_sitk()
    assert image.GetSize() == (4, 5, 2, 3)
    assert image.GetSpacing() == (0.5, 1.5, 4.0, 1.0)
    assert (sitk.GetArrayFromImage(image) == volume.array).all()
    rgb = fastdcm.load_series(colour(tmp_path / "colour"))
    image = rgb.to_sitk()
    assert image.GetSize() == (4, 5, 3)
    assert image.GetNumberOfComponentsPerPixel() == 3
    assert (sitk.GetArrayFromImage(image) == rgb.array).all()


def test_sitk_of_a_single_slice(sitk: Any, tmp_path: Path) -> None:
    image = fastdcm.load_series(write(tmp_path / "one", [plane((1, 2, 3))])).to_sitk()
    assert image.GetSize() == (4, 5, 1)
    assert image.GetSpacing() == (0.5, 1.5, 99.0)


def test_sitk_refuses_the_shear_of_a_tilted_gantry(sitk: Any, tmp_path: Path) -> None:
    volume = tilted(tmp_path / "tilted")
    with pytest.raises(fastdcm.VolumeError, match=r"straightened\(\)"):
        volume.to_sitk()
    straight = volume.straightened()
    assert sitk.GetArrayFromImage(straight.to_sitk()).shape == straight.shape


@pytest.mark.parametrize(
    ("method", "module", "advice"),
    [
        ("to_nifti", "nibabel", "fastdcm[nifti]"),
        ("to_sitk", "SimpleITK", "fastdcm[sitk]"),
        ("to_torch", "torch", "fastdcm[torch]"),
        ("to_monai", "monai.data", "fastdcm[monai]"),
    ],
)
def test_a_library_that_is_missing_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, module: str, advice: str
) -> None:
    volume = fastdcm.load_series(write(tmp_path / "series", [plane((0, 0, 0))]))
    monkeypatch.setitem(sys.modules, module, None)  # type: ignore[arg-type] # as if it were not there
    with pytest.raises(ModuleNotFoundError) as caught:
        getattr(volume, method)()
    assert f"pip install {advice}" in str(caught.value)
