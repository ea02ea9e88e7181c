"""Logistic loss, for two classes."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit, xlogy

from bridle.elastic_net.loss.base import ROUNDING, SingleOutputLoss
from bridle.types import Array

__all__ = ["Logistic"]


class Logistic(SingleOutputLoss):
    """Log loss of a probability, ``log(1 + exp(eta)) - y eta``; y in [0, 1]."""

    name = "logistic"
    kernel = "logistic"
    smoothness = 0.25
    is_quadratic = False
    is_shift_invariant = False
    target_range = (0.0, 1.0)
    most_classes = 2
    perfect_fit = "separate the classes"
    # y + gradient - t curvature = p - t p (1 - p), which is a probability for |t| <= 1.
    largest_shift = 1.0

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (log(1 + exp(eta_i)) - y_i eta_i)``, without overflow."""
        # log(1 + e^t) - y t = log(1 + e^-|t|) + max(t, 0) - y t. If y is 0 or 1, the last two terms
        # are exact, so a tiny loss keeps its digits.
        losses = np.log1p(np.exp(-np.abs(eta))) + np.maximum(eta, 0.0) - y * eta
        return (weights[:, None] * losses).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (p_i - y_i)``."""
        return weights[:, None] * (expit(eta) - y)

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i p_i (1 - p_i)``."""
        return self.diagonal_curvature(eta, y, weights)[:, :, None]

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i p_i (1 - p_i)``."""
        return weights[:, None] * expit(eta) * expit(-eta)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i tanh(eta_i / 2) / (2 eta_i)``.

        Source: Jaakkola and Jordan (2000), "Bayesian parameter estimation via variational methods",
        equation 8.
        """
        size = np.abs(eta)
        ratio = np.divide(
            np.tanh(0.5 * size), 2 * size, out=np.full_like(size, 0.25), where=size > 0
        )
        return weights[:, None] * ratio

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (q_i log q_i + (1 - q_i) log(1 - q_i))``, ``q_i = y_i + u_i / w_i``."""
        used = weights > 0
        q = y[used] + dual[used] / weights[used, None]
        outside = np.any((q < -ROUNDING) | (q > 1 + ROUNDING), axis=0)
        q = np.clip(q, 0.0, 1.0)
        negentropies = (weights[used, None] * (xlogy(q, q) + xlogy(1 - q, 1 - q))).sum(axis=0)
        return np.where(outside, np.inf, negentropies)

    def divergence(self, size: Array) -> Array:
        """Return ``size^2``: the Kullback-Leibler divergence is at most the chi-squared divergence."""
        return size**2

    def inverse_link(self, eta: Array) -> Array:
        """Return the probability of the second class."""
        return expit(eta)

    def link(self, mean: Array) -> Array:
        """Return the log odds of the mean."""
        return logit(mean)
