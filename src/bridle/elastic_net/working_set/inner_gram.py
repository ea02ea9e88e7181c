"""Inner solver on Gram matrices: squared loss, dense X."""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.design import FetchedColumns
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.attempt import Attempt, Start
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet
from bridle.types import Array, IntArray

__all__ = ["InnerGram"]


# Room for 5 % more features when the Gram matrix is copied to grow: its memory grows by the square.
_GROWTH = 1.05
# On a Gram matrix, Newton's finish gives all digits at once, which the KKT limit needs.
_TIGHTER = 1e-4
# Rows summed between two checks for Ctrl-C.
_ROWS_A_BLOCK = 256


class InnerGram(InnerSolver):
    """Coordinate descent and Newton's steps on the weighted Gram matrix of the working set, in C++.

    The Gram matrix grows as features enter.

    Parameters
    ----------
    problem : Problem
        With squared loss, a single output and a dense X.
    store : FetchedColumns
        Columns that all problems share.
    """

    def __init__(self, problem: Problem, store: FetchedColumns) -> None:
        self._problem = problem
        self._store = store
        target = problem.y - problem.offset
        level = self._level(target)
        self._target = target[:, 0]
        self._total_squares = float((problem.weights * (self._target - level) ** 2).sum())
        self._weighted_target = problem.weights[:, None] * (target - level)
        self._gram = np.empty((0, 0))
        self._linear = np.empty(0)

    def joined(self, working: WorkingSet, new: IntArray) -> None:
        """Extend the Gram matrix by the features that have entered."""
        size, before = working.size, working.size - new.size
        columns, places = self._store.columns, self._store.positions(new)
        scale = working.scale
        linear = np.empty((new.size, 1))
        _core.products(columns, places, self._weighted_target, linear)
        self._linear = np.concatenate([self._linear, linear[:, 0] / scale[before:]])
        fetched = columns[:, places]
        right = self._problem.weights[:, None] * (fetched - self._level(fetched))
        block = np.empty((size, new.size))
        _core.products(columns, working.positions, np.ascontiguousarray(right), block)
        block /= np.outer(scale, scale[before:])
        self._reserve(before, size)
        self._gram[:size, before:size] = block
        self._gram[before:size, :size] = block.T

    def _reserve(self, before: int, size: int) -> None:
        if size <= self._gram.shape[0]:
            return
        room = max(size, int(_GROWTH * before))
        gram = np.empty((room, room))
        for begin in range(0, before, _ROWS_A_BLOCK):
            _core.check()
            rows = slice(begin, min(begin + _ROWS_A_BLOCK, before))
            gram[rows, :before] = self._gram[rows, :before]
        self._gram = gram

    def solve(
        self,
        working: WorkingSet,
        l1: Array,
        l2: Array,
        start: Start,
        precision: _core.Precision,
    ) -> Attempt:
        """Solve at the strengths after ``start.solved``; see `InnerSolver.solve`."""
        coef = start.coefs(l1.size, working.size)
        _core.gram_path(
            self._gram[: working.size, : working.size],
            self._linear[None, :],
            np.full(l1.size, self._total_squares),
            working.limits,
            _core.Grid(l1, l2, start.solved, start.intercept.size),
            _core.Precision(
                _TIGHTER * precision.gap, precision.gain, precision.violation, precision.sweeps
            ),
            coef,
        )
        coef = coef[start.solved :]
        raw = coef / working.scale
        fitted = self._predict(working.positions, raw)
        level = self._level(self._target[:, None] - fitted)
        eta = np.ascontiguousarray((fitted + level + self._problem.offset).T)
        intercept = np.zeros(coef.shape[0])
        if self._problem.fit_intercept:
            intercept = level + (working.center * raw).sum(axis=1)
        return Attempt(coef, intercept, eta)

    def _predict(self, positions: IntArray, raw: Array) -> Array:
        """Return the products of columns and coefficients (m, size), shape (n, m)."""
        used = np.flatnonzero(np.any(raw != 0, axis=0))
        out = np.empty((self._target.size, raw.shape[0]))
        right = np.ascontiguousarray(raw[:, used].T)
        rows = np.arange(self._target.size)
        _core.row_products(self._store.columns.T, positions[used], rows, right, out)
        return out

    def _level(self, vectors: Array) -> Array:
        """Return the weighted means of vectors (n, m), or zeros without an intercept."""
        if not self._problem.fit_intercept:
            return np.zeros(vectors.shape[1])
        return np.asarray((self._problem.weights[:, None] * vectors).sum(axis=0))
