"""Rows with weights, in an order of their own, and their two parts."""

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

    A row of weight 2 is two rows, one of weight 0 is none, and the order in which rows come says
    nothing: all of these give the same sample, and so the same fit, bit for bit.

    Attributes
    ----------
    X : ndarray of shape (n, p)
        Float32.
    y : ndarray of shape (n,)
        Float32: codes or numbers.
    weights : ndarray of shape (n,)
        Above 0.
    given : int
        Number of rows that were merged into these.
    """

    X: AnyArray
    y: AnyArray
    weights: AnyArray
    given: int

    @classmethod
    def of(cls, X: AnyArray, y: AnyArray, weights: AnyArray) -> Self:
        """Merge equal rows of float32 numbers; weights are above 0."""
        rows, inverse = np.unique(np.column_stack([X, y]), axis=0, return_inverse=True)
        merged = np.bincount(inverse.ravel(), weights=weights)
        return cls(np.ascontiguousarray(rows[:, :-1]), rows[:, -1].copy(), merged, len(y))

    def split(self, fraction: float, seed: int, *, stratify: bool) -> tuple[Self, Self]:
        """Return the rows for training and those for validation, at least one each.

        Parameters
        ----------
        fraction : float
            Fraction of the rows for validation, in (0, 1).
        seed : int
            The rows are drawn from its stream ``"validation"``.
        stratify : bool
            Whether the parts have the classes in about the same shares.

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
            order = order[np.argsort(_share_before(self.y[order]), kind="stable")]
        held_out = min(n - 1, max(1, round(fraction * n)))
        return self._rows(order[held_out:]), self._rows(order[:held_out])

    def mean_one(self) -> AnyArray:
        """Return the weights, scaled to mean 1, as float32."""
        return (self.weights / self.weights.mean()).astype(np.float32)

    def _rows(self, rows: AnyArray) -> Self:
        return type(self)(self.X[rows], self.y[rows], self.weights[rows], self.given)


def _share_before(codes: AnyArray) -> AnyArray:
    """Return for each row which fraction of its class stands before it, itself counted half."""
    shares = np.empty(len(codes))
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        shares[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return shares


def features(X: AnyArray) -> AnyArray:
    """Return features as float32, which is what networks compute in.

    Raises
    ------
    InputError
        A number is too large for that.
    """
    with np.errstate(over="ignore"):
        narrow = X.astype(np.float32)
    bad = np.argwhere(~np.isfinite(narrow))
    if bad.size:
        row, column = bad[0]
        raise InputError(
            "X must be within the range of float32, about 3.4e38, in which a network computes. "
            f"Received: {X[row, column]} in row {row}, column {column}. Scale the features, for "
            "instance with sklearn.preprocessing.StandardScaler."
        )
    return narrow
