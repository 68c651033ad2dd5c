"""The DICOM JSON Model (PS3.18 Annex F): data sets as JSON text, and back."""

from __future__ import annotations

import json
import os

from fastdcm import _core
from fastdcm._core import BulkDataContext
from fastdcm.options import checked_threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Literal, TypeAlias, TypeVar

    from fastdcm._core import DataElement, DatasetBase
    from fastdcm.dataset import Dataset
    from fastdcm.options import Limits

    _Class = TypeVar("_Class", bound=DatasetBase)

    AnyPath: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"
    NonFinite: TypeAlias = Literal["error", "null", "string"]
    ElementHandler: TypeAlias = Callable[[DataElement], str]
    BulkDataHandler: TypeAlias = Callable[[BulkDataContext], object]
    JsonText: TypeAlias = "str | bytes | bytearray | dict[str, Any]"
    UriHandler: TypeAlias = Callable[[str, str, str], object] | Callable[[str], object]

__all__ = ["BulkDataContext", "datasets_from_json", "from_json", "json_lines", "to_json", "to_json_dict"]


def to_json(
    dataset: DatasetBase,
    *,
    bulk_data_threshold: int = 1024,
    bulk_data_element_handler: ElementHandler | None = None,
    bulk_data: BulkDataHandler | None = None,
    suppress_invalid_tags: bool = False,
    nonfinite: NonFinite = "error",
) -> str:
    """Return a data set in the DICOM JSON Model; see `fastdcm.Dataset.to_json`."""
    if bulk_data_element_handler is not None and bulk_data is not None:
        raise TypeError("give bulk_data or bulk_data_element_handler, not both")
    # Base64 makes a value a third longer: the threshold counts what would be written.
    longest = max(bulk_data_threshold, 0) // 4 * 3
    handler: tuple[Callable[..., object], bool, int] | None = None
    if bulk_data is not None:
        handler = (bulk_data, False, longest)
    elif bulk_data_element_handler is not None:
        handler = (bulk_data_element_handler, True, longest)
    text, faults = _core.dataset_json(dataset, (nonfinite, suppress_invalid_tags), handler)
    if faults:
        import logging  # noqa: PLC0415 - hardly ever needed

        for fault in faults:
            logging.getLogger("fastdcm").warning("left out of the JSON: %s", fault)
    return text


def in_utf8(dataset: Dataset) -> Dataset:
    """Return a copy that declares UTF-8, and whose items do where they declare something."""
    from copy import deepcopy  # noqa: PLC0415 - for text that its character set does not have

    copied = deepcopy(dataset)
    copied.SpecificCharacterSet = "ISO_IR 192"
    copied.walk(_declare_utf8)
    return copied


def _declare_utf8(_: Dataset, element: DataElement) -> None:
    if element.keyword == "SpecificCharacterSet":
        element.value = "ISO_IR 192"


def to_json_dict(dataset: DatasetBase, **options: Any) -> dict[str, Any]:
    """Return a data set as the objects that its JSON text stands for."""
    found: dict[str, Any] = json.loads(to_json(dataset, **options))
    return found


def element_to_json_dict(
    element: DataElement, handler: ElementHandler | None, bulk_data_threshold: int
) -> dict[str, Any]:
    """Return one element as the objects that its JSON text stands for."""
    from fastdcm.dataset import Dataset  # noqa: PLC0415 - which imports this module

    alone = Dataset({element.tag: element})
    found = to_json_dict(alone, bulk_data_threshold=bulk_data_threshold, bulk_data_element_handler=handler)
    # Group lengths are left out of data sets.
    one: dict[str, Any] = found.get(f"{element.tag:08X}", {"vr": element.VR})
    return one


def from_json(
    text: JsonText,
    bulk_data_uri_handler: UriHandler | None = None,
    *,
    limits: Limits | None = None,
    class_: type[_Class],
) -> _Class:
    """Return the data set of a text; see `fastdcm.Dataset.from_json`."""
    datasets = _read(text, bulk_data_uri_handler, limits=limits, class_=class_, single=True)
    if not datasets:
        from fastdcm.errors import InvalidValueError  # noqa: PLC0415 - errors only

        raise InvalidValueError("an array without a data set, where one data set is asked for")
    return datasets[0]


