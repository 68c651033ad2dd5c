"""Colours of indices (PS3.3 C.7.6.3.1.5, C.7.9)."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.errors import PixelDataError
from fastdcm.pixels.attributes import number, table, text
from fastdcm.pixels.sample_array import plain
from fastdcm.pixels.well_known_palette import well_known_palette

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.dataset import Dataset
    from fastdcm.pixels.attributes import Table

__all__ = ["apply_color_lut"]

_DESCRIPTOR = 0x00281101
_COLOURS = ("Red", "Green", "Blue")


def apply_color_lut(
    arr: npt.NDArray[Any], ds: Dataset | None = None, palette: str | None = None
) -> npt.NDArray[Any]:
    """Colours of a palette for the indices in `arr` (PS3.3 C.7.6.3.1.5), segmented palettes too (C.7.9).

    Parameters
    ----------
    arr : ndarray
        Indices.
    ds : Dataset, optional
        What has the palette; this or `palette`.
    palette : str, optional
        Name or SOP Instance UID of a well-known palette (PS3.6 Annex B): HOT_IRON, PET, HOT_METAL_BLUE,
        PET_20_STEP, SPRING, SUMMER, FALL or WINTER.

    Returns
    -------
    ndarray, of the shape of `arr` and an axis of 3 samples, or 4 with an alpha palette
        uint8 where the entries stand in bytes, uint16 where they stand in words. Indices outside of the
        palette have its first or last colour.

    Raises
    ------
    PixelDataError
        No palette; tables of different lengths, or shorter than their descriptors say; a supplemental
        palette, whose other values are grey: `to_display` shows both.
    ValueError
        Neither `ds` nor `palette`; no such palette.
    """
    if palette is not None:
        tables = [
            (_DESCRIPTOR, [256, 0, 8], entries, False, False) for entries in well_known_palette(palette)
        ]
        return _core.palette_colours(plain(arr), tables)
    if ds is None:
        raise ValueError("ds or palette")
    if _is_supplemental(ds):
        raise PixelDataError("a supplemental palette is for some values only; to_display shows it")
    return _core.palette_colours(plain(arr), _palette_of(ds))


def _is_supplemental(ds: Dataset) -> bool:
    """True where only values from the first entry on have colours (PS3.3 C.7.6.19)."""
    is_all = text(ds, "PhotometricInterpretation") == "PALETTE COLOR"
    return (
        not is_all
        and text(ds, "PixelPresentation") in {"MIXED", "COLOR"}
        and f"{_key('Red')}Descriptor" in ds
    )


def _palette_of(ds: Dataset) -> list[Table]:
    """The three tables of a palette, or four with alpha."""
    is_signed = number(ds, "PixelRepresentation") == 1
    descriptor = f"{_key('Red')}Descriptor"
    if descriptor not in ds:
        raise PixelDataError("missing, tag (0028,1101)")
    prefix = "" if f"{_key('Red')}Data" in ds else "Segmented"
    tables = [
        table(ds, f"{_key(colour)}Descriptor", f"{prefix}{_key(colour)}Data", is_signed=is_signed)
        for colour in _COLOURS
        if f"{_key(colour)}Descriptor" in ds
    ]
    alpha = f"{prefix}{_key('Alpha')}Data"
    if alpha in ds:
        tables.append(table(ds, descriptor, alpha, is_signed=is_signed))
    return tables


def _key(colour: str) -> str:
    return f"{colour}PaletteColorLookupTable"
