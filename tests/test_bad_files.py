"""The files of tests/bad fail with the exception that belongs to their kind, and say where."""

from __future__ import annotations

from pathlib import Path

import pytest

import fastdcm

FOLDER = Path(__file__).parent / "bad"

EXCEPTIONS = {
    "Empty": fastdcm.NotDicomError,
    "NotDicom": fastdcm.NotDicomError,
    "NoPrefix": fastdcm.NotDicomError,
    "NoDataSet": fastdcm.NotDicomError,
    "InvalidValue": fastdcm.InvalidValueError,
    "Deflate": fastdcm.TruncatedError,
    "LimitExceeded(depth)": fastdcm.LimitExceededError,
    "LimitExceeded(inflated)": fastdcm.LimitExceededError,
}


def manifest() -> list[list[str]]:
    """File, way of reading and kind of each."""
    lines = (FOLDER / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]


@pytest.mark.parametrize(("name", "read", "kind"), manifest())
def test_fails_with_its_kind(name: str, read: str, kind: str) -> None:
    limits = fastdcm.Limits(inflated=16 << 20) if read == "inflated" else fastdcm.Limits()
    options = fastdcm.ReadOptions(strict=read == "strict", limits=limits)
    for source in (FOLDER / name, (FOLDER / name).read_bytes()):
        with pytest.raises(fastdcm.DicomError) as caught:
            fastdcm.dcmread(source, force=read == "force", options=options)
        assert isinstance(caught.value, EXCEPTIONS.get(kind, fastdcm.ParseError))
        assert caught.value.__cause__ is None
        if read == "strict":
            assert isinstance(caught.value, fastdcm.ParseError)
            assert caught.value.offset is not None
            assert "strict" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, read, kind in manifest() if read == "strict"]
)
def test_is_read_with_a_warning_otherwise(name: str, kind: str) -> None:
    dataset = fastdcm.dcmread(FOLDER / name)
    assert [warning.kind for warning in dataset.warnings] == [kind]
    assert len(dataset) > 0
