"""Poisson loss, for counts and rates, with a log link."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from bridle.elastic_net.loss.base import ROUNDING
from bridle.elastic_net.loss.log_link import NEAR, TINY, LogLinkLoss, bounded_exp
from bridle.types import Array

__all__ = ["Poisson"]


# As in `Loss.smallest_curvature`, relative to the curvature at the row's own optimum, which is y.
_SMALLEST_SHARE = 1e-5


class Poisson(LogLinkLoss):
    """Negative log likelihood of a count with mean ``exp(eta)``, ``exp(eta) - y eta``; y at least 0.

    With an offset of ``log(exposure)`` it models rates.
    """

    name = "poisson"
    kernel = "poisson"
    # y + gradient - t curvature = m - t m, which is at least 0 for t <= 1.
    largest_shift = 1.0

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (exp(eta_i) - y_i eta_i)`` at each column."""
        return (weights[:, None] * (bounded_exp(eta) - y * eta)).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (exp(eta_i) - y_i)``."""
        return weights[:, None] * (bounded_exp(eta) - y)

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i exp(eta_i)``."""
        return weights[:, None] * bounded_exp(eta)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i m_i`` if ``m_i = exp(eta_i) >= y_i``, else the secant slope of the gradient.

        No quadratic majorises an exponential everywhere. With the secant slope,
        ``(y_i - m_i) / (log(y_i) - eta_i)``, it does so from eta_i up to ``log(y_i)``, the minimum of
        the row's loss, and one step leads there.
        """
        mean = bounded_exp(eta)
        distance = np.log(np.maximum(y, TINY)) - eta
        below = (y > 0) & (distance > NEAR)
        secant = np.divide(y - mean, distance, out=mean.copy(), where=below)
        return weights[:, None] * secant

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return the weighted mean of y: the curvature of the model that predicts this mean."""
        return max(float(weights @ y[:, 0]) / float(weights.sum()), TINY)

    def smallest_curvature(self, y: Array, weights: Array) -> Array:
        """Return ``1e-5 w_i y_i``: with less curvature, a step towards ``log(y_i)`` gets too long."""
        return weights[:, None] * np.maximum(_SMALLEST_SHARE * y, TINY)

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (q_i log q_i - q_i)``, ``q_i = y_i + u_i / w_i`` at least 0."""
        used = weights > 0
        q = y[used] + dual[used] / weights[used, None]
        outside = np.any(q < -ROUNDING * np.maximum(y[used], 1.0), axis=0)
        q = np.maximum(q, 0.0)
        values = (weights[used, None] * (xlogy(q, q) - q)).sum(axis=0)
        return np.where(outside, np.inf, values)
