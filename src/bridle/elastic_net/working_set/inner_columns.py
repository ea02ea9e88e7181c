"""Inner solver on columns: any loss with a kernel, dense or sparse X."""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.design import ColumnStore
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.attempt import Attempt, Start
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet
from bridle.types import Array, IntArray

__all__ = ["InnerColumns"]


class InnerColumns(InnerSolver):
    """Proximal Newton with coordinate descent on the columns of the working set, in C++.

    Parameters
    ----------
    problem : Problem
        With a single output.
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
        solved, n = start.solved, self._problem.y.shape[0]
        coef = start.coefs(l1.size, working.size)
        intercept = np.zeros(l1.size)
        intercept[: start.intercept.size] = start.intercept
        eta, gap = np.empty((l1.size, n)), np.empty(l1.size)
        _core.column_path(
            working.store.columns,
            _core.Columns(working.positions, working.center, working.scale),
            self._problem.rows,
            working.limits,
            _core.Grid(l1, l2, solved, start.intercept.size),
            precision,
            _core.Solutions(coef, intercept, eta, gap),
        )
        return Attempt(coef[solved:], intercept[solved:], eta[solved:])
