"""Tables: NumPy, Python objects, CSV, text, HTML, and other libraries by Arrow."""

from __future__ import annotations

import csv
import datetime
import gc
import io
import sys
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dicom_writer as dicom
import fastdcm

if TYPE_CHECKING:
    from pathlib import Path

    from fastdcm import Table

COLUMNS = [
    "PatientName",
    "StudyDate",
    "StudyTime",
    "Rows",
    "NumberOfFrames",
    "SliceThickness",
    "PixelSpacing",
    "ICCProfile",
]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Two files: one with every column, one with none; and one that is not DICOM."""
    full: dicom.Dataset = [
        (0x00080005, "CS", "ISO_IR 192"),
        (0x00080020, "DA", "20240229"),
        (0x00080030, "TM", "123456.5"),
        (0x00100010, "PN", 'Doe^"Jane, Ärztin"'),
        (0x00180050, "DS", 0.5),
        (0x00280008, "IS", 12),
        (0x00280010, "US", 512),
        (0x00280030, "DS", [0.5, 0.25]),
        (0x00282000, "OB", b"\0\xff"),
    ]
    (tmp_path / "1").write_bytes(dicom.encode_file(full, charset="utf-8"))
    (tmp_path / "2").write_bytes(dicom.encode_file([(0x00080060, "CS", "CT")]))
    (tmp_path / "3").write_text("nothing that could be taken for a data set")
    return fastdcm.scan(tmp_path, COLUMNS)


FIRST: dict[str, Any] = {
    "PatientName": 'Doe^"Jane, Ärztin"',
    "StudyDate": datetime.date(2024, 2, 29),
    "StudyTime": datetime.time(12, 34, 56, 500_000),
    "Rows": 512,
    "NumberOfFrames": 12,
    "SliceThickness": 0.5,
    "PixelSpacing": [0.5, 0.25],
    "ICCProfile": b"\0\xff",
}


def test_columns_as_arrays(table: Table) -> None:
    assert len(table) == 3
    assert "Rows" in table
    assert "Columns" not in table
    rows = table["Rows"]
    assert isinstance(rows, np.ma.MaskedArray)
    assert (rows.dtype, rows.tolist()) == (np.uint16, [512, None, None])
    assert table["NumberOfFrames"].dtype == np.int64
    assert table["SliceThickness"][0] == 0.5
    assert np.isnan(table["SliceThickness"][1])
    assert table["StudyDate"].dtype == np.dtype("datetime64[D]")
    assert table["StudyDate"][0] == np.datetime64("2024-02-29")
    assert np.isnat(table["StudyDate"][1])
    assert table["StudyTime"][0] == np.timedelta64(45_296_500_000, "us")
    assert list(table["PatientName"]) == [FIRST["PatientName"], None, None]
    assert table["PixelSpacing"].shape == (3,)
    assert table["PixelSpacing"][0] == [0.5, 0.25]
    assert list(table["ICCProfile"]) == [b"\0\xff", None, None]


def test_arrays_are_writable_and_the_table_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(dicom.encode_file([(0x00280010, "US", 512)]))
    table = fastdcm.scan(tmp_path, ["Rows"])
    rows = table["Rows"]
    assert not isinstance(rows, np.ma.MaskedArray)
    rows[0] = 1
    assert table["Rows"][0] == 512


def test_python_objects(table: Table) -> None:
    columns = table.to_dict()
    assert {name: columns[name] for name in COLUMNS} == {name: [FIRST[name], None, None] for name in COLUMNS}
    assert table.status_counts() == {"ok": 2, "not DICOM": 1}
    rows = list(table.rows())
    assert [row["status"] for row in rows] == ["ok", "ok", "not DICOM"]
    assert {name: rows[0][name] for name in COLUMNS} == FIRST


def test_a_table_is_asked_by_names(table: Table) -> None:
    with pytest.raises(KeyError, match="Columns"):
        table["Columns"]
    with pytest.raises(KeyError, match="Columns"):
        table[["Rows", "Columns"]]
    with pytest.raises(TypeError, match="name"):
        table[0]  # type: ignore[index]
    with pytest.raises(TypeError):
        iter(table)  # type: ignore[call-overload]
    part = table[["Rows", "status"]]
    assert (part.columns, len(part)) == (("Rows", "status"), 3)
    with pytest.raises(KeyError, match="states"):
        part.states("Rows")


def test_csv_is_read_back(table: Table, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    table.write(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == table.columns
    wanted = {
        "PatientName": 'Doe^"Jane, Ärztin"',
        "StudyDate": "2024-02-29",
        "StudyTime": "12:34:56.500000",
        "Rows": "512",
        "PixelSpacing": "0.5\\0.25",
        "ICCProfile": "00ff",
    }
    assert {name: rows[0][name] for name in wanted} == wanted
    assert [row["status"] for row in rows] == ["ok", "ok", "not DICOM"]
    text = io.StringIO()
    table.write_csv(text)
    assert text.getvalue() == path.read_text(encoding="utf-8")


def test_shown_as_text_and_html(table: Table) -> None:
    lines = repr(table).splitlines()
    assert lines[0].startswith("Table of 3 files: 2 ok, 1 not DICOM")
    assert lines[1].split()[:2] == ["path", "status"]
    assert len(lines) == 5
    html = table._repr_html_()
    assert "<td>Doe^&quot;Jane, Ärztin&quot;</td>" in html
    assert html.count("<tr>") == 4


def test_long_tables_are_shown_in_part(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").write_bytes(dicom.encode_file([(0x00100020, "LO", "\x07bell")]))
    table = fastdcm.scan(tmp_path, ["PatientID"])
    lines = repr(table).splitlines()
    assert lines[7] == "..."
    assert len(lines) == 13
    assert "\x07" not in repr(table)
    assert "\\x07bell" in repr(table)
    assert "\x07" not in table._repr_html_()
    assert repr(fastdcm.scan([])).startswith("Table of 0 files")


def test_polars(table: Table) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(table)
    assert frame.shape == (3, len(table.columns))
    assert frame["PixelSpacing"].to_list() == [[0.5, 0.25], None, None]
    assert frame.select(COLUMNS).row(0, named=True) == FIRST
    assert frame.schema["Rows"] == polars.UInt16


def test_pyarrow(table: Table, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    arrow = pyarrow.table(table)
    arrow.validate(full=True)
    assert arrow.select(COLUMNS).to_pylist()[0] == FIRST
    assert pyarrow.schema(table) == arrow.schema
    # A table can leave any number of times, and what has left needs it no more.
    assert pyarrow.table(table).equals(arrow)
    del table
    gc.collect()
    assert arrow["Rows"].to_pylist() == [512, None, None]
    arrow.validate(full=True)


def test_pandas_and_duckdb(table: Table) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame.from_arrow(table)
    assert frame["Rows"].tolist()[0] == 512
    duckdb = pytest.importorskip("duckdb")
    files = table
    assert duckdb.sql("SELECT PatientName FROM files WHERE Rows > 1").fetchall() == [(FIRST["PatientName"],)]
    assert len(files) == 3


def test_capsules_that_nobody_takes_are_released(table: Table) -> None:
    part = table[["Rows"]]
    for _ in range(100):
        part.__arrow_c_stream__()
        part.__arrow_c_schema__()
    held = weakref.ref(part)
    del part
    gc.collect()
    assert held() is None


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_other_formats(table: Table, tmp_path: Path, ending: str) -> None:
    polars = pytest.importorskip("polars")
    path = tmp_path / f"out{ending}"
    table.write(path)
    read = polars.read_parquet(path) if ending == ".parquet" else polars.read_ipc(path)
    assert read.select(COLUMNS).row(0, named=True) == FIRST
    with pytest.raises(ValueError, match="ending"):
        table.write(tmp_path / "out.xlsx")


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_what_is_missing_is_named(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    for name in ("pyarrow", "pyarrow.parquet", "pyarrow.feather", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match="pip install pyarrow"):
        table.write(tmp_path / f"out{ending}")
    assert not (tmp_path / f"out{ending}").exists()
