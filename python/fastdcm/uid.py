"""Unique identifiers (PS3.5 §9) and what is registered about them (PS3.6 Annex A)."""

from fastdcm import _core

__all__ = ["UID"]

_MAX_LENGTH = 64


class UID(str):
    """A unique identifier: a ``str`` that knows what is registered under it."""

    __slots__ = ()

    def _entry(self) -> tuple[str, str, str, bool, str] | None:
        return _core.uid_entry(self)

    def _syntax(self) -> tuple[bool, bool, bool, bool]:
        syntax = _core.transfer_syntax(self)
        if syntax is None:
            raise ValueError("UID is not a transfer syntax")
        return syntax

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
        """True for a registered transfer syntax."""
        return _core.transfer_syntax(self) is not None

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


def __getattr__(name: str) -> UID:
    """Find a registered UID by its keyword, as ``fastdcm.uid.CTImageStorage``."""
    uid = _core.uid_for_keyword(name)
    if uid is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return UID(uid)
