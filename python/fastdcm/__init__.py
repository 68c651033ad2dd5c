"""DICOM data sets, pixels and bulk reading: names and behaviour of pydicom 3, the work done in Rust."""

from fastdcm._core import DataElement, MultiValue, Sequence, __version__
from fastdcm.dataset import Dataset, FileMetaDataset
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
from fastdcm.file_dataset import FileDataset
from fastdcm.files import dcmread
from fastdcm.options import Limits, ReadOptions
from fastdcm.person_name import PersonName
from fastdcm.pixels import iter_pixels, pixel_array
from fastdcm.tag import BaseTag, Tag, TupleTag
from fastdcm.uid import UID, generate_uid
from fastdcm.values import DS, IS, DSfloat, ISfloat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.bulk.batch import Batch
    from fastdcm.bulk.decode import decode
    from fastdcm.bulk.decoded_frames import DecodedFrames
    from fastdcm.bulk.index import open_index
    from fastdcm.bulk.letterbox import Letterbox
    from fastdcm.bulk.scan import scan, scan_batches
    from fastdcm.bulk.split import Split, split
    from fastdcm.bulk.stored_index import write_index
    from fastdcm.bulk.stream import Stream, stream
    from fastdcm.bulk.table import Table
    from fastdcm.coded_concept import Code
    from fastdcm.date_time import DA, DT, TM
    from fastdcm.decimal_string import DSdecimal, format_number_as_ds
    from fastdcm.patching import patch, recover
    from fastdcm.pixels.display import to_display
    from fastdcm.pixels.physical import to_values, values_unit
    from fastdcm.slides.errors import SlideError
    from fastdcm.slides.slide import Slide, open_slide
    from fastdcm.volumes.defects import VolumeError, VolumeWarning
    from fastdcm.volumes.headers import SERIES_COLUMNS
    from fastdcm.volumes.multi_frame import MultiFrame, load_multi_frame
    from fastdcm.volumes.series import Series, find_series, load_series
    from fastdcm.volumes.ultrasound import UltrasoundRegion, ultrasound_regions
    from fastdcm.volumes.volume import Volume
    from fastdcm.writing import dcmwrite

__all__ = [
    "DA",
    "DS",
    "DT",
    "IS",
    "SERIES_COLUMNS",
    "TM",
    "UID",
    "BaseTag",
    "Batch",
    "Code",
    "CodecError",
    "DSdecimal",
    "DSfloat",
    "DataElement",
    "Dataset",
    "DecodedFrames",
    "DicomError",
    "DicomWarning",
    "FileChangedError",
    "FileDataset",
    "FileMetaDataset",
    "ISfloat",
    "InvalidLengthError",
    "InvalidValueError",
    "Letterbox",
    "LimitExceededError",
    "Limits",
    "MultiFrame",
    "MultiValue",
    "NotDicomError",
    "NotRegularFileError",
    "OffsetTableError",
    "ParseError",
    "PersonName",
    "PixelDataError",
    "ReadOptions",
    "Sequence",
    "Series",
    "Slide",
    "SlideError",
    "Split",
    "Stream",
    "Table",
    "Tag",
    "TruncatedError",
    "TupleTag",
    "UltrasoundRegion",
    "UnsupportedTransferSyntaxError",
    "Volume",
    "VolumeError",
    "VolumeWarning",
    "__version__",
    "dcmread",
    "dcmwrite",
    "decode",
    "find_series",
    "format_number_as_ds",
    "generate_uid",
    "iter_pixels",
    "load_multi_frame",
    "load_series",
    "open_index",
    "open_slide",
    "patch",
    "pixel_array",
    "recover",
    "scan",
    "scan_batches",
    "split",
    "stream",
    "to_display",
    "to_values",
    "ultrasound_regions",
    "values_unit",
    "write_index",
]

# What is heavy, or not used by all, comes when it is asked for first.
_LATER = {
    "Batch": "fastdcm.bulk.batch",
    "Code": "fastdcm.coded_concept",
    "DA": "fastdcm.date_time",
    "DSdecimal": "fastdcm.decimal_string",
    "DT": "fastdcm.date_time",
    "DecodedFrames": "fastdcm.bulk.decoded_frames",
    "Letterbox": "fastdcm.bulk.letterbox",
    "MultiFrame": "fastdcm.volumes.multi_frame",
    "SERIES_COLUMNS": "fastdcm.volumes.headers",
    "Series": "fastdcm.volumes.series",
    "Slide": "fastdcm.slides.slide",
    "SlideError": "fastdcm.slides.errors",
    "Split": "fastdcm.bulk.split",
    "Stream": "fastdcm.bulk.stream",
    "TM": "fastdcm.date_time",
    "Table": "fastdcm.bulk.table",
    "UltrasoundRegion": "fastdcm.volumes.ultrasound",
    "Volume": "fastdcm.volumes.volume",
    "VolumeError": "fastdcm.volumes.defects",
    "VolumeWarning": "fastdcm.volumes.defects",
    "dcmwrite": "fastdcm.writing",
    "decode": "fastdcm.bulk.decode",
    "find_series": "fastdcm.volumes.series",
    "format_number_as_ds": "fastdcm.decimal_string",
    "load_multi_frame": "fastdcm.volumes.multi_frame",
    "load_series": "fastdcm.volumes.series",
    "open_index": "fastdcm.bulk.index",
    "open_slide": "fastdcm.slides.slide",
    "patch": "fastdcm.patching",
    "recover": "fastdcm.patching",
    "scan": "fastdcm.bulk.scan",
    "scan_batches": "fastdcm.bulk.scan",
    "split": "fastdcm.bulk.split",
    "stream": "fastdcm.bulk.stream",
    "to_display": "fastdcm.pixels.display",
    "to_values": "fastdcm.pixels.physical",
    "ultrasound_regions": "fastdcm.volumes.ultrasound",
    "values_unit": "fastdcm.pixels.physical",
    "write_index": "fastdcm.bulk.stored_index",
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
