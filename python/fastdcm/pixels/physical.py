"""Physical values: what stored values measure, and in which unit."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.pixels.attributes import first_item, number, text
from fastdcm.pixels.image import Image
from fastdcm.pixels.modality import modality_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    import numpy.typing as npt

    from fastdcm.dataset import Dataset
    from fastdcm.pixels.image import Source

__all__ = ["to_values", "values_unit"]


def to_values(
    source: Source,
    *,
    index: int | None = None,
    dtype: Literal["float32", "float64"] | None = None,
    real_world: int | None = None,
    padding: float | None = None,
) -> npt.NDArray[Any]:
    """Physical values: HU, Bq/ml, Gy and so on; `values_unit` names the unit.

    By Dose Grid Scaling (PS3.3 C.8.8.3), the look-up table or rescale of the modality (C.11.1), or, where
    there is none or one by 1 and 0, Real World Value Mapping (C.7.6.16.2.11), of each frame where the object
    has functional groups; stored values without any. Computed in double precision and rounded once.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        As for `pixel_array`.
    index : int, optional
        Zero-based frame number; all frames when omitted.
    dtype : {"float32", "float64"}, optional
        float32 when omitted, float64 for samples of 64 bits and integers of 32.
    real_world : int, optional
        Use Real World Value Mapping, the item of this zero-based number and those in the same unit, whatever
        else there is. Stored values that it does not map are NaN.
    padding : float, optional
        What pixels become that hold Pixel Padding Value, such as NaN; otherwise they are computed as others.

    Returns
    -------
    ndarray, shape (rows, columns), or (frames, rows, columns) for several frames

    Raises
    ------
    IndexError
        `index` is not below Number of Frames; no mapping `real_world`.
    PixelDataError
        An image in colour; attributes that are no numbers; a table that is shorter than its descriptor says.
    """
    if dtype not in {None, "float32", "float64"}:
        raise ValueError("dtype must be 'float32' or 'float64'")
    values: npt.NDArray[Any] = Image(source, index).made(
        _core.physical_values, (dtype, real_world, None if padding is None else float(padding))
    )
    return values


def values_unit(source: Source, *, index: int | None = None, real_world: int | None = None) -> str | None:
    """The unit of what `to_values` gives: a code such as ``"HU"``, ``"BQML"``, ``"GY"`` or one of UCUM.

    None where the image does not say it, or all frames (`index` omitted) have not the same.
    """
    image = Image(source, index)
    units = set(image.groups.each(image.frames, lambda frame: _unit(image, frame, real_world)))
    return units.pop() if len(units) == 1 else None


def _is_mapped(image: Image, frame: int, step: _core.Step) -> bool:
    """True where the rescale does nothing, as in Parametric Maps, and real world values say more."""
    return step.linear == (1.0, 0.0) and bool(_mappings(image, frame, None))


def _mappings(image: Image, frame: int, real_world: int | None) -> list[Dataset]:
    """Items of Real World Value Mapping Sequence in the unit of the one that is asked for, that first."""
    keyword = "RealWorldValueMappingSequence"
    groups = image.groups.sequence(frame, keyword) or image.dataset
    items = list(groups.get(keyword) or ()) if first_item(groups, keyword) is not None else []
    if not items and real_world is None:
        return []
    chosen = real_world or 0
    if not 0 <= chosen < len(items):
        raise IndexError(f"real world value mapping {chosen} of {len(items)}")
    unit = _code(items[chosen])
    return [items[chosen], *(item for n, item in enumerate(items) if n != chosen and _code(item) == unit)]


def _unit(image: Image, frame: int, real_world: int | None) -> str | None:
    ds = image.dataset
    if real_world is None:
        if number(ds, "DoseGridScaling") is not None:
            return text(ds, "DoseUnits") or None
        step = modality_step(image.groups, frame)
        if step is not None and not _is_mapped(image, frame, step):
            return _modality_unit(image, frame)
    mappings = _mappings(image, frame, real_world)
    return _code(mappings[0]) if mappings else None


def _modality_unit(image: Image, frame: int) -> str | None:
    """Rescale Type or Modality LUT Type; Units of PET; HU of CT, which needs no type (PS3.3 C.8.2.1)."""
    ds = image.dataset
    table = first_item(ds, "ModalityLUTSequence")
    if table is not None:
        unit = text(table, "ModalityLUTType")
    else:
        holder = image.groups.holder(
            frame, "PixelValueTransformationSequence", lambda item: "RescaleSlope" in item
        )
        modality = text(ds, "Modality")
        usual = {"CT": "HU", "PT": text(ds, "Units")}.get(modality, "")
        unit = text(holder, "RescaleType")
        if (modality == "PT" and usual) or not unit:
            unit = usual
    return unit if unit not in {"", "US"} else None


def _code(item: Dataset) -> str | None:
    unit = first_item(item, "MeasurementUnitsCodeSequence")
    return None if unit is None else text(unit, "CodeValue") or None
