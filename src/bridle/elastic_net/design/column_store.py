"""The columns of X that working sets read: fetched once from a dense X, in place from a sparse one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.design.base import Layout
from bridle.types import Array, IntArray

__all__ = ["ColumnStore", "FetchedColumns", "column_store"]


_GROWTH = 1.2
# Ctrl-C is seen between two blocks.
_NUMBERS_A_BLOCK = 1 << 21


class ColumnStore(ABC):
    """Columns by their position, each less a provisional shift."""

    @property
    @abstractmethod
    def columns(self) -> Array | _core.SparseMatrix:
        """What kernels read."""

    @abstractmethod
    def positions(self, features: IntArray) -> IntArray:
        """Return where in `columns` the features are."""

    @abstractmethod
    def shift(self, positions: IntArray) -> Array:
        """Return what was taken off the columns at some positions."""

    @abstractmethod
    def fetch(self, features: IntArray) -> None:
        """Hold these features from now on; those that are held already stay where they are."""


def column_store(layout: Layout, weights: Array, centered: bool) -> ColumnStore:
    """Return the columns of a layout, about their means if they are dense and to be centred.

    Rows of weight 0 (n,) have no part in the means.
    """
    if isinstance(layout.array, np.ndarray):
        return FetchedColumns(layout.array, weights, centered)
    return _ColumnsInPlace(layout.array)


class FetchedColumns(ColumnStore):
    """Columns of a dense X in float64, each along memory, about a shift that all problems share.

    Parameters
    ----------
    array : ndarray of shape (n, p)
    weights : ndarray of shape (n,)
    centered : bool
        Whether to take a column's mean off it; without an intercept they stay as they are.
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
        """The columns in the order in which they came, shape (n, size)."""
        return self._columns[:, : self._size]

    def positions(self, features: IntArray) -> IntArray:
        """Return where in `columns` the features are."""
        return self._position[features]

    def shift(self, positions: IntArray) -> Array:
        """Return what was taken off the columns at some positions."""
        return self._shift[positions]

    def fetch(self, features: IntArray) -> None:
        """Hold these features from now on; those that are held already stay where they are."""
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
        held = self._columns.shape[1]
        if size <= held:
            return
        room = min(max(size, int(_GROWTH * held)), self._array.shape[1])
        columns = np.empty((self._array.shape[0], room), order="F")
        step = max(1, _NUMBERS_A_BLOCK // columns.shape[0])
        for begin in range(0, self._size, step):
            some = slice(begin, min(begin + step, self._size))
            columns[:, some] = self._columns[:, some]
        self._columns = columns


class _ColumnsInPlace(ColumnStore):
    """Columns of a sparse X, where they lie."""

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
        """All are there."""
