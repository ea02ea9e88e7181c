r"""Newton's method on the coefficients that are active, signs held: the second-order finish.

Once an active set A with signs s has settled, what is left is smooth:

``minimise  loss(o + b0 + X_A b_A) + l1 s'b_A + (l2 / 2) |b_A|^2``.

Coefficients that a step would take past zero or past a bound are put on that edge and leave the set.
Whether other features should join is for the caller to ask.
"""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.newton_step import Active, NewtonStep
from bridle.types import Array

__all__ = ["finish"]


_MAX_STEPS = 50
_HALVINGS = 30
_ROUNDING = 4 * np.finfo(float).eps


def finish(problem: Problem, iterate: Iterate, precision: float = 1e-14) -> Iterate:
    """Run Newton's method on the active set of an iterate.

    Parameters
    ----------
    problem : Problem
    iterate : Iterate
    precision : float
        How far, relative to its size, the linear predictor may be from where it settles.

    Returns
    -------
    Iterate
        Its objective is not above that of the one given, which is returned as it is where the
        system would be too large (over 3,000 unknowns after the choice of primal or dual form).
    """
    newton = None
    for _ in range(_MAX_STEPS):
        newton = NewtonStep.at(problem, iterate, newton)
        step = newton.step(problem, iterate)
        if step is None:
            return iterate
        moved, reached = _search(problem, iterate, newton.active, *step)
        if moved is None:
            return iterate
        settled = _is_settled(iterate, moved, precision)
        iterate = moved
        if settled and reached:
            return iterate
    return iterate


def _search(
    problem: Problem, iterate: Iterate, active: Active, step: Array, shift: Array
) -> tuple[Iterate | None, bool]:
    """Search along a step, clipped at signs and bounds; tell if all of it was taken.

    The active coefficients lie strictly inside their limits, so a short enough step is not clipped
    and, being along Newton's direction, lowers the objective.
    """
    here = iterate.coef[active.feature, active.output]
    value = problem.objective(iterate.coef, iterate.eta)
    value += _ROUNDING * abs(value)
    scale = 1.0
    for _ in range(_HALVINGS):
        free = here + scale * step
        coef = iterate.coef.copy()
        coef[active.feature, active.output] = np.clip(free, active.low, active.high)
        intercept = iterate.intercept + scale * shift
        there = Iterate(coef, intercept, problem.linear_predictor(coef, intercept))
        # A step that is far too long has no finite objective.
        with np.errstate(over="ignore", invalid="ignore"):
            reached = problem.objective(coef, there.eta)
        if reached <= value:
            inside = bool(np.all((free > active.low) & (free < active.high)))
            return there, inside and scale == 1.0
        scale /= 2
    return None, False


def _is_settled(before: Iterate, after: Iterate, precision: float) -> bool:
    # Newton's method squares the error: what the next step would change is of the order of the
    # square of what this one did.
    change = np.max(np.abs(after.eta - before.eta), initial=0.0)
    return bool(change <= np.sqrt(precision) * np.max(np.abs(after.eta), initial=0.0))
