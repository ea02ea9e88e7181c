"""Poisson loss of counts and rates, with a log link."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from bridle.elastic_net.loss.base import ROUNDING, SingleOutputLoss
from bridle.types import Array

__all__ = ["Poisson"]


# Squares of exp(300) are float64s, too; no mean of data comes near it.
_LARGEST = 300.0
_SMALLEST_SHARE = 1e-5
_TINY = 1e-300
_NEAR = 1e-6


class Poisson(SingleOutputLoss):
    """Negative log likelihood of a count with mean ``exp(eta)``, ``exp(eta) - y eta``; y at least 0.

    An offset of ``log(exposure)`` makes it a model of rates.
    """

    name = "poisson"
    kernel = "poisson"
    smoothness = np.inf
    is_quadratic = False
    is_shift_invariant = False
    target_range = (0.0, np.inf)
    perfect_fit = "explain y without an error"
    # m - t m is the mean of a count for t up to 1.
    largest_shift = 1.0

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (exp(eta_i) - y_i eta_i)`` of each column."""
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
        """Return ``w_i m_i`` where ``m_i = exp(eta_i)`` is at least y_i, else the gradient's secant.

        Nothing quadratic is above an exponential everywhere. This is above it on the way to the eta that
        predicts y_i: ``(y_i - m_i) / (log(y_i) - eta_i)`` leads there in one step.
        """
        mean = _mean(eta)
        distance = np.log(np.maximum(y, _TINY)) - eta
        below = (y > 0) & (distance > _NEAR)
        secant = np.divide(y - mean, distance, out=mean.copy(), where=below)
        return weights[:, None] * secant

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return the weighted mean of y, the curvature of the mean's own model."""
        return max(float(weights @ y[:, 0]) / float(weights.sum()), _TINY)

    def smallest_curvature(self, y: Array, weights: Array) -> Array:
        """Return ``1e-5 w_i y_i``: below it, a step to where y_i is predicted would be a long one."""
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
