"""DICOM data sets, pixels and bulk reading: names and behaviour of pydicom 3, the work done in Rust."""

from fastdcm._core import DataElement, MultiValue, Sequence, __version__
from fastdcm.dataset import Dataset, FileDataset, FileMetaDataset
from fastdcm.errors import (
    CodecError,
    DicomError,
    DicomWarning,
    FileChangedError,
    InvalidLengthError,
    InvalidValueError,
    LimitExceededError,
    NotDicomError,
    NotRegularFileError,
    OffsetTableError,
    ParseError,
    PixelDataError,
    TruncatedError,
    UnsupportedTransferSyntaxError,
)
from fastdcm.files import dcmread
from fastdcm.options import Limits, ReadOptions
from fastdcm.pixels import pixel_array
from fastdcm.tag import BaseTag, Tag
from fastdcm.uid import UID
from fastdcm.values import IS, DSfloat, ISfloat, PersonName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.bulk.scan import scan, scan_batches
    from fastdcm.bulk.table import Table

__all__ = [
    "IS",
    "UID",
    "BaseTag",
    "CodecError",
    "DSfloat",
    "DataElement",
    "Dataset",
    "DicomError",
    "DicomWarning",
    "FileChangedError",
    "FileDataset",
    "FileMetaDataset",
    "ISfloat",
    "InvalidLengthError",
    "InvalidValueError",
    "LimitExceededError",
    "Limits",
    "MultiValue",
    "NotDicomError",
    "NotRegularFileError",
    "OffsetTableError",
    "ParseError",
    "PersonName",
    "PixelDataError",
    "ReadOptions",
    "Sequence",
    "Table",
    "Tag",
    "TruncatedError",
    "UnsupportedTransferSyntaxError",
    "__version__",
    "dcmread",
    "pixel_array",
    "scan",
    "scan_batches",
]

# What is heavy, or not used by all, comes when it is asked for first.
_LATER = {
    "Table": "fastdcm.bulk.table",
    "scan": "fastdcm.bulk.scan",
    "scan_batches": "fastdcm.bulk.scan",
}


def __getattr__(name: str) -> object:
    """Import what is heavy when it is asked for first."""
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - part of the same economy

    found = getattr(import_module(module), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
