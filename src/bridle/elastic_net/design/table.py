"""Table: X as the user gave it, dense or sparse, with the operations that depend on which it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle import _core
from bridle.elastic_net.design.base import Design
from bridle.elastic_net.design.compressed import compressed_columns
from bridle.elastic_net.design.dense import DenseDesign
from bridle.elastic_net.design.sparse import SparseDesign
from bridle.threads.waiting import wait_for
from bridle.types import Array, Index

__all__ = [
    "Table",
    "TableLike",
    "as_numbers_read",
    "block_of",
    "column_digests",
    "column_extremes",
    "column_of",
    "design_of",
    "equal_columns",
    "rescaled",
]


Table = npt.NDArray[Any] | sparse.csc_array
"""A matrix of shape (n, p): an array, or compressed columns from `compressed_columns`."""

TableLike = npt.ArrayLike | sparse.sparray | sparse.spmatrix
"""What users may pass as X; data frames are array-like."""


def as_numbers_read(X: Any) -> Any:
    """Return X as kernels can read it: a sparse matrix as compressed columns, integers as float64.

    An array whose numbers are not aligned in memory is copied; anything else is returned unchanged.
    """
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "biu":
        return wait_for(X.size, X.astype, np.float64)
    if isinstance(X, np.ndarray) and not X.flags.aligned:
        return wait_for(X.size, X.copy, "K")
    if not sparse.issparse(X):
        return X
    matrix: Any = X
    return wait_for(matrix.nnz, compressed_columns, matrix)


def design_of(table: Table) -> Design:
    """Return the design of a table of finite numbers."""
    return SparseDesign(table) if sparse.issparse(table) else DenseDesign(table)


def column_extremes(table: Table) -> tuple[Array, Array]:
    """Return the smallest and the largest value of each column, two arrays of shape (p,).

    If a column contains NaN or infinity, they are not both finite. The table, of shape (n, p) with n
    and p at least 1, is read once and not copied.
    """
    return _sparse_extremes(table) if sparse.issparse(table) else _dense_extremes(table)


def _dense_extremes(table: npt.NDArray[Any]) -> tuple[Array, Array]:
    low, high = np.empty(table.shape[1]), np.empty(table.shape[1])
    _core.column_extremes(table, low, high)
    return low, high


def _sparse_extremes(table: sparse.csc_array) -> tuple[Array, Array]:
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


def column_of(table: Table, column: int) -> npt.NDArray[Any]:
    """Return a column as a dense array of shape (n,)."""
    return block_of(table, slice(None), np.array([column]))[:, 0]


def block_of(table: Table, rows: Index | slice, columns: Index) -> npt.NDArray[Any]:
    """Return ``table[rows][:, columns]`` as a new dense array; ``slice(None)`` takes all rows."""
    if sparse.issparse(table):
        some = table[:, columns]
        return np.asarray((some if isinstance(rows, slice) else some.tocsr()[rows]).toarray())
    return table[:, columns] if isinstance(rows, slice) else table[np.ix_(rows, columns)]


def column_digests(table: Table, columns: Index, most_rows: int) -> Array:
    """Return a number for each column; equal columns have equal numbers.

    The number is the product of the column with a fixed random vector, summed in the same order for
    all columns. A dense table is read at ``most_rows`` evenly spaced rows only.
    """
    n = table.shape[0]
    if not sparse.issparse(table) and most_rows < n:
        rows = np.unique(np.linspace(0, n - 1, most_rows).astype(np.intp))
        table, columns = block_of(table, rows, columns), np.arange(columns.size)
    vector = np.random.default_rng(0).uniform(0.5, 1.5, (table.shape[0], 1))
    digests = np.empty((columns.size, 1))
    _core.products(design_of(table).layout().array, columns, vector, digests)
    return digests[:, 0]


def equal_columns(table: Table, first: Index, second: Index) -> npt.NDArray[np.bool_]:
    """Return, for each pair of columns, whether they are equal."""
    if not sparse.issparse(table):
        pairs = zip(first, second, strict=True)
        return np.array([np.array_equal(table[:, a], table[:, b]) for a, b in pairs], dtype=bool)
    sizes = np.diff(table.indptr)
    same = sizes[first] == sizes[second]
    here, there = (_entries(table.indptr, columns[same], sizes) for columns in (first, second))
    unlike = (table.indices[here] != table.indices[there]) | (table.data[here] != table.data[there])
    pair = np.repeat(np.arange(np.count_nonzero(same)), sizes[first[same]])
    same[same] = np.bincount(pair[unlike], minlength=np.count_nonzero(same)) == 0
    return same


def _entries(indptr: npt.NDArray[Any], columns: Index, sizes: npt.NDArray[Any]) -> Index:
    """Return the positions of all entries of some columns, column by column."""
    counts = sizes[columns]
    begin = np.repeat(indptr[columns] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return np.asarray(begin + np.arange(counts.sum()), dtype=np.intp)


def rescaled(table: Table, origin: Array | None, exponent: int) -> Table:
    """Return ``(X - origin) / 2^exponent``: the table itself, or a float64 copy.

    Parameters
    ----------
    table : Table of shape (n, p)
    origin : ndarray of shape (p,) or None
        None: all 0. A sparse column whose origin is not 0 must have an entry in every row.
    exponent : int
    """
    return _divided(table if origin is None else _moved(table, origin), exponent)


def _moved(table: Table, origin: Array) -> Table:
    """Return a float64 copy of a table minus ``origin``, of shape (p,).

    A sparse column whose origin is not 0 must have an entry in every row.
    """
    if sparse.issparse(table):
        by_entry = np.repeat(origin, np.diff(table.indptr))
        data = table.data.astype(np.float64) - by_entry
        return sparse.csc_array((data, table.indices, table.indptr), shape=table.shape)
    return table - origin


def _divided(table: Table, exponent: int) -> Table:
    """Return a float64 copy of a table divided by ``2^exponent``; the table itself if exponent is 0."""
    if exponent == 0:
        return table
    if sparse.issparse(table):
        data = _over(table.data, exponent)
        return sparse.csc_array((data, table.indices, table.indptr), shape=table.shape)
    return _over(table, exponent)


def _over(numbers: npt.NDArray[Any], exponent: int) -> Array:
    with np.errstate(over="ignore", under="ignore"):
        return wait_for(
            numbers.size, lambda: np.asarray(np.ldexp(numbers.astype(np.float64), -exponent))
        )
