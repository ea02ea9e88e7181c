"""Smallest and largest value of each column of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle import _core
from bridle.types import Array

__all__ = ["column_extremes"]


def column_extremes(table: npt.NDArray[Any] | sparse.csc_array) -> tuple[Array, Array]:
    """Return the smallest and the largest value of each column, two arrays of shape (p,).

    If a column contains NaN or infinity, they are not both finite. The table, of shape (n, p) with n
    and p at least 1, is read once and not copied.
    """
    return _of_sparse(table) if sparse.issparse(table) else _of_dense(table)


def _of_dense(table: npt.NDArray[Any]) -> tuple[Array, Array]:
    low, high = np.empty(table.shape[1]), np.empty(table.shape[1])
    _core.column_extremes(table, low, high)
    return low, high


def _of_sparse(table: sparse.csc_array) -> tuple[Array, Array]:
    n, p = table.shape
    entries = np.diff(table.indptr)
    filled = np.flatnonzero(entries)
    low, high = np.zeros(p), np.zeros(p)
    if filled.size:
        starts = table.indptr[filled]
        low[filled] = np.minimum.reduceat(table.data, starts)
        high[filled] = np.maximum.reduceat(table.data, starts)
    # A column with fewer entries than rows also contains 0.
    partly = entries < n
    low[partly], high[partly] = np.minimum(low[partly], 0.0), np.maximum(high[partly], 0.0)
    return low, high
