"""Frames from the headers of files."""

from __future__ import annotations

import math

from fastdcm.volumes.dose import frames_of_dose
from fastdcm.volumes.enhanced import frames_of_groups
from fastdcm.volumes.frame import Frame
from fastdcm.volumes.geometry import missing_geometry
from fastdcm.volumes.mosaic import frames_of_mosaic
from fastdcm.volumes.reading import file_state
from fastdcm.volumes.sources import rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from fastdcm.bulk.scan import Column
    from fastdcm.volumes.reading import Reading
    from fastdcm.volumes.sources import Row, Source

    LeftOut: TypeAlias = tuple[str, str]

__all__ = ["SERIES_COLUMNS", "read_frames"]

_KEYWORDS = (
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "Modality",
    "FrameOfReferenceUID",
    "ImageType",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "NumberOfFrames",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "EchoTime",
    "TemporalPositionIdentifier",
    "AcquisitionNumber",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
    "TriggerTime",
    "FrameReferenceTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "InstanceNumber",
    "RescaleSlope",
    "RescaleIntercept",
    "DoseGridScaling",
    "GridFrameOffsetVector",
)
_OTHERS: dict[str, Column] = {
    "siemens_b_value": ("SIEMENS MR HEADER", 0x0019, 0x0C),
    "siemens_gradient": ("SIEMENS MR HEADER", 0x0019, 0x0E),
    "philips_b_value": ("Philips Imaging DD 001", 0x2001, 0x03),
    "has_table": "ModalityLUTSequence[0].LUTDescriptor",
    "groups": "SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing",
    "frame_groups": "PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient",
    "frame_type": "PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0].FrameAcquisitionDateTime",
}
SERIES_COLUMNS: dict[str, Column] = {**{name: name for name in _KEYWORDS}, **_OTHERS}
"""What `find_series` reads of every file: a table scanned with these columns needs no other look at them."""

_GREY = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})


def read_frames(source: Source, reading: Reading) -> tuple[list[Frame], dict[str, list[LeftOut]]]:
    """Read the headers of files.

    Returns
    -------
    frames : list of Frame
        In the order of the files.
    left_out : dict
        For each Series Instance UID, empty where it is not known, the path of each file that is in no stack,
        with the reason.
    """
    frames: list[Frame] = []
    left_out: dict[str, list[LeftOut]] = {}
    for row in rows_of(source, SERIES_COLUMNS, reading):
        found, reason = _frames(row)
        frames += found
        if reason:
            left_out.setdefault(row["SeriesInstanceUID"] or "", []).append((row["path"], reason))
    return frames, left_out


def _frames(row: Row) -> tuple[list[Frame], str]:
    """The frames of a file, or why there are none."""
    image_type = tuple(value or "" for value in row["ImageType"] or ())
    reason = _no_slices(row, image_type)
    if reason:
        return [], reason
    frame = _frame(row, image_type)
    if "MOSAIC" in image_type:
        return frames_of_mosaic(frame, _positive(row["SpacingBetweenSlices"]))
    if _has_groups(row):
        return frames_of_groups(frame)
    if _is_dose(row):
        return frames_of_dose(frame, _numbers(row["GridFrameOffsetVector"]), row["NumberOfFrames"])
    reason = missing_geometry(frame)
    return ([], reason) if reason else ([frame], "")


def _no_slices(row: Row, image_type: tuple[str, ...]) -> str:
    if row["status"] in {"error", "not DICOM"}:
        return "not DICOM" if row["status"] == "not DICOM" else "not readable"
    if not row["Rows"] or not row["Columns"]:
        return "no image"
    if "LOCALIZER" in image_type:
        return "a localizer"
    if (row["NumberOfFrames"] or 1) > 1 and not _has_groups(row) and not _is_dose(row):
        return "several frames without functional groups"
    return ""


def _is_dose(row: Row) -> bool:
    return row["Modality"] == "RTDOSE" and (row["NumberOfFrames"] or 1) > 1


def _has_groups(row: Row) -> bool:
    return any(row[name] is not None for name in ("groups", "frame_groups", "frame_type"))


def _frame(row: Row, image_type: tuple[str, ...]) -> Frame:
    return Frame(
        path=row["path"],
        number=None,
        series=row["SeriesInstanceUID"] or "",
        instance=row["SOPInstanceUID"] or "",
        modality=row["Modality"] or "",
        frame_of_reference=row["FrameOfReferenceUID"] or "",
        stack="",
        image_type=image_type,
        rows=row["Rows"],
        columns=row["Columns"],
        samples=row["SamplesPerPixel"] or 1,
        position=_numbers(row["ImagePositionPatient"]),
        orientation=_numbers(row["ImageOrientationPatient"]),
        pixel_spacing=_numbers(row["PixelSpacing"]),
        thickness=_positive(row["SliceThickness"]),
        echo_time=_finite(row["EchoTime"]),
        temporal_position=row["TemporalPositionIdentifier"],
        acquisition_number=row["AcquisitionNumber"],
        b_value=_b_value(row),
        gradient=_numbers(row["DiffusionGradientOrientation"] or row["siemens_gradient"]) or None,
        moment=_moment(row),
        photometric=_photometric(row["PhotometricInterpretation"]),
        bits_allocated=row["BitsAllocated"] or 16,
        bits_stored=row["BitsStored"] or row["BitsAllocated"] or 16,
        is_signed=row["PixelRepresentation"] == 1,
        is_float=not row["BitsStored"] and (row["BitsAllocated"] or 0) >= 32,
        slope=_or(row["RescaleSlope"], _or(row["DoseGridScaling"], 1.0)),
        intercept=_or(row["RescaleIntercept"], 0.0),
        has_table=row["has_table"] is not None,
        file_state=_file_state(row),
        dataset=row["dataset"],
    )


def _file_state(row: Row) -> tuple[int, int] | None:
    """Size and time of change; the size is that of the table, where it has one."""
    state = None if row["dataset"] is not None else file_state(row["path"])
    return state if state is None else (row.get("file_size") or state[0], state[1])


def _photometric(interpretation: str | None) -> str:
    """One word for all interpretations in colour, which are decoded to RGB."""
    return interpretation if interpretation in _GREY else "RGB" if interpretation else ""


def _numbers(values: list[float | None] | None) -> tuple[float, ...]:
    return tuple(math.nan if value is None else value for value in values or ())


def _positive(value: float | None) -> float | None:
    return value if value is not None and 0 < value < math.inf else None


def _b_value(row: Row) -> float | None:
    """The b-value of the standard's element, or else of those that came before it."""
    if row["DiffusionBValue"] is not None:
        return _finite(row["DiffusionBValue"])
    for name in ("siemens_b_value", "philips_b_value"):
        if row[name] is not None:
            return _finite(float(row[name]))
    return None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _or(value: float | None, default: float) -> float:
    return default if value is None or not math.isfinite(value) else value


def _moment(row: Row) -> tuple[float, ...]:
    time, date = row["AcquisitionTime"], row["AcquisitionDate"]
    seconds = 0.0
    if time is not None:
        seconds = (time.hour * 60 + time.minute) * 60 + time.second + time.microsecond / 1e6
    return (
        _or(row["TriggerTime"], 0.0),
        _or(row["FrameReferenceTime"], 0.0),
        0.0 if date is None else float(date.toordinal()),
        seconds,
        float(row["InstanceNumber"] or 0),
    )
