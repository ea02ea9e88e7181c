"""The coefficients of many solutions, in one sparse matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Self, overload

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.types import Array, Index

__all__ = ["Coefficients"]


@dataclass(frozen=True, eq=False)
class Coefficients(Sequence[sparse.csc_array]):
    """The coefficients of S solutions, each a csc_array of shape (p, outputs) that is cut out on demand.

    Attributes
    ----------
    stacked : csc_array of shape (p, S * outputs)
        All solutions side by side.
    outputs : int
        Linear predictors per solution. Default 1.
    """

    stacked: sparse.csc_array
    outputs: int = 1

    @classmethod
    def of(cls, coefs: Sequence[sparse.csc_array]) -> Self:
        """Put coefficients of shape (p, outputs) side by side."""
        return cls(sparse.csc_array(sparse.hstack(coefs, format="csc")), coefs[0].shape[1])

    @classmethod
    def of_rows(
        cls, rows: Sequence[Array] | Array, features: npt.NDArray[np.int64], p: int
    ) -> Self:
        """Build from dense coefficients, one row per solution.

        Parameters
        ----------
        rows : sequence of S ndarray of shape (size,) or (outputs, size)
            Row s holds the coefficients of the first entries of ``features``; all others are 0.
        features : ndarray of shape (size,)
        p : int
            Number of features of X.
        """
        order = np.argsort(features)
        outputs = rows[0].shape[0] if rows[0].ndim > 1 else 1
        table = np.zeros((len(rows), outputs, features.size))
        for to, row in zip(table, rows, strict=True):
            to[:, : row.shape[-1]] = row
        table = table.reshape(len(rows) * outputs, -1)[:, order]
        column, place = np.nonzero(table)
        first = np.zeros(table.shape[0] + 1, dtype=np.int64)
        np.cumsum(np.bincount(column, minlength=table.shape[0]), out=first[1:])
        entries = table[column, place], features[order][place], first
        return cls(sparse.csc_array(entries, shape=(p, table.shape[0])), outputs)

    def __len__(self) -> int:
        return self.stacked.shape[1] // self.outputs

    @overload
    def __getitem__(self, at: int) -> sparse.csc_array: ...
    @overload
    def __getitem__(self, at: slice) -> Self: ...
    def __getitem__(self, at: int | slice) -> sparse.csc_array | Self:
        if isinstance(at, slice):
            return self.taken(np.arange(len(self))[at])
        if not -len(self) <= at < len(self):
            raise IndexError(f"There are {len(self)} solutions. Received: {at}.")
        begin = at % len(self) * self.outputs
        first = self.stacked.indptr[begin : begin + self.outputs + 1]
        # Copying an empty array skips SciPy's validation, which takes longer than making the arrays.
        coef = copy(self._empty)
        coef.data = self.stacked.data[first[0] : first[-1]]
        coef.indices = self.stacked.indices[first[0] : first[-1]]
        coef.indptr = first - first[0]
        return coef

    def __iter__(self) -> Iterator[sparse.csc_array]:
        return (self[k] for k in range(len(self)))

    def taken(self, order: Index) -> Self:
        """Return the solutions ``order``, in that order."""
        columns = (order[:, None] * self.outputs + np.arange(self.outputs)).ravel()
        return type(self)(self.stacked[:, columns], self.outputs)

    def dense(self, at: Index) -> Array:
        """Return solutions of a single output as rows, shape (len(at), p)."""
        return np.asarray(self.stacked[:, at].toarray().T)

    def row_norms(self) -> Self:
        """Return the Euclidean norm of each feature's coefficients, as solutions of a single output."""
        whole = self.stacked.tocoo()
        place = whole.coords[0], whole.coords[1] // self.outputs
        shape = self.stacked.shape[0], len(self)
        largest = float(np.max(np.abs(whole.data), initial=0.0)) or 1.0
        squares = sparse.csc_array(sparse.coo_array(((whole.data / largest) ** 2, place), shape))
        return type(self)(squares.sqrt() * largest)

    def with_data(self, data: Array) -> Self:
        """Return the same sparsity pattern with other values."""
        entries = data, self.stacked.indices, self.stacked.indptr
        return type(self)(sparse.csc_array(entries, shape=self.stacked.shape), self.outputs)

    @cached_property
    def _empty(self) -> sparse.csc_array:
        return sparse.csc_array((self.stacked.shape[0], self.outputs))
