"""`Sample`: distinct rows with weights, split into training and validation rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from bridle import streams
from bridle.errors import InputError
from bridle.types import AnyArray

__all__ = ["Sample", "features"]


@dataclass(frozen=True)
class Sample:
    """The distinct rows of a table, sorted, each with the sum of the weights of its copies.

    A row with weight 2 equals two rows, a row with weight 0 is left out, and the order of the rows
    does not matter. Equivalent data give the same sample, and so the same fit, bit for bit.

    Attributes
    ----------
    X : ndarray of shape (n, p)
        Features, float32.
    y : ndarray of shape (n,)
        Class codes or numbers, float32.
    weights : ndarray of shape (n,)
        Row weights, above 0.
    given : int
        Number of rows before merging.
    """

    X: AnyArray
    y: AnyArray
    weights: AnyArray
    given: int

    @classmethod
    def of(cls, X: AnyArray, y: AnyArray, weights: AnyArray) -> Self:
        """Return the sample of float32 rows, with equal rows merged; weights must be above 0."""
        rows, inverse = np.unique(np.column_stack([X, y]), axis=0, return_inverse=True)
        merged = np.bincount(inverse.ravel(), weights=weights)
        return cls(np.ascontiguousarray(rows[:, :-1]), rows[:, -1].copy(), merged, len(y))

    def split(self, fraction: float, seed: int, *, stratify: bool) -> tuple[Self, Self]:
        """Return the training rows and the validation rows, at least one each.

        Parameters
        ----------
        fraction : float
            Fraction of the rows for validation, in (0, 1).
        seed : int
            Root seed; the rows are drawn from its stream ``"validation"``.
        stratify : bool
            Whether both have about the same class frequencies.

        Raises
        ------
        InputError
            There are fewer than two rows.
        """
        n = len(self.y)
        if n < 2:
            raise InputError(
                "X must have at least 2 distinct rows of positive weight: one to train with, one to "
                f"validate with. Received: n_samples={n} of them."
            )
        order = streams.generator(seed, "validation").permutation(n)
        if stratify:
            order = order[np.argsort(_rank_in_class(self.y[order]), kind="stable")]
        held_out = min(n - 1, max(1, round(fraction * n)))
        return self._rows(order[held_out:]), self._rows(order[:held_out])

    def mean_one(self) -> AnyArray:
        """Return the weights as float32, scaled to mean 1."""
        return (self.weights / self.weights.mean()).astype(np.float32)

    def _rows(self, rows: AnyArray) -> Self:
        return type(self)(self.X[rows], self.y[rows], self.weights[rows], self.given)


def _rank_in_class(codes: AnyArray) -> AnyArray:
    """Return the rank of each row within its class, scaled to (0, 1).

    Sorted by it, the first rows contain every class in proportion.
    """
    ranks = np.empty(len(codes))
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        ranks[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return ranks


def features(X: AnyArray) -> AnyArray:
    """Return features as float32, the type in which networks compute.

    Raises
    ------
    InputError
        A number is too large for float32.
    """
    with np.errstate(over="ignore"):
        narrow = X.astype(np.float32)
    bad = np.argwhere(~np.isfinite(narrow))
    if bad.size:
        row, column = bad[0]
        raise InputError(
            f"X must be within the range of float32, about 3.4e38. Received: {X[row, column]} in "
            f"row {row}, column {column}. Scale the features, for instance with "
            "sklearn.preprocessing.StandardScaler."
        )
    return narrow
