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
# Tried after them while they move a linear predictor of a saturated loss by more than _SHORT.
_TINY = 2.0 ** -np.arange(30.0, 90.0)
_SHORT = 1e-3
# Just past an edge, in spite of rounding.
_PAST = 1 + 4 * np.finfo(float).eps
# Most steps that gain nothing but rounding. The last ones still double the correct digits, but along
# flat directions rounding alone would make steps without end.
_MOST_IDLE = 3
# Where a loss is saturated and only an l1 penalty is left, the objective is linear, and the raised
# curvature makes each step a crumb of the way. After so many steps, and before the last, multiples
# are tried.
_MANY = 10
_LONGER = 4.0 ** np.arange(1, 31)
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
    for taken in range(_MAX_STEPS):
        newton = NewtonStep.at(problem, iterate, newton)
        step = newton.step(problem, iterate)
        if step is None:
            return iterate
        moved, reached, whole = _search(problem, iterate, value, newton.active, *step)
        if moved is None:
            return iterate
        settled = _is_settled(iterate, moved, precision)
        if (settled or taken >= _MANY) and not problem.loss.is_quadratic:
            further = _lengthen(problem, iterate, (moved, reached), newton.active, *step)
            settled &= further[0] is moved
            moved, reached = further
        idle = idle + 1 if value - reached <= _rounding(problem, value) else 0
        iterate, value = moved, reached
        if (settled and whole) or idle == _MOST_IDLE:
            return iterate
    return iterate


def _rounding(problem: Problem, value: float) -> float:
    """Return the decrease of an objective that is rounding.

    A sum of squares has the rounding of its value. Other losses may be near 0 as sums of large terms of
    both signs.
    """
    least = 0.0 if problem.loss.is_quadratic else problem.null.half_deviance
    return _ROUNDING * max(abs(value), least)


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
    allowed = value + _rounding(problem, value)
    far = np.inf
    fractions = _fractions(here, step, active)
    usual = fractions.size - _TINY.size
    for tried, scale in enumerate(fractions):
        if tried >= usual and far <= _SHORT:
            break
        there, reached = _along(problem, iterate, active, scale * step, scale * shift)
        if reached <= allowed:
            free = here + scale * step
            inside = bool(np.all((free > active.low) & (free < active.high)))
            return there, reached, inside and scale == 1.0
        far = float(np.max(np.abs(there.eta - iterate.eta), initial=0.0))
    return None, value, False


def _lengthen(
    problem: Problem,
    iterate: Iterate,
    found: tuple[Iterate, float],
    active: Active,
    step: Array,
    shift: Array,
) -> tuple[Iterate, float]:
    """Return the best of a point and those of longer and longer steps, up to the first no better.

    Where the curvature is right, four times a step is no better than the step. The longest step takes
    one coefficient to its limit.
    """
    first = _first_limit(iterate.coef[active.feature, active.output], step, active)
    within = _LONGER[first > _LONGER]
    for factor in np.append(within, first) if 1 < first <= _LONGER[-1] else within:
        further = _along(problem, iterate, active, factor * step, factor * shift)
        if not further[1] < found[1] - _ROUNDING * abs(found[1]):
            break
        found = further
    return found


def _along(
    problem: Problem, iterate: Iterate, active: Active, step: Array, shift: Array
) -> tuple[Iterate, float]:
    """Return the point after a step, clipped at signs and bounds, and its objective."""
    coef = iterate.coef.copy()
    free = coef[active.feature, active.output] + step
    coef[active.feature, active.output] = np.clip(free, active.low, active.high)
    intercept = iterate.intercept + shift
    there = Iterate(coef, intercept, problem.linear_predictor(coef, intercept))
    # The objective of a far too long step may overflow.
    with np.errstate(over="ignore", invalid="ignore"):
        return there, problem.objective(coef, there.eta)


def _fractions(here: Array, step: Array, active: Active) -> Array:
    """Return fractions to try: the usual ones and that up to the first limit, then tiny ones."""
    first = _first_limit(here, step, active)
    if first >= 1:
        return np.concatenate([_SCALES, _TINY])
    return np.concatenate([_SCALES[first < _SCALES], first * _SCALES, first * _TINY])


def _first_limit(here: Array, step: Array, active: Active) -> float:
    """Return the multiple of a step just past the first limit; inf if it meets none."""
    room = np.where(step > 0, active.high, active.low) - here
    moving = step != 0
    # A limit far beyond a tiny step is out of reach.
    with np.errstate(over="ignore"):
        return _PAST * float(np.min(room[moving] / step[moving], initial=np.inf))


def _is_settled(before: Iterate, after: Iterate, precision: float) -> bool:
    # Newton's method converges quadratically: the next change is of the order of the square of this one.
    change = np.max(np.abs(after.eta - before.eta), initial=0.0)
    return bool(change <= np.sqrt(precision) * np.max(np.abs(after.eta), initial=0.0))
