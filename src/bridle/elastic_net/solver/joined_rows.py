r"""Proximal Newton's method for a loss whose rows depend on one another, on a working set.

Each step minimises a quadratic model of the loss with the whole Hessian of the working set's
coefficients, plus the penalty, by coordinate descent on that matrix in C++, and then goes as far
towards the minimum as the objective falls.

Source: Lee, Sun and Saunders (2014), "Proximal Newton-type methods for minimizing composite functions".
"""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.loss import JoinedLoss
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.types import Array, IntArray

__all__ = ["minimise_joined"]

# Newton's method takes some ten steps; a step of 2^-40 is no step. Both are bounds, and not tuned.
_STEPS = 50
_HALVINGS = 40
_ROUNDING = 4 * np.finfo(float).eps
# A step that gains less than this fraction of the wanted gap is the last.
_ENOUGH = 0.1
# Gap of a step's model as a fraction of the wanted one.
_MODEL_SHARE = 1e-4
# Sweeps of coordinate descent on a model; a bound that its gap seldom needs.
_SWEEPS = 1000


def minimise_joined(problem: Problem, here: Iterate, features: IntArray, gap: float) -> Iterate:
    """Minimise over some features; all others stay 0.

    Parameters
    ----------
    problem : Problem
        With a `JoinedLoss`.
    here : Iterate
        The start; coefficients of other features are 0.
    features : ndarray of shape (size,)
        Not excluded.
    gap : float
        Wanted distance of the objective from its minimum over these features.
    """
    value = problem.objective(here.coef, here.eta)
    columns = np.asfortranarray(problem.design.columns(features))
    for _ in range(_STEPS if features.size else 0):
        _core.check()
        target = _model_minimum(problem, here, columns, features, _MODEL_SHARE * gap)
        moved = _towards(problem, here, columns, features, target, value)
        if moved is None:
            break
        here, better = moved
        gained, value = value - better, better
        if gained <= _ENOUGH * gap:
            break
    return here


def _model_minimum(
    problem: Problem, here: Iterate, columns: Array, features: IntArray, gap: float
) -> Array:
    """Return the coefficients that minimise the quadratic model about a point, plus the penalty."""
    loss = problem.loss
    assert isinstance(loss, JoinedLoss)
    before = here.coef[features, 0]
    gradient = columns.T @ loss.gradient(here.eta, problem.y, problem.weights)[:, 0]
    gram = np.ascontiguousarray(loss.hessian(here.eta, problem.weights, columns))
    found = np.ascontiguousarray(before[None, :])
    lower, upper = problem.penalty.bounds(problem.design.shape[1])
    penalty = problem.penalty
    _core.gram_path(
        gram,
        np.ascontiguousarray((gram @ before - gradient)[None, :]),
        np.array([2 * problem.null.half_deviance]),
        _core.Features(problem.factors[features], lower[features], upper[features]),
        _core.Grid(np.array([penalty.l1]), np.array([penalty.l2]), 0, 1),
        _core.Precision(gap, gap, np.inf, _SWEEPS),
        found,
    )
    return found[0]


def _towards(
    problem: Problem,
    here: Iterate,
    columns: Array,
    features: IntArray,
    target: Array,
    value: float,
) -> tuple[Iterate, float] | None:
    """Return the first point, from a target back, at which the objective has fallen, if there is one."""
    move = (columns @ (target - here.coef[features, 0]))[:, None]
    allowed, share = value + _ROUNDING * abs(value), 1.0
    coef = here.coef.copy()
    for _ in range(_HALVINGS):
        coef[features, 0] = target
        eta = here.eta + share * move
        better = problem.objective(coef, eta)
        if better <= allowed:
            return Iterate(coef, here.intercept, eta), better
        # Averages of points within bounds stay within them despite rounding.
        target = 0.5 * target + 0.5 * here.coef[features, 0]
        share /= 2
    return None
