"""Diffusion b-values and directions: elements of the standard, and those that came before them.

Directions are in the axes of the patient (LPS), as PS3.3 C.8.13.5.9 has them.
"""

from __future__ import annotations

import math
import re

import numpy as np

from fastdcm.errors import DicomError
from fastdcm.files import dcmread
from fastdcm.volumes.geometry import axes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeAlias

    from fastdcm.bulk.scan import Column

    Row: TypeAlias = dict[str, Any]
    Vector: TypeAlias = tuple[float, ...]

__all__ = ["DIFFUSION_COLUMNS", "diffusion_of", "direction_of_matrix"]

_GE_B_VALUES = 0x00431039

DIFFUSION_COLUMNS: dict[str, Column] = {
    "Manufacturer": "Manufacturer",
    "DiffusionBValue": "DiffusionBValue",
    "DiffusionGradientOrientation": "DiffusionGradientOrientation",
    "InPlanePhaseEncodingDirection": "InPlanePhaseEncodingDirection",
    "siemens_b_value": ("SIEMENS MR HEADER", 0x0019, 0x0C),
    "siemens_gradient": ("SIEMENS MR HEADER", 0x0019, 0x0E),
    "siemens_b_matrix": ("SIEMENS MR HEADER", 0x0019, 0x27),
    "philips_b_value": ("Philips Imaging DD 001", 0x2001, 0x03),
    "philips_left": ("Philips MR Imaging DD 001", 0x2005, 0xB0),
    "philips_back": ("Philips MR Imaging DD 001", 0x2005, 0xB1),
    "philips_head": ("Philips MR Imaging DD 001", 0x2005, 0xB2),
    "ge_b_value": ("GEMS_PARM_01", 0x0043, 0x39),
    # By their numbers: anonymizers remove the creator of the block and leave the block.
    "ge_b_values": _GE_B_VALUES,
    "ge_first": 0x001910BB,
    "ge_second": 0x001910BC,
    "ge_third": 0x001910BD,
}
"""What `diffusion_of` needs of a header."""

# GE adds it to b-values where they have been set by the protocol.
_GE_OFFSET = 1_000_000_000
# Of directions that are shorter than this the length says by how much less the b-value is; those shorter than
# the least are no directions.
_WHOLE_LENGTH, _LEAST_LENGTH = 0.97, 0.03
# GE's directions are along the frequency, phase and slice axes: the signs of those along rows, along columns
# and along the normal, by the axis of the patient that the normal is nearest to and the axis of the phase.
_GE_SIGNS = {
    (2, "COL"): (-1, -1, 1),
    (2, "ROW"): (-1, 1, 1),
    (1, "COL"): (-1, 1, 1),
    (1, "ROW"): (1, 1, 1),
    (0, "COL"): (1, 1, -1),
    (0, "ROW"): (1, -1, -1),
}
_NUMBER = re.compile(r"\s*[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?\s*$")


def diffusion_of(row: Row, orientation: Sequence[float]) -> tuple[float | None, Vector | None]:
    """b-value in s/mm2 and direction of a frame; None for what it does not have.

    Parameters
    ----------
    row : dict
        With `DIFFUSION_COLUMNS`.
    orientation : sequence of float
        Image Orientation (Patient).
    """
    b_value, gradient = _finite(row["DiffusionBValue"]), _vector(row["DiffusionGradientOrientation"])
    if b_value is None:
        b_value = _finite(row["siemens_b_value"])
        b_value = _finite(row["philips_b_value"]) if b_value is None else b_value
    if gradient is None:
        gradient = _vector(row["siemens_gradient"]) or direction_of_matrix(row["siemens_b_matrix"] or ())
    if gradient is None and row["philips_left"] is not None:
        gradient = _vector([row["philips_left"], row["philips_back"], row["philips_head"]])
    if b_value is None and (row["Manufacturer"] or "").upper().startswith("GE"):
        return _of_ge(row, orientation)
    return b_value, gradient


def direction_of_matrix(values: Iterable[float | None]) -> Vector | None:
    """The direction in which a b-matrix, given by its upper triangle, is largest.

    It has no sign: the largest part of what is returned is positive.
    """
    found = [math.nan if value is None else value for value in values]
    if len(found) != 6 or not all(map(math.isfinite, found)) or not any(found):
        return None
    xx, xy, xz, yy, yz, zz = found
    matrix = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    direction = np.linalg.eigh(matrix)[1][:, -1]
    return tuple(map(float, direction * np.sign(direction[np.abs(direction).argmax()])))


def _of_ge(row: Row, orientation: Sequence[float]) -> tuple[float | None, Vector | None]:
    b_value = _first_number(row["ge_b_value"] or row["ge_b_values"])
    if b_value is None and "ge_b_values" in (row.get("unreadable") or ()):
        # Four numbers, which are no single text.
        b_value = _read_b_value(row["path"])
    if b_value is None:
        return None, None
    if b_value >= _GE_OFFSET:
        b_value -= _GE_OFFSET
    parts = [_first_number(row[name]) for name in ("ge_first", "ge_second", "ge_third")]
    vector = np.array([math.nan if part is None else part for part in parts])
    length = float(np.linalg.norm(vector))
    if b_value <= 0 or not 0 < length < math.inf or len(orientation) != 6:
        return max(b_value, 0.0), None
    if _LEAST_LENGTH < length < _WHOLE_LENGTH:
        # Shells of less than the nominal b-value; multiples of 5, as the length is rounded.
        b_value, vector = math.floor(b_value * length**2 / 5 + 0.5) * 5.0, vector / length
    frame = axes(orientation)[:, ::-1]
    phase = row["InPlanePhaseEncodingDirection"]
    signs = _GE_SIGNS.get((int(np.abs(frame[:, 2]).argmax()), phase or ""))
    if signs is None:
        return b_value, None
    if phase == "ROW":
        vector = vector[[1, 0, 2]]
    return b_value, tuple(map(float, frame @ (vector * signs)))


def _read_b_value(path: str) -> float | None:
    try:
        value = dcmread(path, specific_tags=[_GE_B_VALUES])[_GE_B_VALUES].value
        return _finite(float(value if isinstance(value, int | float) else value[0]))
    except (DicomError, OSError, LookupError, TypeError, ValueError):
        return None


def _first_number(value: object) -> float | None:
    """The first of numbers that a table has as such, or as text where no dictionary knows the element."""
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, str):
        first = value.split("\\")[0]
        return _finite(float(first)) if _NUMBER.match(first) and first.count(".") < 2 else None
    return _finite(value) if isinstance(value, int | float) else None


def _vector(values: list[float | None] | None) -> Vector | None:
    if not values or len(values) != 3:
        return None
    found = tuple([math.nan if value is None else value for value in values])
    return found if all(map(math.isfinite, found)) else None


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
