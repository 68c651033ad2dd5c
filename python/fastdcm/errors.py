"""What can go wrong: every exception of the package, and the record of what was tolerated.

Faults of the caller stay ``TypeError``, ``ValueError`` and ``IndexError``; what the operating system refuses
stays ``OSError`` and its subclasses. No message holds the value of an element.
"""

__all__ = [
    "CodecError",
    "DicomError",
    "DicomWarning",
    "FileChangedError",
    "InvalidLengthError",
    "InvalidValueError",
    "LimitExceededError",
    "NotDicomError",
    "NotRegularFileError",
    "OffsetTableError",
    "ParseError",
    "PixelDataError",
    "TruncatedError",
    "UnknownKeywordError",
    "UnsupportedTransferSyntaxError",
]


class DicomError(Exception):
    """A fault of a DICOM file, data set or message."""


class ParseError(DicomError, ValueError):
    """Bytes that are no DICOM data set.

    Attributes
    ----------
    offset : int or None
        The byte at which it was found.
    tag : int or None
        The tag of the element it is about.
    path : str
        The element with the sequences and item numbers around it, as ``(0040,0275)[1].(0040,0007)``.
    """

    offset: int | None
    tag: int | None
    path: str

    def __init__(
        self, message: str = "", *, offset: int | None = None, tag: int | None = None, path: str = ""
    ):
        super().__init__(message)
        self.offset = offset
        self.tag = tag
        self.path = path


class NotDicomError(ParseError):
    """The input is empty, or neither a DICOM file nor a bare data set."""


class TruncatedError(ParseError):
    """The input ends where something must still come."""


class InvalidLengthError(ParseError):
    """A length contradicts what is around it."""


class InvalidValueError(ParseError):
    """A value contradicts its VR, or strict reading met what is a warning otherwise."""


class LimitExceededError(DicomError):
    """A limit of ours, not a fault of the file: raise it with ``Limits``.

    Attributes
    ----------
    limit : str
        Name of the argument of ``Limits``.
    value : int
        What the input asks for.
    """

    limit: str
    value: int

    def __init__(self, message: str = "", *, limit: str = "", value: int = 0):
        super().__init__(message)
        self.limit = limit
        self.value = value


class PixelDataError(DicomError, ValueError):
    """Pixel data, fragments and Image Pixel attributes contradict each other, or something is missing."""


class CodecError(PixelDataError):
    """A frame could not be decoded.

    Attributes
    ----------
    codec : str
        Name of the codec.
    frame : int
        Zero-based number of the frame.
    """

    codec: str
    frame: int

    def __init__(self, message: str = "", *, codec: str = "", frame: int = 0):
        super().__init__(message)
        self.codec = codec
        self.frame = frame


class OffsetTableError(PixelDataError):
    """An offset table contradicts the fragments."""


class UnsupportedTransferSyntaxError(DicomError, NotImplementedError):
    """No codec is there for the transfer syntax.

    Attributes
    ----------
    transfer_syntax : str
        Its UID.
    """

    transfer_syntax: str

    def __init__(self, message: str = "", *, transfer_syntax: str = ""):
        super().__init__(message)
        self.transfer_syntax = transfer_syntax


class UnknownKeywordError(AttributeError):
    """A data set was asked for a name that no attribute has.

    Its text ends with the keyword that may have been meant. That is looked for when the text is read, so that
    ``hasattr`` and ``getattr`` with a default do not wait for it.
    """

    def __init__(self, message: str, keyword: str = ""):
        super().__init__(message)
        self._keyword = keyword

    def __str__(self) -> str:
        from fastdcm._core import similar_keyword  # noqa: PLC0415 - which imports this module

        similar = similar_keyword(self._keyword)
        text = super().__str__()
        return text if similar is None else f"{text}: did you mean {similar!r}?"


class NotRegularFileError(DicomError, OSError):
    """A path names a device, a pipe or a socket."""


class FileChangedError(DicomError, OSError):
    """A file was changed in place after it was opened, and a value was still to be read from it."""


class DicomWarning(UserWarning):
    """Something that was wrong and could be read all the same; a record of ``Dataset.warnings``.

    Attributes
    ----------
    kind : str
        A short name that stays the same between releases, as ``"OddLength"``.
    message : str
        What was wrong, in which element and where; never a value of an element.
    offset : int
        The byte of the file, or of the inflated data set where it is deflated.
    tag : int or None
        The tag of the element it is about.
    path : str
        The element with the sequences and item numbers around it.
    """

    kind: str
    message: str
    offset: int
    tag: int | None
    path: str

    def __init__(
        self, message: str = "", *, kind: str = "", offset: int = 0, tag: int | None = None, path: str = ""
    ):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.offset = offset
        self.tag = tag
        self.path = path

    def __repr__(self) -> str:
        return f"<DicomWarning {self.kind}: {self.message}>"
