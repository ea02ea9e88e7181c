r"""Moments: means and cross-products of a tall X, its target and 1, by classes of rows.

A class is summed once, about a shift that all classes share; the rows of a problem are put together by
adding classes. Nothing is ever subtracted but the mean, and that from columns near their mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.types import Array, IntArray
from bridle.workers import Workers

__all__ = ["ClassSums", "Moments", "gram_product", "near_means", "sum_moments"]


_BYTES_PER_BLOCK = 1 << 22
_ROWS_PER_BLOCK = 512
_TASKS = 8
_SAMPLE = 64


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted means and centred cross-products of some rows.

    Attributes
    ----------
    weight : float
        Sum of the weights; below they are in shares of it.
    mean : ndarray of shape (p,)
    target_mean : float
    gram : ndarray of shape (p, p)
        ``sum_i w_i (x_i - mean)(x_i - mean)'``.
    linear : ndarray of shape (p,)
        ``sum_i w_i (x_i - mean)(t_i - target_mean)``.
    total_squares : float
        ``sum_i w_i (t_i - target_mean)^2``.
    rows : int
        How many rows were added, which bounds the rounding.
    """

    weight: float
    mean: Array
    target_mean: float
    gram: Array
    linear: Array
    total_squares: float
    rows: int

    def squared_errors(self, coef: Array, intercepts: Array) -> Array:
        """Return ``sum_i w_i (t_i - b0_s - x_i b_s)^2`` of solutions (S, p) and (S,); shape (S,)."""
        level = self.target_mean - intercepts - (coef * self.mean).sum(axis=1)
        curved = gram_product(self.gram, coef).T
        spread = self.total_squares + (coef * (curved - 2 * self.linear)).sum(axis=1)
        return np.maximum(spread, 0.0) + level**2


@dataclass(frozen=True, eq=False)
class ClassSums:
    """Sums of ``w z z'`` with ``z = (x - shift, t - level, 1)`` of each class of rows.

    Attributes
    ----------
    classes : RowClasses
    sums : ndarray of shape (G, p + 2, p + 2)
        Above the diagonal.
    shift : ndarray of shape (p,)
    level : float
    """

    classes: RowClasses
    sums: Array
    shift: Array
    level: float

    @property
    def are_finite(self) -> bool:
        """Whether no sum left the range of floating-point numbers."""
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
        """Return the moments of a problem's rows, about 0 unless they are to be centred."""
        shares = self.classes.shares[:, problem]
        total = np.zeros_like(self.sums[0])
        for share, one in zip(shares, self.sums, strict=True):
            if share:
                total += share * one
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
            rows=int(self.classes.sizes[shares != 0].sum()),
        )


def near_means(array: npt.NDArray[Any], classes: RowClasses) -> Array:
    """Return the means of some rows of each column of an array (n, p), shape (p,)."""
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
    """Read X once and sum each class of rows.

    Parameters
    ----------
    array : ndarray of shape (n, p)
    target : ndarray of shape (n,)
    classes : RowClasses
    shift : ndarray of shape (p,) or None
        What the sums are about: near the means of the columns (`near_means`) where those will be taken
        off; None where they will not, for sums about 0.
    workers : Workers
        The division of the rows does not depend on their number.
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
    for part in workers.map(task, np.array_split(np.arange(len(blocks)), min(len(blocks), _TASKS))):
        for group, one in part.items():
            total[group] += one
    return ClassSums(classes, total, shift, level)


def gram_product(gram: Array, coef: Array) -> Array:
    """Return ``gram coef'`` for coef of shape (S, p), in a fixed order."""
    out = np.empty((gram.shape[0], coef.shape[0]))
    _core.products(gram, np.arange(gram.shape[0]), np.ascontiguousarray(coef.T), out)
    return out
