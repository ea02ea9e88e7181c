"""Gamma loss, for positive amounts, with a log link."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from bridle.elastic_net.loss.base import ROUNDING
from bridle.elastic_net.loss.log_link import NEAR, LogLinkLoss, bounded_exp
from bridle.types import Array

__all__ = ["Gamma"]


# As in `Loss.smallest_curvature`: the curvature at a row's own optimum is 1.
_SMALLEST = 1e-5


class Gamma(LogLinkLoss):
    """Half the deviance of a gamma variable with mean ``exp(eta)``, up to a constant; y above 0.

    ``y exp(-eta) + eta``. With the ratio ``r = y / mean`` it is ``r - log(r) + log(y)``: up to log(y),
    the Poisson loss of the count 1 with mean r.
    """

    name = "gamma"
    kernel = "gamma"
    is_above_low = True
    # 1 - gradient + t curvature = r + t r, which is at least 0 for t >= -1.
    largest_shift = 1.0

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (y_i exp(-eta_i) + eta_i)`` at each column."""
        return (weights[:, None] * (_ratio(eta, y) + eta)).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (1 - y_i exp(-eta_i))``."""
        return weights[:, None] * (1 - _ratio(eta, y))

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i y_i exp(-eta_i)``."""
        return weights[:, None] * _ratio(eta, y)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i r_i`` if ``r_i = y_i exp(-eta_i) >= 1``, else the secant slope of the gradient.

        With the slope ``(1 - r_i) / (eta_i - log(y_i))`` the quadratic majorises the loss from eta_i
        to ``log(y_i)``, the minimum of the row's loss, and one step leads there.
        """
        ratio = _ratio(eta, y)
        distance = eta - np.log(y)
        secant = np.divide(1 - ratio, distance, out=ratio.copy(), where=distance > NEAR)
        return weights[:, None] * secant

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return 1, the curvature of a row that is predicted exactly."""
        return 1.0

    def smallest_curvature(self, y: Array, weights: Array) -> Array:
        """Return ``1e-5 w_i``."""
        return np.tile(_SMALLEST * weights[:, None], (1, y.shape[1]))

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (q_i log(q_i / y_i) - q_i)``, ``q_i = 1 - u_i / w_i`` at least 0."""
        used = weights > 0
        q = 1 - dual[used] / weights[used, None]
        outside = np.any(q < -ROUNDING, axis=0)
        q = np.maximum(q, 0.0)
        values = (weights[used, None] * (xlogy(q, q) - q * (np.log(y[used]) + 1))).sum(axis=0)
        return np.where(outside, np.inf, values)


def _ratio(eta: Array, y: Array) -> Array:
    return y * bounded_exp(-eta)
