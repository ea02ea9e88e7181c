"""Search along a step of Newton's method, within signs and bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.newton_step import Active
from bridle.types import Array

__all__ = ["Found", "LineSearch", "rounding"]


# Fractions of a step that are tried; less than 1e-9 of it is no step.
_SCALES = 2.0 ** -np.arange(30.0)
# Tried after them while they move a linear predictor of a saturated loss by more than _SHORT.
_TINY = 2.0 ** -np.arange(30.0, 90.0)
_SHORT = 1e-3
# Just past an edge, in spite of rounding.
_PAST = 1 + 4 * np.finfo(float).eps
# Multiples of a step that are tried where the raised curvature makes it too short.
_LONGER = 4.0 ** np.arange(1, 31)
# A step of more than so many times the last accepted length is first tried at this multiple of it; if
# that is fine, longer ones are tried, each _SKIP fractions further.
_FAR = 256.0
_SKIP = 2
# A full step that raises the objective by so many roundings ends the search: shorter steps would be
# judged by rounding alone.
_NOISE = 16
_ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True)
class Found:
    """A point, its objective, and whether it is that of the full step within all limits."""

    iterate: Iterate
    value: float
    whole: bool


@dataclass
class LineSearch:
    """Searches along the steps of one run of Newton's method.

    Attributes
    ----------
    problem : Problem
    reach : float
        Length of the last step taken, in units of the columns: steps through nearly flat directions are
        longer than the last by many powers of two, and each would be halved as often.
    """

    problem: Problem
    reach: float = np.inf

    def shorten(
        self, iterate: Iterate, value: float, active: Active, step: Array, shift: Array
    ) -> Found | None:
        """Backtrack along a step from an objective of ``value``, clipped at signs and bounds.

        The active coefficients lie strictly within their limits, so a short enough step is not
        clipped. Newton's direction is a descent direction, so it lowers the objective. The longest
        step that meets only one limit is among those tried: it takes that coefficient out of the active
        set. Where no limit is met, a fraction of a step lowers a convex objective by at most that
        fraction of its slope: the search ends where this is less than the last digit of the objective.
        """
        here = iterate.coef[active.feature, active.output]
        allowed = value + rounding(self.problem, value)
        length = self._length(active, step)
        limit = _first_limit(here, step, active)
        fractions, far, slope = _fractions(limit), np.inf, np.inf
        usual = fractions.size - _TINY.size
        first = tried = self._first_try(fractions, length)
        while tried < usual or (tried < fractions.size and far > _SHORT):
            scale = fractions[tried]
            there, reached = _along(self.problem, iterate, active, scale * step, scale * shift)
            if reached <= allowed:
                break
            if scale == 1 and reached <= allowed + _NOISE * rounding(self.problem, value):
                return None
            far = float(np.max(np.abs(there.eta - iterate.eta), initial=0.0))
            tried += 1
            if slope == np.inf and scale <= limit:
                slope = _slope(self.problem, iterate, active, step, shift)
            promised = slope * fractions[tried] if tried < fractions.size else np.inf
            # Uphill, the step itself is rounding; beside a limit, so is the slope.
            if promised <= _ROUNDING * abs(value) and (promised >= 0 or limit >= 1):
                return None
        else:
            return None
        while tried <= first and tried >= _SKIP:
            scale = fractions[tried - _SKIP]
            further = _along(self.problem, iterate, active, scale * step, scale * shift)
            if not further[1] < reached - rounding(self.problem, reached):
                break
            (there, reached), tried = further, tried - _SKIP
        scale = float(fractions[tried])
        self.reach = scale * length
        free = here + scale * step
        inside = bool(np.all((free > active.low) & (free < active.high)))
        return Found(there, reached, inside and scale == 1.0)

    def _length(self, active: Active, step: Array) -> float:
        units = self.problem.column_norms[active.feature]
        return float(np.max(np.abs(step) * units, initial=0.0))

    def _first_try(self, fractions: Array, length: float) -> int:
        """Return which fraction to begin with: 0 unless that is much longer than the last step."""
        if not length > _FAR * self.reach:
            return 0
        short = np.flatnonzero(fractions * length <= _FAR * self.reach)
        return int(short[0]) if short.size else 0

    def lengthen(
        self, iterate: Iterate, found: Found, active: Active, step: Array, shift: Array
    ) -> Found:
        """Return the best of a point and those of longer and longer steps, up to the first no better.

        Where the curvature is right, four times a step is no better than the step. The longest step
        takes one coefficient to its limit.
        """
        first = _first_limit(iterate.coef[active.feature, active.output], step, active)
        length = self._length(active, step)
        within = _LONGER[first > _LONGER]
        for factor in np.append(within, first) if 1 < first <= _LONGER[-1] else within:
            further = _along(self.problem, iterate, active, factor * step, factor * shift)
            if not further[1] < found.value - _ROUNDING * abs(found.value):
                break
            found, self.reach = Found(*further, found.whole), float(factor) * length
        return found


def rounding(problem: Problem, value: float) -> float:
    """Return the decrease of an objective that is rounding.

    A sum of squares has the rounding of its value. Other losses may be near 0 as sums of large terms of
    both signs.
    """
    least = 0.0 if problem.loss.is_quadratic else problem.null.half_deviance
    return _ROUNDING * max(abs(value), least)


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


def _slope(problem: Problem, iterate: Iterate, active: Active, step: Array, shift: Array) -> float:
    """Return by how much the objective would fall with a step that meets no limit, if its slope stayed.

    The change of the linear predictors is computed from the step: in a difference of two of them,
    rounding would hide that of a short one.
    """
    coef = np.zeros_like(iterate.coef)
    coef[active.feature, active.output] = step
    with np.errstate(all="ignore"):
        move = problem.design.matvec(coef) + shift
        gradient = problem.loss.gradient(iterate.eta, problem.y, problem.weights)
        penalty = active.l1 + active.l2 * iterate.coef[active.feature, active.output]
        return -float(np.sum(gradient * move) + penalty @ step)


def _fractions(first: float) -> Array:
    """Return fractions to try: the usual ones and that up to the first limit, then tiny ones."""
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
