"""Writing files (PS3.10 §7): the choice of transfer syntax, meta information and preamble; the bytes are made in Rust."""

from __future__ import annotations

import os

from fastdcm import _core
from fastdcm.uid import UID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Literal, NamedTuple, TypeAlias

    from fastdcm.dataset import Dataset, FileMetaDataset

    Target: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes] | IO[bytes] | None"
    Lengths: TypeAlias = Literal["as read", "defined", "undefined"]
    Durability: TypeAlias = Literal["full", "none"]
else:
    from collections import namedtuple

__all__ = ["IMPLEMENTATION_CLASS_UID", "IMPLEMENTATION_VERSION_NAME", "dcmwrite", "fix_meta_info"]

IMPLEMENTATION_CLASS_UID = UID("2.25.64254864477519402019411383225530413503")
IMPLEMENTATION_VERSION_NAME = f"FASTDCM_{_core.__version__}"[:16]

_PREAMBLE = 128
_ANY_FORM = (False, False, False, False, False)  # of what is copied as it is
_TIFF = (b"II*\0", b"MM\0*")
_GE = "1.2.840.113619.5.2"

if TYPE_CHECKING:

    class Form(NamedTuple):
        """What a data set is written as."""

        implicit: bool
        big: bool
        deflated: bool
        encapsulated: bool
        ge: bool
else:
    Form = namedtuple("Form", ["implicit", "big", "deflated", "encapsulated", "ge"])


def dcmwrite(
    target: Target,
    dataset: Dataset,
    *,
    implicit_vr: bool | None = None,
    little_endian: bool | None = None,
    enforce_file_format: bool = False,
    force_encoding: bool = False,
    overwrite: bool = True,
    lengths: Lengths = "as read",
    preamble: Literal["keep", "zero"] = "keep",
    durability: Durability = "full",
    decompress: bool = False,
) -> bytes | None:
    """Write a data set as a file (PS3.10 §7).

    What was not changed since it was read is copied byte for byte; a file that was not changed at all is
    written as it was. After any change Media Storage SOP Class and Instance UID follow the data set, and
    Implementation Class UID and Version Name are those of fastdcm (PS3.10 §7.1). Everything that can be wrong
    is found before the first byte is written, and a path has the old file or the whole new one, whatever
    happens meanwhile.

    Parameters
    ----------
    target : path, binary file object or None
        Where the file goes; None returns it as bytes.
    dataset : Dataset
        What is written, with its ``file_meta`` and ``preamble`` where it has them. Without meta information
        the file is the data set alone.
    implicit_vr, little_endian : bool, optional
        The encoding, where there is no Transfer Syntax UID in the meta information.
    enforce_file_format : bool
        Complete the meta information, and write preamble and prefix in any case.
    force_encoding : bool
        Take `implicit_vr` and `little_endian` although Transfer Syntax UID says something else.
    overwrite : bool
        False refuses a path that exists, whoever makes it first.
    lengths : {"as read", "defined", "undefined"}
        How the lengths of sequences and items are written (PS3.5 §7.5).
    preamble : {"keep", "zero"}
        What becomes of a preamble that is not zero.
    durability : {"full", "none"}
        "full": the file and its name are on the disk when this returns. "none": they get there when the
        system likes; other processes see the old file or the new one all the same.
    decompress : bool
        Encapsulated pixel data are decoded where the transfer syntax has native ones.

    Returns
    -------
    bytes or None
        The file where `target` is None.

    Raises
    ------
    ValueError
        The encoding is not known, or contradicts Transfer Syntax UID; with `enforce_file_format` a UID is
        missing.
    InvalidValueError
        A value is of a wrong type, or has a character that Specific Character Set does not have.
    InvalidLengthError
        A value is too long, or no multiple of what its VR consists of.
    PixelDataError
        Encapsulated pixel data would be written in a transfer syntax that has native ones.
    FileExistsError
        The path exists, and `overwrite` is false.
    OSError
        What the operating system refuses.
    """
    if durability not in {"full", "none"}:
        raise ValueError("durability must be 'full' or 'none'")
    options = (overwrite, durability == "full")
    where = os.fspath(target) if hasattr(target, "__fspath__") else target
    wanted = (implicit_vr, little_endian)
    meta, head = _meta_of(dataset), dataset.preamble
    copies = (
        lengths == "as read"
        and not (enforce_file_format or decompress)
        and all(one in (None, of_file) for one, of_file in zip(wanted, dataset._encoding(), strict=True))
        and (preamble == "keep" or not any(head or b""))
        and _is_as_read(dataset, meta)
    )
    if copies and dataset._has_original():
        # Whatever is wrong with the file: who changes nothing gets what was there.
        return _core.dataset_to_file(dataset, (None, None), _ANY_FORM, lengths, copies, where, options)[0]
    if enforce_file_format:
        meta = _enforced(dataset, meta, *wanted)
    syntax = _syntax_of(meta)
    form = _form(dataset, syntax, wanted, force_encoding=force_encoding)
    if dataset._is_encapsulated() and not form.encapsulated:
        if not decompress:
            raise _encapsulated_error(syntax)
        dataset = _decompressed(dataset)
    if not copies and meta is not None:
        meta = _following(meta, dataset)
    if meta is not None and not len(meta):
        meta = None
    if meta is not None and (head is None or preamble == "zero"):
        head = bytes(_PREAMBLE)
    if head is not None:
        _check_preamble(head, copies=copies)
    data, losses = _core.dataset_to_file(dataset, (meta, head), tuple(form), lengths, copies, where, options)
    _tell(losses)
    return data


