r"""Null model: the fit of offset, intercept and unpenalised features alone.

A path starts from it (at `Problem.strength_max` it is the solution), and deviance explained is measured
from it. It is found by Newton's method with step halving,

``min_a loss(offset + E a)``, ``E = [1, unpenalised columns]``.

The Hessian is never formed for a single output: ``E' C E`` has the squared condition number of
``sqrt(C) E``, so each step is the least-squares solution from the singular values of ``sqrt(C) E``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import lsq_linear

from bridle import _core
from bridle.elastic_net.loss import Loss
from bridle.types import Array

__all__ = [
    "NullModel",
    "curvature_floor",
    "curved_step",
    "fit_lone_intercept",
    "fit_null_model",
    "raised_curvature",
]


_MAX_STEPS = 200
# Enough to shrink the longest possible step, 1 / _FLATTEST, to one unit in the last place of 1.
_HALVINGS = 100
# Added to each row's curvature, as a fraction of the largest curvature of the loss.
_FLATTEST = 1e-14
_SETTLED = 1e-15
_NEXT_TO_NOTHING = 1e-12
# Largest matrix, in numbers, whose singular values are computed directly for several outputs.
_MOST_NUMBERS = 1e6
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
    value = loss.value(eta, y, weights)
    saturated = -loss.conjugate(np.zeros_like(y), y, weights)
    rounding_at = _rounding(loss, y, weights, offset, columns, saturated)
    rounding = rounding_at(coef)
    # With squared loss and an intercept alone, the first step is exact up to rounding.
    alone = loss.is_quadratic and columns.shape[1] == fit_intercept
    for _ in range(_MAX_STEPS if coef.size else 0):
        gradient = loss.gradient(eta, y, weights)
        if alone:
            step = -gradient.sum(axis=0, keepdims=True) / weights.sum()
        else:
            curvature = raised_curvature(loss, eta, y, weights)
            step = curved_step(columns, -gradient, curvature, low - coef, high - coef)
        scale, better = _decrease(loss, eta, columns @ step, y, weights, value)
        if scale == 0:
            break
        coef = np.clip(coef + scale * step, low, high)
        # Computed afresh, so that rounding errors do not accumulate.
        eta = offset + columns @ coef
        rounding = rounding_at(coef)
        exact = alone and better > _NEXT_TO_NOTHING * value
        settled = scale == 1 and value - better <= _SETTLED * max(abs(value), abs(better))
        value = better
        if exact or settled or value - saturated <= rounding:
            break
    half_deviance = value - saturated if value - saturated > rounding else 0.0
    intercept, coef = (coef[0], coef[1:]) if fit_intercept else (np.zeros(outputs), coef)
    used = weights > 0
    squares = loss.gradient(eta, y, weights)[used] ** 2 / weights[used, None]
    size = float(np.sqrt(np.sum(squares)))
    return NullModel(intercept, coef, eta, value, saturated, half_deviance, rounding, size)


def fit_lone_intercept(rows: _core.Rows, floor: float, n: int) -> NullModel:
    """Fit the null model in C++: for a loss with a kernel, without unpenalised features.

    Parameters
    ----------
    rows : Rows
    floor : float
        Added to the curvature of a row of weight 1.
    n : int
        Number of rows.

    Returns
    -------
    NullModel
    """
    eta = np.empty(n)
    intercept, value, saturated, rounding, size = _core.fit_null(rows, floor, eta)
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


def curvature_floor(loss: Loss, y: Array, weights: Array) -> float:
    """Return the number that is added to the curvature of a row of weight 1."""
    return _FLATTEST * loss.usual_curvature(y, weights)


def raised_curvature(loss: Loss, eta: Array, y: Array, weights: Array) -> Array:
    """Return the curvature, (n, outputs, outputs), plus 1e-14 of its typical size on the diagonal."""
    floor = curvature_floor(loss, y, weights) * weights
    return loss.curvature(eta, y, weights) + floor[:, None, None] * np.eye(eta.shape[1])


def curved_step(
    columns: Array,
    right: Array,
    curvature: Array,
    low: Array | None = None,
    high: Array | None = None,
) -> Array:
    r"""Return the a, (m, outputs), that minimises ``1/2 (E a)' C (E a) - right' E a``, low <= a <= high.

    Without bounds, a solves ``E' (right - C E a) = 0``. Among several minimisers it is the one of
    smallest norm.

    Parameters
    ----------
    columns : ndarray of shape (n, m)
        E.
    right : ndarray of shape (n, outputs)
    curvature : ndarray of shape (n, outputs, outputs)
        C, positive semi-definite in each row; 0 for a row of weight 0.
    low, high : ndarray of shape (m, 1) or (m, outputs), optional
        With ``low <= 0 <= high``. Default: no bounds.

    Returns
    -------
    ndarray of shape (m, outputs)
    """
    m, outputs = columns.shape[1], right.shape[1]
    low = np.full((m, 1), -np.inf) if low is None else low
    high = np.full((m, 1), np.inf) if high is None else high
    free = bool(np.all(np.isinf(low) & np.isinf(high)))
    if m * outputs == 1 and free:
        column = columns[:, 0]
        total = column @ (curvature[:, 0, 0] * column)
        return np.array([[column @ right[:, 0] / total if total > 0 else 0.0]])
    # Scale columns to equal norms, or small columns would be taken for rounding.
    sizes = np.sqrt(np.einsum("ikk,ia->a", curvature, columns**2))[:, None]
    sizes = np.where(sizes > 0, sizes, 1.0)
    return _scaled_step(columns / sizes.T, right, curvature, low * sizes, high * sizes) / sizes


def _scaled_step(columns: Array, right: Array, curvature: Array, low: Array, high: Array) -> Array:
    m, outputs = columns.shape[1], right.shape[1]
    free = bool(np.all(np.isinf(low) & np.isinf(high)))
    slope = (columns.T @ right).ravel()
    values, vectors = _spectrum(columns, curvature)
    if free:
        return np.asarray((vectors @ ((vectors.T @ slope) / values**2)).reshape(m, outputs))
    system, target = values[:, None] * vectors.T, (vectors.T @ slope) / values
    return _bounded(system, target, *(np.broadcast_to(one, (m, outputs)) for one in (low, high)))


def _spectrum(columns: Array, curvature: Array) -> tuple[Array, Array]:
    """Return square roots (k,) of the non-zero eigenvalues of ``E' C E``, and eigenvectors (., k)."""
    m, outputs = columns.shape[1], curvature.shape[1]
    if outputs == 1 or (m > 1 and curvature.size * m <= _MOST_NUMBERS):
        # Forming E' C E would square the condition number.
        _, values, rows = np.linalg.svd(_rooted(columns, curvature), full_matrices=False)
        vectors, precision = rows.T, _EPS * max(columns.shape)
    else:
        hessian = np.einsum("ia,ikl,ib->akbl", columns, curvature, columns, optimize=True)
        squares, vectors = np.linalg.eigh(hessian.reshape(m * outputs, -1))
        values, precision = np.sqrt(np.maximum(squares, 0.0)), np.sqrt(_EPS * m * outputs)
    kept = values > precision * values.max(initial=0.0)
    return values[kept], vectors[:, kept]


