"""Columns that repeat other columns, found at the price of reading X once more at most."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.design.table import Table, column_digests, equal_columns
from bridle.types import Index

__all__ = ["duplicate_columns"]


_SAMPLED_ROWS = 64


def duplicate_columns(table: Table, ranges: ColumnRanges) -> tuple[Index, Index]:
    """Return the columns that repeat an earlier one, and the first column that each repeats.

    Constant columns are left out. Columns of equal range are compared on a few rows, then by their
    product with a fixed vector of random numbers, and only what is left number by number.
    """
    spread = np.flatnonzero(~ranges.constant)
    candidates = spread[_repeated(ranges.low[spread]) & _repeated(ranges.high[spread])]
    if candidates.size:
        candidates = candidates[_repeated(column_digests(table, candidates, _SAMPLED_ROWS))]
    if not candidates.size:
        return candidates, candidates
    digests = column_digests(table, candidates, table.shape[0])
    _, first, group = np.unique(digests, return_index=True, return_inverse=True)
    earlier = candidates[first[group]]
    repeats = earlier < candidates
    later, earlier = candidates[repeats], earlier[repeats]
    same = equal_columns(table, earlier, later)
    return later[same], earlier[same]


def _repeated(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which values occur more than once."""
    ordered = np.sort(values)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.isin(values, twice) if twice.size else np.zeros(values.size, dtype=bool)
