"""Inner solver for several responses whose coefficients are tied: squared loss, dense or sparse X."""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.design import ColumnStore, FetchedColumns
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.attempt import Attempt, Start
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet
from bridle.types import Array, IntArray

__all__ = ["InnerResponses"]


# Room for 20 % more features when the Gram matrix is copied to grow; not tuned.
_GROWTH = 1.2


class InnerResponses(InnerSolver):
    """Block coordinate descent on the Gram matrix that all responses share, in C++.

    If a dense X has fewer rows than the working set has features, it descends on the columns instead: a
    step then reads the residuals of the rows, not the gradients of all features.

    Parameters
    ----------
    problem : Problem
        With squared loss and several outputs.
    """

    def __init__(self, problem: Problem, store: ColumnStore) -> None:
        self._problem = problem
        target = problem.y - problem.offset
        self._level = self._means(target)
        centred = target - self._level
        self._weighted = problem.weights[:, None] * centred
        self._target = np.ascontiguousarray(centred.T)
        self._total_squares = float(np.sum(self._weighted * centred))
        self._gram = np.empty((0, 0))
        self._linear = np.empty((target.shape[1], 0))

    def joined(self, working: WorkingSet, new: IntArray) -> None:
        """Extend the Gram matrix by the features that have entered."""
        size, before = working.size, working.size - new.size
        if self._store_of_columns(working) is not None:
            self._gram, self._linear = np.empty((0, 0)), np.empty((0, 0))
            return
        fetched = self._problem.design.columns(new)
        fetched = fetched - self._means(fetched)
        block = working.products(self._problem.weights[:, None] * fetched)
        if size > self._gram.shape[0]:
            room = max(size, int(_GROWTH * before))
            gram = np.empty((room, room))
            gram[:before, :before] = self._gram[:before, :before]
            self._gram = gram
        own = block[before:]
        self._gram[:before, before:size] = block[:before]
        self._gram[before:size, :before] = block[:before].T
        self._gram[before:size, before:size] = 0.5 * (own + own.T)
        linear = np.empty((new.size, self._weighted.shape[1]))
        _core.products(fetched, np.arange(new.size), self._weighted, linear)
        self._linear = np.ascontiguousarray(np.hstack([self._linear, linear.T]))

    def solve(
        self,
        working: WorkingSet,
        l1: Array,
        l2: Array,
        start: Start,
        precision: _core.Precision,
    ) -> Attempt:
        """Solve at the strengths after ``start.solved``; see `InnerSolver.solve`."""
        problem, outputs = self._problem, self._problem.n_outputs
        size, known = working.size, len(start.coef)
        coef = np.zeros((l1.size, outputs, size))
        if known:
            coef[:] = start.coefs(l1.size, size)
        grid, flat = _core.Grid(l1, l2, start.solved, known), coef.reshape(l1.size, -1)
        store = self._store_of_columns(working)
        if store is not None:
            _core.tied_column_path(
                store.columns,
                _core.Columns(working.positions, working.center, working.scale),
                problem.fit_intercept,
                problem.weights,
                self._target,
                working.limits,
                grid,
                precision,
                flat,
            )
        else:
            gram = self._gram[None, :size, :size]
            _core.tied_gram_path(
                gram, self._linear, self._total_squares, working.limits, grid, precision, flat
            )
        coef = coef[start.solved :]
        count = coef.shape[0]
        eta = working.predict(coef.reshape(count * outputs, size)).reshape(count, outputs, -1)
        intercept = np.zeros(coef.shape[:2])
        if problem.fit_intercept:
            intercept = self._level - (eta * problem.weights).sum(axis=2)
        eta = eta + intercept[:, :, None] + problem.offset.T
        return Attempt(coef, intercept, eta.reshape(count, -1))

    def _store_of_columns(self, working: WorkingSet) -> FetchedColumns | None:
        """Return the columns if the descent is on them."""
        wide = working.size > self._problem.y.shape[0]
        return working.store if wide and isinstance(working.store, FetchedColumns) else None

    def _means(self, vectors: Array) -> Array:
        """Return the weighted means of vectors (n, m), or zeros without an intercept."""
        if not self._problem.fit_intercept:
            return np.zeros(vectors.shape[1])
        return np.asarray((self._problem.weights[:, None] * vectors).sum(axis=0))
