"""Sparse design: X by compressed columns, without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle import _core
from bridle.elastic_net.design.base import Design, Layout
from bridle.threads.waiting import wait_for
from bridle.types import Array

__all__ = ["SparseDesign"]


class SparseDesign(Design):
    """X as a sparse matrix of shape (n, p).

    Parameters
    ----------
    matrix : csc_array of shape (n, p)
        As `compressed_columns` returns it; finite. Not copied.
    """

    def __init__(self, matrix: sparse.csc_array) -> None:
        self._matrix = matrix
        self._layout = Layout(
            _core.SparseMatrix(matrix.data, matrix.indices, matrix.indptr, matrix.shape[0]),
            np.zeros(matrix.shape[1]),
            np.ones(matrix.shape[1]),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return SparseDesign, (self._matrix,)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        n, p = self._matrix.shape
        return n, p

    def matvec(self, coef: Array) -> Array:
        """Return ``X coef``."""
        used = np.flatnonzero(np.any(coef != 0, axis=1))
        if used.size * 4 >= self.shape[1]:
            return wait_for(self._matrix.nnz, lambda: np.asarray(self._matrix @ coef))
        return wait_for(self._matrix.nnz, lambda: np.asarray(self._matrix[:, used] @ coef[used]))

    def rmatvec(self, dual: Array) -> Array:
        """Return ``X' dual``."""
        out = np.empty((self.shape[1], dual.shape[1]))
        _core.products(
            self._layout.array, np.arange(self.shape[1]), np.ascontiguousarray(dual), out
        )
        return out

    def columns(self, index: npt.NDArray[np.intp]) -> Array:
        """Return the columns ``index``."""
        return wait_for(
            self.shape[0] * index.size,
            lambda: np.asarray(self._matrix[:, index].toarray(), dtype=np.float64),
        )

    def predict_rows(self, rows: npt.NDArray[np.intp], coef: sparse.csc_array) -> Array:
        """Return ``X[rows] coef``."""
        used = np.unique(coef.indices)
        return np.asarray((self._matrix[:, used].tocsr()[rows] @ coef.tocsr()[used]).toarray())

    def moments(self, weights: Array) -> tuple[Array, Array]:
        """Return the weighted mean and variance of each column."""
        return self._layout.moments(weights, np.arange(self.shape[1]))

    def layout(self) -> Layout:
        """Return the matrix itself, with center 0 and scale 1."""
        return self._layout
