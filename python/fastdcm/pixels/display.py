"""Images as a viewer shows them."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.errors import PixelDataError
from fastdcm.pixels.attributes import first_item, text
from fastdcm.pixels.colour import convert_color_space
from fastdcm.pixels.functional_groups import runs
from fastdcm.pixels.image import Image
from fastdcm.pixels.modality import modality_step
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

_DECODED_TO_RGB = frozenset(["YBR_ICT", "YBR_RCT", "XYB"])


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
    Palettes, supplemental ones too, and other colour spaces become RGB; more than 8 bits are scaled down.

    Parameters
    ----------
    source : Dataset, path, bytes-like or binary file object
        As for `pixel_array`.
    index : int, optional
        Zero-based frame number; all frames when omitted.
    window : (float, float), optional
        Centre and width, in values of the modality, instead of those of the image; LINEAR.
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
        `window` has a width below 1, `size` a side below 1.
    PixelDataError
        Attributes, look-up tables or overlays contradict each other; a retired colour space.
    """
    if size is not None and (len(size) != 2 or min(size) < 1):
        raise ValueError("size must be rows and columns, 1 at least")
    image = Image(source, index)
    if image.is_grey:
        found = _supplemental(image, (window, voi_index)) if is_supplemental(image.dataset) else None
        shown = _grey(image, image.stored(), (window, voi_index)) if found is None else found
        samples = 1 if found is None else 3
    elif image.interpretation == "PALETTE COLOR":
        shown, samples = _core.palette_colours(image.stored(), palette_of(image.dataset), True), 3
    else:
        shown, samples = _colour(image), 3
    axes = shown.shape
    frames = shown.reshape(len(image.frames), *axes[-2 if samples == 1 else -3 :][:2], samples)
    if overlays:
        burn_overlays(frames, image.dataset, image.frames)
    if size is not None:
        frames = _core.resize_frames(frames, frames.shape, size)
        axes = (*axes[: -2 if samples == 1 else -3], *size, *((samples,) if samples > 1 else ()))
    return frames.reshape(axes)


def _grey(image: Image, stored: npt.NDArray[Any], view: tuple[Window | None, int]) -> Bytes:
    padding = image.padding(stored)
    padded = None if padding is None else (*padding, 0.0)
    if stored.size % len(image.frames):
        raise PixelDataError("pixels are not those of the frames, tag (0028,0008)")
    modality = [[step] if (step := modality_step(image.groups, frame)) else [] for frame in image.frames]
    white = _white(image)
    steps = [_voi(image, frame, view, white) for frame in image.frames]
    if any(step is None for step in steps):
        ramp = _ramp(image, stored, [(padded, before) for before in modality], white)
        steps = [ramp if step is None else step for step in steps]
    after = _presentation(image, white)
    transforms = [
        (padded, [*before, *voi, *after])
        for before, voi in zip(modality, steps, strict=True)
        if voi is not None
    ]
    return _core.transform_samples(stored, runs(stored.size, transforms), "uint8")


def _white(image: Image) -> float:
    """What the brightest value of interest is: the last entry of a Presentation LUT, or 255."""
    step = presentation_step(image.dataset, 0.0, 1.0)
    return 255.0 if step is None or step.entries is None else step.entries - 1.0


def _voi(image: Image, frame: int, view: tuple[Window | None, int], white: float) -> list[_core.Step] | None:
    """The steps from values of the modality to 0..`white`; None where the image does not say how."""
    window, index = view
    if window is not None:
        return [_core.Step.window(window[0], window[1], "LINEAR", 0.0, white)]
    item = first_item(image.dataset, "VOILUTSequence")
    table = voi_table(image.dataset, index) if item is not None and "LUTData" in item else None
    if table is not None and table.most is not None:
        return [table, _core.Step.rescale(white / table.most, 0.0)]
    found = window_of(image.groups, frame, index=index)
    if found is None:
        if index:
            raise IndexError(f"view {index} of an image without VOI LUT and window")
        return None
    try:
        return [_core.Step.window(*found, 0.0, white)]
    except PixelDataError:
        # Writers leave a width of 0 where they know of no window.
        return None


def _ramp(
    image: Image,
    stored: npt.NDArray[Any],
    modality: list[tuple[tuple[float, float, float] | None, list[_core.Step]]],
    white: float,
) -> list[_core.Step]:
    """Least to greatest value, padding left out, as black to white."""
    if image.bits_stored == 1:
        least, most = 0.0, 1.0
        if any(steps for _, steps in modality):
            least, most = _core.sample_range(stored, runs(stored.size, modality)) or (0.0, 1.0)
    else:
        least, most = _core.sample_range(stored, runs(stored.size, modality)) or (0.0, 0.0)
    factor = white / (most - least) if most > least else 0.0
    return [_core.Step.rescale(1.0, -least), _core.Step.rescale(factor, 0.0)]


def _presentation(image: Image, white: float) -> list[_core.Step]:
    step = presentation_step(image.dataset, 0.0, white)
    if step is not None and step.most is not None:
        # P-values: MONOCHROME1 is in the table already (PS3.3 C.11.6).
        return [_core.Step.round(), step, _core.Step.rescale(255.0 / step.most, 0.0)]
    shape = text(image.dataset, "PresentationLUTShape").upper()
    if image.interpretation == "MONOCHROME1" or shape == "INVERSE":
        return [_core.Step.round(), _core.Step.rescale(-1.0, 255.0)]
    return []


def _supplemental(image: Image, view: tuple[Window | None, int]) -> Bytes:
    """Grey below the first value that the palette maps, colour from there on (PS3.3 C.7.6.19)."""
    import numpy as np  # noqa: PLC0415 - comes at the first array

    stored = image.stored()
    tables = palette_of(image.dataset)
    first = tables[0][1][1]
    shown = _core.palette_colours(stored, tables, True)
    is_grey = stored < first
    if is_grey.any():
        grey = _grey(image, stored, view)
        np.copyto(shown, grey[..., np.newaxis], where=is_grey[..., np.newaxis])
    return shown


def _colour(image: Image) -> Bytes:
    """RGB of 8 bits."""
    interpretation = image.interpretation
    is_wide = image.bits_stored > 8 or image.dataset.get("BitsAllocated") != 8
    is_full = interpretation in {"YBR_FULL", "YBR_FULL_422"}
    pixels = image.stored(raw=is_full and is_wide)
    is_encapsulated = image.dataset._is_encapsulated()
    is_rgb = interpretation == "RGB" or (is_full and not is_wide)
    if not is_rgb and not (interpretation in _DECODED_TO_RGB and is_encapsulated):
        pixels = convert_color_space(pixels, interpretation, "RGB")
    if pixels.ndim < 3 or pixels.shape[-1] != 3:
        raise PixelDataError("an image in colour has 3 samples for each pixel, tag (0028,0002)")
    if pixels.dtype != "uint8" or image.bits_stored < 8:
        factor = 255.0 / (2**image.bits_stored - 1) if image.bits_stored else 1.0
        steps = [(None, [_core.Step.rescale(factor, 0.0)])]
        pixels = _core.transform_samples(pixels, runs(pixels.size, steps), "uint8")
    return pixels
