"""The main job on a folder: table, pixels, contact sheet, training, report of what was wrong: `make demo`.

    python tests/demo.py [FOLDER] [--output FOLDER]

Without a folder the sample study of make_study.py is made and read.
"""

from __future__ import annotations

import argparse
import collections
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import contact_sheet
import demo_training
import fastdcm
from make_study import make_study

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

COLUMNS = [
    "Modality",
    "StudyDate",
    "SeriesNumber",
    "SeriesDescription",
    "SeriesInstanceUID",
    "InstanceNumber",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "PhotometricInterpretation",
]
_THUMBNAILS = 120
# Of an object with more pixels than this only the middle frame is decoded.
_WHOLE_OBJECT = 256 << 20
_SHOWN = 15


class Decoded(NamedTuple):
    """What decoding a folder gave."""

    objects: int
    frames: int
    size: int
    seconds: float
    pictures: list[contact_sheet.Picture]
    faults: dict[str, str]


def scan(folder: Path) -> tuple[fastdcm.Table, float]:
    """The table of a folder, and the seconds it took."""
    start = time.perf_counter()
    table = fastdcm.scan(folder, columns=COLUMNS)
    return table, time.perf_counter() - start


def decode(table: fastdcm.Table) -> Decoded:
    """Decodes every file that has an image."""
    rows = [
        row for row in table.rows() if row["Rows"] and row["Columns"] and row["status"] in ("ok", "warning")
    ]
    rows.sort(key=lambda row: (row["SeriesInstanceUID"] or "", row["InstanceNumber"] or 0, row["path"]))
    wanted = {row["path"] for row in _spread(rows, _THUMBNAILS)}
    objects = frames = size = 0
    seconds = 0.0
    pictures: list[contact_sheet.Picture] = []
    faults: dict[str, str] = {}
    for row in rows:
        count = max(row["NumberOfFrames"] or 1, 1)
        cells = (
            row["Rows"] * row["Columns"] * (row["SamplesPerPixel"] or 1) * (row["BitsAllocated"] or 8) // 8
        )
        index = count // 2 if count * cells > _WHOLE_OBJECT else None
        start = time.perf_counter()
        try:
            array = fastdcm.pixel_array(row["path_bytes"] or row["path"], index=index, force=True)
        except (fastdcm.DicomError, OSError) as error:
            faults[row["path"]] = _reason(error)
            continue
        seconds += time.perf_counter() - start
        frame = array if index is not None or count == 1 else array[count // 2]
        objects += 1
        frames += 1 if index is not None else count
        size += array.nbytes
        if row["path"] in wanted:
            pictures.append(_picture(frame, row))
    return Decoded(objects, frames, size, seconds, pictures, faults)


def _spread(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most so many of the rows, from all over the list."""
    if len(rows) <= most:
        return rows
    return [rows[number * len(rows) // most] for number in range(most)]


def _picture(frame: NDArray[np.generic], row: dict[str, Any]) -> contact_sheet.Picture:
    return contact_sheet.thumbnail(frame, inverted=row["PhotometricInterpretation"] == "MONOCHROME1")


def _reason(error: Exception) -> str:
    if isinstance(error, fastdcm.UnsupportedTransferSyntaxError):
        return f"no codec yet for {fastdcm.UID(str(error.transfer_syntax)).name}"
    return f"{type(error).__name__}: {error}"


def print_series(table: fastdcm.Table) -> None:
    """One line a series."""
    series: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for row in table.rows():
        if row["status"] in ("ok", "warning"):
            series[row["SeriesInstanceUID"] or ""].append(row)
    print(f"\n{len(series)} series")
    shown = sorted(series.values(), key=lambda rows: (-len(rows), rows[0]["SeriesNumber"] or 0))
    for rows in shown[:_SHOWN]:
        first = rows[0]
        frames = sum(max(row["NumberOfFrames"] or 1, 1) for row in rows)
        size = f"{first['Columns']} x {first['Rows']}" if first["Rows"] else "no image"
        syntax = fastdcm.UID(first["transfer_syntax"] or "").name or "not said"
        description = _short(first["SeriesDescription"] or "", 34)
        counts = f"{len(rows):4} files {frames:5} frames  {size:12}"
        print(f"  {first['Modality'] or '':4} {description:34} {counts} {syntax}")
    if len(shown) > _SHOWN:
        print(f"  ... and {len(shown) - _SHOWN} more")


def print_training(trained: demo_training.Trained | None) -> None:
    """One line on what was learned."""
    if trained is None:
        print("\nno training: it takes some grey images of two modalities at least")
        return
    print(
        f"\ntrained to tell {', '.join(trained.modalities)} from each other by {trained.images:,} images"
        f" in {trained.seconds:.2f} s: {trained.accuracy:.0%} right of {trained.held_out} that were held out"
    )


def print_report(table: fastdcm.Table, decoded: Decoded, folder: Path) -> list[str]:
    """Prints what was wrong, the most frequent first; returns a line for each fault of each file."""
    lines: list[str] = []
    reasons: dict[str, list[str]] = collections.defaultdict(list)

    def tell(path: str, reason: str, where: str = "") -> None:
        name = _relative(path, folder)
        lines.append(f"{name}: {reason}{where}")
        reasons[_short(reason.split(", tag ", maxsplit=1)[0], 84)].append(name)

    for row in table.rows():
        if row["status"] != "ok":
            where = "" if row["offset"] is None else f", byte {row['offset']}"
            reason = str(row["message"]).removeprefix(f"{row['status']}: ")
            tell(row["path"], f"{row['status']}: {reason}", where)
        if row["unreadable"]:
            tell(row["path"], f"unreadable: {', '.join(row['unreadable'])}")
    for path, reason in decoded.faults.items():
        tell(path, f"pixels: {reason}")
    print(f"\n{len({line.split(': ')[0] for line in lines})} files with something wrong")
    for reason, names in sorted(reasons.items(), key=lambda entry: -len(entry[1]))[:_SHOWN]:
        print(f"  {len(names):4}  {reason}\n        {_short(names[0], 88)}")
    if len(reasons) > _SHOWN:
        print(f"  ... and {len(reasons) - _SHOWN} other reasons")
    return lines


def _relative(path: str, folder: Path) -> str:
    try:
        return str(Path(path).relative_to(folder))
    except ValueError:
        return path


def _short(text: str, most: int) -> str:
    """Text of a file is not trusted: what is not printable could move the cursor."""
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= most else text[: most - 3] + "..."


def _rate(count: float, seconds: float) -> str:
    return f"{count / seconds:,.0f}" if seconds > 0 else "-"


def run(folder: Path, output: Path) -> None:
    """Reads `folder` and writes table, contact sheet and report to `output`."""
    table, seconds = scan(folder)
    print(f"scanned {len(table):,} files in {seconds:.3f} s: {_rate(len(table), seconds)} files/s\n")
    print(table)
    print_series(table)
    decoded = decode(table)
    print(
        f"\ndecoded {decoded.objects:,} objects, {decoded.frames:,} frames, {decoded.size / 1e6:,.1f} MB"
        f" in {decoded.seconds:.3f} s: {_rate(decoded.size / 1e6, decoded.seconds)} MB/s"
    )
    print_training(demo_training.train(folder))
    lines = print_report(table, decoded, folder)
    output.mkdir(parents=True, exist_ok=True)
    written: list[tuple[str, str]] = [
        ("table.csv", "the table"),
        ("report.txt", "what was wrong, file by file"),
    ]
    table.write_csv(output / "table.csv")
    (output / "report.txt").write_text(
        "".join(f"{line}\n" for line in lines), encoding="utf-8", errors="replace"
    )
    if decoded.pictures:
        contact_sheet.write_png(output / "contact-sheet.png", contact_sheet.sheet(decoded.pictures))
        written.append(("contact-sheet.png", f"{len(decoded.pictures)} images"))
    _print_written(output, written)


def _print_written(output: Path, written: Iterable[tuple[str, str]]) -> None:
    print("\nwritten:")
    for name, content in written:
        print(f"  {output / name}  {content}")


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(
        description="The main job on a folder: table, pixels, contact sheet, training, report."
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, help="folder with DICOM files; a sample study if omitted"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("demo-output"), help="where the results are written"
    )
    arguments = parser.parse_args()
    folder = arguments.folder
    if folder is None:
        folder = arguments.output / "study"
        make_study(folder)
        print(f"made a sample study in {folder}")
    elif not folder.exists():
        print(f"{folder}: no such folder", file=sys.stderr)
        return 1
    run(folder, arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
