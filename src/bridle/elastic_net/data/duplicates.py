"""Duplicate columns, found with at most one more pass over X."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.design.table import Table, column_digests, equal_columns
from bridle.types import Index

__all__ = ["duplicate_columns"]


# Columns that differ nearly always differ in so many rows; the others cost one product with all rows.
_SAMPLED_ROWS = 64


def duplicate_columns(table: Table, ranges: ColumnRanges) -> tuple[Index, Index]:
    """Return the columns that equal an earlier column, and for each the first column that it equals.

    Constant columns are ignored. Columns of equal range are compared by their products with a fixed
    random vector, first on a few rows, then on all; only if these agree, value by value.
    """
    if not _twice(ranges.low).size:
        nothing = np.empty(0, dtype=np.intp)
        return nothing, nothing
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
    """Return which values occur more than once."""
    twice = _twice(values)
    return np.isin(values, twice) if twice.size else np.zeros(values.size, dtype=bool)


def _twice(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the values that occur more than once."""
    ordered = np.sort(values)
    return ordered[1:][ordered[1:] == ordered[:-1]]
