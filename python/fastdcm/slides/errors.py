"""What is wrong with a slide."""

from __future__ import annotations

from fastdcm.errors import DicomError

__all__ = ["SlideError"]


class SlideError(DicomError, ValueError):
    """Files are no whole slide image, or their attributes contradict each other."""
