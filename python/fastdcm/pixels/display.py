"""Images as a viewer shows them."""

from __future__ import annotations

from fastdcm import _core
from fastdcm.errors import PixelDataError
from fastdcm.pixels.image import Image
from fastdcm.pixels.overlay import burn_overlays

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    if window is not None:
        _check_window(image, *window)
    shown: Bytes = image.made(_core.display_values, (window, voi_index))
    several = int(len(image.frames) > 1)
    rows, columns, *samples = shown.shape[several:]
    frames = shown.reshape(len(image.frames), rows, columns, *(samples or [1]))
    if overlays:
        burn_overlays(frames, image.dataset, image.frames)
    if size is not None:
        frames = _core.resize_frames(frames, frames.shape, size)
        rows, columns = size
    return frames.reshape(*shown.shape[:several], rows, columns, *samples)


def _check_window(image: Image, centre: float, width: float) -> None:
    """Refuse a window that the caller asks for and that cannot be."""
    is_float = "FloatPixelData" in image.dataset or "DoubleFloatPixelData" in image.dataset
    try:
        _core.Step.window(centre, width, "LINEAR_EXACT" if is_float else "LINEAR", 0.0, 1.0)
    except PixelDataError:
        least = "above 0" if is_float else "at least 1"
        raise ValueError(f"window must be a centre and a width, which is {least}") from None
