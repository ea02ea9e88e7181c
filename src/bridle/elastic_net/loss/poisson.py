"""Poisson loss, for counts and rates, with a log link."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from bridle.elastic_net.loss.base import ROUNDING, SingleOutputLoss
from bridle.types import Array

__all__ = ["Poisson"]


# The square of exp(300) is still a float64; no mean of real data comes near it.
_LARGEST = 300.0
# As in `Loss.smallest_curvature`, relative to the curvature at the row's own optimum, which is y.
_SMALLEST_SHARE = 1e-5
# Replaces 0 in logarithms and divisions.
_TINY = 1e-300
# For nearer predictions the secant is the derivative, up to rounding.
_NEAR = 1e-6


class Poisson(SingleOutputLoss):
    """Negative log likelihood of a count with mean ``exp(eta)``, ``exp(eta) - y eta``; y at least 0.

    With an offset of ``log(exposure)`` it models rates.
    """

    name = "poisson"
    kernel = "poisson"
    smoothness = np.inf
    is_quadratic = False
    is_shift_invariant = False
    target_range = (0.0, np.inf)
    perfect_fit = "explain y without an error"
    # y + gradient - t curvature = m - t m, which is at least 0 for t <= 1.
    largest_shift = 1.0

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (exp(eta_i) - y_i eta_i)`` at each column."""
        return (weights[:, None] * (_mean(eta) - y * eta)).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (exp(eta_i) - y_i)``."""
        return weights[:, None] * (_mean(eta) - y)

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i exp(eta_i)``."""
        return self.diagonal_curvature(eta, y, weights)[:, :, None]

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i exp(eta_i)``."""
        return weights[:, None] * _mean(eta)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i m_i`` if ``m_i = exp(eta_i) >= y_i``, else the secant slope of the gradient.

        No quadratic majorises an exponential everywhere. With the secant slope,
        ``(y_i - m_i) / (log(y_i) - eta_i)``, it does so from eta_i up to ``log(y_i)``, the minimum of
        the row's loss, and one step leads there.
        """
        mean = _mean(eta)
        distance = np.log(np.maximum(y, _TINY)) - eta
        below = (y > 0) & (distance > _NEAR)
        secant = np.divide(y - mean, distance, out=mean.copy(), where=below)
        return weights[:, None] * secant

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return the weighted mean of y: the curvature of the model that predicts this mean."""
        return max(float(weights @ y[:, 0]) / float(weights.sum()), _TINY)

    def smallest_curvature(self, y: Array, weights: Array) -> Array:
        """Return ``1e-5 w_i y_i``: with less curvature, a step towards ``log(y_i)`` gets too long."""
        return weights[:, None] * np.maximum(_SMALLEST_SHARE * y, _TINY)

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (q_i log q_i - q_i)``, ``q_i = y_i + u_i / w_i`` at least 0."""
        used = weights > 0
        q = y[used] + dual[used] / weights[used, None]
        outside = np.any(q < -ROUNDING * np.maximum(y[used], 1.0), axis=0)
        q = np.maximum(q, 0.0)
        values = (weights[used, None] * (xlogy(q, q) - q)).sum(axis=0)
        return np.where(outside, np.inf, values)

    def divergence(self, size: Array) -> Array:
        """Return ``size^2``: ``m ((1 + r) log(1 + r) - r)`` is at most ``m r^2``."""
        return size**2

    def inverse_link(self, eta: Array) -> Array:
        """Return the mean, ``exp(eta)``."""
        return _mean(eta)

    def link(self, mean: Array) -> Array:
        """Return the log of the mean."""
        return np.log(mean)


def _mean(eta: Array) -> Array:
    return np.exp(np.minimum(eta, _LARGEST))