def datasets_from_json(
    text: str | bytes | bytearray | list[dict[str, Any]],
    bulk_data_uri_handler: UriHandler | None = None,
    *,
    limits: Limits | None = None,
) -> list[Dataset]:
    """Return the data sets of an array, as answers of a search or of retrieved metadata (PS3.18 §8.7.3).

    The arguments and errors are those of `fastdcm.Dataset.from_json`.
    """
    from fastdcm.dataset import Dataset  # noqa: PLC0415 - which imports this module

    return _read(text, bulk_data_uri_handler, limits=limits, class_=Dataset, single=False)


def _read(
    text: JsonText | list[dict[str, Any]],
    handler: UriHandler | None,
    *,
    limits: Limits | None,
    class_: type[_Class],
    single: bool,
) -> list[_Class]:
    match text:
        case bytes():
            data = text
        case bytearray():
            data = bytes(text)
        case str():
            # Halves of surrogate pairs are refused by the core, which does not show the text.
            data = text.encode("utf-8", "surrogatepass")
        case _:
            data = json.dumps(text).encode()
    bounds = None if limits is None else (limits.depth, limits.elements, limits.inflated)
    asked = None if handler is None else _resolver(handler)
    datasets, elsewhere = _core.read_json(class_, data, asked, bounds, single)
    if elsewhere:
        import warnings  # noqa: PLC0415 - hardly ever needed

        message = f"{len(elsewhere)} elements with a BulkDataURI are left empty: no bulk_data_uri_handler"
        warnings.warn(message, stacklevel=4)
    return datasets


def _resolver(handler: UriHandler) -> Callable[[str, str, str], bytes | None]:
    from inspect import signature  # noqa: PLC0415 - takes long, and handlers are rare

    takes_uri_only = len(signature(handler).parameters) == 1

    def resolve(tag: str, vr: str, uri: str) -> bytes | None:
        value = handler(uri) if takes_uri_only else handler(tag, vr, uri)  # type: ignore[call-arg]
        match value:
            case None | bytes():
                return value
            case bytearray() | memoryview():
                return bytes(value)
            case str():
                return value.encode()
            case int() | float() if vr in ("DS", "IS"):
                return str(value).encode()
        raise TypeError(f"bulk_data_uri_handler must return bytes, text or None for VR {vr}")

    return resolve


def json_lines(
    paths: AnyPath | Iterable[AnyPath],
    *,
    recursive: bool = True,
    errors: Literal["report", "raise", "skip"] = "report",
    bulk_data: Literal["inline", "omit", "uri"] = "inline",
    bulk_data_threshold: int = 1024,
    nonfinite: NonFinite = "error",
    threads: int | None = None,
    progress: Callable[[int, int | None], object] | None = None,
    limits: Limits | None = None,
) -> Iterator[bytes]:
    r"""Write many files as JSON, a line a file (NDJSON), in the order of their paths.

    Files are found and read as by `fastdcm.scan`, without the interpreter; memory is bounded by the lines of
    a few files for each thread.

    Parameters
    ----------
    paths, recursive, threads, progress, limits
        As those of `fastdcm.scan`.
    errors : {"report", "raise", "skip"}
        What becomes of files that cannot be read or are not DICOM: a line ``{"path": ..., "error": ...}``, an
        exception for the first one, or no line.
    bulk_data : {"inline", "omit", "uri"}
        Binary values longer than `bulk_data_threshold` are written as base64, left out, or stay in the file:
        then their BulkDataURI is ``file:///path?offset=N&length=N``. Offsets of a deflated data set count in
        the inflated one. With "uri" long text stays in the file, too.
    bulk_data_threshold : int
        Bytes of the longest value that is written in any case.
    nonfinite : {"error", "null", "string"}
        As that of `fastdcm.Dataset.to_json`.

    Yields
    ------
    bytes
        The lines of the next files, each with its ``\n``.

    Raises
    ------
    FileNotFoundError
        A single path that leads nowhere.
    DicomError, OSError
        With ``errors="raise"``, for the first file that cannot be read.
    """
    if isinstance(paths, str | bytes | os.PathLike):
        os.stat(paths)  # noqa: PTH116 - a single path that leads nowhere is a mistake of the caller
        paths = [paths]
    files = [os.fsdecode(path) for path in paths]
    bounds = None if limits is None else (limits.depth, limits.elements, limits.inflated)
    values = (nonfinite, bulk_data, max(bulk_data_threshold, 0))
    return _core.JsonLineIterator(
        files, (recursive, errors, checked_threads(threads)), values, bounds, progress
    )
