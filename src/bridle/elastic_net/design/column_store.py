"""Columns of X in a working set: copied once from a dense X, read in place from a sparse X."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.design.base import Layout
from bridle.types import Array, IntArray

__all__ = ["ColumnStore", "FetchedColumns", "column_store"]


# Factor by which the store grows: few copies, little memory that is not used.
_GROWTH = 1.2
# Numbers copied between two checks for Ctrl-C: 16 MB, some milliseconds.
_NUMBERS_A_BLOCK = 1 << 21


class ColumnStore(ABC):
    """Columns of X, each minus a shift (its mean, or 0), found by their position in the store."""

    @property
    @abstractmethod
    def columns(self) -> Array | _core.SparseMatrix:
        """The columns, for kernels."""

    @abstractmethod
    def positions(self, features: IntArray) -> IntArray:
        """Return the positions of features in `columns`."""

    @abstractmethod
    def shift(self, positions: IntArray) -> Array:
        """Return the shifts of the columns at these positions."""

    @abstractmethod
    def fetch(self, features: IntArray) -> None:
        """Add features to the store; features already in it keep their positions."""


def column_store(layout: Layout, weights: Array, centered: bool) -> ColumnStore:
    """Return an empty store for a layout; dense columns are centred on request.

    The means are weighted by ``weights``, shape (n,).
    """
    if isinstance(layout.array, np.ndarray):
        return FetchedColumns(layout.array, weights, centered)
    return _ColumnsInPlace(layout.array)


class FetchedColumns(ColumnStore):
    """Columns of a dense X, copied to contiguous float64, minus a shift that all problems share.

    Parameters
    ----------
    array : ndarray of shape (n, p)
    weights : ndarray of shape (n,)
        Weights of the means.
    centered : bool
        Whether to subtract each column's mean. Without an intercept, columns stay as they are.
    """

    def __init__(self, array: npt.NDArray[Any], weights: Array, centered: bool) -> None:
        n, p = array.shape
        self._array = array
        self._shares = weights / weights.sum() if centered else np.zeros(n)
        self._size = 0
        self._columns = np.empty((n, 0), order="F")
        self._shift = np.empty(0)
        self._position = np.full(p, -1, dtype=np.int64)

    @property
    def columns(self) -> Array:
        """The columns in the order in which they were fetched, shape (n, size)."""
        return self._columns[:, : self._size]

    def positions(self, features: IntArray) -> IntArray:
        """Return the positions of features in `columns`."""
        return self._position[features]

    def shift(self, positions: IntArray) -> Array:
        """Return the shifts of the columns at these positions."""
        return self._shift[positions]

    def fetch(self, features: IntArray) -> None:
        """Add features to the store; features already in it keep their positions."""
        new = features[self._position[features] < 0]
        if new.size == 0:
            return
        end = self._size + new.size
        self._reserve(end)
        step = max(1, _NUMBERS_A_BLOCK // self._array.shape[0])
        for begin in range(0, new.size, step):
            self._append(new[begin : begin + step], self._size + begin)
        self._position[new] = np.arange(self._size, end)
        self._size = end

    def _append(self, new: IntArray, begin: int) -> None:
        fetched = self._array[:, new].astype(np.float64)
        shift = (self._shares[:, None] * fetched).sum(axis=0)
        np.subtract(fetched, shift, out=self._columns[:, begin : begin + new.size])
        self._shift = np.concatenate([self._shift, shift])

    def _reserve(self, size: int) -> None:
        capacity = self._columns.shape[1]
        if size <= capacity:
            return
        room = min(max(size, int(_GROWTH * capacity)), self._array.shape[1])
        columns = np.empty((self._array.shape[0], room), order="F")
        step = max(1, _NUMBERS_A_BLOCK // columns.shape[0])
        for begin in range(0, self._size, step):
            some = slice(begin, min(begin + step, self._size))
            columns[:, some] = self._columns[:, some]
        self._columns = columns


class _ColumnsInPlace(ColumnStore):
    """Columns of a sparse X, read in place."""

    def __init__(self, matrix: _core.SparseMatrix) -> None:
        self._matrix = matrix

    @property
    def columns(self) -> _core.SparseMatrix:
        return self._matrix

    def positions(self, features: IntArray) -> IntArray:
        return features

    def shift(self, positions: IntArray) -> Array:
        return np.zeros(positions.size)

    def fetch(self, features: IntArray) -> None:
        """Do nothing: a sparse X already has all its columns."""
