"""Frames from the headers of files."""

from __future__ import annotations

import math

from fastdcm.errors import DicomError
from fastdcm.volumes.csa import diffusion_of_csa, image_header
from fastdcm.volumes.diffusion import DIFFUSION_COLUMNS, diffusion_of
from fastdcm.volumes.dose import frames_of_dose
from fastdcm.volumes.enhanced import frames_of_groups
from fastdcm.volumes.frame import Frame
from fastdcm.volumes.geometry import is_orientation, missing_geometry
from fastdcm.volumes.mosaic import frames_of_mosaic
from fastdcm.volumes.nuclear import NO_POSITION, frames_of_nuclear, is_reconstructed
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
    "has_table": "ModalityLUTSequence[0].LUTDescriptor",
    "groups": "SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing",
    "frame_groups": "PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient",
    "frame_type": "PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0].FrameAcquisitionDateTime",
}
SERIES_COLUMNS: dict[str, Column] = {**{name: name for name in _KEYWORDS}, **_OTHERS, **DIFFUSION_COLUMNS}
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
    if is_reconstructed(frame.modality, image_type):
        return frames_of_nuclear(frame)
    if _is_dose(row):
        return frames_of_dose(frame, _numbers(row["GridFrameOffsetVector"]), row["NumberOfFrames"])
    reason = missing_geometry(frame)
    return ([], reason) if reason else ([_with_diffusion(frame, row)], "")


def _with_diffusion(frame: Frame, row: Row) -> Frame:
    """With what only the CSA header says of diffusion, where an image is one of that."""
    is_siemens = (row["Manufacturer"] or "").upper().startswith("SIEMENS")
    if frame.b_value is not None or not is_siemens or "DIFFUSION" not in frame.image_type:
        return frame
    try:
        b_value, gradient = diffusion_of_csa(image_header(frame.header()))
    except (DicomError, OSError):
        return frame
    return frame._replace(b_value=b_value, gradient=gradient)


def _no_slices(row: Row, image_type: tuple[str, ...]) -> str:
    if row["status"] in {"error", "not DICOM"}:
        return "not DICOM" if row["status"] == "not DICOM" else "not readable"
    if not row["Rows"] or not row["Columns"]:
        return "no image"
    if "LOCALIZER" in image_type:
        return "a localizer"
    is_known = _has_groups(row) or _is_dose(row) or is_reconstructed(row["Modality"] or "", image_type)
    if (row["NumberOfFrames"] or 1) > 1 and not is_known:
        return f"{NO_POSITION}: several frames without functional groups"
    return ""


def _is_dose(row: Row) -> bool:
    return row["Modality"] == "RTDOSE" and (row["NumberOfFrames"] or 1) > 1


def _has_groups(row: Row) -> bool:
    return not (row["groups"] is row["frame_groups"] is row["frame_type"] is None)


def _frame(row: Row, image_type: tuple[str, ...]) -> Frame:
    orientation = _numbers(row["ImageOrientationPatient"])
    b_value, gradient = diffusion_of(row, orientation if is_orientation(orientation) else ())
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
        orientation=orientation,
        pixel_spacing=_numbers(row["PixelSpacing"]),
        thickness=_positive(row["SliceThickness"]),
        echo_time=_finite(row["EchoTime"]),
        temporal_position=row["TemporalPositionIdentifier"],
        acquisition_number=row["AcquisitionNumber"],
        b_value=b_value,
        gradient=gradient,
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
    """Size and time of change of the file: those of an index of frames, or else those that it has now."""
    if row["dataset"] is not None:
        return None
    size, time = row.get("file_size"), row.get("file_mtime")
    return (size, time) if isinstance(size, int) and isinstance(time, int) else file_state(row["path"])


def _photometric(interpretation: str | None) -> str:
    """One word for all interpretations in colour, which are decoded to RGB."""
    return interpretation if interpretation in _GREY else "RGB" if interpretation else ""


def _numbers(values: list[float | None] | None) -> tuple[float, ...]:
    if not values:
        return ()
    return tuple([math.nan if value is None else value for value in values])


def _positive(value: float | None) -> float | None:
    return value if value is not None and 0 < value < math.inf else None


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
