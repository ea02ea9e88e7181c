"""Compressed columns: SciPy's sparse matrices in the form that kernels read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.errors import DataTypeError, InputError

__all__ = ["compressed_columns"]

_MOST_INT32 = np.iinfo(np.int32).max


def compressed_columns(X: Any) -> sparse.csc_array:
    """Return a sparse matrix as CSC with sorted row indices and no duplicate entries.

    Parameters
    ----------
    X : scipy.sparse matrix or array of shape (n, p)
        Real numbers. Sorted CSC in float64 or float32 is used without a copy. Anything else is
        converted once: duplicate entries are summed, integers become float64.

    Returns
    -------
    csc_array
        Indices are int32 or int64. X itself is never changed.

    Raises
    ------
    DataTypeError
        X does not hold real numbers.
    InputError
        X does not have two dimensions, or its index arrays do not describe a matrix of its shape.
    """
    if X.ndim != 2:
        raise InputError(
            f"X must have two dimensions, rows and features. Received: shape {X.shape}."
        )
    if X.dtype.kind not in "biuf":
        raise DataTypeError(f"X must hold real numbers. Received: {X.dtype} in a sparse matrix.")
    _check_indices(X)
    if X.format != "csc":
        # SciPy's conversions sort the row indices of each column; CSR and BSR may keep duplicates.
        X = sparse.csc_array(X)
    data, indices, indptr = _arrays(X)
    if _in_order(indices, indptr):
        return sparse.csc_array((data, indices, indptr), shape=X.shape)
    copy = sparse.csc_array((data.copy(), indices.copy(), indptr.copy()), shape=X.shape)
    copy.sum_duplicates()
    return copy


def _check_indices(X: Any) -> None:
    """Refuse indices for which SciPy's conversions would read outside their memory."""
    n, p = X.shape
    if X.format in ("csr", "csc", "bsr"):
        block = X.blocksize if X.format == "bsr" else (1, 1)
        major, minor = (p, n) if X.format == "csc" else (n // block[0], p // block[1])
        _check_pointers(X.indptr, major, X.indices.size, X.data.shape[0])
        _check_range(X.indices[: X.indptr[-1]], minor, "column" if X.format != "csc" else "row")
    elif X.format == "coo":
        _check_range(X.row, n, "row")
        _check_range(X.col, p, "column")


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
            "X.indptr must increase from 0 to the number of entries, with one more item than X has "
            f"rows (CSR) or columns (CSC). Received: {problem}."
        )


def _check_range(indices: npt.NDArray[Any], size: int, what: str) -> None:
    if indices.size == 0:
        return
    wrong = np.flatnonzero((indices < 0) | (indices >= size))
    if wrong.size:
        raise InputError(
            f"X must have {what} indices in [0, {size}). "
            f"Received: {indices[wrong[0]]} at entry {wrong[0]} ({wrong.size} such entries)."
        )


def _arrays(X: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return data, indices and indptr, contiguous, aligned and of types that kernels read."""
    entries = int(X.indptr[-1])
    dtype = np.float32 if X.dtype.kind == "f" and X.dtype.itemsize == 4 else np.float64
    # SciPy converts arrays of mixed index types again in every operation.
    wide = any(array.dtype.itemsize > 4 for array in (X.indices, X.indptr))
    index = np.int64 if wide or entries > _MOST_INT32 else np.int32

    def stored(array: npt.NDArray[Any], of: type) -> npt.NDArray[Any]:
        return np.require(array, of, ["C", "A", "E"])

    return (
        stored(X.data[:entries], dtype),
        stored(X.indices[:entries], index),
        stored(X.indptr, index),
    )


def _in_order(indices: npt.NDArray[Any], indptr: npt.NDArray[Any]) -> bool:
    """Return True if the indices of every column increase."""
    rising = np.diff(indices) > 0
    # From the last entry of a column to the first of the next, indices may fall.
    rising[indptr[1:-1][(indptr[1:-1] > 0) & (indptr[1:-1] < indices.size)] - 1] = True
    return bool(rising.all())
