"""Design: the operations on X that all solvers use, as a base class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle import _core
from bridle.types import Array

__all__ = ["Design", "Layout"]


@dataclass(frozen=True)
class Layout:
    """The memory that kernels read: ``X[i, j] = (array[i, j] - center[j]) / scale[j]``.

    Attributes
    ----------
    array : ndarray or SparseMatrix of shape (n, p), float64 or float32
    center, scale : ndarray of shape (p,)
    """

    array: npt.NDArray[Any] | _core.SparseMatrix
    center: Array
    scale: Array

    def dense(self) -> npt.NDArray[Any] | None:
        """Return the array if it is dense, else None."""
        return self.array if isinstance(self.array, np.ndarray) else None

    def moments(self, weights: Array, index: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Return weighted means and variances of columns of ``array``, before center and scale."""
        mean, variance = np.empty(index.size), np.empty(index.size)
        _core.moments(self.array, weights, index, mean, variance)
        return mean, variance


class Design(ABC):
    """A matrix X of shape (n, p), with its arithmetic. X is never copied or changed."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Number of rows n and of columns p."""

    @abstractmethod
    def matvec(self, coef: Array) -> Array:
        """Return ``X coef``; coef (p, outputs) to (n, outputs)."""

    @abstractmethod
    def rmatvec(self, dual: Array) -> Array:
        """Return ``X' dual``; dual (n, outputs) to (p, outputs)."""

    @abstractmethod
    def columns(self, index: npt.NDArray[np.intp]) -> Array:
        """Return the columns ``index`` as a new dense array of shape (n, len(index))."""

    @abstractmethod
    def predict_rows(self, rows: npt.NDArray[np.intp], coef: sparse.csc_array) -> Array:
        """Return ``X[rows] coef``; coef (p, outputs) to (len(rows), outputs)."""

    @abstractmethod
    def moments(self, weights: Array) -> tuple[Array, Array]:
        """Return the weighted mean and variance of each column, two arrays of shape (p,).

        ``weights``, shape (n,), sum to 1. X is read twice, for precision; the variance of a column
        that is constant up to rounding is exactly 0.
        """

    @abstractmethod
    def layout(self) -> Layout:
        """Return the memory that kernels read."""
