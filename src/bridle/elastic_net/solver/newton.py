r"""Newton's method on the active coefficients with fixed signs: the finish of coordinate descent.

Coordinate descent finds the active set A and its signs s quickly, but converges slowly on correlated
features. With A and s fixed, the problem is smooth, and Newton's method converges in a few steps:

``minimise  loss(o + b0 + X_A b_A) + l1 s'b_A + (l2 / 2) |b_A|^2``.

A coefficient that a step would move across zero or a bound is set to that value and leaves A. The
caller checks whether other features must enter.
"""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.line_search import LineSearch, rounding
from bridle.elastic_net.solver.newton_step import NewtonStep
from bridle.elastic_net.solver.null_directions import minimise_along_null_directions
from bridle.elastic_net.solver.smooth_newton import has_smooth_newton, smooth_newton

__all__ = ["finish"]


# Newton's method takes some ten steps; each change of the active set takes one more.
_MAX_STEPS = 50
# Most steps that gain nothing but rounding. The last ones still double the correct digits, but along
# flat directions rounding alone would make steps without end.
_MOST_IDLE = 3
# Where a loss is saturated and only an l1 penalty is left, the objective is linear, and the raised
# curvature makes each step a crumb of the way. After so many steps, and before the last, multiples
# are tried.
_MANY = 10
# Steps that ended early, after which null directions are looked for: usual fits have fewer.
_CUT = 3


def finish(problem: Problem, iterate: Iterate, precision: float = 1e-14) -> Iterate:
    """Run Newton's method on the active set of an iterate.

    Parameters
    ----------
    problem : Problem
    iterate : Iterate
    precision : float
        Relative precision of the linear predictor at which to stop. Default 1e-14.

    Returns
    -------
    Iterate
        The objective never increases. If the system is too large (over 3,000 unknowns, in the smaller
        of its primal and dual form), the given iterate is returned.
    """
    if has_smooth_newton(problem):
        iterate, settled = smooth_newton(problem, iterate)
        if settled:
            return iterate
    newton, value, idle, cut = None, problem.objective(iterate.coef, iterate.eta), 0, 0
    search = LineSearch(problem)
    for taken in range(_MAX_STEPS):
        newton = NewtonStep.at(problem, iterate, newton)
        step = newton.step(problem, iterate)
        if step is None:
            return iterate
        found = search.shorten(iterate, value, newton.active, *step)
        if found is None:
            return iterate
        settled = _is_settled(iterate, found.iterate, precision)
        if (settled or taken >= _MANY) and not problem.loss.is_quadratic:
            further = search.lengthen(iterate, found, newton.active, *step)
            settled &= further is found
            found = further
        idle = idle + 1 if value - found.value <= rounding(problem, value) else 0
        iterate, value = found.iterate, found.value
        cut += not found.whole
        if cut == _CUT:
            iterate, value = _without_null_directions(problem, iterate, value)
        if (settled and found.whole) or idle == _MOST_IDLE:
            return iterate
    return iterate


def _without_null_directions(
    problem: Problem, iterate: Iterate, value: float
) -> tuple[Iterate, float]:
    """Return a point with a smaller penalty and the same loss, and its objective."""
    active = NewtonStep.at(problem, iterate, None).active
    there = minimise_along_null_directions(problem, iterate, active)
    reached = problem.objective(there.coef, there.eta)
    return (there, reached) if reached < value else (iterate, value)


def _is_settled(before: Iterate, after: Iterate, precision: float) -> bool:
    # Newton's method converges quadratically: the next change is of the order of the square of this one.
    change = np.max(np.abs(after.eta - before.eta), initial=0.0)
    return bool(change <= np.sqrt(precision) * np.max(np.abs(after.eta), initial=0.0))
