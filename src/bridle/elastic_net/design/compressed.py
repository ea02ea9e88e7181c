"""SciPy's sparse matrices, brought into the one form that kernels read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.errors import DataTypeError, InputError

__all__ = ["compressed_columns"]

_MOST_INT32 = np.iinfo(np.int32).max


def compressed_columns(X: Any) -> sparse.csc_array:
    """Return a sparse matrix by columns, each row of a column once and in order.

    Parameters
    ----------
    X : scipy.sparse matrix or array of shape (n, p)
        Real numbers. CSC whose columns are in order, in float64 or float32, is read where it lies;
        any other is brought into that form once, in new memory: entries that occur twice are added
        up, integers become float64.

    Returns
    -------
    csc_array
        Indices are int32 or int64. X is never written.

    Raises
    ------
    DataTypeError
        When X does not hold real numbers.
    InputError
        When its arrays do not describe a matrix of its shape.
    """
    if X.ndim != 2:
        raise InputError(
            f"X must have two dimensions, rows and features. Received: shape {X.shape}."
        )
    if X.dtype.kind not in "biuf":
        raise DataTypeError(f"X must hold real numbers. Received: {X.dtype} in a sparse matrix.")
    _check_indices(X)
    if X.format != "csc":
        # In rows the columns are already in order: the way by rows sorts and adds nothing twice.
        X = sparse.csc_array(X)
    data, indices, indptr = _arrays(X)
    if _in_order(indices, indptr):
        return sparse.csc_array((data, indices, indptr), shape=X.shape)
    copy = sparse.csc_array((data.copy(), indices.copy(), indptr.copy()), shape=X.shape)
    copy.sum_duplicates()
    return copy


def _check_indices(X: Any) -> None:
    """Refuse what SciPy's own conversions would read beyond its memory for."""
    n, p = X.shape
    if X.format in ("csr", "csc", "bsr"):
        block = X.blocksize if X.format == "bsr" else (1, 1)
        major, minor = (p, n) if X.format == "csc" else (n // block[0], p // block[1])
        _check_pointers(X.indptr, major, X.indices.size, X.data.shape[0])
        _check_range(X.indices[: X.indptr[-1]], minor, "columns" if X.format != "csc" else "rows")
    elif X.format == "coo":
        _check_range(X.row, n, "rows")
        _check_range(X.col, p, "columns")


def _check_pointers(indptr: npt.NDArray[Any], major: int, entries: int, numbers: int) -> None:
    problem = None
    if indptr.size != major + 1:
        problem = f"a length of {indptr.size} in place of {major + 1}"
    elif indptr[0] != 0 or indptr[-1] > min(entries, numbers):
        problem = f"{indptr[0]} to {indptr[-1]} over {min(entries, numbers)} entries"
    elif (falling := np.flatnonzero(indptr[1:] < indptr[:-1])).size:
        problem = f"a decrease at {falling[0]}"
    if problem is not None:
        raise InputError(
            "X.indptr must rise from 0 to the number of entries, one place a row or column. "
            f"Received: {problem}."
        )


def _check_range(indices: npt.NDArray[Any], size: int, what: str) -> None:
    if indices.size == 0:
        return
    wrong = np.flatnonzero((indices < 0) | (indices >= size))
    if wrong.size:
        raise InputError(
            f"X must have indices of its {size} {what}, in [0, {size}). "
            f"Received: {indices[wrong[0]]} at entry {wrong[0]} ({wrong.size} such entries)."
        )


def _arrays(X: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return data, indices and indptr, each along memory and of a type that kernels read."""
    entries = int(X.indptr[-1])
    dtype = np.float32 if X.dtype.kind == "f" and X.dtype.itemsize == 4 else np.float64
    # A pair of types would have to be converted by SciPy at every turn.
    wide = any(one.dtype.itemsize > 4 for one in (X.indices, X.indptr))
    index = np.int64 if wide or entries > _MOST_INT32 else np.int32
    return (
        np.ascontiguousarray(X.data[:entries], dtype=dtype),
        np.ascontiguousarray(X.indices[:entries], dtype=index),
        np.ascontiguousarray(X.indptr, dtype=index),
    )


def _in_order(indices: npt.NDArray[Any], indptr: npt.NDArray[Any]) -> bool:
    """Tell whether the indices of every column increase."""
    rising = np.diff(indices) > 0
    # Between the last entry of a column and the first of the next anything may be.
    rising[indptr[1:-1][(indptr[1:-1] > 0) & (indptr[1:-1] < indices.size)] - 1] = True
    return bool(rising.all())
