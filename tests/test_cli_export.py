"""``fastdcm export``: every frame in the form that was asked for, and a report of those that are not."""

from __future__ import annotations

import csv
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import encode_file
from fastdcm.cli import export_outputs, main
from fastdcm.cli.png import encode_png
from test_decode import numbered, write, write_rle
from test_pixel_array import image

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]


def export(*arguments: str | Path) -> int:
    return main(["export", *map(str, arguments)])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def decode_png(data: bytes) -> Array:
    """The image of a PNG file whose lines are all stored as differences to those above."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, first = {}, 8
    while first < len(data):
        (length,) = struct.unpack_from(">I", data, first)
        name, body = data[first + 4 : first + 8], data[first + 8 : first + 8 + length]
        assert zlib.crc32(name + body) == struct.unpack_from(">I", data, first + 8 + length)[0]
        chunks[name], first = body, first + 12 + length
    columns, rows, bits, colour = struct.unpack(">IIBB3x", chunks[b"IHDR"])
    samples = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(rows, -1)
    assert set(lines[:, 0]) == {2}
    pixels = np.cumsum(lines[:, 1:], axis=0, dtype=np.uint8)
    return pixels.view(f">u{bits // 8}").reshape(rows, columns, samples)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A single frame, three frames in RLE, one of another size, and what cannot be decoded."""
    root = tmp_path / "in"
    (root / "a").mkdir(parents=True)
    write(root / "a" / "one.dcm", numbered(1))
    write_rle(root / "a" / "three.DCM", numbered(3, "u1"))
    write(root / "1.2.840.1", numbered(1, size=(3, 5)))
    write(root / "a" / "signed.dcm", numbered(1, "<i2") - 5)
    (root / "notes.txt").write_text("no DICOM, but long enough to look at")
    (root / "cut.dcm").write_bytes(Path(write(root / "cut.dcm", numbered(1))).read_bytes()[:-9])
    (root / "report.dcm").write_bytes(encode_file([(0x00080060, "CS", "SR")]))
    return root


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 2, 3), (4, 4, 4), (4, 4, 1), (4, 4, 2)])
@pytest.mark.parametrize("dtype", ["u1", ">u2", "<u2", "i4"])
def test_png_is_what_was_put_in(shape: tuple[int, ...], dtype: str) -> None:
    largest = 256 if dtype == "u1" else 65536
    pixels = np.random.default_rng(1).integers(0, largest, shape).astype(dtype)
    assert (decode_png(encode_png(pixels)).reshape(shape) == pixels).all()
    assert (decode_png(encode_png(pixels[::-1, ::-1])).reshape(shape) == pixels[::-1, ::-1]).all()


def test_png_as_pillow_reads_it() -> None:
    pillow: Any = pytest.importorskip("PIL.Image", reason="the judge of these files is not installed")
    import io  # noqa: PLC0415

    for pixels in (
        numbered(1, "u1", (9, 11))[0],
        numbered(1, "u2", (300, 200))[0],
        numbered(5, "u1", (9, 3)),
    ):
        found = np.asarray(pillow.open(io.BytesIO(encode_png(pixels))))
        assert (found == pixels).all()


def test_png_does_not_hold_everything() -> None:
    for pixels, words in (
        (np.zeros((2, 2), np.float32), "float32"),
        (np.full((2, 2), -1), "below 0"),
        (np.full((2, 2), 65536), "above 65535"),
        (np.zeros((2, 2, 5), np.uint8), "shape"),
        (np.zeros((0, 2), np.uint8), "shape"),
    ):
        with pytest.raises(ValueError, match=words):
            encode_png(pixels)


