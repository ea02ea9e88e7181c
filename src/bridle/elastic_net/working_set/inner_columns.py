"""Working sets as columns: any loss of one output, dense or sparse X."""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.attempt import Attempt, Precision, Start
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet
from bridle.types import Array, IntArray

__all__ = ["InnerColumns"]


class InnerColumns(InnerSolver):
    """Proximal Newton and coordinate descent on the columns themselves, in C++.

    Parameters
    ----------
    problem : Problem
        Of one output.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._y = np.ascontiguousarray(problem.y[:, 0])
        self._offset = np.ascontiguousarray(problem.offset[:, 0])

    def joined(self, working: WorkingSet, new: IntArray) -> None:
        """Nothing is kept."""

    def solve(
        self,
        working: WorkingSet,
        l1: Array,
        l2: Array,
        start: Start,
        precision: Precision,
    ) -> Attempt:
        """Solve at the strengths after those that are solved."""
        problem, solved = self._problem, start.solved
        coef = start.coefs(l1.size, working.size)
        intercept = np.zeros(l1.size)
        intercept[: start.intercept.size] = start.intercept
        eta, gap = np.empty((l1.size, self._y.size)), np.empty(l1.size)
        _core.column_path(
            working.store.columns,
            working.positions,
            problem.loss.kernel,
            problem.weights,
            self._y,
            self._offset,
            working.center,
            working.scale,
            working.factors,
            working.lower,
            working.upper,
            l1,
            l2,
            coef,
            intercept,
            eta,
            gap,
            solved,
            start.intercept.size,
            problem.fit_intercept,
            precision.sweeps,
            precision.gap,
            precision.violation,
        )
        return Attempt(coef[solved:], intercept[solved:], eta[solved:])
