"""Volumes of real series against those that dcm2niix makes of them."""

from __future__ import annotations

import hashlib
import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from conftest import CORPUS
from nifti_file import read_nifti

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from fastdcm import Volume

# The slices are the same and begin in the same place, but for the step from one to the next: dcm2niix leaves
# out the shear of the gantry, and takes the first distance where distances differ; here it is their mean.
OTHER_STEP = {
    ("ct-ge-tilt", "2_.nii.gz"),
    ("d2n-failing-gantrytilting-001", "4_.nii.gz"),
    ("d2n-failing-sliceincrement-001", "2_dicom2nifti.nii.gz"),
}
# dcm2niix divides by the private scale slope of Philips, too; the stored values are the same.
STORED = {"d2n-philips_enhanced-anatomical-001", "d2n-philips_enhanced-dti-001"}
# The protocol in the header says 50 slices; without a CSA image header dcm2niix takes all 64 tiles.
FIRST_SLICES = {"d2n-siemens-fmri-001": 50}
# dcm2niix puts the volume without diffusion weighting last, though its frames are first.
VOLUMES = {"d2n-philips_enhanced-dti-001": [1, 2, 3, 0]}
# One instance in three encodings, and two stacks in one series.
SPLIT = {"12bit", "d2n-failing-sliceorientation-001"}
# Interpolated by dcm2niix, so as to be evenly spaced; made on request here, at the distance that it takes.
RESAMPLED = "_Eq_1.nii.gz"
# The same but for pixels at an edge, which dcm2niix repeats; there is but a digest of all.
ONLY_PLACE = {("ct-ge-tilt", "2__Tilt_Eq_1.nii.gz")}
# Without the shear of the gantry, which is made on request here.
STRAIGHT = "_Tilt_1.nii.gz"


def cases() -> Iterator[Any]:
    path = CORPUS / "volumes.jsonl"
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield pytest.param(row, id=row["id"])


def files(corpus: Path, row: dict[str, Any]) -> list[Path]:
    paths = [corpus / file["file"] for file in row["files"]]
    if not all(path.is_file() for path in paths):
        pytest.skip("its files are not in the corpus")
    return paths


