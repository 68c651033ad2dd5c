"""A volume: an array, and where it lies in the patient."""

from __future__ import annotations

import copy
from functools import cached_property

import numpy as np

from fastdcm.volumes import export
from fastdcm.volumes.geometry import axes, distances, normal, slice_step
from fastdcm.volumes.reading import Reading, read_pixels
from fastdcm.volumes.rescaling import RangeError, physical_type, stored_type
from fastdcm.volumes.shear import straighten
from fastdcm.volumes.spacing import resample_slices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from fastdcm.volumes.defects import Defect
    from fastdcm.volumes.frame import Frame
    from fastdcm.volumes.stack import Arrangement

__all__ = ["Volume"]

# As many slices as no series has.
_MOST_SLICES = 1 << 20
_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


class Volume:
    """Slices of one orientation and size, in the order of their planes, and where they lie.

    Volumes are made by `fastdcm.load_series`. Pixels are read when `array` is asked for first.

    Attributes
    ----------
    affine : ndarray of float64, shape (4, 4)
        ``affine @ (slice, row, column, 1)`` is the centre of a voxel in mm, in the axes of DICOM: to the
        left, to the back, to the head of the patient (PS3.3 C.7.6.2.1.1). Slices go along the normal, row
        direction x column direction; where the gantry was tilted, the affine is sheared.
    spacing : tuple of float
        In mm: between planes along their normal, between rows, between columns. For a single slice the first
        is its Slice Thickness, or 1 where that is not known.
    orientation : ndarray of float64, shape (3, 3)
        Its columns are the directions of the axes of the array: normal, down the rows, along the columns.
    frame_of_reference : str
        Frame of Reference UID; volumes that share it have the same coordinates.
    varies : str
        What the first axis of a four-dimensional array is: "temporal position", "diffusion", "acquisition" or
        "time"; empty for one volume.
    defects : tuple of Defect
        What is wrong with the series, or was made right.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        dtype: npt.DTypeLike | None,
        *,
        physical: bool = True,
        reading: Reading | None = None,
    ):
        slices = arrangement.volumes[0]
        self._volumes = arrangement.volumes
        self._physical = physical
        self._reading = reading
        self._dtype = None if dtype is None else np.dtype(dtype)
        self.varies = arrangement.varies
        self.frame_of_reference = slices[0].frame_of_reference
        self.orientation = axes(slices[0].orientation)
        self.affine = _affine(slices)
        rows, columns = slices[0].pixel_spacing
        self.spacing = (float(self.affine[:3, 0] @ normal(slices[0])), rows, columns)
        self.defects: tuple[Defect, ...] = ()
        self._along = distances(slices)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array: ([volumes, ]slices, rows, columns[, samples])."""
        if "array" in self.__dict__:
            return self.array.shape
        first = self._volumes[0][0]
        volumes = (len(self._volumes),) if self.varies else ()
        samples = () if first.samples == 1 else (first.samples,)
        return (*volumes, len(self._volumes[0]), first.rows, first.columns, *samples)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the array: what was asked for, or what is expected to hold its values; see `array`."""
        if "array" in self.__dict__:
            return self.array.dtype
        if self._dtype is not None:
            return self._dtype
        return (physical_type if self._physical else stored_type)(self.frames)

    @cached_property
    def array(self) -> npt.NDArray[Any]:
        """The voxels, read when they are asked for first; see `shape`.

        Where no type was asked for, values that do not fit the expected one make it int32 or int64.
        """
        try:
            voxels = read_pixels(self.frames, self.dtype, physical=self._physical, reading=self._reading)
        except RangeError:
            if self._dtype is not None:
                raise
            wider = np.int32 if self.dtype.itemsize <= 2 else np.int64
            voxels = read_pixels(self.frames, wider, physical=self._physical, reading=self._reading)
        return voxels.reshape(self.shape)

    @property
    def affine_ras(self) -> npt.NDArray[np.float64]:
        """The affine to the right, to the front, to the head: the axes of NIfTI and of most other tools."""
        ras: npt.NDArray[np.float64] = _RAS @ self.affine
        return ras

    @property
    def axes(self) -> str:
        """Where each axis of the array points to, nearly, one letter for each: L or R, P or A, S or I."""
        letters = ("RL", "AP", "IS")
        parts = [(int(np.argmax(np.abs(axis))), axis) for axis in self.orientation.T]
        return "".join(letters[number][int(axis[number] > 0)] for number, axis in parts)

    @property
    def b_values(self) -> npt.NDArray[np.float64] | None:
        """Diffusion b-value of each volume, in s/mm2; None where a frame has none, or all have 0."""
        values = [slices[0].b_value for slices in self._volumes]
        return np.array(values, np.float64) if None not in values and any(values) else None

    @property
    def b_vectors(self) -> npt.NDArray[np.float64] | None:
        """Directions of the diffusion gradient, shape (volumes, 3), in the axes of the patient (LPS).

        Zeros for volumes without a direction; None where frames have no b-values. See `fsl_b_vectors`.
        """
        if self.b_values is None:
            return None
        vectors = [slices[0].gradient or () for slices in self._volumes]
        return np.array([vector if len(vector) == 3 else (0, 0, 0) for vector in vectors], np.float64)

    @property
    def fsl_b_vectors(self) -> npt.NDArray[np.float64] | None:
        """Directions as FSL's ``.bvec`` files have them for `to_nifti`, shape (3, volumes).

        In the axes of the image, the first turned round where the affine has a positive determinant.
        """
        if self.b_vectors is None:
            return None
        along = self.orientation[:, ::-1].T @ self.b_vectors.T
        if np.linalg.det(self.affine_ras[:3, [2, 1, 0]]) > 0:
            along[0] = -along[0]
        # Without the sign of zeros.
        directions: npt.NDArray[np.float64] = along + 0.0
        return directions

    @property
    def table(self) -> list[dict[str, Any]]:
        """One row a frame, in the order of the array: its file, number, place and what it was taken with."""
        return [
            {"volume": volume, "slice": number, **_described(frame)}
            for volume, slices in enumerate(self._volumes)
            for number, frame in enumerate(slices)
        ]

    def straightened(self, fill: float | None = None) -> Volume:
        """The volume without the shear of a tilted gantry: each slice is moved within its plane.

        Rows or columns are added so that nothing is cut off; values between pixels are interpolated linearly.
        This reads the pixels.

        Parameters
        ----------
        fill : float, optional
            What stands where there was no pixel; the least value of the volume when omitted.
        """
        array = self._array_of_volumes
        lowest = array.min() if fill is None else fill
        straight = copy.copy(self)
        moved, straight.affine = straighten(array, self.affine, float(lowest))
        straight._put(moved)  # noqa: SLF001 - of this class
        return straight

    def evenly_spaced(self, spacing: float | None = None) -> Volume:
        """The volume with slices at equal distances, interpolated linearly between those that there are.

        The first slice stays where it is, and slices that lie where one was are equal to it; what is beyond
        the last is left out. This reads the pixels.

        Parameters
        ----------
        spacing : float, optional
            In mm between planes along their normal; the least that there is when omitted.

        Raises
        ------
        ValueError
            `spacing` is not above 0, or so small that no memory would hold the slices.
        """
        steps = np.diff(self._along)
        if spacing is None:
            spacing = float(steps.min()) if steps.size else self.spacing[0]
        extent = float(self._along[-1] - self._along[0])
        if not spacing > 0 or extent / spacing > _MOST_SLICES:
            raise ValueError("spacing must be above 0, and not be less than the slices allow")
        even = copy.copy(self)
        even._put(resample_slices(self._array_of_volumes, self._along, spacing))  # noqa: SLF001 - as above
        even.affine = self.affine.copy()
        even.affine[:3, 0] *= spacing / (extent / steps.size if steps.size else self.spacing[0])
        even.spacing = (spacing, *self.spacing[1:])
        even.defects = tuple(one for one in self.defects if one.kind not in {"gap", "uneven spacing"})
        slices = even.shape[1 if self.varies else 0]
        even._along = self._along[0] + spacing * np.arange(slices)  # noqa: SLF001
        return even

    @property
    def _array_of_volumes(self) -> npt.NDArray[Any]:
        """The array with all axes: volumes, slices, rows, columns, samples."""
        array = self.array if self.varies else self.array[None]
        return array if self._volumes[0][0].samples > 1 else array[..., None]

    def _put(self, array: npt.NDArray[Any]) -> None:
        """Take an array that has all axes for the voxels."""
        array = array if self._volumes[0][0].samples > 1 else array[..., 0]
        self.__dict__["array"] = array if self.varies else array[0]

    def to_nifti(self) -> Any:
        """A `nibabel.Nifti1Image` with axes (column, row, slice[, volume]) and an affine to RAS.

        Raises
        ------
        ModuleNotFoundError
            nibabel is not installed.
        """
        return export.to_nifti(self)

    def to_sitk(self) -> Any:
        """A `SimpleITK.Image` with axes (column, row, slice[, volume]), in the axes of DICOM (LPS).

        Colour makes pixels of vectors. The voxels are copied.

        Raises
        ------
        VolumeError
            The affine is sheared by a tilted gantry; `straightened` gives a volume that is not.
        ModuleNotFoundError
            SimpleITK is not installed.
        """
        return export.to_sitk(self)

    def to_torch(self) -> Any:
        """A `torch.Tensor`, shape (channels, slices, rows, columns), which shares the memory of `array`.

        Channels are colours, or the volumes of a four-dimensional array; otherwise there is one.

        Raises
        ------
        VolumeError
            The volume has four dimensions and colour, both of which would be channels.
        ModuleNotFoundError
            PyTorch is not installed.
        """
        return export.to_torch(self)

    def to_monai(self) -> Any:
        """A `monai.data.MetaTensor`, shape (channels, columns, rows, slices), with an affine to RAS.

        That is the order of axes of MONAI's `LoadImage`, with channels in front as its transforms take them;
        ``meta`` has affine, original_affine, spacing, spatial_shape, original_channel_dim and space. It
        shares the memory of `array`.

        Raises
        ------
        VolumeError
            The volume has four dimensions and colour, both of which would be channels.
        ModuleNotFoundError
            MONAI is not installed.
        """
        return export.to_monai(self)

    @property
    def frames(self) -> list[Frame]:
        """The frames, in the order of the array; see `table`."""
        return [frame for slices in self._volumes for frame in slices]

    def __repr__(self) -> str:
        spacing = " x ".join(f"{value:.3g}" for value in self.spacing)
        defects = f", {len(self.defects)} defects" if self.defects else ""
        return f"<Volume {' x '.join(map(str, self.shape))} {self.dtype}, {spacing} mm, {self.axes}{defects}>"


def _affine(slices: list[Frame]) -> npt.NDArray[np.float64]:
    first = slices[0]
    between_rows, between_columns = first.pixel_spacing
    directions = axes(first.orientation)
    affine = np.eye(4)
    affine[:3, 0] = slice_step(slices)
    affine[:3, 1] = directions[:, 1] * between_rows
    affine[:3, 2] = directions[:, 2] * between_columns
    affine[:3, 3] = first.position
    return affine


_DESCRIBING = (
    "path",
    "number",
    "instance",
    "position",
    "acquisition_number",
    "temporal_position",
    "echo_time",
    "b_value",
    "gradient",
    "slope",
    "intercept",
)


def _described(frame: Frame) -> dict[str, Any]:
    return {name: getattr(frame, name) for name in _DESCRIBING}