def fix_meta_info(dataset: Dataset, *, enforce_standard: bool = True) -> None:
    """Complete the file meta information of a data set; see `fastdcm.Dataset.fix_meta_info`."""
    dataset.ensure_file_meta()
    meta = dataset.file_meta
    implicit, little = dataset.is_implicit_VR, dataset.is_little_endian
    if implicit is not None and little is not None:
        if implicit and not little:
            raise ValueError("implicit VR big endian is not a transfer syntax")
        known = meta.get("TransferSyntaxUID")
        plain = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", None, ""}
        if known in plain:
            meta.TransferSyntaxUID = UID(
                "1.2.840.10008.1.2" if implicit else f"1.2.840.10008.1.2.{1 if little else 2}"
            )
    _follow(meta, dataset)
    if enforce_standard:
        complete_meta(meta)


def complete_meta(meta: FileMetaDataset) -> None:
    """Add what every file has (PS3.10 §7.1); ValueError where it has to come from somebody else."""
    needed = ("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID")
    missing = [name for name in needed if not meta.get(name)]
    if missing:
        raise ValueError(f"the file meta information lacks {', '.join(missing)}")
    meta.setdefault("FileMetaInformationVersion", b"\0\1")
    if not meta.get("ImplementationClassUID"):
        meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
        meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME


def _meta_of(dataset: Dataset) -> FileMetaDataset | None:
    return dataset.file_meta if dataset._has_meta() else None


def _syntax_of(meta: FileMetaDataset | None) -> str | None:
    """Return Transfer Syntax UID; None where there is none, or what is there is no text."""
    syntax = meta.get("TransferSyntaxUID") if meta is not None else None
    return syntax if isinstance(syntax, str) else None


def _is_as_read(dataset: Dataset, meta: FileMetaDataset | None) -> bool:
    """Return True for a whole file in which nothing was changed."""
    return (
        "_given_preamble" not in dataset.__dict__
        and (dataset.is_implicit_VR, dataset.is_little_endian) == dataset._encoding()
        and not dataset._is_changed()
        and dataset._is_file(meta)
    )


def _enforced(
    dataset: Dataset, meta: FileMetaDataset | None, implicit: bool | None, little: bool | None
) -> FileMetaDataset:
    from fastdcm.dataset import FileMetaDataset  # noqa: PLC0415 - imports this module

    meta = FileMetaDataset() if meta is None else meta.copy()
    if not meta.get("TransferSyntaxUID"):
        form = _form(dataset, None, (implicit, little), force_encoding=False)
        last = "" if form.implicit else f".{2 if form.big else 1}"
        meta.TransferSyntaxUID = UID(f"1.2.840.10008.1.2{last}")
    _follow(meta, dataset)
    complete_meta(meta)
    return meta


