"""Where a data set came from: what was wrong with the file, how it was written, what stood in front of it."""

from __future__ import annotations

from fastdcm.showing import Showing
from fastdcm.tag import Tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastdcm.errors import DicomWarning

__all__ = ["Origin"]

_BYTES = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])


class Origin(Showing):
    """What is known of the file."""

    @property
    def warnings(self) -> list[DicomWarning]:
        """What was wrong with the file and could be read all the same.

        Faults of values are found when a value is first asked for; `check` looks at all of them.
        """
        return self._warnings()

    @property
    def truncated_at(self) -> int | None:
        """The byte at which the element begins that the file ends in; None when it is whole."""
        return self._truncated_at()

    def check(self) -> list[DicomWarning]:
        """Decode every value, and return the warnings."""
        for element in self.iterall():
            if element.VR not in _BYTES:  # nothing to decode, and pixel data are large
                element.value  # noqa: B018 - decoding is what finds faults
        return self._warnings()

    @property
    def is_implicit_VR(self) -> bool | None:  # noqa: N802 - pydicom's name
        """True when headers carry no VR: of the file, or of the one to be written where that was set."""
        return self.__dict__.get("_implicit", self.original_encoding[0])

    @is_implicit_VR.setter
    def is_implicit_VR(self, value: bool | None) -> None:  # noqa: N802 - as above
        self.__dict__["_implicit"] = value

    @property
    def is_little_endian(self) -> bool | None:
        """True when numbers are in little endian: of the file, or of the one to be written, as above."""
        return self.__dict__.get("_little", self.original_encoding[1])

    @is_little_endian.setter
    def is_little_endian(self, value: bool | None) -> None:
        self.__dict__["_little"] = value

    @property
    def original_encoding(self) -> tuple[bool, bool] | tuple[None, None]:
        """(implicit VR, little endian) of the file; (None, None) of a data set that was not read."""
        found: tuple[bool, bool] | tuple[None, None] = self.__dict__.get("_original", self._encoding())
        return found

    def set_original_encoding(
        self,
        is_implicit_vr: bool | None,  # noqa: FBT001 - pydicom's signature
        is_little_endian: bool | None,  # noqa: FBT001 - as above
        character_encoding: object = None,
    ) -> None:
        """Say how the data set is taken to have been written; `character_encoding` decodes nothing anew."""
        self.__dict__["_original"] = (is_implicit_vr, is_little_endian)
        if character_encoding is not None:
            self.__dict__["_original_set"] = character_encoding

    read_implicit_vr = is_implicit_VR
    read_little_endian = is_little_endian

    @property
    def is_original_encoding(self) -> bool:
        """True when VR form, byte order and character set are those that the data set was read in."""
        now = (self.is_implicit_VR, self.is_little_endian)
        return (
            None not in now
            and now == self.original_encoding
            and Tag("SpecificCharacterSet") not in self._changed_tags()
        )

    def _changed_tags(self) -> set[int]:
        changed, deleted = self._changes()
        return {change[0] for change in changed} | set(deleted)

    @property
    def original_character_set(self) -> str | list[str]:
        """The terms of Specific Character Set that text is decoded by; empty text without any."""
        terms: str | list[str] = self.__dict__.get("_original_set", self._character_set())
        return terms if isinstance(terms, str) else terms[0] if len(terms) == 1 else terms or ""

    @property
    def preamble(self) -> bytes | None:
        """The 128 bytes in front of the prefix; None without a prefix."""
        found: bytes | None = self.__dict__.get("_given_preamble", self._preamble())
        return found

    @preamble.setter
    def preamble(self, preamble: bytes | None) -> None:
        self.__dict__["_given_preamble"] = preamble

    @property
    def filename(self) -> str | None:
        """The path it was read from; None where it was not read from a file with a name."""
        found: str | None = self.__dict__.get("_given_filename", self._filename())
        return found

    @filename.setter
    def filename(self, filename: str | None) -> None:
        self.__dict__["_given_filename"] = filename
