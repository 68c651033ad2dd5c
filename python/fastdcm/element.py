"""Data elements (PS3.5 §7.1) and sequences of items (PS3.5 §7.5)."""

from fastdcm._core import DataElement, Sequence

__all__ = ["DataElement", "Sequence"]
