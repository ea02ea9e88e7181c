"""The null model: offset, intercept and unpenalised features, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.loss import Loss

__all__ = ["NullModel", "fit_null_model"]

Array = npt.NDArray[np.float64]

_MAX_STEPS = 100
_HALVINGS = 40
_ROUNDING = 64 * np.finfo(float).eps ** 2


@dataclass(frozen=True)
class NullModel:
    """What fits best without any penalised feature.

    Attributes
    ----------
    intercept : ndarray of shape (outputs,)
        0 where there is none.
    coef : ndarray of shape (columns, outputs)
        Of the unpenalised columns that it was given.
    eta : ndarray of shape (n, outputs)
        Its linear predictor.
    value : float
        Its loss.
    half_deviance : float
        Its loss above that of the saturated model, at least 0: half the null deviance.
    """

    intercept: Array
    coef: Array
    eta: Array
    value: float
    half_deviance: float


def fit_null_model(
    loss: Loss, y: Array, weights: Array, offset: Array, columns: Array, fit_intercept: bool
) -> NullModel:
    r"""Minimise ``loss(offset + a0 + columns a)`` by Newton's method.

    Parameters
    ----------
    loss : Loss
    y, offset : ndarray of shape (n, outputs)
    weights : ndarray of shape (n,)
    columns : ndarray of shape (n, m)
        The unpenalised features.
    fit_intercept : bool
        Whether a0 is free; else it is 0.

    Returns
    -------
    NullModel
        The step of smallest norm is taken where columns are collinear.
    """
    alone = fit_intercept and columns.shape[1] == 0
    if fit_intercept and not alone:
        columns = np.hstack([np.ones((y.shape[0], 1)), columns])
    coef = np.zeros((1 if alone else columns.shape[1], y.shape[1]))
    eta = offset
    value = loss.value(eta, y, weights)
    for _ in range(_MAX_STEPS if coef.shape[0] else 0):
        if alone:
            step = move = _intercept_step(loss, eta, y, weights)
        else:
            step = _newton_step(loss, eta, y, weights, columns)
            move = columns @ step
        scale, better = _decrease(loss, eta, move, y, weights, value)
        if scale == 0:
            break
        coef, eta = coef + scale * step, eta + scale * move
        settled = value - better <= 1e-15 * max(abs(value), abs(better))
        value = better
        if settled:
            break
    saturated = -loss.conjugate(np.zeros_like(y), y, weights)
    half_deviance = value - saturated
    if half_deviance <= _ROUNDING * abs(loss.value(offset, y, weights)):
        half_deviance = 0.0
    intercept, coef = (coef[0], coef[1:]) if fit_intercept else (np.zeros(y.shape[1]), coef)
    return NullModel(intercept, coef, eta, value, half_deviance)


def _intercept_step(loss: Loss, eta: Array, y: Array, weights: Array) -> Array:
    """Return the step of an intercept that is alone, shape (1, outputs)."""
    gradient = loss.gradient(eta, y, weights).sum(axis=0)
    curvature = loss.curvature(eta, y, weights).sum(axis=0)
    return np.asarray(np.linalg.lstsq(curvature, -gradient)[0][None, :])


def _newton_step(loss: Loss, eta: Array, y: Array, weights: Array, columns: Array) -> Array:
    m, outputs = columns.shape[1], y.shape[1]
    gradient = columns.T @ loss.gradient(eta, y, weights)
    curvature = loss.curvature(eta, y, weights)
    hessian = np.einsum("ia,ikl,ib->akbl", columns, curvature, columns, optimize=True)
    step = np.linalg.lstsq(hessian.reshape(m * outputs, -1), -gradient.ravel())[0]
    return np.asarray(step.reshape(m, outputs))


def _decrease(
    loss: Loss, eta: Array, move: Array, y: Array, weights: Array, value: float
) -> tuple[float, float]:
    scale = 1.0
    # Rounding hides the gain of the last steps, which still halve the number of wrong digits.
    allowed = value + 4 * np.finfo(float).eps * abs(value)
    for _ in range(_HALVINGS):
        better = loss.value(eta + scale * move, y, weights)
        if better <= allowed:
            return scale, better
        scale /= 2
    return 0.0, value
