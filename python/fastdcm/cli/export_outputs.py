"""What an export writes frames to: PNG and NPY files, or arrays of Zarr."""

from importlib import import_module
from pathlib import Path

import numpy as np

from fastdcm.cli.export_index import Entry
from fastdcm.cli.placing import check_free, placed, temporary_for
from fastdcm.cli.png import encode_png

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, BinaryIO, Protocol

    from numpy.typing import NDArray

    from fastdcm.cli.export_plan import Image

    class Output(Protocol):
        """Where frames go. What is written is told in entries of the index, once it is there.

        Attributes
        ----------
        is_parallel : bool
            Frames may be put by several threads at a time.
        """

        is_parallel: bool

        def done(self, image: Image) -> list[Entry]:
            """Tell which frames are there already: the first ones."""

        def put(self, image: Image, frame: int, pixels: NDArray[Any]) -> list[Entry]:
            """Take a frame; ValueError where the format does not hold it."""

        def finish(self, image: Image, *, is_whole: bool) -> list[Entry]:
            """Take notice that no more frames of an image come."""

        def close(self) -> list[Entry]:
            """Write what was kept back."""


__all__ = ["NpyFiles", "PngFiles", "ZarrArrays", "output_of"]

# Bytes of a shard before it is compressed, about.
_SHARD = 64 << 20
_MOST_IN_SHARD = 1024


def output_of(name: str, folder: Path, known: "Iterable[Entry]") -> "Output":
    """Return where frames of a format go; `known` is what an earlier run has written to arrays of Zarr."""
    if name == "zarr":
        return ZarrArrays(folder, known)
    return PngFiles(folder) if name == "png" else NpyFiles(folder)


class PngFiles:
    """A file for each frame; of an image of several frames, in a folder of its name."""

    is_parallel = True

    def __init__(self, folder: Path):
        self._folder = folder

    def done(self, image: "Image") -> "list[Entry]":
        """Tell which frames are there already: the first ones."""
        found = []
        for frame in range(image.frames):
            entry = self._entry(image, frame)
            if not (self._folder / entry.output).is_file():
                break
            found.append(entry)
        return found

    def put(self, image: "Image", frame: int, pixels: "NDArray[Any]") -> "list[Entry]":
        """Write a frame."""
        data = encode_png(pixels)
        entry = self._entry(image, frame)
        target = self._folder / entry.output
        target.parent.mkdir(parents=True, exist_ok=True)
        with placed(target) as path:
            path.write_bytes(data)
        return [entry]

    def finish(self, image: "Image", *, is_whole: bool) -> "list[Entry]":  # noqa: ARG002 - others need to know
        """Do nothing: each frame was written."""
        return []

    def close(self) -> "list[Entry]":
        """Do nothing: each frame was written."""
        return []

    @staticmethod
    def _entry(image: "Image", frame: int) -> Entry:
        name = f"{image.name}.png" if image.frames == 1 else f"{image.name}/{frame:04}.png"
        return Entry(name, None, image.path, frame)


class NpyFiles:
    """A file for each image, with an axis for its frames where there are several."""

    is_parallel = False

    def __init__(self, folder: Path):
        self._folder = folder
        self._open: _NpyFile | None = None

    def done(self, image: "Image") -> "list[Entry]":
        """Tell which frames are there already: all or none."""
        return self._entries(image) if self._target(image).is_file() else []

    def put(self, image: "Image", frame: int, pixels: "NDArray[Any]") -> "list[Entry]":
        """Write a frame behind those before it."""
        if self._open is None or self._open.path != image.path:
            self._discard()
            self._open = _NpyFile(image, self._target(image), pixels)
        self._open.add(frame, pixels)
        return []

    def finish(self, image: "Image", *, is_whole: bool) -> "list[Entry]":
        """Let the file appear if all its frames are there."""
        file, self._open = self._open, None
        if file is None:
            return []
        file.close(is_whole=is_whole)
        return self._entries(image) if is_whole else []

    def close(self) -> "list[Entry]":
        """Leave nothing behind of a file that is not whole."""
        self._discard()
        return []

    def _discard(self) -> None:
        if self._open is not None:
            self._open.close(is_whole=False)
            self._open = None

    def _target(self, image: "Image") -> Path:
        return self._folder / f"{image.name}.npy"

    @staticmethod
    def _entries(image: "Image") -> "list[Entry]":
        name = f"{image.name}.npy"
        if image.frames == 1:
            return [Entry(name, None, image.path, 0)]
        return [Entry(name, frame, image.path, frame) for frame in range(image.frames)]


