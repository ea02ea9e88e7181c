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

# Largest X, in numbers: 8 MB.
_MOST_NUMBERS = 1e6

# Attempts in a row that may fail. Weaker strengths are harder, so those that follow would most often
# fail too, and a failure takes longest.
_MOST_FAILURES = 2


def solve_alone(
    problem: Problem, grid: Grid, solved: SolvedPath, solver: CoordinateDescent
) -> SolvedPath:
    """Solve unconverged fits of a path again from X, and keep those that are better.

    Cross-products lose the digits that a weak penalty needs, and joint methods give up after some
    rounds. Newton's steps from X also solve nearly singular problems, with about as many features as
    rows, and problems whose classes separate. They cost more, so X may have at most a million numbers,
    and the attempts end when two in a row have failed.

    Parameters
    ----------
    problem : Problem
    grid : Grid
    solved : SolvedPath
        With certificates from X, as `confirm` returns it, or from cross-products.
    solver : CoordinateDescent
        With ``max_iter=1``, nothing is done; nor if the rows are not in memory.

    Returns
    -------
    SolvedPath
        Without errors on test rows if a solution has changed.
    """
    short = [k for k, status in enumerate(solved.statuses) if status is Status.STOPPED]
    n, p = problem.design.shape
    if not short or not 0 < n * p <= _MOST_NUMBERS or solver.max_iter == 1:
        return solved
    coefs, intercepts = list(solved.coefs), solved.intercepts.copy()
    certificates, statuses = list(solved.certificates), list(solved.statuses)
    failures, improved = 0, False
    for k in sorted(short, key=lambda k: -grid.strengths[k]):
        if failures == _MOST_FAILURES:
            break
        penalty = problem.penalty.with_strength(float(grid.strengths[k]), grid.l1_ratio)
        start = coefs[k].toarray(), intercepts[k]
        found = solver.solve(problem.with_penalty(penalty), start)
        failures = 0 if found.status is Status.CONVERGED else failures + 1
        if found.certificate.excess(solver.tol) < certificates[k].excess(solver.tol):
            improved = True
            coefs[k], intercepts[k] = sparse.csc_array(found.coef), found.intercept
            certificates[k], statuses[k] = found.certificate, found.status
    return replace(
        solved,
        coefs=Coefficients.of(coefs),
        intercepts=np.asarray(intercepts),
        certificates=tuple(certificates),
        statuses=tuple(statuses),
        errors=None if improved else solved.errors,
    )
