"""Every kind of fault becomes one exception class, with what is known of it."""

from __future__ import annotations

import pickle

import pytest

import fastdcm
from fastdcm import _core

EXPECTED: dict[str, type[BaseException]] = {
    "Empty": fastdcm.NotDicomError,
    "NotDicom": fastdcm.NotDicomError,
    "NoPrefix": fastdcm.NotDicomError,
    "NoDataSet": fastdcm.NotDicomError,
    "Truncated": fastdcm.TruncatedError,
    "InvalidLength": fastdcm.InvalidLengthError,
    "InvalidValue": fastdcm.InvalidValueError,
    "Json": fastdcm.InvalidValueError,
    "LimitExceeded": fastdcm.LimitExceededError,
    "Deflate": fastdcm.TruncatedError,
    "Strict": fastdcm.InvalidLengthError,
    "PixelData": fastdcm.PixelDataError,
    "Missing": fastdcm.PixelDataError,
    "Codec": fastdcm.CodecError,
    "OffsetTable": fastdcm.OffsetTableError,
    "UnsupportedTransferSyntax": fastdcm.UnsupportedTransferSyntaxError,
    "FrameIndex": IndexError,
    "ValueIndex": IndexError,
    "ValueLength": fastdcm.InvalidLengthError,
    "ValueTooLong": fastdcm.InvalidLengthError,
    "Unwritable": fastdcm.InvalidValueError,
    "Unencodable": fastdcm.InvalidValueError,
    "EncapsulatedPixelData": fastdcm.PixelDataError,
    "NotRegularFile": fastdcm.NotRegularFileError,
    "FileChanged": fastdcm.FileChangedError,
    "Io NotFound": FileNotFoundError,
    "Io PermissionDenied": PermissionError,
    "Io AlreadyExists": FileExistsError,
    "Io IsADirectory": IsADirectoryError,
    "Io Other": OSError,
    "OutOfMemory": MemoryError,
    "Interrupted": KeyboardInterrupt,
}
EXCEPTIONS = dict(_core.exceptions())


def test_every_kind_is_expected() -> None:
    assert set(EXCEPTIONS) == set(EXPECTED)


@pytest.mark.parametrize("kind", sorted(EXPECTED))
def test_each_kind_has_its_class(kind: str) -> None:
    assert type(EXCEPTIONS[kind]) is EXPECTED[kind]


@pytest.mark.parametrize("kind", sorted(EXPECTED))
def test_exceptions_survive_a_pickle(kind: str) -> None:
    error = EXCEPTIONS[kind]
    clone = pickle.loads(pickle.dumps(error))
    assert type(clone) is type(error)
    assert str(clone) == str(error)
    assert vars(clone) == vars(error)


def test_tree_of_classes() -> None:
    assert issubclass(fastdcm.ParseError, (fastdcm.DicomError, ValueError))
    for cls in (
        fastdcm.NotDicomError,
        fastdcm.TruncatedError,
        fastdcm.InvalidLengthError,
        fastdcm.InvalidValueError,
    ):
        assert issubclass(cls, fastdcm.ParseError)
    assert not issubclass(fastdcm.LimitExceededError, ValueError)
    assert issubclass(fastdcm.PixelDataError, ValueError)
    assert issubclass(fastdcm.CodecError, fastdcm.PixelDataError)
    assert issubclass(fastdcm.OffsetTableError, fastdcm.PixelDataError)
    assert issubclass(fastdcm.UnsupportedTransferSyntaxError, NotImplementedError)
    for cls in (fastdcm.NotRegularFileError, fastdcm.FileChangedError):
        assert issubclass(cls, fastdcm.DicomError)
        assert issubclass(cls, OSError)
    assert issubclass(fastdcm.DicomWarning, UserWarning)


def test_parse_errors_say_where() -> None:
    error = EXCEPTIONS["InvalidLength"]
    assert isinstance(error, fastdcm.ParseError)
    assert (error.offset, error.tag, error.path) == (0x1A4, 0x00100010, "(0040,0275)[1].(0010,0010)")
    assert str(error) == (
        "value length 70 exceeds the 12 bytes left, tag (0040,0275)[1].(0010,0010), offset 0x1A4"
    )


def test_attributes_of_the_others() -> None:
    limit, codec = EXCEPTIONS["LimitExceeded"], EXCEPTIONS["Codec"]
    assert isinstance(limit, fastdcm.LimitExceededError)
    assert (limit.limit, limit.value) == ("depth", 129)
    assert "Limits(depth=...)" in str(limit)
    assert isinstance(codec, fastdcm.CodecError)
    assert (codec.codec, codec.frame) == ("RLE", 3)
    syntax = EXCEPTIONS["UnsupportedTransferSyntax"]
    assert isinstance(syntax, fastdcm.UnsupportedTransferSyntaxError)
    assert syntax.transfer_syntax == "1.2.3"
