"""Multinomial loss, for several classes, in the symmetric parametrisation."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from bridle.elastic_net.loss.base import ROUNDING, Loss
from bridle.types import Array

__all__ = ["Multinomial"]


class Multinomial(Loss):
    """Log loss of class probabilities, ``log sum_k exp(eta_k) - sum_k y_k eta_k``.

    Each class has its own linear predictor. A row of y is one-hot, or fractions that sum to 1.
    """

    name = "multinomial"
    has_class_kernel = True
    smoothness = 0.5
    is_quadratic = False
    is_shift_invariant = True
    target_range = (0.0, 1.0)
    most_classes = np.inf
    perfect_fit = "separate the classes"

    def value(self, eta: Array, y: Array, weights: Array) -> float:
        """Return ``sum_i w_i (logsumexp(eta_i) - y_i . eta_i)``."""
        top = eta.max(axis=1, keepdims=True)
        total = np.exp(eta - top).sum(axis=1)
        return float(weights @ (np.log(total) + np.sum(y * (top - eta), axis=1)))

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (p_i - y_i)``."""
        return weights[:, None] * (softmax(eta) - y)

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (diag(p_i) - p_i p_i')``."""
        p = softmax(eta)
        diagonal = p[:, :, None] * np.eye(p.shape[1])
        return weights[:, None, None] * (diagonal - p[:, :, None] * p[:, None, :])

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i p_i (1 - p_i)``."""
        p = softmax(eta)
        return weights[:, None] * p * (1 - p)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i / 2``, the largest eigenvalue that the Hessian can have.

        Source: Böhning (1992), "Multinomial logistic regression algorithm", theorem 5.
        """
        return np.tile(0.5 * weights[:, None], (1, eta.shape[1]))

    def conjugate(self, dual: Array, y: Array, weights: Array) -> float:
        """Return ``sum_i w_i sum_k q_ik log q_ik``, ``q_i = y_i + u_i / w_i`` in the simplex."""
        used = weights > 0
        q = y[used] + dual[used] / weights[used, None]
        if np.any(q < -ROUNDING) or np.any(np.abs(q.sum(axis=1) - 1) > ROUNDING):
            return np.inf
        q = np.maximum(q, 0.0)
        return float(np.sum(weights[used] @ xlogy(q, q)))

    def inverse_link(self, eta: Array) -> Array:
        """Return the class probabilities; each row sums to 1."""
        return softmax(eta)

    def link(self, mean: Array) -> Array:
        """Return the log probabilities, centred."""
        log = np.log(mean)
        return log - log.mean()


def softmax(eta: Array) -> Array:
    """Return ``exp(eta_k) / sum_k exp(eta_k)`` of each row, without overflow."""
    raised = np.exp(eta - eta.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
