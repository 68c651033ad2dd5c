"""Scans: what is found, what becomes of faults, and what scanning does to the process."""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dicom_writer as dicom
import fastdcm

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastdcm import Table


def small(number: int) -> bytes:
    """A file of three elements."""
    return dicom.encode_file(
        [(0x00080060, "CS", "CT"), (0x00100020, "LO", f"P{number}"), (0x00280010, "US", number)]
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five files, in two folders."""
    for number in range(5):
        path = tmp_path / f"{'ab'[number % 2]}/{number}.dcm"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(small(number))
    return tmp_path


def names(table: Table) -> list[str]:
    return [Path(path).name for path in table["path"]]


def test_one_row_a_file_in_the_order_of_paths(folder: Path) -> None:
    table = fastdcm.scan(folder, ["PatientID", "Rows"])
    assert names(table) == ["0.dcm", "2.dcm", "4.dcm", "1.dcm", "3.dcm"]
    assert list(table["PatientID"]) == ["P0", "P2", "P4", "P1", "P3"]
    assert table["Rows"].tolist() == [0, 2, 4, 1, 3]
    assert set(table["status"]) == {"ok"}
    assert set(table["transfer_syntax"]) == {dicom.EXPLICIT_LITTLE.uid}


def test_default_columns_and_what_stands_around_them(folder: Path) -> None:
    own = ("path", "status", "message", "offset", "transfer_syntax")
    table = fastdcm.scan(folder)
    assert table.columns[:5] == own
    assert table.columns[-3:] == ("empty", "unreadable", "path_bytes")
    assert {"PatientID", "Modality", "Rows", "NumberOfFrames"} < set(table.columns)


@pytest.mark.parametrize(
    "column", ["Rows", "00280010", "(0028,0010)", 0x00280010, (0x0028, 0x0010), fastdcm.Tag("Rows")]
)
def test_columns_by_keyword_and_tag(folder: Path, column: object) -> None:
    assert fastdcm.scan(folder, [column])["Rows"].tolist() == [0, 2, 4, 1, 3]
    assert fastdcm.scan(folder, {"height": column})["height"].tolist() == [0, 2, 4, 1, 3]


def test_columns_by_private_creator_and_path(tmp_path: Path) -> None:
    measures: dicom.Dataset = [(0x00289110, "SQ", [[(0x00280030, "DS", [0.5, 0.25])]])]
    for number, block in enumerate((0x10, 0x42)):
        dataset: dicom.Dataset = [
            (0x00430000 | block, "LO", "GEMS_PARM_01"),
            (0x00430039 | block << 8, "IS", [number, 7]),
            (0x52009229, "SQ", [measures]),
        ]
        (tmp_path / str(number)).write_bytes(dicom.encode_file(dataset))
    spacing = "SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing"
    table = fastdcm.scan(tmp_path, [("GEMS_PARM_01", 0x0043, 0x39), spacing])
    assert list(table["(0043,GEMS_PARM_01,39)"]) == [[0, 7], [1, 7]]
    assert list(table[spacing]) == [[0.5, 0.25]] * 2


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (["NoSuchKeyword"], ValueError),
        (["Rows", "00280010"], ValueError),
        ({"path": "Rows"}, ValueError),
        (["PixelData"], ValueError),
        ([-1], ValueError),
        ([True], ValueError),
        ([("GEMS_PARM_01", 0x43, 0x1039)], ValueError),
        ([("GEMS_PARM_01", 0x42, 0x39)], ValueError),
        ([None], ValueError),
        ("Rows", TypeError),
    ],
)
def test_what_is_no_column_is_refused(folder: Path, columns: object, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"column"):
        fastdcm.scan(folder, columns)


def test_wrong_arguments(folder: Path) -> None:
    with pytest.raises(ValueError, match="errors"):
        fastdcm.scan(folder, errors="ignore")
    with pytest.raises(ValueError, match="1 to 1024"):
        fastdcm.scan(folder, threads=0)
    with pytest.raises(TypeError, match="progress"):
        fastdcm.scan(folder, progress=3)
    with pytest.raises(TypeError):
        fastdcm.scan([3])


def test_paths_of_any_form(folder: Path) -> None:
    for paths in (
        str(folder),
        os.fsencode(folder),
        [folder / "a", folder / "b"],
        iter([folder, str(folder / "a")]),
    ):
        assert names(fastdcm.scan(paths)) == ["0.dcm", "2.dcm", "4.dcm", "1.dcm", "3.dcm"]
    assert names(fastdcm.scan(folder, recursive=False)) == []
    assert len(fastdcm.scan([])) == 0


def test_paths_that_lead_nowhere(folder: Path) -> None:
    nowhere = folder / "nowhere"
    with pytest.raises(FileNotFoundError) as caught:
        fastdcm.scan(nowhere)
    assert caught.value.filename == str(nowhere)
    assert names(fastdcm.scan([nowhere, folder / "a"], errors="skip")) == ["0.dcm", "2.dcm", "4.dcm"]
    assert fastdcm.scan([nowhere])["status"][0] == "error"
    with pytest.raises(FileNotFoundError) as caught:
        fastdcm.scan([nowhere], errors="raise")
    assert caught.value.filename == str(nowhere)


def test_hidden_files_and_links_have_a_rule(folder: Path) -> None:
    (folder / "a/.hidden").write_bytes(small(9))
    (folder / "c").symlink_to(folder / "a")
    (folder / "d").symlink_to(folder / "a/0.dcm")
    assert names(fastdcm.scan(folder)) == ["0.dcm", "2.dcm", "4.dcm", "1.dcm", "3.dcm", "d"]
    assert names(fastdcm.scan([folder / "a/.hidden"])) == [".hidden"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names in UTF-8")
def test_paths_that_are_not_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(path)).write_bytes(small(1))
    table = fastdcm.scan([path])
    assert table["path"][0].endswith("caf\N{REPLACEMENT CHARACTER}")
    assert table["path_bytes"][0] == path
    assert table["PatientID"][0] == "P1"


def test_files_that_cannot_be_read(folder: Path) -> None:
    (folder / "a/1.txt").write_text("only text, and some more of it, but no DICOM")
    (folder / "b/2.dcm").write_bytes(b"")
    table = fastdcm.scan(folder, ["PatientID"])
    assert list(table["status"]) == ["ok", "not DICOM", "ok", "ok", "ok", "error", "ok"]
    assert table.states("PatientID").tolist() == ["value", "not read", *["value"] * 3, "not read", "value"]
    assert [Path(fault["path"]).name for fault in table.faults()] == ["1.txt", "2.dcm"]
    assert table.faults()[1]["message"] == "the input is empty (0 bytes)"
    assert len(fastdcm.scan(folder, errors="skip")) == 5
    with pytest.raises(fastdcm.NotDicomError, match=r"1\.txt"):
        fastdcm.scan(folder, errors="raise")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read(folder: Path) -> None:
    (folder / "a/0.dcm").chmod(0)
    assert fastdcm.scan(folder)["status"][0] == "error"
    with pytest.raises(PermissionError):
        fastdcm.scan(folder, errors="raise")


def test_limits(tmp_path: Path) -> None:
    nested: dicom.Dataset = []
    for _ in range(5):
        nested = [(0x00081140, "SQ", [nested])]
    (tmp_path / "a").write_bytes(dicom.encode_file(nested))
    columns = ["ReferencedImageSequence"]
    assert fastdcm.scan(tmp_path, columns)["ReferencedImageSequence"].tolist() == [1]
    with pytest.raises(fastdcm.LimitExceededError, match="depth"):
        fastdcm.scan(tmp_path, columns, errors="raise", limits=fastdcm.Limits(depth=3))


def test_absent_empty_and_unreadable_are_told_apart(tmp_path: Path) -> None:
    dataset: dicom.Dataset = [
        (0x00080020, "DA", "20240230"),
        (0x00080030, "TM", ""),
        (0x00280010, "US", [1, 2]),
        (0x00280030, "DS", ["0.5", "no"]),
    ]
    (tmp_path / "a").write_bytes(dicom.encode_file(dataset))
    columns = ["StudyDate", "StudyTime", "Rows", "PixelSpacing", "Columns"]
    table = fastdcm.scan(tmp_path, columns)
    states = ["unreadable", "empty", "unreadable", "unreadable", "absent"]
    assert [table.states(name)[0] for name in columns] == states
    assert list(table["empty"]) == [["StudyTime"]]
    assert list(table["unreadable"]) == [["StudyDate", "Rows", "PixelSpacing"]]
    assert list(table["PixelSpacing"]) == [[0.5, None]]
    assert table["status"][0] == "warning"
    assert table["message"][0] == "text that is not a date, tag (0008,0020)"
    assert table["offset"].tolist()[0] > 132


def test_the_same_rows_with_any_number_of_threads(corpus: Path) -> None:
    tables = [fastdcm.scan(corpus / "files", threads=threads).to_dict() for threads in (1, 2, 12)]
    assert tables[0] == tables[1] == tables[2]
    assert tables[0]["path"] == sorted(tables[0]["path"])


def test_every_file_of_the_corpus_has_one_row(corpus: Path) -> None:
    table = fastdcm.scan(corpus / "files", ["PatientID", "Rows", "Columns", "PixelSpacing"])
    files = [str(path) for path in (corpus / "files").rglob("*") if path.is_file()]
    shown = [path for path in files if "/." not in path.removeprefix(str(corpus))]
    assert table["path"].tolist() == sorted(shown, key=os.fsencode)


SAMPLE = [
    "PatientName",
    "PatientID",
    "StudyDescription",
    "StudyInstanceUID",
    "ImageType",
    "InstanceNumber",
    "Rows",
    "SmallestImagePixelValue",
    "SliceThickness",
    "PixelSpacing",
    "ImageOrientationPatient",
    "WindowCenter",
]


def as_cell(value: object, cell: object) -> object:
    """What `dcmread` gives, as a table would hold it."""
    if isinstance(value, fastdcm.MultiValue):
        return [as_cell(part, None) for part in value]
    if value is None or value == "":
        return None
    value = str(value) if isinstance(value, fastdcm.PersonName) else value
    return [value] if isinstance(cell, list) else value


def test_a_scan_says_what_dcmread_says(corpus: Path) -> None:
    table = fastdcm.scan(corpus / "files", SAMPLE, errors="skip")
    assert len(table) > 800
    for row in table.rows():
        dataset = fastdcm.dcmread(row["path"], force=True, stop_before_pixels=True)
        names = [name for name in SAMPLE if name not in row["unreadable"]]
        wanted = {name: as_cell(dataset.get(name), row[name]) for name in names}
        assert {name: row[name] for name in names} == wanted, row["path"]


def test_batches(tmp_path: Path) -> None:
    for number in range(4100):
        (tmp_path / f"{number:04}").write_bytes(b"x")
    batches = fastdcm.scan_batches(tmp_path, ["Rows"])
    assert [len(batch) for batch in batches] == [4096, 4]
    assert next(batches, None) is None
    first = next(fastdcm.scan_batches(tmp_path, ["Rows"]))
    assert first.columns == fastdcm.scan(tmp_path / "0000", ["Rows"]).columns


def test_progress(folder: Path) -> None:
    calls: list[tuple[int, int | None]] = []
    fastdcm.scan(folder, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (5, 5)
    assert calls == sorted(calls, key=lambda call: call[0])

    class Stop(Exception):
        pass

    def stop(done: int, total: int | None) -> None:
        raise Stop

    with pytest.raises(Stop):
        fastdcm.scan(folder, progress=stop)


def test_a_scan_cannot_be_asked_from_its_own_progress_callback(folder: Path) -> None:
    found: list[object] = []
    batches = fastdcm.scan_batches(folder, progress=lambda done, total: found.append(next(batches)))
    with pytest.raises(RuntimeError, match="already"):
        next(batches)


def test_no_python_object_a_file(tmp_path: Path) -> None:
    data = small(7)
    for number in range(10_000):
        (tmp_path / f"{number}.dcm").write_bytes(data)
    fastdcm.scan(tmp_path, ["PatientID", "Rows"])
    blocks = sys.getallocatedblocks()
    tracemalloc.start()
    try:
        table = fastdcm.scan(tmp_path, ["PatientID", "Rows"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(table) == 10_000
    assert abs(sys.getallocatedblocks() - blocks) < 500
    assert peak < 100_000


def test_scanning_imports_no_numpy(folder: Path) -> None:
    script = (
        "import sys, fastdcm\n"
        "assert not {'numpy', 'fastdcm.bulk'} & set(sys.modules)\n"
        f"table = fastdcm.scan({str(folder)!r})\n"
        "print(table); table.faults(); table.to_dict(); list(table.rows())\n"
        "assert 'numpy' not in sys.modules\n"
        "table['Rows']\n"
        "assert 'numpy' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder that takes a while: links to one file."""
    (tmp_path / "0").write_bytes(small(1))
    for number in range(20_000):
        os.link(tmp_path / "0", tmp_path / f"f{number}")
    return tmp_path


def scan_for_ever(folder: Path, progress: Callable[[int, int | None], object] | None = None) -> None:
    while True:
        fastdcm.scan(folder, progress=progress)


def test_ctrl_c_ends_a_scan(many: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        scan_for_ever(many, lambda done, total: signal.raise_signal(signal.SIGINT))


def test_an_interrupt_from_another_thread_comes_through(many: Path) -> None:
    timer = threading.Timer(0.1, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        scan_for_ever(many)
    timer.join()


def test_threads_can_scan_at_the_same_time(folder: Path) -> None:
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(names(fastdcm.scan(folder)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [names(fastdcm.scan(folder))] * 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_can_scan_while_the_parent_does(folder: Path) -> None:
    wanted = names(fastdcm.scan(folder))
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            fastdcm.scan(folder)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(25):
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                os._exit(0 if names(fastdcm.scan(folder)) == wanted else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_scan_under_way_does_not_go_on_in_a_forked_child(many: Path) -> None:
    batches = fastdcm.scan_batches(many)
    assert len(next(batches)) == 4096
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            next(batches)
        except RuntimeError:
            del batches
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert sum(map(len, batches)) == 20_001 - 4096


def test_a_folder_of_what_is_not_dicom(tmp_path: Path) -> None:
    for number in range(2_000):
        (tmp_path / str(number)).write_bytes(os.urandom(200))
    table = fastdcm.scan(tmp_path, ["PatientID"])
    assert set(table["status"]) <= {"not DICOM", "error", "warning"}
    assert (table["status"] == "not DICOM").sum() > 1_900


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_fifo_does_not_hold_up_a_scan(folder: Path) -> None:
    os.mkfifo(folder / "a/fifo")
    assert "fifo" not in names(fastdcm.scan(folder))
    assert fastdcm.scan(folder / "a/fifo")["message"][0] == "not a regular file but a FIFO"