def _following(meta: FileMetaDataset, dataset: Dataset) -> FileMetaDataset:
    """Return a copy of meta information as it is after a change of the file (PS3.10 §7.1)."""
    meta = meta.copy()
    _follow(meta, dataset)
    if len(meta):
        meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
        meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta


def _follow(meta: FileMetaDataset, dataset: Dataset) -> None:
    for name in ("SOPClassUID", "SOPInstanceUID"):
        uid = dataset.get(name)
        if uid and meta.get(f"MediaStorage{name}") != uid:
            setattr(meta, f"MediaStorage{name}", uid)


def _form(
    dataset: Dataset, syntax: str | None, given: tuple[bool | None, bool | None], *, force_encoding: bool
) -> Form:
    known = _core.transfer_syntax(syntax) if syntax else None
    if known is not None:
        implicit, little, deflated, encapsulated = known
        form = Form(implicit, not little, deflated, encapsulated, syntax == _GE)
        wanted = (
            form.implicit if given[0] is None else given[0],
            form.big if given[1] is None else not given[1],
        )
        if wanted == (form.implicit, form.big):
            return form
        if not force_encoding:
            raise ValueError(f"implicit_vr and little_endian contradict Transfer Syntax UID {syntax}")
        return form._replace(implicit=wanted[0], big=wanted[1])
    read = (dataset.is_implicit_VR, dataset.is_little_endian)
    implicit, little = (found if wish is None else wish for wish, found in zip(given, read, strict=True))
    if implicit is None or little is None:
        raise ValueError(
            "the encoding is not known: set file_meta.TransferSyntaxUID, or give implicit_vr and little_endian"
        )
    if implicit and not little:
        raise ValueError("implicit VR big endian is not a transfer syntax")
    # A transfer syntax that nobody knows is taken for explicit VR little endian, with native or encapsulated pixels.
    return Form(bool(implicit), not little, False, dataset._is_encapsulated(), False)  # noqa: FBT003 - not deflated


def _encapsulated_error(syntax: str | None) -> Exception:
    from fastdcm.errors import PixelDataError  # noqa: PLC0415 - errors only

    name = UID(syntax).name if syntax else "without a transfer syntax"
    return PixelDataError(
        f"encapsulated pixel data cannot be written as {name}; decompress=True decodes them"
    )


def _decompressed(dataset: Dataset) -> Dataset:
    """Return a copy with native pixel data; the caller has chosen the transfer syntax already."""
    from fastdcm.pixels.native import make_native  # noqa: PLC0415 - numpy comes only here

    copied = dataset.copy()
    copied._set_meta(dataset.file_meta.copy() if dataset._has_meta() else None)
    make_native(copied)
    return copied


def _check_preamble(preamble: bytes, *, copies: bool) -> None:
    if len(preamble) != _PREAMBLE:
        raise ValueError(f"a preamble has {_PREAMBLE} bytes, not {len(preamble)}")
    if preamble.startswith(_TIFF) and not copies:
        _warn("the preamble says TIFF, and its offsets may be stale now; preamble='zero' writes none")


def _tell(losses: tuple[list[str], list[str], list[str]]) -> None:
    reasons = (
        "implicit VR does not keep the VR of",
        "too long for the length field of their VR, written as UN:",
        "bytes that are not of the character set were replaced in",
    )
    for reason, paths in zip(reasons, losses, strict=True):
        if paths:
            more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
            _warn(f"{reason} {', '.join(paths[:5])}{more}")


def _warn(message: str) -> None:
    import warnings  # noqa: PLC0415 - hardly ever needed

    from fastdcm.errors import DicomWarning  # noqa: PLC0415 - as above

    warnings.warn(DicomWarning(message, kind="Written"), stacklevel=4)
