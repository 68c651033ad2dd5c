"""Images as a viewer shows them."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.errors import PixelDataError
from fastdcm.pixels.array import photometric_interpretation
from fastdcm.pixels.attributes import first_item, text
from fastdcm.pixels.colour import convert_color_space
from fastdcm.pixels.functional_groups import runs
from fastdcm.pixels.image import Image
from fastdcm.pixels.modality import is_for_display, modality_step
from fastdcm.pixels.overlay import burn_overlays
from fastdcm.pixels.palette import is_supplemental, palette_of
from fastdcm.pixels.presentation import presentation_step
from fastdcm.pixels.voi import voi_table, window_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    import numpy.typing as npt

    from fastdcm.pixels.image import Source

    Bytes = npt.NDArray[np.uint8]
    Window = tuple[float, float]

__all__ = ["to_display"]


def to_display(
    source: Source,
    *,
    index: int | None = None,
    window: Window | None = None,
    voi_index: int = 0,
    size: tuple[int, int] | None = None,
    overlays: bool = False,
) -> Bytes:
    """The image as a viewer shows it: 8 bits, grey or RGB (PS3.3 C.11, C.7.6.3.1; PS3.4 N.2).

    Grey goes through the look-up table or rescale of the modality, the VOI look-up table or window, and the
    Presentation LUT; MONOCHROME1 is inverted. Padding is black. Enhanced objects have these for each frame.
    The Modality LUT of XA and XRF images in LOG or DISP is left out: it leads back to X-ray intensity.
    Palettes, supplemental ones too, and other colour spaces become RGB; more than 8 bits are scaled down.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        As for `pixel_array`.
    index : int, optional
        Zero-based frame number; all frames when omitted.
    window : (float, float), optional
        Centre and width, in values of the modality, instead of those of the image; LINEAR, or LINEAR_EXACT
        for Float Pixel Data.
    voi_index : int
        Which of several VOI look-up tables, or else of several windows.
    size : (int, int), optional
        Rows and columns of the result: each pixel is the mean of the area that it covers.
    overlays : bool
        Make overlays white in the image.

    Returns
    -------
    ndarray of uint8, shape (rows, columns[, 3]), or (frames, rows, columns[, 3]) for several frames
        Without a window, or where the width of the first cannot be, least to greatest value of what is asked
        for are black to white, padding left out.

    Raises
    ------
    IndexError
        `index` is not below Number of Frames; the image has VOI tables or windows, but none of this number.
    ValueError
        `window` has a width below 1 (of Float Pixel Data: not above 0), `size` a side below 1.
    PixelDataError
        Attributes, look-up tables or overlays contradict each other; a retired colour space.
    """
    if size is not None and (len(size) != 2 or min(size) < 1):
        raise ValueError("size must be rows and columns, 1 at least")
    image = Image(source, index)
    view = (window, voi_index)
    samples = 3
    if image.is_grey and is_supplemental(image.dataset):
        shown = _supplemental(image, view)
    elif image.is_grey:
        shown, samples = _Grey(image, image.stored(), view).shown(), 1
    elif image.interpretation == "PALETTE COLOR":
        shown = _core.palette_colours(image.stored(), palette_of(image.dataset), show=True)
    else:
        shown = _colour(image)
    several, rows_columns, of_pixel = _axes(shown.shape, samples)
    frames = shown.reshape(len(image.frames), *rows_columns, samples)
    if overlays:
        burn_overlays(frames, image.dataset, image.frames)
    if size is not None:
        frames = _core.resize_frames(frames, frames.shape, size)
        rows_columns = tuple(size)
    return frames.reshape(*several, *rows_columns, *of_pixel)


def _axes(shape: tuple[int, ...], samples: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The axes of frames, of rows and columns, and of samples."""
    of_pixel = shape[-1:] if samples > 1 else ()
    others = shape[: len(shape) - len(of_pixel)]
    return others[:-2], others[-2:], of_pixel


