"""Tweedie loss of a power between 1 and 2, for amounts that are often 0, with a log link."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from bridle.arguments.real_numbers import as_float
from bridle.arguments.scalars import is_number, refuse
from bridle.elastic_net.loss.base import ROUNDING
from bridle.elastic_net.loss.log_link import TINY, LogLinkLoss, bounded_exp
from bridle.types import Array

__all__ = ["Tweedie"]


# As in `Loss.smallest_curvature`, relative to the curvature at a row's own optimum.
_SMALLEST_SHARE = 1e-5
# Newton's method for the conjugate takes at most nine steps if the terms' rates differ by 1000.
_STEPS = 10


class Tweedie(LogLinkLoss):
    r"""Half the deviance of a compound Poisson-gamma variable, up to a constant; y at least 0.

    With mean ``m = exp(eta)`` it is ``m^(2-p) / (2-p) + y m^(1-p) / (p-1)``: the sum of a rising and a
    falling exponential. The variance is proportional to ``m^p``. The sum of a Poisson number of
    gamma claims has this distribution.

    Parameters
    ----------
    power : float
        p, in (1, 2). At 1 it would be Poisson loss and at 2 gamma loss, which have their own names.
        Default 1.5.

    Examples
    --------
    >>> from bridle import ElasticNet
    >>> from bridle.elastic_net.loss import Tweedie
    >>> model = ElasticNet(0.1, loss=Tweedie(1.7)).fit([[0.0], [1.0], [2.0]], [0.0, 2.0, 3.0])
    >>> bool(model.predict([[2.0]])[0] > 1)
    True
    """

    name = "tweedie"
    kernel = "tweedie"
    # A split of u = g - t h along the curvature keeps the sign of each term's part for |t| <= 1.
    largest_shift = 1.0

    def __init__(self, power: float = 1.5) -> None:
        if not is_number(power) or not 1 < as_float(power) < 2:
            refuse("power", "in (1, 2); for 1 use loss='poisson', for 2 loss='gamma'", power)
        self.power = self.parameter = as_float(power)

    def __repr__(self) -> str:
        return f"Tweedie({self.power!r})"

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (m_i^(2-p) / (2-p) + y_i m_i^(1-p) / (p-1))`` at each column."""
        rise, fall = self._terms(eta, y)
        return (weights[:, None] * (rise / (2 - self.power) + fall / (self.power - 1))).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (m_i^(2-p) - y_i m_i^(1-p))``."""
        rise, fall = self._terms(eta, y)
        return weights[:, None] * (rise - fall)

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i ((2-p) m_i^(2-p) + (p-1) y_i m_i^(1-p))``."""
        rise, fall = self._terms(eta, y)
        return weights[:, None] * ((2 - self.power) * rise + (self.power - 1) * fall)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the larger of the curvatures at eta and at ``log(y)``, the minimum of a row's loss.

        The curvature is convex in eta, so between the two it is nowhere larger.
        """
        there = weights[:, None] * self._level(y)
        return np.maximum(self.diagonal_curvature(eta, y, weights), there)

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return ``m^(2-p)`` of the weighted mean m: the curvature of the model that predicts it."""
        mean = float(weights @ y[:, 0]) / float(weights.sum())
        return max(mean ** (2 - self.power), TINY)

    def smallest_curvature(self, y: Array, weights: Array) -> Array:
        """Return ``1e-5 w_i y_i^(2-p)``, a fraction of the curvature at a row's own optimum."""
        return weights[:, None] * np.maximum(_SMALLEST_SHARE * self._level(y), TINY)

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return the sum over rows of ``sup_t u t - loss(t)``, times the weights.

        At the supremum the rising minus the falling exponential is u. In units of ``y^(2-p)`` that is
        ``r - r^-k = |u|`` in a power r, at least 1, of the mean over y; Newton's method solves it.
        """
        used = weights > 0
        u, y, w = dual[used] / weights[used, None], y[used], weights[used, None]
        a, b = 2 - self.power, self.power - 1
        lowest = np.maximum(y, TINY)
        scale, up = lowest**a, u >= 0
        near, far = np.where(up, a, b), np.where(up, b, a)
        log_root = _log_root(np.abs(u) / scale, far / near)
        terms = np.exp(log_root) / near + np.exp(-log_root * far / near) / far
        positive = u * (np.log(lowest) + np.where(up, log_root, -log_root) / near) - scale * terms
        of_zero = (xlogy(np.maximum(u, 0), np.maximum(u, 0)) - np.maximum(u, 0)) / a
        of_zero = np.where(u < -ROUNDING, np.inf, of_zero)
        return (w * np.where(y > TINY, positive, of_zero)).sum(axis=0)

    def _terms(self, eta: Array, y: Array) -> tuple[Array, Array]:
        """Return ``m^(2-p)`` and ``y m^(1-p)``."""
        return bounded_exp((2 - self.power) * eta), y * bounded_exp((1 - self.power) * eta)

    def _level(self, y: Array) -> Array:
        """Return ``y^(2-p)``, the curvature at ``eta = log(y)``."""
        return np.where(y > TINY, y, 0.0) ** (2 - self.power)


def _log_root(v: Array, k: Array) -> Array:
    """Return log(r) of the r >= 1 with ``r - r^-k = v``, from below: the left side is concave."""
    r = np.maximum(v, 1.0)
    for _ in range(_STEPS):
        fall = r**-k
        r = r - (r - fall - v) / (1 + k * fall / r)
    return np.log(np.maximum(r, 1.0))
