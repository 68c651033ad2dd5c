"""`scan` of 12 columns: against dicomsdl, pydicom, and a bare loop that opens and reads the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dicomsdl
import pydicom

import fastdcm
import make_archive
from ceiling_module import ceiling
from harness import Row, against, medians

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = [
    "SOPInstanceUID",
    "StudyDate",
    "Modality",
    "Manufacturer",
    "PatientID",
    "SliceThickness",
    "SeriesInstanceUID",
    "InstanceNumber",
    "ImagePositionPatient",
    "Rows",
    "PixelSpacing",
    "RescaleSlope",
]
# dicomsdl and pydicom are slow enough to be timed on a part.
_PART = 100
# What stands in front of Pixel Data, in whole pages: the read that no scan can do without.
_PREFIX = 12 << 10
_BEFORE_PIXELS = 0x7FDFFFFF


def scan_dicomsdl(paths: list[str]) -> object:
    """The columns of every file."""
    return [dicomsdl.open_file(path, _BEFORE_PIXELS).getValues(COLUMNS) for path in paths]


def scan_pydicom(paths: list[str]) -> object:
    """The columns of every file."""
    rows = []
    for path in paths:
        dataset = pydicom.dcmread(path, specific_tags=list(COLUMNS))
        rows.append([dataset[column].value for column in COLUMNS])
    return rows


def run(archive: Path, rounds: int) -> list[Row]:
    """Rows of the table."""
    rows: list[Row] = []
    for form in make_archive.FORMS:
        folder = archive / f"headers-{form}"
        paths = [str(path) for path in sorted(folder.iterdir())]
        part = paths[:_PART]
        table = fastdcm.scan(paths, columns=COLUMNS, threads=1)
        assert len(table) == len(paths)
        assert set(table["status"]) == {"ok"}, set(table["status"])
        times = medians(
            {
                "fastdcm": lambda paths=paths: fastdcm.scan(paths, columns=COLUMNS, threads=1),
                "fastdcm, 2 threads": lambda paths=paths: fastdcm.scan(paths, columns=COLUMNS, threads=2),
                "bare open + pread + close": lambda paths=paths: ceiling.read_prefixes(paths, _PREFIX, 1),
                "bare, 2 threads": lambda paths=paths: ceiling.read_prefixes(paths, _PREFIX, 2),
                "dicomsdl getValues": lambda part=part: scan_dicomsdl(part),
                "pydicom specific_tags": lambda part=part: scan_pydicom(part),
            },
            rounds,
        )
        for name in ("dicomsdl getValues", "pydicom specific_tags"):
            times[name] *= len(paths) / len(part)
        aims = {"dicomsdl getValues": 6, "pydicom specific_tags": 90, "bare open + pread + close": 0.5}
        work = f"scan, 12 columns, {form}"
        rows += against(work, times, aims, per=len(paths))
        gain = times["fastdcm"] / times["fastdcm, 2 threads"]
        bare_gain = times["bare open + pread + close"] / times["bare, 2 threads"]
        rows.append(Row(work, "gain of bare from 2 threads", gain / bare_gain, 0.9, gain, bare_gain, "x"))
    return rows
