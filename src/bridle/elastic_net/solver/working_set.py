r"""The features that lockstep paths share, and every problem's Gram matrix of them.

Row classes make the Gram matrices of folds cheap: rows whose weights are proportional in all problems
form a class, the cross-products of each class are summed once, and every problem adds up the classes
that it trains on. Nothing is ever subtracted but the mean, and that from columns that were centred
about a common provisional shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.problem import Problem

__all__ = ["RowClasses", "WorkingSet"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_PROPORTIONAL = 1e-12
_CLASSES_PER_PROBLEM = 3
_COLUMNS_PER_TASK = 64


@dataclass(frozen=True)
class RowClasses:
    """Rows by class, their weights, and the share of each class in each problem.

    Attributes
    ----------
    rows : tuple of G index arrays
    weights : tuple of G ndarray
        One weight a row of the class.
    shares : ndarray of shape (G, F)
        The weights of problem f on the rows of class g are ``shares[g, f] * weights[g]``.
    """

    rows: tuple[Index, ...]
    weights: tuple[Array, ...]
    shares: Array

    @classmethod
    def of(cls, weights: Array) -> RowClasses:
        """Find the classes of weights of shape (n, F)."""
        largest = weights.max(axis=1)
        ratios = weights / np.where(largest > 0, largest, 1.0)[:, None]
        patterns, label = np.unique(np.sign(ratios), axis=0, return_inverse=True)
        groups = [np.flatnonzero(label == g) for g in range(len(patterns))]
        groups = [rows for rows in groups if largest[rows].max() > 0]
        proportional = all(np.ptp(ratios[rows], axis=0).max() <= _PROPORTIONAL for rows in groups)
        if not proportional or len(groups) > _CLASSES_PER_PROBLEM * weights.shape[1]:
            return cls._one_a_problem(weights)
        return cls(
            tuple(groups),
            tuple(largest[rows] for rows in groups),
            np.array([ratios[rows[0]] for rows in groups]),
        )

    @classmethod
    def _one_a_problem(cls, weights: Array) -> RowClasses:
        rows = tuple(np.flatnonzero(weights[:, f]) for f in range(weights.shape[1]))
        return cls(
            rows,
            tuple(weights[used, f] for f, used in enumerate(rows)),
            np.eye(weights.shape[1]),
        )


class WorkingSet:
    """The features of W in the order in which they joined, and what each problem knows of them.

    Parameters
    ----------
    problems : sequence of Problem
        On one X; see `supports_lockstep`.
    target : ndarray of shape (n,)
        What is left to explain: y less the offset.
    pool : Executor
    """

    def __init__(self, problems: Sequence[Problem], target: Array, pool: Executor) -> None:
        first = problems[0]
        self.array = first.design.layout().array
        n, p = self.array.shape
        self._pool = pool
        self._classes = RowClasses.of(np.stack([one.weights for one in problems], axis=1))
        self._centered = first.fit_intercept
        self._scales = np.stack([one.design.layout().scale for one in problems])
        self.features: Index = np.empty(0, dtype=np.int64)
        self.holds = np.zeros(p, dtype=bool)
        self.shift = np.empty(0)
        self._columns = np.empty((n, 0))
        self._sums = np.empty((0, len(problems)))
        self._grams = np.empty((len(problems), 0, 0))
        self._right = np.stack([_weighted(one, target) for one in problems], axis=1)
        self._linear = np.empty((0, len(problems)))

    @property
    def size(self) -> int:
        """Number of features."""
        return self.features.size

    @property
    def columns(self) -> Array:
        """The columns of W less their provisional shift, shape (n, size)."""
        return self._columns[:, : self.size]

    def scale(self, problem: int) -> Array:
        """Return what a problem divides the columns of W by, shape (size,)."""
        return self._scales[problem, self.features]

    def gram(self, problem: int) -> Array:
        """Return a problem's Gram matrix of W, on the scale of its design, (size, size)."""
        return self._grams[problem, : self.size, : self.size]

    def linear(self, problem: int) -> Array:
        """Return a problem's slopes of W at zero, on the scale of its design, (size,)."""
        return self._linear[:, problem] / self.scale(problem)

    def join(self, features: Index) -> None:
        """Let features join: fetch their columns and add their rows to the Gram matrices."""
        before = self.size
        fetched = self.array[:, features].astype(np.float64)
        weight = np.full(fetched.shape[0], 1.0 / fetched.shape[0])
        shift = _weighted_sum(weight, fetched) if self._centered else np.zeros(features.size)
        self._reserve(before + features.size)
        self._columns[:, before : before + features.size] = fetched - shift
        self.features = np.concatenate([self.features, features])
        self.shift = np.concatenate([self.shift, shift])
        self.holds[features] = True
        linear = np.empty((features.size, self._right.shape[1]))
        self._multiply(self.columns, np.arange(before, self.size), self._right, linear)
        self._linear = np.vstack([self._linear, linear])
        self._extend_grams(before)

    def _reserve(self, size: int) -> None:
        held = self._columns.shape[1]
        if size <= held:
            return
        room = min(max(size, 2 * held), max(self.array.shape[1], size))
        columns = np.empty((self._columns.shape[0], room))
        columns[:, :held] = self._columns
        grams = np.zeros((self._grams.shape[0], room, room))
        grams[:, :held, :held] = self._grams
        self._columns, self._grams = columns, grams

    def _extend_grams(self, before: int) -> None:
        products, sums = self._class_products(before)
        shares = self._classes.shares
        self._sums = np.vstack([self._sums, _combine(sums.T, shares)])
        for f in range(shares.shape[1]):
            gram = np.zeros(products.shape[1:])
            for g in np.flatnonzero(shares[:, f]):
                gram += shares[g, f] * products[g]
            if self._centered:
                gram -= np.outer(self._sums[before:, f], self._sums[:, f])
            scale = self.scale(f)
            gram /= np.outer(scale[before:], scale)
            self._grams[f, before : self.size, : self.size] = gram
            self._grams[f, : self.size, before : self.size] = gram.T

    def _class_products(self, before: int) -> tuple[Array, Array]:
        """Return cross-products (G, new, size) and sums (G, new) of each class's rows."""
        new = self.size - before
        groups = len(self._classes.rows)
        products = np.empty((groups, new, self.size))
        sums = np.empty((groups, new))
        for g, (rows, weight) in enumerate(
            zip(self._classes.rows, self._classes.weights, strict=True)
        ):
            columns = self.columns[rows]
            weighted = weight[:, None] * columns
            sums[g] = weighted[:, before:].sum(axis=0)
            self._multiply(columns, np.arange(before, self.size), weighted, products[g])
        return products, sums

    def _multiply(self, columns: Array, index: Index, right: Array, out: Array) -> None:
        def task(start: int) -> None:
            stop = min(start + _COLUMNS_PER_TASK, index.size)
            _core.products(columns, index[start:stop], right, out[start:stop])

        list(self._pool.map(task, range(0, index.size, _COLUMNS_PER_TASK)))

    def predict(self, coef: Array) -> Array:
        """Return ``columns @ coef``; coef (size, m), on the scale of X, to (n, m)."""
        out = np.empty((self._columns.shape[0], coef.shape[1]))
        rows = np.arange(out.shape[0])
        self._multiply(self.columns.T, rows, np.ascontiguousarray(coef), out)
        return out

    def slopes(self, right: Array) -> Array:
        """Return ``columns' right``; right (n, m) to (size, m)."""
        out = np.empty((self.size, right.shape[1]))
        self._multiply(self.columns, np.arange(self.size), right, out)
        return out


def _weighted(problem: Problem, target: Array) -> Array:
    """Return the weighted target, about its weighted mean if there is an intercept."""
    if problem.fit_intercept:
        target = target - (problem.weights * target).sum()
    return problem.weights * target


def _weighted_sum(weight: Array, columns: Array) -> Array:
    return (weight[:, None] * columns).sum(axis=0)


def _combine(sums: Array, shares: Array) -> Array:
    """Return ``sums @ shares`` in a fixed order; sums (new, G), shares (G, F)."""
    return (sums[:, :, None] * shares[None, :, :]).sum(axis=1)
