"""Row classes: rows by their weights in several problems, summed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bridle.types import Array, IntArray

__all__ = ["RowClasses"]


_PROPORTIONAL = 1e-12
_CLASSES_PER_PROBLEM = 3


@dataclass(frozen=True, eq=False)
class RowClasses:
    """Rows whose weights are proportional in all problems form a class.

    Attributes
    ----------
    of_row : ndarray of shape (n,)
        The class of each row, numbered in the order in which they come; -1 where its weight is 0 in all
        problems.
    weights : ndarray of shape (n,)
        Largest weight of each row in any problem.
    shares : ndarray of shape (G, F)
        On the rows of class g the weights of problem f are ``shares[g, f] * weights``.
    """

    of_row: IntArray
    weights: Array
    shares: Array

    @classmethod
    def of(cls, weights: Sequence[Array]) -> RowClasses | None:
        """Find the classes of F weight vectors of shape (n,); None where they are too many to pay."""
        largest = weights[0].copy()
        for one in weights[1:]:
            np.maximum(largest, one, out=largest)
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
        shares = np.stack([one[first] for one in weights], axis=1) / largest[first, None]
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
        """Add up what the classes have, (G, ...), for each problem, (F, ...), in a fixed order."""
        total = np.zeros((self.shares.shape[1], *sums.shape[1:]))
        for share, one in zip(self.shares, sums, strict=True):
            for f in np.flatnonzero(share):
                total[f] += share[f] * one
        return total


def _keys(weights: Sequence[Array], largest: Array) -> IntArray:
    """Return a number for each row: rows of equal shares have the same, others hardly ever (2^-62)."""
    odd = np.random.default_rng(0).integers(1, 1 << 62, len(weights)) | 1
    keys = np.zeros(largest.size, dtype=np.int64)
    with np.errstate(over="ignore"):
        for one, factor in zip(weights, odd, strict=True):
            keys += np.rint(one / largest / _PROPORTIONAL).astype(np.int64) * factor
    return keys
