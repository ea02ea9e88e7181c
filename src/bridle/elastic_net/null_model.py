r"""Null model: the fit of offset, intercept and unpenalised features alone.

A path starts from it (at `Problem.strength_max` it is the solution), and deviance explained is measured
from it. It is found by Newton's method with step halving,

``min_a loss(offset + E a)``, ``E = [1, unpenalised columns]``.

Each step is a `curved_step`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.curved_step import curved_step, raised_curvature, step_by_hessian
from bridle.elastic_net.loss import JoinedLoss, Loss
from bridle.types import Array

__all__ = ["NullModel", "fit_lone_intercept", "fit_null_model"]


# Newton's method takes some ten steps; a bound that halved steps cannot reach otherwise.
_MAX_STEPS = 200
# Shrinks the longest step that `raised_curvature` allows, 1e14, to one unit in the last place of 1.
_HALVINGS = 100
# A decrease below this fraction is rounding.
_SETTLED = 1e-15
# What is left of a value after a fit that is perfect up to rounding.
_NEXT_TO_NOTHING = 1e-12
# Features that separate the rows lower the loss without end, each step by less where the raised
# curvature shortens it. After so many steps, longer ones are tried, which may end it.
_MANY = 20
_LONGER = 4.0 ** np.arange(1, 11)
# Within so short a move of the linear predictors, the curvature of a loss hardly changes: Newton's step
# gains what it promises.
_SHORT = 1e-3
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class NullModel:
    """Best fit without any penalised feature.

    Attributes
    ----------
    intercept : ndarray of shape (outputs,)
        0 without an intercept.
    coef : ndarray of shape (columns, outputs)
        Coefficients of the unpenalised columns.
    eta : ndarray of shape (n, outputs)
        Linear predictor.
    value : float
        Loss.
    saturated : float
        Loss of the saturated model, which predicts every row exactly.
    half_deviance : float
        ``value - saturated``, half the null deviance; 0 if it is within rounding.
    rounding : float
        Deviances up to this count as 0.
    gradient_size : float
        Norm of the loss's gradient at the null model, ``sqrt(sum_i g_i^2 / w_i)``.
    """

    intercept: Array
    coef: Array
    eta: Array
    value: float
    saturated: float
    half_deviance: float
    rounding: float
    gradient_size: float

    def relative_gap(self, gap: float) -> float:
        """Return one gap as `relative` does."""
        if self.half_deviance > 0:
            return gap / self.half_deviance
        return 0.0 if gap <= self.rounding else math.inf

    def relative(self, gap: npt.ArrayLike) -> Array:
        """Return gaps divided by half the null deviance.

        If that is 0, the null model is optimal: gaps within rounding become 0, larger ones inf.
        """
        if self.half_deviance > 0:
            return np.asarray(gap) / self.half_deviance
        return np.where(np.asarray(gap) <= self.rounding, 0.0, np.inf)


def fit_null_model(
    loss: Loss,
    y: Array,
    weights: Array,
    offset: Array,
    columns: Array,
    fit_intercept: bool,
    bounds: tuple[Array, Array] | None = None,
) -> NullModel:
    r"""Minimise ``loss(offset + a0 + columns a)`` by Newton's method.

    Each row's curvature is raised by 1e-14 of the largest curvature of the loss. If all predictions are
    nearly certain, steps are still long, and are halved until the loss falls. If columns are
    collinear, the step of smallest norm is taken.

    Parameters
    ----------
    loss : Loss
    y, offset : ndarray of shape (n, outputs)
    weights : ndarray of shape (n,)
    columns : ndarray of shape (n, m)
        The unpenalised features.
    fit_intercept : bool
        Whether to fit a0; else it is 0.
    bounds : tuple of lower (m,) and upper (m,), optional
        Bounds of a, with ``lower <= 0 <= upper``. Default: no bounds.

    Returns
    -------
    NullModel
    """
    m, outputs = columns.shape[1], y.shape[1]
    lower, upper = (np.full(m, -np.inf), np.full(m, np.inf)) if bounds is None else bounds
    if fit_intercept:
        columns = np.hstack([np.ones((y.shape[0], 1)), columns])
        lower, upper = np.append(-np.inf, lower), np.append(np.inf, upper)
    low, high = lower[:, None], upper[:, None]
    coef = np.zeros((columns.shape[1], outputs))
    eta = offset
    if fit_intercept:
        coef[0] = loss.first_intercept(y, weights, offset)
        eta = offset + coef[0]
    value = loss.value(eta, y, weights)
    saturated = -loss.conjugate(np.zeros_like(y), y, weights)
    rounding_at = _rounding(loss, y, weights, eta, columns, saturated)
    rounding = rounding_at(coef)
    # With squared loss and an intercept alone, the first step is exact up to rounding.
    alone = loss.is_quadratic and columns.shape[1] == fit_intercept
    for taken in range(_MAX_STEPS if coef.size else 0):
        gradient = loss.gradient(eta, y, weights)
        if alone:
            step = -gradient.sum(axis=0, keepdims=True) / weights.sum()
        elif isinstance(loss, JoinedLoss):
            hessian, linear = loss.hessian(eta, weights, columns), -(columns.T @ gradient)[:, 0]
            step = step_by_hessian(hessian, linear, (low - coef)[:, 0], (high - coef)[:, 0])[
                :, None
            ]
        else:
            curvature = raised_curvature(loss, eta, y, weights)
            step = curved_step(columns, -gradient, curvature, low - coef, high - coef)
        move = columns @ step
        promised = -0.5 * float(np.sum(gradient * move))
        # In the last step rounding hides the decrease, but it still doubles the correct digits.
        hidden = np.max(np.abs(move)) <= _SHORT and promised <= rounding
        if hidden:
            scale, better = 1.0, loss.value(eta + move, y, weights)
        else:
            scale, better = _decrease(loss, eta, move, y, weights, value)
        if scale == 0:
            break
        coef = np.clip(coef + scale * step, low, high)
        # Computed afresh, so that rounding errors do not accumulate.
        eta = offset + columns @ coef
        rounding = rounding_at(coef)
        exact = alone and better > _NEXT_TO_NOTHING * value
        settled = scale == 1 and value - better <= _SETTLED * max(abs(value), abs(better))
        value = better
        if exact or settled or hidden or value - saturated <= rounding:
            break
        if taken >= _MANY and not loss.is_quadratic:
            further = (np.clip(coef + factor * step, low, high) for factor in _LONGER)
            reached = ((far, _value(loss, offset + columns @ far, y, weights)) for far in further)
            perfect = next((found for found in reached if found[1] - saturated <= rounding), None)
            if perfect is not None:
                coef, value = perfect
                eta = offset + columns @ coef
                break
    half_deviance = value - saturated if value - saturated > rounding else 0.0
    intercept, coef = (coef[0], coef[1:]) if fit_intercept else (np.zeros(outputs), coef)
    used = weights > 0
    squares = loss.gradient(eta, y, weights)[used] ** 2 / weights[used, None]
    size = float(np.sqrt(np.sum(squares)))
    return NullModel(intercept, coef, eta, value, saturated, half_deviance, rounding, size)


def fit_lone_intercept(rows: _core.Rows, floor: float, start: float, n: int) -> NullModel:
    """Fit the null model in C++: for a loss with a kernel, without unpenalised features.

    Parameters
    ----------
    rows : Rows
    floor : float
        Added to the curvature of a row of weight 1.
    start : float
        The intercept from which Newton's method starts.
    n : int
        Number of rows.

    Returns
    -------
    NullModel
    """
    eta = np.empty(n)
    intercept, value, saturated, rounding, size = _core.fit_null(rows, floor, start, eta)
    half_deviance = value - saturated if value - saturated > rounding else 0.0
    return NullModel(
        np.array([intercept]),
        np.empty((0, 1)),
        eta[:, None],
        value,
        saturated,
        half_deviance,
        rounding,
        size,
    )


def _rounding(
    loss: Loss, y: Array, weights: Array, offset: Array, columns: Array, saturated: float
) -> Callable[[Array], float]:
    """Return a function of the coefficients: the largest deviance that rounding alone can leave."""
    most = 0.0
    if not loss.is_quadratic:
        most = 64 * _EPS * max(abs(loss.value(offset, y, weights)), abs(saturated))
        if not loss.has_linear_tails:
            return lambda coef: most
    # A residual has an error of some eps times the terms it is a difference of; a deviance, its square.
    # A loss with linear tails is nowhere larger.
    used = weights > 0
    ends = np.sqrt(weights[used] @ y[used] ** 2) + np.sqrt(weights[used] @ offset[used] ** 2)
    sizes = np.sqrt(weights @ columns**2)
    return lambda coef: max(most, float(64 * _EPS**2 * np.sum((ends + sizes @ np.abs(coef)) ** 2)))


def _value(loss: Loss, eta: Array, y: Array, weights: Array) -> float:
    # The loss of a far too long step may overflow.
    with np.errstate(over="ignore", invalid="ignore"):
        return loss.value(eta, y, weights)


def _decrease(
    loss: Loss, eta: Array, move: Array, y: Array, weights: Array, value: float
) -> tuple[float, float]:
    scale = 1.0
    # In the last steps rounding hides the decrease, but they still double the correct digits.
    allowed = value + 4 * _EPS * abs(value)
    for _ in range(_HALVINGS):
        better = loss.value(eta + scale * move, y, weights)
        if better <= allowed:
            return scale, better
        scale /= 2
    return 0.0, value
