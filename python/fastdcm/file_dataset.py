"""The data set of a file, with what stands in front of it."""

from __future__ import annotations

import os

from fastdcm.dataset import Dataset, FileMetaDataset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastdcm._core import DataElement
    from fastdcm.errors import DicomWarning

__all__ = ["FileDataset"]

_RULE = 49  # characters of the lines around the file meta information in the dump


class FileDataset(Dataset):
    """The data set of a file, with what stands in front of it.

    `fastdcm.dcmread` makes them; the arguments are those of pydicom.

    Parameters
    ----------
    filename_or_obj : path or file object, optional
        Where it is said to come from; nothing is read.
    dataset : Dataset or mapping of tag to DataElement, optional
        Its elements, which are shared.
    preamble : bytes, optional
        128 bytes.
    file_meta : FileMetaDataset, optional
        The file meta information; empty by default.
    is_implicit_VR, is_little_endian : bool
        How it is said to be written.
    """

    def __init__(  # noqa: PLR0917 - pydicom's signature
        self,
        filename_or_obj: Any = None,
        dataset: Dataset | dict[Any, DataElement] | None = None,
        preamble: bytes | None = None,
        file_meta: FileMetaDataset | None = None,
        is_implicit_VR: bool = True,  # noqa: FBT001, FBT002, N803
        is_little_endian: bool = True,  # noqa: FBT001, FBT002
    ):
        if dataset is None:  # read, or made of another data set
            return
        self.update(dataset)
        self.preamble = preamble
        self.file_meta = FileMetaDataset() if file_meta is None else file_meta
        self.set_original_encoding(is_implicit_VR, is_little_endian)
        path = getattr(filename_or_obj, "name", filename_or_obj)
        if isinstance(path, str) or hasattr(path, "__fspath__"):
            self.filename = os.fspath(path)

    def check(self) -> list[DicomWarning]:
        """Decode every value, those of the file meta information too, and return the warnings."""
        if self._has_meta():
            self.file_meta.check()
        return super().check()

    def _lines(self, *, top_level_only: bool = False) -> Iterator[str]:
        if self._has_meta() and len(self.file_meta):
            yield "Dataset.file_meta ".ljust(_RULE, "-")
            yield from map(repr, self.file_meta)
            yield "-" * _RULE
        yield from super()._lines(top_level_only=top_level_only)