def test_png_files_with_an_index_and_a_report(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert export(folder, "-o", out, "--values", "stored") == 1
    assert files_in(out) == [
        "1.2.840.1.png",
        "a/one.png",
        "a/three/0000.png",
        "a/three/0001.png",
        "a/three/0002.png",
        "export.json",
        "index.csv",
        "report.csv",
    ]
    assert (decode_png((out / "a/one.png").read_bytes())[..., 0] == numbered(1)[0]).all()
    assert (decode_png((out / "a/three/0002.png").read_bytes())[..., 0] == numbered(3, "u1")[2]).all()
    index = {row["output"]: (row["place"], row["path"], row["frame"]) for row in table(out / "index.csv")}
    assert index["a/one.png"] == ("", str(folder / "a" / "one.dcm"), "0")
    assert index["a/three/0001.png"] == ("", str(folder / "a" / "three.DCM"), "1")
    assert len(index) == 5
    report = {Path(row["path"]).name: (row["status"], row["message"]) for row in table(out / "report.csv")}
    assert report["notes.txt"][0] == "not DICOM"
    assert report["report.dcm"][0] == "no image"
    assert report["cut.dcm"][0] == "error" and "bytes of pixel data" in report["cut.dcm"][1]
    assert report["signed.dcm"] == (
        "error",
        "a PNG file does not hold values below 0 or above 65535; .npy does",
    )
    assert len(report) == 4
    assert "5 frames written, of 5 files; 4 remarks, 2 of them errors" in capsys.readouterr().err


def test_npy_files(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert export(folder, "-o", out, "--format", "npy", "--values", "stored") == 1
    assert [name for name in files_in(out) if name.endswith(".npy")] == [
        "1.2.840.1.npy",
        "a/one.npy",
        "a/signed.npy",
        "a/three.npy",
    ]
    assert (np.load(out / "a/three.npy") == numbered(3, "u1")).all()
    assert np.load(out / "a/three.npy").dtype == np.uint8
    assert (np.load(out / "a/signed.npy") == numbered(1, "<i2")[0] - 5).all()
    rows = [row for row in table(out / "index.csv") if row["output"] == "a/three.npy"]
    assert [(row["place"], row["frame"]) for row in rows] == [("0", "0"), ("1", "1"), ("2", "2")]


def rescaled(path: Path, pixels: Array) -> Path:
    """An image of which values are twice what is stored, less 10, in a window of 0 to 20."""
    more = [
        (0x00281050, "DS", 10.5),
        (0x00281051, "DS", 21.0),
        (0x00281052, "DS", -10),
        (0x00281053, "DS", 2),
    ]
    path.write_bytes(encode_file(sorted([*image(pixels), *more], key=lambda one: one[0])))
    return path


def test_values_as_on_a_screen_and_after_the_rescale(tmp_path: Path) -> None:
    pixels = numbered(1)
    path = rescaled(tmp_path / "a.dcm", pixels)
    rgb = np.arange(2 * 4 * 6 * 3, dtype="u1").reshape(2, 4, 6, 3)
    colour = Path(write(tmp_path / "rgb.dcm", rgb))
    assert export(path, colour, "-o", tmp_path / "png") == 0
    shown = decode_png((tmp_path / "png" / "a.png").read_bytes())[..., 0]
    assert shown.dtype == np.uint8
    assert (shown == fastdcm.to_display(fastdcm.dcmread(path))).all()
    assert (decode_png((tmp_path / "png" / "rgb" / "0001.png").read_bytes()) == rgb[1]).all()
    assert export(path, "-o", tmp_path / "window", "--window", "20,1000") == 0
    wide = decode_png((tmp_path / "window" / "a.png").read_bytes())[..., 0]
    assert np.ptp(wide) < np.ptp(shown)
    assert export(path, colour, "-o", tmp_path / "npy", "--format", "npy") == 0
    assert (np.load(tmp_path / "npy" / "a.npy") == pixels[0] * 2.0 - 10).all()
    assert (np.load(tmp_path / "npy" / "rgb.npy") == rgb).all()


def test_frames_of_one_size(folder: Path, tmp_path: Path) -> None:
    for number, more in enumerate(([], ["--letterbox"])):
        out = tmp_path / str(number)
        assert export(folder, "-o", out, "--format", "npy", "--resize", "10,8", *more) == 1
        shapes = {np.load(path).shape[-2:] for path in out.rglob("*.npy")}
        assert shapes == {(10, 8)}
    assert (np.load(tmp_path / "0/a/one.npy") != np.load(tmp_path / "1/a/one.npy")).any()


def test_an_npy_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """Three frames of which the last is cut, decoded one by one."""
    path = Path(write(tmp_path / "cut.dcm", numbered(3, size=(512, 512))))
    path.write_bytes(path.read_bytes()[:-9])
    out = tmp_path / "out"
    assert export(path, "-o", out, "--format", "npy", "--values", "stored", "--memory", "1") == 1
    assert not [name for name in files_in(out) if name.endswith(".npy")]
    assert table(out / "index.csv") == []
    assert [row["status"] for row in table(out / "report.csv")] == ["error"]


def test_frames_are_decoded_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "many.dcm", numbered(5, size=(512, 512)))
    for number in range(3):
        write(tmp_path / f"{number}.dcm", numbered(1, size=(512, 512)))
    sizes = []
    decode = fastdcm.decode

    def counted(paths: list[str], **options: Any) -> fastdcm.DecodedFrames:
        found = decode(paths, **options)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(fastdcm, "decode", counted)
    out = tmp_path / "out"
    # A frame is counted with four bytes a sample: 1 MiB.
    assert export(tmp_path, "-o", out, "--format", "npy", "--values", "stored", "--memory", "2") == 0
    assert sum(sizes) == 8 and max(sizes) == 2
    assert (np.load(out / "many.npy") == np.asarray(decode(path))).all()


def test_a_number_of_frames_that_is_not_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elements = [
        (0x00280008, "IS", 2_000_000_000) if one[0] == 0x00280008 else one for one in image(numbered(2))
    ]
    (tmp_path / "lie.dcm").write_bytes(encode_file(elements))
    write(tmp_path / "true.dcm", numbered(1))
    out = tmp_path / "out"
    assert export(tmp_path, "-o", out, "--values", "stored") == 1
    assert "true.png" in files_in(out)
    report = table(out / "report.csv")
    assert "were not tried" in report[-1]["message"]
    assert len(report) <= 1025


def test_resume_writes_what_is_missing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    export(folder, "-o", out, "--values", "stored")
    index = sorted(map(str, table(out / "index.csv")))
    (out / "a/three/0001.png").unlink()
    untouched = (out / "a/one.png").stat().st_mtime_ns
    capsys.readouterr()
    assert export(folder, "-o", out, "--values", "stored") == 1
    assert "the folder is not empty; --resume goes on" in capsys.readouterr().err
    assert export(folder, "-o", out, "--resume", "--format", "npy") == 1
    assert "made with other options" in capsys.readouterr().err
    assert export(folder, "-o", out, "--values", "stored", "--resume") == 1
    assert "2 frames written, of 5 files, 3 were there" in capsys.readouterr().err
    assert (out / "a/one.png").stat().st_mtime_ns == untouched
    assert sorted(map(str, table(out / "index.csv"))) == index


def test_zarr_arrays(folder: Path, tmp_path: Path) -> None:
    zarr: Any = pytest.importorskip("zarr", reason="it writes these arrays")
    out = tmp_path / "out"
    assert export(folder, "-o", out, "--format", "zarr", "--values", "stored") == 1
    index = table(out / "index.csv")
    assert len(index) == 6
    for row in index:
        array = zarr.open_array(str(out / row["output"]), mode="r")
        assert array.metadata.zarr_format == 3
        expected = np.asarray(fastdcm.decode(row["path"], frames=int(row["frame"])))[0]
        assert (array[int(row["place"])] == expected).all()
    # What is there is not written again; what is new is added.
    write(folder / "z.dcm", numbered(2))
    assert export(folder, "-o", out, "--format", "zarr", "--values", "stored", "--resume") == 1
    assert table(out / "index.csv")[:6] == index
    assert [row["path"] for row in table(out / "index.csv")[6:]] == [str(folder / "z.dcm")] * 2
    test_index = table(out / "index.csv")[6]
    array = zarr.open_array(str(out / test_index["output"]), mode="r")
    assert (array[int(test_index["place"])] == numbered(2)[0]).all()


def test_zarr_shards_of_many_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zarr: Any = pytest.importorskip("zarr", reason="it writes these arrays")
    monkeypatch.setattr(export_outputs, "_MOST_IN_SHARD", 4)
    write(tmp_path / "many.dcm", numbered(10))
    out = tmp_path / "out"
    assert export(tmp_path / "many.dcm", "-o", out, "--format", "zarr", "--values", "stored") == 0
    array = zarr.open_array(str(out / "frames.zarr/4x6-uint16"), mode="r")
    assert array.shards == (4, 4, 6) and array.chunks == (1, 4, 6)
    assert (array[:] == numbered(10)).all()


def test_names_that_would_be_one(tmp_path: Path) -> None:
    root = tmp_path / "in"
    (root / "b").mkdir(parents=True)
    for name in ("a.dcm", "a.ima", "a", "b.dcm", "b/0000.dcm"):
        write(root / name, numbered(2 if name == "b.dcm" else 1))
    out = tmp_path / "out"
    assert export(root, "-o", out, "--values", "stored") == 0
    names = [row["output"] for row in table(out / "index.csv")]
    assert len(set(names)) == len(names) == 6
    assert all((out / name).is_file() for name in names)


@pytest.mark.skipif(sys.platform == "win32", reason="names are shorter there")
def test_a_name_that_is_too_long_is_a_row_of_the_report(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    write(root / ("x" * 253), numbered(1))
    write(root / "y", numbered(1))
    out = tmp_path / "out"
    for form in ("png", "npy"):
        assert export(root, "-o", out, "--values", "stored", "--format", form, "--force") == 1
        assert f"y.{form}" in files_in(out)
        assert [row["message"] for row in table(out / "report.csv")] == ["not written: File name too long"]
    assert not [name for name in files_in(out) if name.startswith(".")]


def test_what_an_export_wrote_is_not_exported(tmp_path: Path) -> None:
    write(tmp_path / "one.dcm", numbered(1))
    for more in ([], ["--resume"], ["--force"]):
        assert export(tmp_path, "-o", tmp_path / "out", "--values", "stored", *more) == 0
    assert table(tmp_path / "out" / "report.csv") == []


def test_what_is_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"

    def said(*arguments: str | Path) -> str:
        assert export(*arguments) in {1, 2}
        return capsys.readouterr().err

    assert "no such file or folder" in said(tmp_path / "none", "-o", out)
    assert "--format npy" in said(folder, "-o", out, "--values", "physical")
    assert "--values display" in said(folder, "-o", out, "--values", "stored", "--window", "1,2")
    assert not out.exists()
    assert "is no folder" in said(folder, "-o", folder / "notes.txt")
    assert "no images" in said(folder / "notes.txt", "-o", out)
    assert "goes with --resize" in said(folder, "-o", out, "--letterbox")
    for wrong in (["--resize", "3"], ["--resize", "0,4"], ["--window", "4,0"], ["--memory", "0"]):
        with pytest.raises(SystemExit):
            export(folder, "-o", out, *wrong)
    capsys.readouterr()


def test_zarr_that_is_missing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)  # type: ignore[arg-type] # as if it were not there
    assert export(folder, "-o", tmp_path / "out", "--format", "zarr", "--values", "stored") == 1
    assert "pip install fastdcm[zarr]" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no signals of this kind")
def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    write(root / "many.dcm", numbered(600, size=(128, 128)))
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "fastdcm",
        "export",
        root,
        "-o",
        out,
        "--values",
        "stored",
        "--memory",
        "1",
    ]
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 20
        while len(list((out / "many").glob("*.png"))) < 20 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    finally:
        process.kill()
    if process.returncode == 0:
        pytest.skip("all was done before the signal")
    assert process.returncode == 130 and b"interrupted" in said
    rows = table(out / "index.csv")
    assert 0 < len(rows) < 600
    for row in rows:
        assert decode_png((out / row["output"]).read_bytes()).shape == (128, 128, 1)
    assert not [name for name in files_in(out) if Path(name).name.startswith(".")]
    assert export(root, "-o", out, "--values", "stored", "--resume") == 0
    assert len(table(out / "index.csv")) == 600
