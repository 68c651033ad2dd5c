"""Unique identifiers (PS3.5 §9) and what is registered about them (PS3.6 Annex A).

Every registered UID is a name of this module by its keyword, as ``fastdcm.uid.CTImageStorage``.
"""

from __future__ import annotations

from fastdcm import _core

TYPE_CHECKING = False  # typing itself takes longer to import than this package
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable
    from typing import Self

__all__ = ["UID", "generate_uid"]

_MAX_LENGTH = 64
_MAX_PREFIX_LENGTH = 54
_UUID_ROOT = "2.25."  # PS3.5 §B.2


class UID(str):
    """A unique identifier: a ``str`` that knows what is registered under it.

    Parameters
    ----------
    val : str
        The text; blanks around it are left out.
    validation_mode : int, optional
        What happens to a text that is no UID: 0 or None nothing, 1 a `DicomWarning`, 2 a ``ValueError``.
    """

    __slots__ = ("_private_encoding",)

    _private_encoding: tuple[bool, bool]

    def __new__(cls, val: str, validation_mode: int | None = None) -> Self:
        """Make the UID."""
        if not isinstance(val, str):
            raise TypeError("a UID is made from str")
        if validation_mode:
            from fastdcm.validation import validate_value  # noqa: PLC0415 - few values are validated

            validate_value("UI", val, validation_mode)
        self = super().__new__(cls, val.strip())
        encoding = getattr(val, "_private_encoding", None)
        if encoding is not None:
            self._private_encoding = encoding
        return self

    def __reduce__(self) -> tuple[object, ...]:
        encoding = getattr(self, "_private_encoding", None)
        made = type(self), (str(self),)
        return made if encoding is None else (*made, (None, {"_private_encoding": encoding}))

    def _entry(self) -> tuple[str, str, str, bool, str] | None:
        return _core.uid_entry(self)

    def _syntax(self) -> tuple[bool, bool, bool, bool]:
        """Return what a transfer syntax is: implicit VR, little endian, deflated, encapsulated."""
        encoding = getattr(self, "_private_encoding", None)
        if encoding is not None:
            return (*encoding, False, True)  # as pydicom
        syntax = _core.transfer_syntax(self)
        if syntax is None:
            raise ValueError("UID is not a transfer syntax")
        return syntax

    def set_private_encoding(self, implicit_vr: bool, little_endian: bool) -> None:  # noqa: FBT001 - pydicom's
        """Say how data sets of this private transfer syntax are encoded.

        This object and copies of it know it; nothing is registered, and reading does not follow it.

        Parameters
        ----------
        implicit_vr : bool
            Headers carry no VR.
        little_endian : bool
            Numbers are in little endian.

        Raises
        ------
        ValueError
            The UID is not private: the standard says how its data sets are encoded.
        """
        if not self.is_private:
            raise ValueError("only the encoding of a private transfer syntax can be set")
        self._private_encoding = (bool(implicit_vr), bool(little_endian))

    @property
    def name(self) -> str:
        """The registered name, or the UID itself."""
        entry = self._entry()
        return entry[0] if entry else str(self)

    @property
    def type(self) -> str:
        """What it identifies, as "Transfer Syntax" or "SOP Class"; empty when it is not registered."""
        entry = self._entry()
        return entry[1] if entry else ""

    @property
    def info(self) -> str:
        """What else the register says; mostly empty."""
        entry = self._entry()
        return entry[2] if entry else ""

    @property
    def is_retired(self) -> bool:
        """True when the register says "Retired"."""
        entry = self._entry()
        return bool(entry and entry[3])

    @property
    def keyword(self) -> str:
        """The registered keyword, as "CTImageStorage"; empty when it is not registered."""
        entry = self._entry()
        return entry[4] if entry else ""

    @property
    def is_private(self) -> bool:
        """True when it does not begin with the DICOM root 1.2.840.10008."""
        return not self.startswith("1.2.840.10008.")

    @property
    def is_valid(self) -> bool:
        """True for at most 64 bytes of numbers without leading zeros, separated by dots (PS3.5 §9.1)."""
        if len(self) > _MAX_LENGTH or not self.isascii():
            return False
        return all(part.isdigit() and (part == "0" or part[0] != "0") for part in self.split("."))

    @property
    def is_transfer_syntax(self) -> bool:
        """True for a registered transfer syntax, and for a private one of which the encoding is set."""
        return hasattr(self, "_private_encoding") or _core.transfer_syntax(self) is not None

    @property
    def is_implicit_VR(self) -> bool:  # noqa: N802 - pydicom's name
        """True when headers carry no VR."""
        return self._syntax()[0]

    @property
    def is_little_endian(self) -> bool:
        """True when numbers are in little endian."""
        return self._syntax()[1]

    @property
    def is_deflated(self) -> bool:
        """True when the data set is deflated (PS3.5 §A.5)."""
        return self._syntax()[2]

    @property
    def is_encapsulated(self) -> bool:
        """True when pixel data are in fragments (PS3.5 §A.4)."""
        return self._syntax()[3]

    is_compressed = is_encapsulated


