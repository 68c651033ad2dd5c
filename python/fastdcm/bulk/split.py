"""Parts of an index for training and testing, no patient in two of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from fastdcm.bulk.table import Table, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

    from fastdcm.bulk.table import ArrowData

    Integers = npt.NDArray[np.int64]

__all__ = ["Split", "split"]

# Tried in this order where there is no id: what is in one study, or at least in one file, stays together.
_INSTEAD = ("StudyInstanceUID", "path")
_STEP = 1 << 16
# A seed is a key of 16 bytes.
_SEEDS = 1 << 127


class Split(dict[str, Table]):
    """What `split` gives: for each name its part of the index.

    Attributes
    ----------
    groups : dict of str to int
        How many patients each part has, or what else was kept together.
    """

    def __init__(self, parts: Mapping[str, Table], groups: Mapping[str, int]):
        super().__init__(parts)
        self.groups = dict(groups)

    def __repr__(self) -> str:
        counts = [f"{name}: {self.groups[name]} groups, {len(part)} rows" for name, part in self.items()]
        return f"<Split: {'; '.join(counts)}>"


def split(
    index: Table | ArrowData,
    fractions: Mapping[str, float],
    *,
    by: str | tuple[str, ...] = "PatientID",
    seed: int = 0,
    stratify: str | None = None,
) -> Split:
    """Split an index into parts so that no patient is in two of them.

    The part of a patient depends on the id, `seed` and `fractions` only, by a keyed hash (BLAKE2b): rows that
    are added later move nobody, and other folders with the same patient agree. Sizes are therefore those of
    chance: of 100 patients, about 80 for 0.8.

    Parameters
    ----------
    index : Table or Arrow data
        With the column `by`.
    fractions : mapping of str to float
        For each part which share of the patients it gets; together 1. Order counts.
    by : str or tuple of str
        What is kept together: rows with the same value in this column, or in all of these. A row without a
        value is kept together with those of the same Study Instance UID that have none either; without that
        too, or without this column, it is by itself, by its path.
    seed : int
        Another one, another split.
    stratify : str, optional
        A column of whose values each part has its share. A patient counts for the value of most of their
        rows. Sizes are then exact, up to one patient a value, but patients that are added later may move
        some of the others.

    Returns
    -------
    Split
        A dict of tables, the rows of each in the order of the index; ``groups`` says how many patients are
        in each, and so does ``repr``.

    Raises
    ------
    ValueError
        A column is not there, or fractions are negative or not 1 together.
    """
    index = table_of(index)
    shares = _checked(fractions)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError("seed must be an int")
    if not -_SEEDS <= seed < _SEEDS:
        raise ValueError("seed must be an int of 128 bits")
    columns = (by,) if isinstance(by, str) else tuple(by)
    for name in (*columns, *([stratify] if stratify is not None else [])):
        if name not in index:
            raise ValueError(f"the index has no column {name!r}")
    groups, places = _groups(index, columns, int(seed))
    ends = np.cumsum(shares)
    if stratify is None:
        parts = np.searchsorted(ends[:-1], places, side="right")
    else:
        parts = _stratified(places, ends, _strata(index, stratify, groups))
    of_rows = parts[groups]
    tables = {name: index.take(np.flatnonzero(of_rows == part)) for part, name in enumerate(fractions)}
    counts = np.bincount(parts, minlength=len(shares)).tolist()
    return Split(tables, dict(zip(fractions, counts, strict=True)))


def _checked(fractions: Mapping[str, float]) -> npt.NDArray[np.float64]:
    if not hasattr(fractions, "values"):
        raise TypeError('fractions must be a mapping, such as {"train": 0.8, "test": 0.2}')
    try:
        shares = np.array([float(share) for share in fractions.values()])
    except (TypeError, ValueError):
        raise TypeError("fractions must be numbers") from None
    if not len(shares) or not (shares >= 0).all() or abs(shares.sum() - 1) > 1e-9:
        raise ValueError("fractions must not be negative, and 1 together")
    return shares


def _groups(index: Table, columns: tuple[str, ...], seed: int) -> tuple[Integers, npt.NDArray[np.float64]]:
    """For each row the number of its group, and for each group its place from 0 to below 1."""
    instead = index[[name for name in _INSTEAD if name in index]]
    numbers: dict[bytes, int] = {}
    # What was looked up once: of a patient there are many rows.
    known: dict[tuple[object, ...], int] = {}
    groups = np.empty(len(index), np.int64)
    for first, rows in _pieces(index, columns):
        for row_number, row in enumerate(rows, first):
            number = known.get(row)
            if number is None:
                number = numbers.setdefault(_identity(row, instead, row_number), len(numbers))
                if any(value is not None for value in row):
                    known[row] = number
            groups[row_number] = number
    key = seed.to_bytes(16, "big", signed=True)
    return groups, np.array([_place(identity, key) for identity in numbers], np.float64)


def _pieces(index: Table, names: tuple[str, ...]) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    """Values of these columns, so many rows at a time: text is made for no more of them at once."""
    core = index._core  # noqa: SLF001 - the table's own inside
    for first in range(0, len(index), _STEP):
        yield first, list(zip(*(core.objects(name, first, _STEP) for name in names), strict=True))


def _identity(row: tuple[object, ...], instead: Table, number: int) -> bytes:
    """What is hashed: the values with their lengths in front, so that no two rows of other values agree."""
    if any(value is not None for value in row):
        return _joined("by", row)
    for name in instead.columns:
        value = instead._core.objects(name, number, 1)[0]  # noqa: SLF001 - as above
        if value is not None:
            return _joined(name, [value])
    return b""


def _joined(kind: str, values: Iterable[object]) -> bytes:
    texts = [kind, *("" if value is None else str(value) for value in values)]
    encoded = [text.encode("utf-8", "surrogateescape") for text in texts]
    return b"".join(len(text).to_bytes(4, "big") + text for text in encoded)


def _place(identity: bytes, key: bytes) -> float:
    digest = hashlib.blake2b(identity, digest_size=8, key=key).digest()
    # As many bits as a float has, so that it is below 1.
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53


def _strata(index: Table, name: str, groups: Integers) -> Integers:
    """For each group the number of the value that most of its rows have; of equals the smallest as text."""
    texts: dict[str, int] = {}
    values = np.empty(len(index), np.int64)
    for first, rows in _pieces(index, (name,)):
        values[first : first + len(rows)] = [
            texts.setdefault("" if value is None else str(value), len(texts)) for (value,) in rows
        ]
    ranks = np.empty(len(texts), np.int64)
    ranks[[texts[text] for text in sorted(texts)]] = np.arange(len(texts))
    pairs, rows_of = np.unique(np.stack([groups, ranks[values]]), axis=1, return_counts=True)
    # Last comes, of each group, the value with most rows.
    order = np.lexsort((-pairs[1], rows_of, pairs[0]))
    strata = np.empty(pairs[0].max(initial=-1) + 1, np.int64)
    strata[pairs[0][order]] = pairs[1][order]
    return strata


def _stratified(places: npt.NDArray[np.float64], ends: npt.NDArray[np.float64], strata: Integers) -> Integers:
    """In each stratum the groups in the order of their places, cut by the shares."""
    parts = np.empty(len(places), np.int64)
    order = np.lexsort((places, strata))
    firsts = np.flatnonzero(np.diff(strata[order])) + 1
    for ranked in np.split(order, firsts):
        cuts = np.rint(ends[:-1] * len(ranked)).astype(np.int64)
        parts[ranked] = np.searchsorted(cuts, np.arange(len(ranked)), side="right")
    return parts
