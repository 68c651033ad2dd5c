"""The work of an export: frames are decoded by all cores, some at a time, and written."""

import argparse
import errno
import os
from concurrent.futures import ThreadPoolExecutor

import fastdcm
from fastdcm.bulk.faults import Faults
from fastdcm.bulk.progress import ProgressBar, progress_callback
from fastdcm.cli.export_plan import Image, Part, parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from fastdcm.bulk.progress import Callback
    from fastdcm.bulk.rendering import Values
    from fastdcm.cli.export_index import Entry, Index
    from fastdcm.cli.export_outputs import Output

    Work: TypeAlias = tuple[Image, int, "NDArray[Any] | None"]

__all__ = ["Export"]

_OF_THE_NAME = {errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}


class Export:
    """Decodes frames, hands them on to be written, and notes what became of them.

    Attributes
    ----------
    written, kept : int
        Frames that were written, and those that were there.
    """

    def __init__(self, output: "Output", index: "Index", *, faults: Faults, options: argparse.Namespace):
        self._options, self._output, self._index, self._faults = options, output, index, faults
        self._threads = options.threads or os.cpu_count() or 1
        self._size = options.resize
        if options.letterbox:
            self._size = fastdcm.Letterbox(*options.resize)
        # Images of which frames failed, and those of which no more are tried.
        self._failed: set[str] = set()
        self._given_up: set[str] = set()
        self._done = self._total = 0
        self._progress: Callback | None = None
        self.written = self.kept = 0

    def run(self, images: "Sequence[Image]") -> None:
        """Export images."""
        self._total = sum(image.frames for image in images)
        self._progress = progress_callback(True, "frames")  # noqa: FBT003 - its own word for a bar
        pool = ThreadPoolExecutor(self._threads)
        try:
            for batch in parts(self._wanted(images), self._options.memory << 20):
                self._export([part for part in batch if part.image.path not in self._given_up], pool)
        finally:
            pool.shutdown(cancel_futures=True)
            if isinstance(self._progress, ProgressBar):
                self._progress.close()

    def close(self) -> None:
        """Write what was kept back."""
        self._add(self._output.close())

    def _add(self, entries: "Sequence[Entry]") -> None:
        self.written += len(entries)
        self._index.add(entries)

    def _wanted(self, images: "Iterable[Image]") -> "Iterator[tuple[Image, int]]":
        """Yield images that are not there yet, with the first frame that is missing."""
        for image in images:
            entries = self._output.done(image) if self._options.resume else []
            self.kept += len(entries)
            self._done += len(entries)
            self._index.add(entry for entry in entries if entry.output)
            if len(entries) < image.frames:
                yield image, len(entries)

    def _export(self, batch: "Sequence[Part]", pool: ThreadPoolExecutor) -> None:
        if not batch:
            return
        frames = [(part.image, frame) for part in batch for frame in part.frames]
        try:
            decoded = fastdcm.decode(
                [part.image.path for part in batch],
                frames=[list(part.frames) for part in batch],
                errors="null",
                threads=self._options.threads,
                progress=lambda _done, _total: self._tell(0),
                values=self._values_of(batch[0].image),
                window=self._options.window,
                resize=self._size,
            )
        except (fastdcm.DicomError, ValueError, MemoryError) as error:
            # Images that do not go into one array are decoded one by one.
            if len(batch) > 1:
                for part in batch:
                    self._export([part], pool)
                return
            self._note(batch[0].image, None, str(error) or "not enough memory")
            pixels: list[NDArray[Any] | None] = [None] * len(frames)
        else:
            self._faults += decoded.faults()
            pixels = [
                None if status == "error" else image
                for image, status in zip(decoded.array, decoded.status, strict=True)
            ]
        work = [(image, frame, data) for (image, frame), data in zip(frames, pixels, strict=True)]
        if self._output.is_parallel:
            self._write(work, pool)
        first = 0
        for part in batch:
            of_part = work[first : first + len(part.frames)]
            first += len(part.frames)
            if not self._output.is_parallel:
                self._write(of_part, pool)
            self._finish(part, is_lost=all(pixels is None for _, _, pixels in of_part))

    def _values_of(self, image: Image) -> "Values":
        """Return what is made of images of one form: colour has no physical values."""
        values: Values = self._options.values
        return "stored" if values == "physical" and image.samples > 1 else values

    def _write(self, work: "Sequence[Work]", pool: ThreadPoolExecutor) -> None:
        spread = pool.map if self._output.is_parallel else map
        for (image, frame, _), outcome in zip(work, spread(self._put, work), strict=True):
            self._tell(1)
            if outcome is None:
                self._failed.add(image.path)
            elif isinstance(outcome, ValueError):
                self._failed.add(image.path)
                self._note(image, frame, str(outcome))
            else:
                self._add(outcome)

    def _tell(self, more: int) -> None:
        self._done += more
        if self._progress is not None:
            self._progress(self._done, self._total)

    def _put(self, item: "Work") -> "list[Entry] | ValueError | None":
        image, frame, pixels = item
        if pixels is None:
            return None
        try:
            return self._output.put(image, frame, pixels)
        except ValueError as error:
            return error
        except OSError as error:
            # A full disk is the end of it, a name that cannot be is not.
            if error.errno not in _OF_THE_NAME:
                raise
            return ValueError(f"not written: {error.strerror}")

    def _finish(self, part: Part, *, is_lost: bool) -> None:
        """Give up an image none of whose frames was there: its Number of Frames may be any number."""
        image, end = part.image, part.frames.stop
        if is_lost and end < image.frames:
            self._given_up.add(image.path)
            self._note(image, None, f"frames {end} to {image.frames - 1} were not tried")
        if end == image.frames or is_lost:
            self._add(self._output.finish(image, is_whole=image.path not in self._failed))

    def _note(self, image: Image, frame: int | None, message: str) -> None:
        values = (image.path, frame, "error", message, None)
        self._faults.append(dict(zip(Faults.COLUMNS, values, strict=True)))
