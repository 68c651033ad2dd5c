"""Standardized uptake values of PET (PS3.3 C.8.9.1, C.8.9.2)."""

from __future__ import annotations

import datetime

from fastdcm.errors import PixelDataError
from fastdcm.pixels.attributes import first_item, number, text
from fastdcm.pixels.image import Image
from fastdcm.tag import Tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastdcm.dataset import Dataset
    from fastdcm.pixels.image import Source

__all__ = ["suv_factor"]

_GE, _GE_SCAN = (0x0009, "GEMS_PETD_01"), 0x0D
_PHILIPS, _PHILIPS_SUV, _PHILIPS_ACTIVITY = (0x7053, "Philips PET Private Group"), 0x00, 0x09
_DAY = datetime.timedelta(days=1)


def suv_factor(source: Source) -> float:
    """What the values of `to_values` are multiplied with to be standardized uptake values by body weight.

    For Units BQML it is Patient's Weight in g by the dose that is left at the time for which decay was
    corrected. The dose is Radionuclide Total Dose; the time is that of the series where Decay Correction is
    START, unless that is after the acquisition and GE's private scan time is there, and that of the injection
    where it is ADMIN. For CNTS it is the private factor of Philips; for GML it is 1.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        As for `pixel_array`: a PET image.

    Returns
    -------
    float
        In g/ml by the unit of the values.

    Raises
    ------
    PixelDataError
        Units, corrections or times with which there is no such factor; an attribute is missing, or not above
        0. It tells the tag.
    """
    ds = Image(source).dataset
    units = text(ds, "Units")
    if units == "GML":
        if text(ds, "SUVType") not in {"", "BW"}:
            raise _fault("SUVType", "values are not by body weight")
        return 1.0
    corrected = ds.get("CorrectedImage") or ()
    if not {"ATTN", "DECY"} <= set([corrected] if isinstance(corrected, str) else corrected):
        raise _fault("CorrectedImage", "neither attenuation nor decay may be left uncorrected")
    if units == "BQML":
        return _of_activity(ds)
    if units != "CNTS":
        raise _fault("Units", "uptake follows from BQML, CNTS and GML only")
    factor = _private_number(ds, _PHILIPS, _PHILIPS_SUV)
    if factor is not None:
        return factor
    activity = _private_number(ds, _PHILIPS, _PHILIPS_ACTIVITY)
    if activity is None:
        raise _fault("Units", "counts, and no private factor of Philips")
    return activity * _of_activity(ds)


def _of_activity(ds: Dataset) -> float:
    """The factor for Bq/ml."""
    given = first_item(ds, "RadiopharmaceuticalInformationSequence")
    if given is None:
        raise _fault("RadiopharmaceuticalInformationSequence", "missing")
    dose = _positive(given, "RadionuclideTotalDose")
    correction = text(ds, "DecayCorrection")
    if correction == "START":
        half_life = _positive(given, "RadionuclideHalfLife")
        dose *= 2.0 ** (-_seconds_from_injection(ds, given) / half_life)
    elif correction != "ADMIN":
        raise _fault("DecayCorrection", "neither START nor ADMIN")
    return _positive(ds, "PatientWeight") * 1000.0 / dose


def _seconds_from_injection(ds: Dataset, given: Dataset) -> float:
    scan = _scan_start(ds)
    injection = _typed(given, "RadiopharmaceuticalStartDateTime")
    if isinstance(injection, datetime.datetime):
        return (scan - _local(ds, injection)).total_seconds()
    time = _typed(given, "RadiopharmaceuticalStartTime")
    if not isinstance(time, datetime.time):
        raise _fault("RadiopharmaceuticalStartTime", "missing, or not a time")
    start = datetime.datetime.combine(scan.date(), time)
    # The day is not told: no scan is before its injection.
    return (scan - (start if start <= scan else start - _DAY)).total_seconds()


def _scan_start(ds: Dataset) -> datetime.datetime:
    """The time for which decay was corrected."""
    series = _date_time(ds, "SeriesDate", "SeriesTime")
    if series <= _date_time(ds, "AcquisitionDate", "AcquisitionTime"):
        return series
    # A series of processed images has the time of the processing.
    scan = _private(ds, _GE, _GE_SCAN)
    found = None if scan is None else getattr(scan, "typed_value", None)
    if not isinstance(found, datetime.datetime):
        raise _fault("SeriesTime", "after the acquisition: not the time of the scan")
    return _local(ds, found)


def _date_time(ds: Dataset, date: str, time: str) -> datetime.datetime:
    day, clock = _typed(ds, date), _typed(ds, time)
    if not isinstance(day, datetime.date):
        raise _fault(date, "missing, or not a date")
    if not isinstance(clock, datetime.time):
        raise _fault(time, "missing, or not a time")
    return datetime.datetime.combine(day, clock)


def _local(ds: Dataset, moment: datetime.datetime) -> datetime.datetime:
    """A moment by the clock that dates and times of the data set go by."""
    if moment.tzinfo is None:
        return moment
    try:
        zone = datetime.datetime.strptime(text(ds, "TimezoneOffsetFromUTC"), "%z").tzinfo
    except ValueError:
        return moment.replace(tzinfo=None)
    return moment.astimezone(zone).replace(tzinfo=None)


def _positive(ds: Dataset, keyword: str) -> float:
    found = number(ds, keyword)
    if found is None or found <= 0:
        raise _fault(keyword, "missing, or not above 0")
    return found


def _typed(ds: Dataset, keyword: str) -> object:
    return ds[keyword].typed_value if keyword in ds else None


def _private(ds: Dataset, block: tuple[int, str], offset: int) -> Any:
    try:
        return ds.private_block(*block)[offset]
    except KeyError:
        return None


def _private_number(ds: Dataset, block: tuple[int, str], offset: int) -> float | None:
    element = _private(ds, block, offset)
    try:
        found = float(element.value) if element is not None else 0.0
    except (TypeError, ValueError):
        return None
    return found if 0.0 < found < float("inf") else None


def _fault(keyword: str, reason: str) -> PixelDataError:
    return PixelDataError(f"{reason}, tag {Tag(keyword)}")
