"""Squared loss."""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.loss.base import SingleOutputLoss
from bridle.types import Array

__all__ = ["Squared"]


class Squared(SingleOutputLoss):
    """Half the squared error, ``(y - eta)^2 / 2``."""

    name = "squared"
    kernel = "squared"
    smoothness = 1.0
    is_quadratic = True
    has_units = True
    is_shift_invariant = False
    perfect_fit = "explain y without an error"
    largest_shift = np.inf

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i (y_i - eta_i)^2 / 2`` at each column."""
        return 0.5 * (weights[:, None] * (y - eta) ** 2).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i (eta_i - y_i)``."""
        return weights[:, None] * (eta - y)

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i`` on the diagonal."""
        return weights[:, None, None] * np.eye(eta.shape[1])

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i``."""
        return np.tile(weights[:, None], (1, eta.shape[1]))

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i``: the loss is quadratic, so it is its own majorant."""
        return np.tile(weights[:, None], (1, eta.shape[1]))

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i u_i y_i + u_i^2 / (2 w_i)`` at each column."""
        used = weights > 0
        squares = (dual[used] ** 2 / weights[used, None]).sum(axis=0)
        return (dual * y).sum(axis=0) + 0.5 * squares

    def divergence(self, size: Array) -> Array:
        """Return ``size^2 / 2``, which is exact."""
        return 0.5 * size**2

    def inverse_link(self, eta: Array) -> Array:
        """Return eta."""
        return eta

    def link(self, mean: Array) -> Array:
        """Return the mean."""
        return mean

    def first_intercept(self, y: Array, weights: Array, offset: Array) -> Array:
        """Return what all rows are, so that rounding leaves no residual of a constant; else 0."""
        rest = y - offset
        return np.where(np.all(rest == rest[0], axis=0), rest[0], 0.0)
