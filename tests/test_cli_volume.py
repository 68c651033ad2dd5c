"""``fastdcm volume``: the files it writes, and what it refuses."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from fastdcm.cli import main
from fastdcm.cli.volume_file import numbered
from test_exports import colour, oblique, several
from world_phantom import plane, write

if TYPE_CHECKING:
    from pathlib import Path


def volume(*arguments: str | Path) -> int:
    return main(["volume", *map(str, arguments)])


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return oblique(tmp_path / "series")


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".NII"])
def test_nifti(folder: Path, out: Path, capsys: pytest.CaptureFixture[str], ending: str) -> None:
    nibabel: Any = pytest.importorskip("nibabel", reason="it writes these files")
    assert volume(folder, "-o", out / f"v{ending}") == 0
    assert f"v{ending}: 6 x 5 x 4 int16, 2.5 x 1.5 x 0.5 mm, SPL" in capsys.readouterr().err
    assert names_in(out) == [f"v{ending}"]
    found = nibabel.load(out / f"v{ending}")
    expected = fastdcm.load_series(folder)
    assert (np.asarray(found.dataobj) == expected.array.T).all()
    assert np.allclose(found.affine, expected.affine_ras[:, [2, 1, 0, 3]], atol=1e-5)


def test_npy_and_what_it_does_not_say(folder: Path, out: Path) -> None:
    assert volume(folder, "-o", out / "v.npy", "--values", "stored", "--dtype", "float32") == 0
    expected = fastdcm.load_series(folder)
    array = np.load(out / "v.npy")
    assert array.dtype == np.float32
    assert (array == expected.array).all()
    model = json.loads((out / "v.json").read_text(encoding="utf-8"))
    assert np.allclose(model["affine_lps"], expected.affine)
    assert np.allclose(model["affine_ras"], expected.affine_ras)
    assert model["spacing"] == [2.5, 1.5, 0.5]
    assert model["series"] == "1.2.3" and model["modality"] == "CT"
    assert "SECRET" not in (out / "v.json").read_text(encoding="utf-8")


def test_nrrd_as_simpleitk_reads_it(tmp_path: Path, folder: Path, out: Path) -> None:
    sitk: Any = pytest.importorskip("SimpleITK", reason="the judge of these files is not installed")
    assert volume(folder, "-o", out / "v.nrrd") == 0
    found, expected = sitk.ReadImage(out / "v.nrrd"), fastdcm.load_series(folder).to_sitk()
    for name in ("GetSize", "GetOrigin", "GetSpacing", "GetDirection"):
        assert np.allclose(getattr(found, name)(), getattr(expected, name)()), name
    assert (sitk.GetArrayFromImage(found) == sitk.GetArrayFromImage(expected)).all()
    rgb = colour(tmp_path / "colour")
    assert volume(rgb, "-o", out / "rgb.nrrd") == 0
    found = sitk.ReadImage(out / "rgb.nrrd")
    assert (sitk.GetArrayFromImage(found) == fastdcm.load_series(rgb).array).all()
    times = several(tmp_path / "several")
    assert volume(times, "-o", out / "times.nrrd", "--dtype", "float64") == 0
    found = sitk.ReadImage(out / "times.nrrd")
    # What has no place in the patient, it takes for the components of a vector.
    volumes = np.moveaxis(sitk.GetArrayFromImage(found), -1, 0)
    assert (volumes == fastdcm.load_series(times).array).all()


def test_nrrd_without_a_judge(folder: Path, out: Path) -> None:
    assert volume(folder, "-o", out / "v.nrrd") == 0
    head = (out / "v.nrrd").read_bytes().split(b"\n\n")[0].decode().splitlines()
    assert head[0] == "NRRD0004"
    assert {"type: int16", "dimension: 3", "sizes: 4 5 6", "endian: little", "encoding: gzip"} < set(head)


def test_directions_of_diffusion_are_written_beside(tmp_path: Path, out: Path) -> None:
    pytest.importorskip("nibabel", reason="it writes these files")
    files = [
        plane(
            (0, 0, 4.0 * part),
            10 * number + part,
            b_value=(0x00189087, "FD", float(b)),
            gradient=(0x00189089, "FD", [1.0, 0.0, 0.0]),
        )
        for number, b in enumerate([0, 500, 1000])
        for part in range(2)
    ]
    assert volume(write(tmp_path / "dwi", files), "-o", out / "v.nii.gz") == 0
    assert names_in(out) == ["v.bval", "v.bvec", "v.nii.gz"]
    assert (out / "v.bval").read_text() == "0 500 1000\n"
    assert [len(line.split()) for line in (out / "v.bvec").read_text().splitlines()] == [3, 3, 3]


def test_one_of_several_series(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        plane(
            (0, 0, 2.0 * z),
            10 * number + z,
            size=(4 + number, 4),
            series=(0x0020000E, "UI", f"1.2.{number}"),
            series_number=(0x00200011, "IS", min(number, 2)),
        )
        for number in range(1, 4)
        for z in range(2)
    ]
    folder = write(tmp_path / "study", files)
    assert volume(folder, "-o", out / "v.npy") == 1
    said = capsys.readouterr().err
    assert "3 series; --series takes the number or UID" in said
    assert "1.2.1" in said and "1.2.3" in said and "2 x 7 x 4" in said
    assert volume(folder, "-o", out / "v.npy", "--series", "2") == 1
    assert "2 series of this number" in capsys.readouterr().err
    assert volume(folder, "-o", out / "v.npy", "--series", "7") == 1
    assert "--series 7: no such series; these are:" in capsys.readouterr().err
    assert names_in(out) == []
    assert volume(folder, "-o", out / "v.npy", "--series", "1") == 0
    assert np.load(out / "v.npy").shape == (2, 5, 4)
    assert volume(folder, "-o", out / "v.npy", "--series", "1.2.3", "--force") == 0
    assert np.load(out / "v.npy").shape == (2, 7, 4)


def test_defects_are_told_refused_or_left_out(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planes = [plane((0, 0, z), number) for number, z in enumerate([0, 2, 4, 8, 10])]
    folder = write(tmp_path / "gap", planes)
    assert volume(folder, "-o", out / "warned.npy") == 0
    assert "warning: gap: 1 slices missing" in capsys.readouterr().err
    assert volume(folder, "-o", out / "refused.npy", "--defects", "raise") == 1
    assert "gap: 1 slices missing" in capsys.readouterr().err
    assert volume(folder, "-o", out / "chosen.npy", "--defects", "choose") == 0
    assert np.load(out / "chosen.npy").shape == (3, 5, 4)
    assert volume(folder, "-o", out / "split.npy", "--defects", "split") == 0
    assert np.load(out / "split-1.npy").shape == (3, 5, 4)
    assert np.load(out / "split-2.npy").shape == (2, 5, 4)
    assert "refused.npy" not in names_in(out) and "split.npy" not in names_in(out)
    assert volume(folder, "-o", out / "split.npy", "--defects", "split") == 1
    assert "split-1.npy: the file exists; --force overwrites it" in capsys.readouterr().err


def test_a_tilted_gantry_is_straightened(tmp_path: Path, out: Path) -> None:
    planes = [plane((0, 0.5 * number, 2.0 * number), number) for number in range(5)]
    folder = write(tmp_path / "tilted", planes)
    assert volume(folder, "-o", out / "v.npy", "--straighten") == 0
    model = json.loads((out / "v.json").read_text(encoding="utf-8"))
    assert model["affine_lps"][1][0] == 0
    assert model["shape"][1] > 5


def test_slices_that_are_missing_are_made_up_on_request(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "gap", [plane((0, 0, z), number) for number, z in enumerate([0, 2, 4, 8])])
    assert volume(folder, "-o", out / "v.npy", "--evenly-spaced") == 0
    assert np.load(out / "v.npy").shape == (5, 5, 4)
    cut = next(folder.iterdir())
    cut.write_bytes(cut.read_bytes()[:-4])
    assert volume(folder, "-o", out / "cut.npy") == 1
    assert not (out / "cut.npy").exists()
    assert volume(folder, "-o", out / "cut.npy", "--errors", "skip") == 0
    assert "unreadable" in capsys.readouterr().err


def test_what_is_refused(tmp_path: Path, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*arguments: str | Path) -> str:
        assert volume(*arguments) in {1, 2}
        return capsys.readouterr().err

    assert "the ending must be one of .nii.gz, .nii, .nrrd, .npy" in said(folder, "-o", out / "v.foo")
    assert "the ending must be" in said(folder, "-o", out / ".npy")
    assert "no such folder" in said(folder, "-o", out / "none" / "v.npy")
    assert "no such file or folder" in said(tmp_path / "none", "-o", out / "v.npy")
    (out / "v.json").write_text("mine")
    assert "v.json: the file exists; --force overwrites it" in said(folder, "-o", out / "v.npy")
    assert names_in(out) == ["v.json"]
    (out / "w.npy").write_text("mine")
    assert "w.npy: the file exists; --force overwrites it" in said(folder, "-o", out / "w.npy")
    assert (out / "w.npy").read_text() == "mine"
    scout = write(tmp_path / "scout", [plane((0, 0, 0), image_type=(0x00080008, "CS", "A\\B\\LOCALIZER"))])
    assert "1 file left out: a localizer" in said(scout, "-o", out / "x.npy")


def test_values_that_do_not_fit_leave_no_file(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert volume(folder, "-o", out / "v.npy", "--dtype", "uint8") == 1
    assert "do not fit" in capsys.readouterr().err
    assert names_in(out) == []


def test_nibabel_that_is_missing(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nibabel", None)  # type: ignore[arg-type] # as if it were not there
    assert volume(folder, "-o", out / "v.nii.gz") == 1
    assert "pip install fastdcm[nifti]" in capsys.readouterr().err
    assert names_in(out) == []


def test_names_with_numbers(tmp_path: Path) -> None:
    names = [path.name for path in numbered(tmp_path / "a.b.nii.gz", 2)]
    assert names == ["a.b-1.nii.gz", "a.b-2.nii.gz"]
