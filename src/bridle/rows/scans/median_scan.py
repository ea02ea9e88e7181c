"""Medians of columns out of memory, exact, by counting in ever smaller ranges.

The bits of a float, with the sign turned round, are an integer that sorts as the floats do. A scan
counts the values of a range by the next sixteen bits; the bin with the middle value is the next range.
So four scans suffice; fewer do if a range has few different values, which are counted singly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.rows.blocks.batch_columns import column_in, floats_of
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.scan import Scan
from bridle.types import Array, IntArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KeyRange", "MedianScan", "exact_medians"]

_STEP = 16
_BINS = 1 << _STEP
_BITS = 64
# Different values of a range that are counted singly. Not tuned.
_MOST_KEYS = 4096

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class KeyRange:
    """Values of a column whose keys begin with some bits.

    Attributes
    ----------
    column : str
    bits : int
        How many: 0, 16, 32 or 48.
    prefix : int
    """

    column: str
    bits: int = 0
    prefix: int = 0


@dataclass
class RangeCounts:
    """How many values of a range there are.

    Attributes
    ----------
    bins : ndarray of shape (65536,)
        By the next sixteen bits.
    keys : ndarray of shape (m,)
        The different keys, sorted; none if there are more than 4,096.
    counts : ndarray of shape (m,)
    are_few : bool
        Whether the keys are counted singly.
    """

    bins: IntArray
    keys: Keys
    counts: IntArray
    are_few: bool

    def add(self, keys: Keys, counts: IntArray) -> None:
        """Add different keys, sorted."""
        if not self.are_few:
            return
        found, places = np.unique(np.concatenate([self.keys, keys]), return_inverse=True)
        if found.size > _MOST_KEYS:
            self.keys, self.counts, self.are_few = found[:0], self.counts[:0], False
            return
        total = np.zeros(found.size, dtype=np.int64)
        np.add.at(total, places, np.concatenate([self.counts, counts]))
        self.keys, self.counts = found, total


@dataclass(frozen=True, eq=False)
class MedianScan(Scan[list[RangeCounts]]):
    """Counts the values of ranges.

    Attributes
    ----------
    ranges : tuple of KeyRange
    """

    ranges: tuple[KeyRange, ...]

    def empty(self) -> list[RangeCounts]:
        """Return the counts of no rows."""
        return [
            RangeCounts(
                np.zeros(_BINS, dtype=np.int64),
                np.empty(0, dtype=np.uint64),
                np.empty(0, dtype=np.int64),
                are_few=True,
            )
            for _ in self.ranges
        ]

    def add_piece(
        self,
        state: list[RangeCounts],
        batches: Iterable[pa.RecordBatch],
        columns: UsedColumns,
        piece: Piece,
    ) -> None:
        """Add the rows of a piece."""
        for batch in batches:
            _core.check()
            for within, counts in zip(self.ranges, state, strict=True):
                values = floats_of(column_in(batch, within.column, piece), within.column, piece)
                keys = _keys(values[~np.isnan(values)])
                if within.bits:
                    keys = keys[(keys >> np.uint64(_BITS - within.bits)) == within.prefix]
                bins = (keys >> np.uint64(_BITS - within.bits - _STEP)) & np.uint64(_BINS - 1)
                counts.bins += np.bincount(bins.astype(np.intp), minlength=_BINS)
                counts.add(*np.unique(keys, return_counts=True))

    def merge(self, left: list[RangeCounts], right: list[RangeCounts]) -> list[RangeCounts]:
        """Return the counts of the rows of both."""
        for mine, other in zip(left, right, strict=True):
            mine.bins += other.bins
            mine.are_few = mine.are_few and other.are_few
            mine.add(other.keys, other.counts)
        return left

    def to_arrays(self, state: list[RangeCounts]) -> Sequence[npt.NDArray[Any]]:
        """Return four arrays for each range."""
        return [
            array
            for counts in state
            for array in (counts.bins, counts.keys, counts.counts, np.array(counts.are_few))
        ]

    def of_arrays(self, arrays: Sequence[npt.NDArray[Any]]) -> list[RangeCounts]:
        """Return the counts."""
        return [
            RangeCounts(arrays[k], arrays[k + 1], arrays[k + 2], are_few=bool(arrays[k + 3]))
            for k in range(0, len(arrays), 4)
        ]


@dataclass(frozen=True)
class _Sought:
    """A value that is sought: the number of values before it in a range."""

    within: KeyRange
    rank: int


def exact_medians(
    scan: Callable[[MedianScan], list[RangeCounts]], known: Mapping[str, int]
) -> dict[str, float]:
    """Return the medians of columns; of an even number of values, the mean of the middle two.

    Parameters
    ----------
    scan : callable
        Sums over all rows; called up to four times.
    known : mapping of str to int
        Number of values of each column that are not missing, at least 1.
    """
    sought = {
        (name, half): _Sought(KeyRange(name), (count - half) // 2)
        for name, count in known.items()
        for half in (1, 0)
    }
    found: dict[tuple[str, int], float] = {}
    while sought:
        ranges = tuple(dict.fromkeys(one.within for one in sought.values()))
        counts = dict(zip(ranges, scan(MedianScan(ranges)), strict=True))
        for which, one in list(sought.items()):
            narrower = _narrowed(one, counts[one.within])
            if isinstance(narrower, _Sought):
                sought[which] = narrower
            else:
                found[which] = narrower
                del sought[which]
    return {name: (found[name, 1] + found[name, 0]) / 2 for name in known}


def _narrowed(sought: _Sought, counts: RangeCounts) -> _Sought | float:
    """Return the value, or the bin in which it is."""
    if counts.are_few:
        place = int(np.searchsorted(np.cumsum(counts.counts), sought.rank, side="right"))
        return _value(int(counts.keys[place]))
    before = np.cumsum(counts.bins)
    chosen = int(np.searchsorted(before, sought.rank, side="right"))
    bits = sought.within.bits + _STEP
    prefix = (sought.within.prefix << _STEP) | chosen
    if bits == _BITS:
        return _value(prefix)
    rank = sought.rank - int(before[chosen] - counts.bins[chosen])
    return _Sought(KeyRange(sought.within.column, bits, prefix), rank)


def _keys(values: Array) -> Keys:
    # Adding 0 turns -0 into 0.
    bits = (values + 0.0).view(np.uint64)
    sign = np.uint64(1 << (_BITS - 1))
    return np.where(bits & sign, ~bits, bits | sign)


def _value(key: int) -> float:
    sign = 1 << (_BITS - 1)
    bits = key ^ sign if key & sign else key ^ ((1 << _BITS) - 1)
    return float(np.array([bits], dtype=np.uint64).view(np.float64)[0])
