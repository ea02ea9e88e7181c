r"""Moments: means and centred cross-products of a tall X and its target, for every fold.

Squared loss needs of X only ``X'WX``, ``X'Wy`` and the means: p^2 numbers in place of n p. Folds of a
cross-validation share almost all rows, so rows are grouped into classes (`RowClasses`), for ten folds
the ten test sets, and each class is summed once,

``S_g = sum_{i in g} w_i z_i z_i'``, ``z_i = (x_i - shift, t_i - level, 1)``.

A fold's training rows are then the sum of the other classes. Subtracting the test rows from the total
would be cheaper, but would lose digits. The shift lies near the column means, so centring the sums at
the end, ``S - mean mean'``, subtracts only a small number.

Source: Chan, Golub and LeVeque (1983), "Algorithms for computing the sample variance: analysis and
recommendations".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.threads.workers import Workers
from bridle.types import Array, IntArray

__all__ = ["ClassSums", "Moments", "gram_product", "near_means", "sum_moments"]


# A block is centred and multiplied while it is in the cache; 4 MB amortise the call.
_BYTES_PER_BLOCK = 1 << 22
# With fewer rows, adding the p x p sums would cost more than multiplying.
_ROWS_PER_BLOCK = 512
# A fixed number, so that the order of summation does not depend on the number of threads.
_TASKS = 8
# Any shift near the mean avoids cancellation; an average of 64 rows is within an eighth of a deviation.
_SAMPLE = 64


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted means and centred cross-products of the rows of one problem.

    Attributes
    ----------
    weight : float
        Sum of the row weights. In the sums below, w_i is divided by it.
    mean : ndarray of shape (p,)
    target_mean : float
        Mean of the target t.
    gram : ndarray of shape (p, p)
        ``sum_i w_i (x_i - mean)(x_i - mean)'``.
    linear : ndarray of shape (p,)
        ``sum_i w_i (x_i - mean)(t_i - target_mean)``.
    total_squares : float
        ``sum_i w_i (t_i - target_mean)^2``.
    rows : int
        Number of rows in the sums, or longest chain of additions; bounds their rounding error.
    """

    weight: float
    mean: Array
    target_mean: float
    gram: Array
    linear: Array
    total_squares: float
    rows: int

    def squared_errors(self, coef: Array, intercepts: Array) -> Array:
        """Return ``sum_i w_i (t_i - b0_s - x_i b_s)^2``, shape (S,); coef (S, p), intercepts (S,)."""
        level = self.target_mean - intercepts - (coef * self.mean).sum(axis=1)
        curved = gram_product(self.gram, coef).T
        spread = self.total_squares + (coef * (curved - 2 * self.linear)).sum(axis=1)
        return np.maximum(spread, 0.0) + level**2


@dataclass(frozen=True, eq=False)
class ClassSums:
    """Sums of ``w z z'``, ``z = (x - shift, t - level, 1)``, over the rows of each class.

    Attributes
    ----------
    shares : ndarray of shape (G, F)
        As in `RowClasses`.
    additions : ndarray of shape (G,)
        Longest chain of additions in each class: its rows, if they are added one after another.
    sums : ndarray of shape (G, p + 2, p + 2)
        Upper triangles.
    shift : ndarray of shape (p,)
        Subtracted from X.
    level : float
        Subtracted from the target.
    """

    shares: Array
    additions: IntArray
    sums: Array
    shift: Array
    level: float

    @property
    def are_finite(self) -> bool:
        """Whether no sum overflowed."""
        return bool(np.all(np.isfinite(self.sums)))

    @property
    def ones(self) -> Array:
        """Sum of the weights of each class, shape (G, 1)."""
        return np.ascontiguousarray(self.sums[:, -1:, -1])

    @property
    def firsts(self) -> Array:
        """Sum of ``w (x - shift)`` of each class, shape (G, p)."""
        return np.ascontiguousarray(self.sums[:, :-2, -1])

    @property
    def squares(self) -> Array:
        """Sum of ``w (x - shift)^2`` of each class, shape (G, p)."""
        return np.ascontiguousarray(np.diagonal(self.sums, axis1=1, axis2=2)[:, :-2])

    def moments(self, problem: int, centered: bool) -> Moments:
        """Return the moments of a problem's rows: centred, or about 0 without an intercept."""
        shares = self.shares[:, problem]
        total = np.zeros_like(self.sums[0])
        for share, class_sum in zip(shares, self.sums, strict=True):
            if share:
                total += share * class_sum
        total = np.triu(total) + np.triu(total, 1).T
        weight = float(total[-1, -1])
        total /= weight
        means = total[:-1, -1].copy() if centered else np.zeros(total.shape[0] - 1)
        gram = total[:-1, :-1] - np.outer(means, means)
        return Moments(
            weight=weight,
            mean=self.shift + means[:-1],
            target_mean=self.level + means[-1],
            gram=np.ascontiguousarray(gram[:-1, :-1]),
            linear=gram[:-1, -1].copy(),
            total_squares=float(gram[-1, -1]),
            rows=int(self.additions[shares != 0].sum()),
        )


def near_means(array: npt.NDArray[Any], classes: RowClasses) -> Array:
    """Return rough column means of an array (n, p), from at most 64 of its rows; shape (p,)."""
    used = np.flatnonzero(classes.of_row >= 0)
    sample = used[np.linspace(0, used.size - 1, min(used.size, _SAMPLE)).astype(np.int64)]
    return np.asarray(array[sample].mean(axis=0, dtype=np.float64))


def sum_moments(
    array: npt.NDArray[Any],
    target: Array,
    classes: RowClasses,
    shift: Array | None,
    workers: Workers,
) -> ClassSums:
    """Read X once and sum the cross-products of each class of rows.

    Parameters
    ----------
    array : ndarray of shape (n, p)
        X.
    target : ndarray of shape (n,)
    classes : RowClasses
    shift : ndarray of shape (p,) or None
        Subtracted from X before it is squared: near the column means (`near_means`) if the sums will
        be centred, None for no shift otherwise.
    workers : Workers
        The blocks of rows, and so the result, do not depend on the number of threads.
    """
    n, p = array.shape
    level = 0.0 if shift is None else float(target[classes.of_row >= 0].mean())
    shift = np.zeros(p) if shift is None else shift
    about = target - level
    rows = max(_ROWS_PER_BLOCK, _BYTES_PER_BLOCK // (8 * p))
    blocks = [np.arange(begin, min(begin + rows, n)) for begin in range(0, n, rows)]

    def task(some: IntArray) -> dict[int, Array]:
        sums: dict[int, Array] = {}
        for block in some:
            members = classes.of_row[blocks[block]]
            for group in range(classes.count):
                index = blocks[block][members == group]
                if index.size:
                    into = sums.setdefault(group, np.zeros((p + 2, p + 2)))
                    _core.gram_of_rows(array, index, classes.weights, about, shift, into)
        return sums

    total = np.zeros((classes.count, p + 2, p + 2))
    parts = np.array_split(np.arange(len(blocks)), min(len(blocks), _TASKS))
    for sums in workers.map(task, parts, n * p**2 / 2):
        for group, class_sum in sums.items():
            total[group] += class_sum
    return ClassSums(classes.shares, classes.sizes, total, shift, level)


def gram_product(gram: Array, coef: Array) -> Array:
    """Return ``gram coef'``, shape (p, S), for coef of shape (S, p), summed in a fixed order."""
    out = np.empty((gram.shape[0], coef.shape[0]))
    _core.products(gram, np.arange(gram.shape[0]), np.ascontiguousarray(coef.T), out)
    return out
