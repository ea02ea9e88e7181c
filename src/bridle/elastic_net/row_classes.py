"""Rows by what they weigh in several problems: what is summed once for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["RowClasses"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_PROPORTIONAL = 1e-12
_CLASSES_PER_PROBLEM = 3


@dataclass(frozen=True, eq=False)
class RowClasses:
    """Rows whose weights are proportional in all problems form a class.

    Attributes
    ----------
    of_row : ndarray of shape (n,)
        The class of each row; -1 where its weight is 0 in all problems.
    weights : ndarray of shape (n,)
        Largest weight of each row in any problem.
    shares : ndarray of shape (G, F)
        On the rows of class g the weights of problem f are ``shares[g, f] * weights``.
    """

    of_row: Index
    weights: Array
    shares: Array

    @classmethod
    def of(cls, weights: Array) -> RowClasses | None:
        """Find the classes of weights of shape (n, F); None where they are too many to pay."""
        largest = weights.max(axis=1)
        ratios = weights / np.where(largest > 0, largest, 1.0)[:, None]
        used = np.flatnonzero(largest > 0)
        rounded = np.round(ratios[used] / _PROPORTIONAL).astype(np.int64)
        _, first, label = np.unique(_keys(rounded), return_index=True, return_inverse=True)
        if first.size > _CLASSES_PER_PROBLEM * weights.shape[1]:
            return None
        if not np.array_equal(rounded[first][label], rounded):
            return None
        of_row = np.full(largest.size, -1, dtype=np.int64)
        of_row[used] = label
        return cls(of_row, largest, ratios[used[first]])

    @property
    def count(self) -> int:
        """Number of classes G."""
        return int(self.shares.shape[0])


def _keys(rows: Index) -> Index:
    """Return a number for each row of integers: equal rows have the same, others hardly ever."""
    odd = np.random.default_rng(0).integers(1, 1 << 62, rows.shape[1]) | 1
    with np.errstate(over="ignore"):
        return np.asarray((rows * odd).sum(axis=1), dtype=np.int64)