def as_nifti(volume: Volume, reference: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The voxels, shape (x, y, z[, samples], volumes), and the affine, with the axes of the reference."""
    array = volume.array if volume.varies else volume.array[None]
    cosines = (volume.affine_ras[:3, :3] / np.linalg.norm(volume.affine_ras[:3, :3], axis=0)).T @ reference[
        :3, :3
    ]
    order = np.abs(cosines).argmax(axis=0)
    assert sorted(order) == [0, 1, 2]
    change = np.eye(4)
    change[:3, :3] = 0
    flipped = []
    for number, axis in enumerate(order):
        change[axis, number] = sign = np.sign(cosines[axis, number])
        if sign < 0:
            change[axis, 3] = array.shape[1 + axis] - 1
            flipped.append(number)
    voxels = np.moveaxis(array, (1 + order[0], 1 + order[1], 1 + order[2]), (0, 1, 2))
    voxels = np.flip(voxels, flipped)
    if array.ndim == 4:
        return voxels, volume.affine_ras @ change
    return np.moveaxis(voxels, 3, -1), volume.affine_ras @ change


def load(corpus: Path, row: dict[str, Any]) -> list[Volume]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastdcm.VolumeWarning)
        values = "stored" if row["id"] in STORED else "physical"
        if row["id"] in SPLIT:
            return fastdcm.load_series(files(corpus, row), defects="split", values=values)
        return [fastdcm.load_series(files(corpus, row), values=values)]


def differences(volume: Volume, row: dict[str, Any], expected: dict[str, Any], corpus: Path) -> list[str]:
    found = []
    reference = np.array(expected["affine"])
    if "_Tilt_" in expected["name"]:
        volume = volume.straightened()
    if expected["name"].endswith(RESAMPLED):
        volume = volume.evenly_spaced(float(np.linalg.norm(reference[:3, 2])))
    voxels, affine = as_nifti(volume, reference)
    if (row["id"], expected["name"]) in OTHER_STEP:
        slices = int(np.abs(reference[:3, :3].T @ volume.orientation[:, 0] * [-1, -1, 1]).argmax())
        affine[:3, slices] = reference[:3, slices]
    if np.abs(affine - reference).max() > 1e-3:
        found.append(f"affine differs by {np.abs(affine - reference).max()}")
    if (row["id"], expected["name"]) in ONLY_PLACE:
        assert voxels.shape[:3] == tuple(expected["shape"])
        return found
    path = corpus / "nifti" / row["id"] / expected["name"]
    if not path.is_file():
        stored = np.asfortranarray(voxels[..., 0].astype(expected["dtype"]))
        digest = hashlib.sha256(stored.tobytes(order="F")).hexdigest()
        return found if digest == expected["data_sha256_F"] else [*found, "other voxels"]
    theirs, (slope, intercept) = read_nifti(path)
    if row["id"] not in STORED and (slope, intercept) != (1, 0):
        theirs = theirs * np.float64(slope) + intercept
    theirs = theirs[:, :, : FIRST_SLICES.get(row["id"])]
    voxels = voxels[..., VOLUMES.get(row["id"], slice(None))]
    if theirs.ndim < voxels.ndim:
        theirs = theirs[..., None]
    if voxels.shape != theirs.shape:
        return [*found, f"shape {voxels.shape}, not {theirs.shape}"]
    if expected["name"].endswith(STRAIGHT):
        # At one edge dcm2niix repeats the last pixel where the next is missing; here there is nothing.
        edge = (voxels != theirs) & (voxels == voxels.min())
        assert edge.sum(axis=1).max() == 1
        voxels = np.where(edge, theirs, voxels)
    same = (
        np.array_equal(voxels, theirs)
        if voxels.dtype.kind in "iu"
        else np.allclose(voxels, theirs, rtol=1e-6)
    )
    return found if same else [*found, "other voxels"]


@pytest.mark.parametrize("row", list(cases()))
def test_volume_is_that_of_dcm2niix(row: dict[str, Any], corpus: Path) -> None:
    volumes = load(corpus, row)
    assert len(volumes) == len(
        [one for one in row["volumes"] if not one["name"].endswith((STRAIGHT, RESAMPLED))]
    )
    for expected in row["volumes"]:
        found = [
            differences(volume, row, expected, corpus) for volume in volumes if _is_near(volume, expected)
        ]
        assert [] in found, (expected["name"], found)


def _is_near(volume: Volume, expected: dict[str, Any]) -> bool:
    """Whether the axes are the same but for their order and direction."""
    cosines = np.abs(volume.orientation.T * [-1, -1, 1] @ np.array(expected["affine"])[:3, :3])
    return len(set(cosines.argmax(axis=0))) == 3


def test_dose_grid_in_gray(corpus: Path) -> None:
    path = corpus / "files/pydicom__pydicom/src/pydicom/data/test_files/rtdose.dcm"
    volume = fastdcm.load_series(path, defects="raise")
    assert volume.spacing == pytest.approx((5, 10, 10))
    assert volume.affine[:3, 3] == pytest.approx(fastdcm.dcmread(path).ImagePositionPatient)
    assert np.array_equal(volume.array, fastdcm.to_values(path, dtype="float32"))


def test_planes_do_not_depend_on_the_order_of_files(corpus: Path) -> None:
    row = next(case.values[0] for case in cases() if case.values[0]["id"] == "nih-ge-epi-0004")
    paths = files(corpus, row)
    there, back = fastdcm.load_series(paths), fastdcm.load_series(paths[::-1])
    assert there.table == back.table
    assert there.varies == "time"
    assert np.array_equal(there.affine, back.affine)
