"""DICOM data sets, pixels and bulk reading: names and behaviour follow pydicom 3, the work is done in Rust."""

from fastdcm._core import __version__

__all__ = ["__version__"]