class _Grey:
    """Grey on its way to 8 bits: one list of steps for each frame."""

    def __init__(self, image: Image, stored: npt.NDArray[Any], view: tuple[Window | None, int]):
        self.image = image
        self.stored = stored
        self.window, self.index = view
        padding = image.padding(stored)
        self.padding = None if padding is None else (*padding, 0.0)
        # What the brightest value of interest is: the last entry of a Presentation LUT, or 255.
        step = presentation_step(image.dataset, 0.0, 1.0)
        self.white = 255.0 if step is None or step.entries is None else step.entries - 1.0

    def shown(self) -> Bytes:
        frames = self.image.frames
        groups = self.image.groups
        modality = groups.each(frames, self.modality)
        voi = groups.each(frames, self.voi)
        ramp = self.ramp(modality) if None in voi else []
        after = self.presentation()
        transforms = [
            (self.padding, [*before, *(ramp if steps is None else steps), *after])
            for before, steps in zip(modality, voi, strict=True)
        ]
        return _core.transform_samples(self.stored, runs(self.stored.size, transforms), "uint8")

    def modality(self, frame: int) -> list[_core.Step]:
        """The step from stored values to those that windows are for."""
        step = modality_step(self.image.groups, frame) if is_for_display(self.image.dataset) else None
        return [] if step is None else [step]

    def voi(self, frame: int) -> list[_core.Step] | None:
        """The steps from values of the modality to 0..white; None where the image does not say how."""
        if self.window is not None:
            return [self.own_window(*self.window)]
        table = self.image.groups.table("VOILUTSequence", self.voi_table)
        if table is not None and table.most is not None:
            return [table, _core.Step.rescale(self.white / table.most, 0.0)]
        found = window_of(self.image.groups, frame, index=self.index)
        if found is None:
            if self.index:
                raise IndexError(f"view {self.index} of an image without VOI LUT and window")
            return None
        centre, width, function = found
        try:
            return [_core.Step.window(centre, width, self.function(function), 0.0, self.white)]
        except PixelDataError:
            # Writers leave a width of 0 where they know of no window.
            return None

    def own_window(self, centre: float, width: float) -> _core.Step:
        """The window that the caller asks for."""
        function = self.function("LINEAR")
        try:
            return _core.Step.window(centre, width, function, 0.0, self.white)
        except PixelDataError:
            least = "at least 1" if function == "LINEAR" else "above 0"
            raise ValueError(f"window must be a centre and a width, which is {least}") from None

    def voi_table(self) -> _core.Step | None:
        """The VOI look-up table; None without one that has entries."""
        item = first_item(self.image.dataset, "VOILUTSequence")
        return voi_table(self.image.dataset, self.index) if item is not None and "LUTData" in item else None

    def function(self, term: str) -> str:
        """LINEAR is made for integers: of floating point it would make a width of 1 a threshold."""
        return "LINEAR_EXACT" if term == "LINEAR" and self.stored.dtype.kind == "f" else term

    def ramp(self, modality: list[list[_core.Step]]) -> list[_core.Step]:
        """Least to greatest value, padding left out, as black to white."""
        if self.image.bits_stored == 1 and not any(modality):
            least, most = 0.0, 1.0
        else:
            transforms = [(self.padding, steps) for steps in modality]
            found = _core.sample_range(self.stored, runs(self.stored.size, transforms))
            least, most = found or (0.0, 0.0)
        span = most - least
        return [
            _core.Step.rescale(1.0, -least),
            _core.Step.rescale(self.white / span if span > 0 else 0.0, 0.0),
        ]

    def presentation(self) -> list[_core.Step]:
        """The steps from 0..white to 8 bits."""
        step = presentation_step(self.image.dataset, 0.0, self.white)
        if step is not None and step.most is not None:
            # The table leads to P-values: it has the inversion of MONOCHROME1 in it (PS3.3 C.11.4).
            return [_core.Step.round(), step, _core.Step.rescale(255.0 / step.most, 0.0)]
        shape = text(self.image.dataset, "PresentationLUTShape").upper()
        if self.image.interpretation == "MONOCHROME1" or shape == "INVERSE":
            return [_core.Step.round(), _core.Step.rescale(-1.0, 255.0)]
        return []


def _supplemental(image: Image, view: tuple[Window | None, int]) -> Bytes:
    """Grey below the first value that the palette maps, colour from there on (PS3.3 C.7.6.19)."""
    import numpy as np  # noqa: PLC0415 - comes at the first array

    stored = image.stored()
    tables = palette_of(image.dataset)
    first = tables[0][1][1]
    shown = _core.palette_colours(stored, tables, show=True)
    is_grey = stored < first
    if is_grey.any():
        grey = _Grey(image, stored, view).shown()
        np.copyto(shown, grey[..., np.newaxis], where=is_grey[..., np.newaxis])
    return shown


def _colour(image: Image) -> Bytes:
    """RGB of 8 bits."""
    pixels = image.stored()
    interpretation = photometric_interpretation(image.dataset, index=image.index)
    if interpretation is not None and interpretation != "RGB":
        pixels = convert_color_space(pixels, interpretation, "RGB")
    if pixels.ndim < 3 or pixels.shape[-1] != 3:
        raise PixelDataError("an image in colour has 3 samples for each pixel, tag (0028,0002)")
    if pixels.dtype != "uint8" or image.bits_stored < 8:
        factor = 255.0 / (2**image.bits_stored - 1) if image.bits_stored else 1.0
        run = (pixels.size, None, [_core.Step.rescale(factor, 0.0)])
        pixels = _core.transform_samples(pixels, [run], "uint8")
    return pixels