def generate_uid(prefix: str | None = None, entropy_srcs: Iterable[str] | None = None) -> UID:
    """Make a UID that nobody else has (PS3.5 §9, Annex B).

    Parameters
    ----------
    prefix : str, optional
        Your own root with a dot at its end, at most 54 characters. Without one, the UID is "2.25." and a UUID
        as number (PS3.5 §B.2), which needs no registration.
    entropy_srcs : iterable of str, optional
        Make the UID from these texts, by SHA-512: the same texts give the same UID, as pydicom gives it where
        there is a prefix. Otherwise it is random.

    Returns
    -------
    UID
        Of at most 64 characters.

    Raises
    ------
    ValueError
        The prefix is too long, or not numbers without leading zeros, each followed by a dot.
    """
    if prefix is not None:
        if len(prefix) > _MAX_PREFIX_LENGTH:
            raise ValueError(f"a prefix of a UID has at most {_MAX_PREFIX_LENGTH} characters")
        if not (prefix.endswith(".") and UID(prefix[:-1]).is_valid):
            raise ValueError("a prefix of a UID is numbers without leading zeros, each followed by a dot")
    if entropy_srcs is None:
        import secrets  # noqa: PLC0415 - few who read make UIDs

        if prefix is None:
            return UID(f"{_UUID_ROOT}{_uuid(secrets.randbits(128), 4)}")
        return UID(f"{prefix}{secrets.randbelow(10 ** (_MAX_LENGTH - len(prefix)))}")
    import hashlib  # noqa: PLC0415 - few who read make UIDs

    digest = hashlib.sha512("".join(entropy_srcs).encode()).digest()
    if prefix is None:
        return UID(f"{_UUID_ROOT}{_uuid(int.from_bytes(digest[:16], 'big'), 8)}")
    return UID(f"{prefix}{int.from_bytes(digest, 'big')}"[:_MAX_LENGTH])


def _uuid(number: int, version: int) -> int:
    """Return 128 bits with version and variant of a UUID set (RFC 9562: 4 is random, 8 one's own way)."""
    number = number & ~(0xF << 76) | version << 76
    return number & ~(0b11 << 62) | 0b10 << 62


# The lists of pydicom, by keyword, and what is registered since.
_LISTS = {
    "UncompressedTransferSyntaxes": (
        "ExplicitVRLittleEndian ImplicitVRLittleEndian DeflatedExplicitVRLittleEndian ExplicitVRBigEndian"
    ),
    "JPEGTransferSyntaxes": "JPEGBaseline8Bit JPEGExtended12Bit JPEGLossless JPEGLosslessSV1",
    "JPEGLSTransferSyntaxes": "JPEGLSLossless JPEGLSNearLossless",
    "JPEG2000TransferSyntaxes": (
        "JPEG2000Lossless JPEG2000 JPEG2000MCLossless JPEG2000MC HTJ2KLossless HTJ2KLosslessRPCL HTJ2K"
    ),
    "JPEGXLTransferSyntaxes": "JPEGXLLossless JPEGXLJPEGRecompression JPEGXL",
    "MPEGTransferSyntaxes": (
        "MPEG2MPML MPEG2MPMLF MPEG2MPHL MPEG2MPHLF MPEG4HP41 MPEG4HP41F MPEG4HP41BD MPEG4HP41BDF MPEG4HP422D"
        " MPEG4HP422DF MPEG4HP423D MPEG4HP423DF MPEG4HP42STEREO MPEG4HP42STEREOF HEVCMP51 HEVCM10P51"
    ),
    "RLETransferSyntaxes": "RLELossless",
}
_OTHERS = (
    "EncapsulatedUncompressedExplicitVRLittleEndian DeflatedImageFrameCompression JPIPReferenced"
    " JPIPReferencedDeflate JPIPHTJ2KReferenced JPIPHTJ2KReferencedDeflate"
    " SMPTEST211020UncompressedProgressiveActiveVideo SMPTEST211020UncompressedInterlacedActiveVideo"
    " SMPTEST211030PCMDigitalAudio"
)
_LISTS["AllTransferSyntaxes"] = " ".join((*_LISTS.values(), _OTHERS))

AllTransferSyntaxes: list[UID]
JPEG2000TransferSyntaxes: list[UID]
JPEGLSTransferSyntaxes: list[UID]
JPEGTransferSyntaxes: list[UID]
JPEGXLTransferSyntaxes: list[UID]
MPEGTransferSyntaxes: list[UID]
RLETransferSyntaxes: list[UID]
UncompressedTransferSyntaxes: list[UID]
RE_VALID_UID: re.Pattern[str]
RE_VALID_UID_PREFIX: re.Pattern[str]

_FORMS = {
    "RE_VALID_UID": r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*\Z",
    "RE_VALID_UID_PREFIX": r"((0|[1-9][0-9]*)\.)+\Z",
}


def __getattr__(name: str) -> UID:
    """Find a registered UID by its keyword; a list is made anew, so that nobody changes that of others."""
    keywords = _LISTS.get(name)
    if keywords is not None:
        return [__getattr__(keyword) for keyword in keywords.split()]  # type: ignore[return-value] # see above
    form = _FORMS.get(name)
    if form is not None:
        import re  # noqa: PLC0415 - it takes longer to import than this package

        return re.compile("^" + form)  # type: ignore[return-value] # see above
    uid = _core.uid_for_keyword(name)
    if uid is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return UID(uid)
