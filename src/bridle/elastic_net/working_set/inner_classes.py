"""Inner solver for several classes: the multinomial loss, dense or sparse X."""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.design import ColumnStore
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.attempt import Attempt, Start
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet
from bridle.types import Array, IntArray

__all__ = ["InnerClasses"]


class InnerClasses(InnerSolver):
    """Newton's method with coordinate descent over features and classes, in C++.

    Parameters
    ----------
    problem : Problem
        With the multinomial loss.
    """

    def __init__(self, problem: Problem, store: ColumnStore) -> None:
        self._problem = problem

    def joined(self, working: WorkingSet, new: IntArray) -> None:
        """Do nothing: no state depends on the features."""

    def solve(
        self,
        working: WorkingSet,
        l1: Array,
        l2: Array,
        start: Start,
        precision: _core.Precision,
    ) -> Attempt:
        """Solve at the strengths after ``start.solved``; see `InnerSolver.solve`."""
        n, classes = self._problem.y.shape
        if not start.coef:
            null = self._problem.null.intercept
            start = Start((np.zeros((classes, working.size)),), null[None, :], 0)
        solved, known = start.solved, len(start.coef)
        coef = start.coefs(l1.size, working.size)
        intercept = np.zeros((l1.size, classes))
        intercept[:known] = start.intercept
        eta, gap = np.empty((l1.size, classes * n)), np.empty(l1.size)
        _core.class_path(
            working.store.columns,
            _core.Columns(working.positions, working.center, working.scale),
            self._problem.class_rows,
            working.limits,
            _core.Grid(l1, l2, solved, known),
            precision,
            _core.ClassSolutions(coef.reshape(l1.size, -1), intercept, eta, gap),
        )
        return Attempt(coef[solved:], intercept[solved:], eta[solved:])
