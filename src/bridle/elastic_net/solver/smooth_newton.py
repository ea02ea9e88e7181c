r"""Newton's method where the penalty is smooth, as one kernel: a ridge on every column of a dense X.

`newton.finish` without signs, limits and choices of columns: each step solves

``(X' H X + diag(l2 v)) s = X' r - l2 v b``,

with the curvature H and the negative gradient r of the loss, and the intercept eliminated. As long as
the curvature at most doubles and steps shrink fast, the factor of an earlier step is used again.
"""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.curved_step import curvature_floor
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate

__all__ = ["has_smooth_newton", "smooth_newton"]

# A system of 72 MB.
_MOST_COLUMNS = 3000
# With more columns than rows, the system of the rows is smaller and, if the ridge is tiny beside the
# columns, keeps more digits.
_MOST_COLUMNS_PER_ROW = 2
_SMALLEST_RIDGE = 1e-6


def has_smooth_newton(problem: Problem) -> bool:
    """Return True if the kernel takes the problem."""
    n, p = problem.design.shape
    penalty = problem.penalty
    if penalty.l1 > 0 or not penalty.is_unbounded or not problem.has_kernel:
        return False
    if (
        p > _MOST_COLUMNS
        or p > _MOST_COLUMNS_PER_ROW * n
        or problem.design.layout().dense() is None
    ):
        return False
    norms, ridge = problem.column_norms, penalty.strengths(p)[1]
    if not norms.all() or np.isinf(problem.factors).any():
        return False
    return p <= n or bool((ridge >= _SMALLEST_RIDGE * norms.max() ** 2).all())


def smooth_newton(problem: Problem, iterate: Iterate) -> tuple[Iterate, bool]:
    """Run Newton's method from an iterate.

    Returns
    -------
    Iterate
        Its objective is at most that of the one given.
    bool
        Whether the last step was small; else `newton.finish` must go on.
    """
    layout, p = problem.design.layout(), problem.design.shape[1]
    array = layout.dense()
    assert array is not None
    coef, eta = iterate.coef.copy(), iterate.eta.copy()
    intercept, _, settled = _core.smooth_newton(
        array,
        problem.rows,
        layout.center,
        layout.scale,
        problem.penalty.strengths(p)[1],
        curvature_floor(problem.loss, problem.y, problem.weights),
        float(iterate.intercept[0]),
        coef[:, 0],
        eta[:, 0],
    )
    return Iterate(coef, np.array([intercept]), eta), settled
