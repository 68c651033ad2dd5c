"""Whole slide images (PS3.3 C.8.12): pyramids of tiled levels, regions of them, places on the slide.

Use the names of `fastdcm`: `fastdcm.open_slide`, `fastdcm.Slide`. The files here, from below: `tiles` (where
frames lie), `instance` (what headers say), `level`, `slide`.
"""

__all__: list[str] = []
