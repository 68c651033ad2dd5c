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
from fastdcm.tag import BaseTag, Tag
from fastdcm.uid import UID
from fastdcm.values import IS, DSfloat, ISfloat, PersonName

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
    "Tag",
    "TruncatedError",
    "UnsupportedTransferSyntaxError",
    "__version__",
    "dcmread",
]
