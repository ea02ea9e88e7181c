"""Solution at a strength that is not on a path, from the next stronger one."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.grid import fitted_grid
from bridle.elastic_net.path.convergence import report_unconverged
from bridle.elastic_net.path.point import PathPoint
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.types import Array

__all__ = ["solve_at"]


def solve_at(
    alpha: float,
    l1_ratio: float,
    specification: Specification,
    solver: CoordinateDescent,
    start: tuple[sparse.csc_array, Array] | None,
    stacklevel: int,
) -> PathPoint:
    """Return the solution at one strength.

    Parameters
    ----------
    alpha : float
        In [0, inf).
    l1_ratio : float
        In [0, 1].
    specification : Specification
        The data and settings of the path.
    solver : CoordinateDescent
    start : (coefficients of shape (p, outputs), intercepts of shape (outputs,)), optional
        A solution at a stronger penalty, on the scale of X, from which the solver starts.
    stacklevel : int
        Of the warning that the fit has not converged, counted from the caller.

    Raises
    ------
    InputError
        The fit has overflowed.
    """
    with quiet_arithmetic():
        problem = specification.problem()
        grid = fitted_grid([problem], np.array([alpha]), l1_ratio, specification.units)
        penalty = problem.penalty.with_strength(float(grid.strengths[0]), grid.l1_ratio)
        warm = None if start is None else specification.from_original(problem, *start)
        solution = solver.solve(problem.with_penalty(penalty), warm)
        judged = [(alpha, solution.status, solution.certificate)]
        report_unconverged(judged, solver, stacklevel=stacklevel + 1)
        (coef,), (intercept,) = specification.to_original(
            problem, Coefficients.of([sparse.csc_array(solution.coef)]), solution.intercept[None, :]
        )
        return PathPoint.of(alpha, coef, intercept, solution.certificate)
