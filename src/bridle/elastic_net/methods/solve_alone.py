"""Second attempt, alone, at fits that missed their tolerance in a joint solution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent

__all__ = ["solve_alone"]

# Of X, 8 MB.
_MOST_NUMBERS = 1e6


def solve_alone(
    problem: Problem, grid: Grid, solved: SolvedPath, solver: CoordinateDescent
) -> SolvedPath:
    """Solve unconverged fits of a path again from X, and keep those that are better.

    Cross-products lose the digits that a weak penalty needs, and joint methods give up after some
    rounds. Solving from X costs more, so it is done only if X has at most a million numbers.

    Parameters
    ----------
    problem : Problem
    grid : Grid
    solved : SolvedPath
        With certificates from X, as `confirm` returns it.
    solver : CoordinateDescent
        With ``max_iter=1``, nothing is done.

    Returns
    -------
    SolvedPath
    """
    short = [k for k, status in enumerate(solved.statuses) if status is Status.STOPPED]
    n, p = problem.design.shape
    if not short or n * p > _MOST_NUMBERS or solver.max_iter == 1:
        return solved
    coefs, intercepts = list(solved.coefs), solved.intercepts.copy()
    certificates, statuses = list(solved.certificates), list(solved.statuses)
    for k in short:
        penalty = problem.penalty.with_strength(float(grid.strengths[k]), grid.l1_ratio)
        start = coefs[k].toarray(), intercepts[k]
        found = solver.solve(problem.with_penalty(penalty), start)
        if found.certificate.excess(solver.tol) < certificates[k].excess(solver.tol):
            coefs[k], intercepts[k] = sparse.csc_array(found.coef), found.intercept
            certificates[k], statuses[k] = found.certificate, found.status
    return replace(
        solved,
        coefs=Coefficients.of(coefs),
        intercepts=np.asarray(intercepts),
        certificates=tuple(certificates),
        statuses=tuple(statuses),
    )
