"""Dense design: X as a NumPy array, without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle import _core
from bridle.elastic_net.design.base import Design, Layout
from bridle.threads.waiting import wait_for
from bridle.types import Array

__all__ = ["DenseDesign"]


class DenseDesign(Design):
    """X as a NumPy array of shape (n, p): float64 or float32, in C or Fortran order or strided.

    Parameters
    ----------
    array : ndarray of shape (n, p)
        Finite. Not copied, unless its numbers are not aligned in memory, as in packed records.
    """

    def __init__(self, array: npt.NDArray[Any]) -> None:
        self._array = array if array.flags.aligned else array.copy(order="K")
        p = array.shape[1]
        self._layout = Layout(self._array, np.zeros(p), np.ones(p))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        n, p = self._array.shape
        return n, p

    def matvec(self, coef: Array) -> Array:
        """Return ``X coef``."""
        used = np.flatnonzero(coef if coef.shape[1] == 1 else np.any(coef != 0, axis=1))
        if used.size * 4 >= self.shape[1]:
            return _products(self._array.T, coef)
        out = np.empty((self.shape[0], coef.shape[1]))
        _core.row_products(self._array.T, used, np.arange(self.shape[0]), coef[used], out)
        return out

    def rmatvec(self, dual: Array) -> Array:
        """Return ``X' dual``."""
        return _products(self._array, dual)

    def columns(self, index: npt.NDArray[np.intp]) -> Array:
        """Return the columns ``index``."""
        return self._columns(index).astype(np.float64, copy=False)

    def _columns(self, index: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        return wait_for(self.shape[0] * index.size, lambda: self._array[:, index])

    def predict_rows(self, rows: npt.NDArray[np.intp], coef: sparse.csc_array) -> Array:
        """Return ``X[rows] coef``."""
        used = np.unique(coef.indices).astype(np.int64)
        out = np.empty((rows.size, coef.shape[1]))
        right = np.ascontiguousarray(coef.tocsr()[used].toarray())
        # Rows of X are columns of X'; only the features in use are read.
        _core.row_products(self._array.T, used, rows, right, out)
        return out

    def moments(self, weights: Array) -> tuple[Array, Array]:
        """Return the weighted mean and variance of each column."""
        return self.layout().moments(weights, np.arange(self.shape[1]))

    def layout(self) -> Layout:
        """Return the array itself, with center 0 and scale 1."""
        return self._layout


def _products(array: npt.NDArray[Any], right: Array) -> Array:
    """Return ``array' right``, right (m, outputs), without a BLAS and its own threads."""
    out = np.empty((array.shape[1], right.shape[1]))
    if right.shape[1] == 1:
        _core.vector_products(array, np.ascontiguousarray(right[:, 0]), out[:, 0])
    else:
        _core.products(array, np.arange(array.shape[1]), np.ascontiguousarray(right), out)
    return out