def _rooted(columns: Array, curvature: Array) -> Array:
    """Return a matrix R, (n outputs, m outputs), with ``R'R = E' C E``."""
    if curvature.shape[1] == 1:
        return np.sqrt(curvature[:, 0, 0])[:, None] * columns
    values, vectors = np.linalg.eigh(curvature)
    roots = np.sqrt(np.maximum(values, 0.0))[:, :, None] * vectors.swapaxes(1, 2)
    return np.einsum("ikl,ia->ikal", roots, columns).reshape(
        roots.shape[0] * roots.shape[1], columns.shape[1] * roots.shape[1]
    )


def _bounded(system: Array, target: Array, low: Array, high: Array) -> Array:
    """Minimise ``|A x - b|`` within bounds by bounded-variable least squares."""
    lower, upper = low.ravel(), high.ravel()
    open_ = lower < upper
    found = np.zeros(lower.size)
    if open_.any():
        sizes = np.sqrt(np.sum(system[:, open_] ** 2, axis=0))
        sizes = np.where(sizes > 0, sizes, 1.0)
        limits = lower[open_] * sizes, upper[open_] * sizes
        best = lsq_linear(system[:, open_] / sizes, target, limits, method="bvls", tol=1e-14)
        found[open_] = np.clip(best.x, *limits) / sizes
    return found.reshape(low.shape)


def _rounding(
    loss: Loss, y: Array, weights: Array, offset: Array, columns: Array, saturated: float
) -> Callable[[Array], float]:
    """Return a function of the coefficients: the largest deviance that rounding alone can leave."""
    if not loss.is_quadratic:
        most = 64 * _EPS * max(abs(loss.value(offset, y, weights)), abs(saturated))
        return lambda coef: most
    # A residual has an error of some eps times the terms it is a difference of; a deviance, its square.
    used = weights > 0
    ends = np.sqrt(weights[used] @ y[used] ** 2) + np.sqrt(weights[used] @ offset[used] ** 2)
    sizes = np.sqrt(weights @ columns**2)
    return lambda coef: float(64 * _EPS**2 * np.sum((ends + sizes @ np.abs(coef)) ** 2))


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
