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
from bridle.elastic_net.solver.newton_step import Active, NewtonStep
from bridle.elastic_net.solver.smooth_newton import has_smooth_newton, smooth_newton
from bridle.types import Array

__all__ = ["finish"]


# Newton's method takes some ten steps; each change of the active set takes one more.
_MAX_STEPS = 50
# Fractions of a step that are tried; less than 1e-9 of it is no step.
_SCALES = 2.0 ** -np.arange(30.0)
# Just past an edge, in spite of rounding.
_PAST = 1 + 4 * np.finfo(float).eps
# Most steps that gain nothing but rounding. The last ones still double the correct digits, but along
# flat directions rounding alone would make steps without end.
_MOST_IDLE = 3
_ROUNDING = 4 * np.finfo(float).eps


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
    newton, value, idle = None, problem.objective(iterate.coef, iterate.eta), 0
    for _ in range(_MAX_STEPS):
        newton = NewtonStep.at(problem, iterate, newton)
        step = newton.step(problem, iterate)
        if step is None:
            return iterate
        moved, reached, whole = _search(problem, iterate, value, newton.active, *step)
        if moved is None:
            return iterate
        settled = _is_settled(iterate, moved, precision)
        idle = idle + 1 if value - reached <= _ROUNDING * abs(value) else 0
        iterate, value = moved, reached
        if (settled and whole) or idle == _MOST_IDLE:
            return iterate
    return iterate


def _search(
    problem: Problem, iterate: Iterate, value: float, active: Active, step: Array, shift: Array
) -> tuple[Iterate | None, float, bool]:
    """Backtrack along a step from an objective of ``value``, clipped at signs and bounds.

    Return the point, its objective, and whether the full step was taken.

    The active coefficients lie strictly within their limits, so a short enough step is not clipped.
    Newton's direction is a descent direction, so it lowers the objective. The longest step that meets
    only one limit is among those tried: it takes that coefficient out of the active set.
    """
    here = iterate.coef[active.feature, active.output]
    allowed = value + _ROUNDING * abs(value)
    for scale in _fractions(here, step, active):
        free = here + scale * step
        coef = iterate.coef.copy()
        coef[active.feature, active.output] = np.clip(free, active.low, active.high)
        intercept = iterate.intercept + scale * shift
        there = Iterate(coef, intercept, problem.linear_predictor(coef, intercept))
        # The objective of a far too long step may overflow.
        with np.errstate(over="ignore", invalid="ignore"):
            reached = problem.objective(coef, there.eta)
        if reached <= allowed:
            inside = bool(np.all((free > active.low) & (free < active.high)))
            return there, reached, inside and scale == 1.0
    return None, value, False


def _fractions(here: Array, step: Array, active: Active) -> Array:
    """Return fractions of a step to try, decreasing: the usual ones, and that up to the first limit."""
    room = np.where(step > 0, active.high, active.low) - here
    moving = step != 0
    # A limit far beyond a tiny step is out of reach.
    with np.errstate(over="ignore"):
        first = _PAST * float(np.min(room[moving] / step[moving], initial=np.inf))
    if first >= 1:
        return _SCALES
    return np.concatenate([_SCALES[first < _SCALES], first * _SCALES])


def _is_settled(before: Iterate, after: Iterate, precision: float) -> bool:
    # Newton's method converges quadratically: the next change is of the order of the square of this one.
    change = np.max(np.abs(after.eta - before.eta), initial=0.0)
    return bool(change <= np.sqrt(precision) * np.max(np.abs(after.eta), initial=0.0))
