"""Row classes: groups of rows whose weights are proportional in all problems.

Sums over the rows of F problems then need each class summed only once. In a ten-fold cross-validation,
rows tested in the same fold form a class: 10 classes serve 11 problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bridle.types import Array, IntArray

__all__ = ["RowClasses", "sums_of_problems"]


# Relative difference of weights that is rounding.
_PROPORTIONAL = 1e-12
# Folds make one class each, rows of weight 0 another; more classes cost more than they share.
_CLASSES_PER_PROBLEM = 3


@dataclass(frozen=True, eq=False)
class RowClasses:
    """The class of each row, and each problem's weights as multiples of one weight vector.

    Attributes
    ----------
    of_row : ndarray of shape (n,)
        Class of each row, numbered by first appearance; -1 if the row has weight 0 in all problems.
    weights : ndarray of shape (n,)
        Largest weight of each row over the problems.
    shares : ndarray of shape (G, F)
        Rows of class g have the weights ``shares[g, f] * weights`` in problem f.
    """

    of_row: IntArray
    weights: Array
    shares: Array

    @classmethod
    def of(cls, weights: Sequence[Array]) -> RowClasses | None:
        """Return the classes of F weight vectors, shape (n,) each; None if there are more than 3 F."""
        largest = weights[0].copy()
        for row_weights in weights[1:]:
            np.maximum(largest, row_weights, out=largest)
        keys = _keys(weights, np.where(largest > 0, largest, 1.0))
        of_row = np.full(largest.size, -1, dtype=np.int64)
        left = np.flatnonzero(largest > 0)
        first: list[np.int64] = []
        while left.size:
            if len(first) == _CLASSES_PER_PROBLEM * len(weights):
                return None
            same = keys[left] == keys[left[0]]
            of_row[left[same]] = len(first)
            first.append(left[0])
            left = left[~same]
        shares = np.stack([w[first] for w in weights], axis=1) / largest[first, None]
        return cls(of_row, largest, shares)

    @property
    def count(self) -> int:
        """Number of classes G."""
        return int(self.shares.shape[0])

    @cached_property
    def sizes(self) -> IntArray:
        """Number of rows of each class, shape (G,)."""
        return np.bincount(self.of_row[self.of_row >= 0], minlength=self.count)

    def of_problems(self, sums: Array) -> Array:
        """Return each problem's sum, (F, ...), from the sums of classes, (G, ...), in a fixed order."""
        return sums_of_problems(self.shares, sums)


def sums_of_problems(shares: Array, sums: Array) -> Array:
    """Return each problem's sum, (F, ...), given `RowClasses.shares` and the sums of classes."""
    total = np.zeros((shares.shape[1], *sums.shape[1:]))
    for share, class_sum in zip(shares, sums, strict=True):
        for f in np.flatnonzero(share):
            total[f] += share[f] * class_sum
    return total


def _keys(weights: Sequence[Array], largest: Array) -> IntArray:
    """Return a hash of each row's shares; unequal shares collide with a probability near 2^-62."""
    odd = np.random.default_rng(0).integers(1, 1 << 62, len(weights)) | 1
    keys = np.zeros(largest.size, dtype=np.int64)
    with np.errstate(over="ignore"):
        for row_weights, factor in zip(weights, odd, strict=True):
            keys += np.rint(row_weights / largest / _PROPORTIONAL).astype(np.int64) * factor
    return keys
