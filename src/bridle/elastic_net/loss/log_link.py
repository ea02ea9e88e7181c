"""Base class of losses with a log link, whose mean is ``exp(eta)``."""

from __future__ import annotations

from abc import ABC

import numpy as np

from bridle.elastic_net.loss.base import SingleOutputLoss
from bridle.types import Array

__all__ = ["NEAR", "TINY", "LogLinkLoss", "bounded_exp"]


# The square of exp(300) is still a float64; no mean of real data comes near it.
_LARGEST = 300.0
TINY = 1e-300
"""Replaces 0 in logarithms and divisions."""
NEAR = 1e-6
"""For predictions nearer to the target than this, a secant is the derivative, up to rounding."""


class LogLinkLoss(SingleOutputLoss, ABC):
    """A loss of targets of at least 0 whose mean is ``exp(eta)``."""

    smoothness = np.inf
    is_quadratic = False
    is_shift_invariant = False
    target_range = (0.0, np.inf)
    perfect_fit = "explain y without an error"

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return `diagonal_curvature`, shape (n, 1, 1)."""
        return self.diagonal_curvature(eta, y, weights)[:, :, None]

    def divergence(self, size: Array) -> Array:
        """Return ``size^2``: ``m ((1 + r) log(1 + r) - r)`` is at most ``m r^2``."""
        return size**2

    def inverse_link(self, eta: Array) -> Array:
        """Return the mean, ``exp(eta)``."""
        return bounded_exp(eta)

    def link(self, mean: Array) -> Array:
        """Return the log of the mean."""
        return np.log(mean)

    def first_intercept(self, y: Array, weights: Array, offset: Array) -> Array:
        """Return the log of the mean of y, minus the mean offset."""
        share = weights / weights.sum()
        mean = share @ y
        return np.where(mean > 0, np.log(np.maximum(mean, TINY)) - share @ offset, 0.0)


def bounded_exp(eta: Array) -> Array:
    """Return ``exp(eta)``, at most exp(300)."""
    return np.exp(np.minimum(eta, _LARGEST))
