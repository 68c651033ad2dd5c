"""What series are loaded from, and files that cannot be read when their pixels are."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from test_mosaic import mosaic_file
from test_volume_defects import enhanced, stack
from world_phantom import AXIAL, expected, write

if TYPE_CHECKING:
    from pathlib import Path


def check(volume: fastdcm.Volume, slices: int = 4) -> None:
    assert volume.shape == (slices, 5, 4)
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "series", stack([0, 2, 4, 6]))


def paths_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_paths_of_every_kind(folder: Path) -> None:
    paths = paths_in(folder)
    for source in (folder, str(folder), os.fsencode(folder), [folder], paths, iter(paths), map(str, paths)):
        check(fastdcm.load_series(source, defects="raise"))


def test_tables(folder: Path) -> None:
    check(fastdcm.load_series(fastdcm.scan(folder, ["Modality"]), defects="raise"))
    check(fastdcm.load_series(fastdcm.scan(folder, ["Modality"])[["path"]], defects="raise"))


def test_a_table_with_all_columns_needs_no_other_look_at_headers(folder: Path) -> None:
    table = fastdcm.scan(folder, fastdcm.SERIES_COLUMNS)
    whole = fastdcm.load_series(table, defects="raise")
    check(whole)
    for path in paths_in(folder):
        path.unlink()
    (series,) = fastdcm.find_series(table)
    assert len(series.stacks[0].volumes[0]) == 4


def test_an_index_of_frames_knows_when_files_were_read(folder: Path) -> None:
    index = fastdcm.scan(folder, fastdcm.SERIES_COLUMNS, frames=True)
    check(fastdcm.load_series(index, defects="raise"))
    check(fastdcm.load_series(index[1:], defects="raise"), 3)
    lost = paths_in(folder)[2]
    lose(lost, "rewritten")
    (series,) = fastdcm.find_series(index)
    with pytest.raises(fastdcm.FileChangedError, match=str(lost)):
        _ = fastdcm.load_series(series).array


def test_arrow_data(folder: Path) -> None:
    paths = [str(path) for path in paths_in(folder)]
    whole = fastdcm.scan(folder, fastdcm.SERIES_COLUMNS)
    for module, make in (("pyarrow", "table"), ("polars", "DataFrame"), ("pandas", "DataFrame")):
        try:
            library: Any = __import__(module)
        except ModuleNotFoundError:
            continue
        check(fastdcm.load_series(getattr(library, make)({"path": paths}), defects="raise"))
        with pytest.raises(ValueError, match="path"):
            fastdcm.load_series(getattr(library, make)({"file": paths}))
        if module != "pandas":
            check(fastdcm.load_series(getattr(library, make)(whole), defects="raise"))


def test_data_sets_in_memory(folder: Path) -> None:
    datasets = [fastdcm.dcmread(path.read_bytes()) for path in paths_in(folder)]
    volume = fastdcm.load_series(datasets, defects="raise")
    check(volume)
    assert {row["path"] for row in volume.table} == {f"data set {number}" for number in range(4)}
    check(fastdcm.load_series(datasets[0]), 1)
    # Edits count; nothing is written.
    for dataset in datasets:
        dataset.RescaleIntercept = 100
    shifted = fastdcm.load_series(datasets, defects="raise")
    assert np.array_equal(shifted.array, volume.array + 100)
    with pytest.raises(TypeError, match="do not go together"):
        fastdcm.load_series([datasets[0], folder])


def test_data_sets_in_memory_give_what_their_files_give(tmp_path: Path) -> None:
    frames = [(z, moment, 0.5 * moment) for z in (6.0, 0.0, 3.0) for moment in (2, 1)]
    for name, data in (("enhanced", enhanced(frames)), ("mosaic", mosaic_file())):
        path = tmp_path / name
        path.write_bytes(data)
        from_file = fastdcm.load_series(path, defects="raise")
        from_memory = fastdcm.load_series(fastdcm.dcmread(data), defects="raise")
        assert np.array_equal(from_file.array, from_memory.array)
        assert np.array_equal(from_file.affine, from_memory.affine)
        assert from_file.varies == from_memory.varies


def test_data_sets_with_faults_are_left_out(tmp_path: Path) -> None:
    dataset = fastdcm.dcmread(stack([0], image_position=(0x00200032, "DS", [1, 2]))[0])
    with pytest.raises(fastdcm.VolumeError, match="Image Position"):
        fastdcm.load_series(dataset)


@pytest.mark.parametrize("slope", [None, 2, 0.5])
def test_every_frame_in_its_place(tmp_path: Path, slope: Any) -> None:
    more = {} if slope is None else {"slope": (0x00281053, "DS", slope)}
    write(tmp_path, stack(range(0, 60, 2), **more))
    for threads in (1, 3):
        volume = fastdcm.load_series(tmp_path, defects="raise", threads=threads)
        assert np.array_equal(volume.array, expected(volume.shape, volume.affine) * (slope or 1))


def test_progress_of_headers_and_of_frames(folder: Path) -> None:
    calls: list[tuple[int, int | None]] = []
    volume = fastdcm.load_series(folder, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (4, 4)
    calls.clear()
    check(volume)
    assert calls[-1] == (4, 4)


def test_limits_hold_for_frames(folder: Path) -> None:
    volume = fastdcm.load_series(folder, limits=fastdcm.Limits(frame=10))
    # As many native bytes are really there.
    check(volume)
    with pytest.raises((fastdcm.VolumeError, fastdcm.LimitExceededError)):
        fastdcm.load_series(folder, limits=fastdcm.Limits(elements=3))


def lose(path: Path, how: str) -> None:
    if how == "gone":
        path.unlink()
    elif how == "changed":
        dataset = fastdcm.dcmread(path.read_bytes())
        dataset.PixelData = bytes(len(dataset.PixelData) + 2)
        dataset.save_as(path)
    elif how == "rewritten":
        state = path.stat()
        path.write_bytes(path.read_bytes()[:-40] + bytes(40))
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    else:
        path.write_bytes(path.read_bytes()[:-10])


ERRORS = {
    "gone": FileNotFoundError,
    "changed": fastdcm.FileChangedError,
    "rewritten": fastdcm.FileChangedError,
    "cut": fastdcm.FileChangedError,
}


@pytest.mark.parametrize("how", list(ERRORS))
def test_files_that_change_after_their_headers_were_read(folder: Path, how: str) -> None:
    (series,) = fastdcm.find_series(folder)
    volume = fastdcm.load_series(series)
    lost = paths_in(folder)[1]
    lose(lost, how)
    with pytest.raises(ERRORS[how]) as caught:
        _ = volume.array
    assert str(lost) in str(caught.value)
    with warnings.catch_warnings(record=True) as caught_warnings:
        warnings.simplefilter("always")
        rest = fastdcm.load_series(series, errors="skip")
    assert "unreadable: frames that cannot be read: 1" in {str(one.message) for one in caught_warnings}
    assert rest.shape[0] == 3
    assert "unreadable" in [defect.kind for defect in rest.defects]
    assert str(lost) not in {row["path"] for row in rest.table}
    with pytest.raises(fastdcm.VolumeError, match="unreadable"):
        fastdcm.load_series(series, errors="skip", defects="raise")
    parts = fastdcm.load_series(series, errors="skip", defects="split")
    assert sum(part.shape[0] for part in parts) == 3
    for part in parts:
        check(part, part.shape[0])


def test_pixels_that_are_cut_off(tmp_path: Path) -> None:
    files = stack([0, 2, 4])
    files[2] = files[2][:-10]
    write(tmp_path, files)
    with pytest.raises(fastdcm.PixelDataError, match=str(tmp_path)):
        _ = fastdcm.load_series(tmp_path).array
    with pytest.warns(fastdcm.VolumeWarning, match="unreadable"):
        check(fastdcm.load_series(tmp_path, errors="skip"), 2)
    for path in paths_in(tmp_path):
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(fastdcm.VolumeError, match="bytes of pixel data"):
        fastdcm.load_series(tmp_path, errors="skip")


def test_headers_that_cannot_be_read(folder: Path) -> None:
    (folder / "text").write_text("no DICOM")
    paths = [*paths_in(folder), folder / "nothing"]
    with pytest.raises(fastdcm.VolumeError, match=r"cannot be read .*nothing"):
        fastdcm.load_series(paths)
    with pytest.warns(fastdcm.VolumeWarning, match="unreadable"):
        check(fastdcm.load_series(paths, errors="skip"))


def test_nothing_is_warned_of_where_all_is_read(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        volume = fastdcm.load_series(folder, errors="skip")
    check(volume)
    assert volume.defects == ()
    with pytest.raises(ValueError, match="errors"):
        fastdcm.load_series(folder, errors="ignore")  # type: ignore[call-overload]


def test_frames_of_one_object_that_are_not_in_order(tmp_path: Path) -> None:
    frames = [(z, 1, 1.0) for z in (9.0, 0.0, 6.0, 3.0)]
    (tmp_path / "enhanced").write_bytes(enhanced(frames))
    volume = fastdcm.load_series(tmp_path, defects="raise")
    assert np.array_equal(volume.array, expected(volume.shape, volume.affine))
    assert AXIAL[:3] == tuple(volume.orientation[:, 2])