class _NpyFile:
    """An array that is written frame by frame."""

    def __init__(self, image: "Image", target: Path, first: "NDArray[Any]"):
        self.path = image.path
        self._target = target
        self._form = (first.shape, first.dtype)
        self._next = 0
        # A name that cannot be is found now, not when all is written.
        check_free(target, force=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._temporary = temporary_for(target)
        self._file: BinaryIO = self._temporary.open("wb")
        axes = first.shape if image.frames == 1 else (image.frames, *first.shape)
        description = {
            "descr": np.lib.format.dtype_to_descr(first.dtype),
            "fortran_order": False,
            "shape": axes,
        }
        np.lib.format.write_array_header_1_0(self._file, description)

    def add(self, frame: int, pixels: "NDArray[Any]") -> None:
        """Write the next frame."""
        if (pixels.shape, pixels.dtype) != self._form or frame != self._next:
            raise ValueError("a file of NPY holds frames of one shape and type, and all of them")
        self._next += 1
        self._file.write(np.ascontiguousarray(pixels).data)

    def close(self, *, is_whole: bool) -> None:
        """Let the file appear, or take it away."""
        self._file.close()
        if is_whole:
            self._temporary.replace(self._target)
        else:
            self._temporary.unlink(missing_ok=True)


class ZarrArrays:
    """Arrays of Zarr, version 3: one for each shape and type, a frame a chunk, many chunks a shard.

    Parameters
    ----------
    folder : Path
        The folder of the export.
    known : iterable of Entry
        The index of what an earlier run has written.
    """

    is_parallel = False

    def __init__(self, folder: Path, known: "Iterable[Entry]" = ()):
        try:
            self._zarr: Any = import_module("zarr")
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                "arrays of Zarr need zarr: pip install fastdcm[zarr]", name="zarr"
            ) from None
        if not hasattr(self._zarr, "create_group") or self._zarr.__version__.startswith("2"):
            raise ModuleNotFoundError("shards need zarr 3: pip install fastdcm[zarr]", name="zarr")
        self._known: dict[str, set[int]] = {}
        self._lengths: dict[str, int] = {}
        for entry in known:
            self._known.setdefault(entry.path, set()).add(entry.frame)
            self._lengths[entry.output] = max(self._lengths.get(entry.output, 0), 1 + (entry.place or 0))
        mode = "a" if self._known else "w"
        self._group = self._zarr.open_group(str(folder / "frames.zarr"), mode=mode, zarr_format=3)
        self._shards: dict[str, _Shard] = {}

    def done(self, image: "Image") -> "list[Entry]":
        """Tell which frames are there already; the index has them, too."""
        frames = self._known.get(image.path, set())
        first = next((frame for frame in range(image.frames) if frame not in frames), image.frames)
        return [Entry("", None, image.path, frame) for frame in range(first)]

    def put(self, image: "Image", frame: int, pixels: "NDArray[Any]") -> "list[Entry]":
        """Keep a frame until its shard is full."""
        if frame in self._known.get(image.path, ()):
            return []
        name = f"{'x'.join(map(str, pixels.shape))}-{pixels.dtype.name}"
        if name not in self._shards:
            self._shards[name] = _Shard(self._array(name, pixels), f"frames.zarr/{name}", self._length(name))
        shard = self._shards[name]
        shard.add(image.path, frame, pixels)
        if shard.is_full:
            return shard.write()
        # Many shapes, each with few frames, are not all kept.
        if sum(shard.size for shard in self._shards.values()) > 4 * _SHARD:
            return self.close()
        return []

    def finish(self, image: "Image", *, is_whole: bool) -> "list[Entry]":  # noqa: ARG002 - others need to know
        """Do nothing: frames are written by shards."""
        return []

    def close(self) -> "list[Entry]":
        """Write shards that are not full."""
        return [entry for shard in self._shards.values() for entry in shard.write()]

    def _length(self, name: str) -> int:
        return self._lengths.get(f"frames.zarr/{name}", 0)

    def _array(self, name: str, pixels: "NDArray[Any]") -> "Any":
        if name in self._group:
            return self._group[name]
        count = min(max(_SHARD // max(pixels.nbytes, 1), 1), _MOST_IN_SHARD)
        shape = pixels.shape
        return self._group.create_array(
            name, shape=(0, *shape), chunks=(1, *shape), shards=(count, *shape), dtype=pixels.dtype
        )


class _Shard:
    """The frames at the end of an array that are not written yet."""

    def __init__(self, array: "Any", name: str, length: int):
        self._array, self._name, self._length = array, name, length
        self._frames: list[tuple[str, int, NDArray[Any]]] = []

    @property
    def is_full(self) -> bool:
        return (self._length + len(self._frames)) % int(self._array.shards[0]) == 0

    @property
    def size(self) -> int:
        return sum(pixels.nbytes for _, _, pixels in self._frames)

    def add(self, path: str, frame: int, pixels: "NDArray[Any]") -> None:
        # A copy: a view would keep all frames that were decoded with it.
        self._frames.append((path, frame, pixels.copy()))

    def write(self) -> list[Entry]:
        if not self._frames:
            return []
        first, self._length = self._length, self._length + len(self._frames)
        self._array.resize((self._length, *self._array.shape[1:]))
        self._array[first : self._length] = np.stack([pixels for _, _, pixels in self._frames])
        entries = [
            Entry(self._name, place, path, frame)
            for place, (path, frame, _) in enumerate(self._frames, first)
        ]
        self._frames.clear()
        return entries
