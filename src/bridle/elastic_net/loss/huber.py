"""Huber loss: squared for small residuals and linear for large ones, so that outliers pull little."""

from __future__ import annotations

from typing import Literal

import numpy as np

from bridle.arguments.real_numbers import as_float
from bridle.arguments.scalars import is_number, refuse
from bridle.elastic_net.loss.base import ROUNDING, SingleOutputLoss
from bridle.types import Array

__all__ = ["Huber"]


class Huber(SingleOutputLoss):
    r"""Half the squared residual up to ``d = epsilon scale``, and linear beyond.

    With ``r = y - eta`` it is ``r^2 / 2`` if ``|r| <= d``, else ``d |r| - d^2 / 2``. A row pulls at the
    fit with at most d, however far away it is.

    Parameters
    ----------
    epsilon : float
        Residuals beyond so many scales count as outliers, in (0, inf). Default 1.35, at which the fit
        is 95 % as efficient as least squares if the noise is normal.
    scale : float or "estimated"
        The standard deviation of the noise, in units of y, in (0, inf). Default 1. "estimated" leaves it
        to `bridle.ElasticNet`, see `bridle.elastic_net.estimators.huber_scale`; epsilon must then be
        above 1.

    Notes
    -----
    Source: Huber (1964), "Robust estimation of a location parameter", and Huber and Ronchetti (2009),
    "Robust statistics", for the efficiency.

    Examples
    --------
    >>> from bridle import ElasticNet
    >>> from bridle.elastic_net.loss import Huber
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], [0.0, 1.0, 2.0, 3.0, 400.0]
    >>> bool(ElasticNet(0.01, loss=Huber(1.35, scale=0.1)).fit(X, y).coef_[0] < 2)
    True
    """

    name = "huber"
    kernel = "huber"
    smoothness = 1.0
    is_quadratic = False
    has_linear_tails = True
    is_shift_invariant = False
    perfect_fit = "explain y without an error"
    # A shifted gradient may leave the conjugate's domain, but `has_linear_tails` scales it back.
    largest_shift = np.inf

    def __init__(self, epsilon: float = 1.35, scale: float | Literal["estimated"] = 1.0) -> None:
        if not is_number(epsilon) or not 0 < as_float(epsilon) < np.inf:
            refuse("epsilon", "in (0, inf)", epsilon)
        self.epsilon = as_float(epsilon)
        self.needs_scale = isinstance(scale, str) and scale == "estimated"
        self.scale: float | Literal["estimated"] = "estimated"
        if self.needs_scale:
            if not self.epsilon > 1:
                refuse("epsilon", "above 1 if the scale is estimated", epsilon)
            return
        if not is_number(scale) or not 0 < as_float(scale) < np.inf:
            refuse("scale", "in (0, inf), or 'estimated'", scale)
        self.scale = as_float(scale)
        self.parameter = self.epsilon * as_float(scale)
        if not 0 < self.parameter < np.inf:
            refuse("epsilon times scale", "in (0, inf) as a float64", self.parameter)

    def __repr__(self) -> str:
        return f"Huber({self.epsilon!r}, scale={self.scale!r})"

    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i w_i c_i (r_i - c_i / 2)`` at each column, c the residuals clipped at d."""
        residual = y - eta
        clipped = self._clipped(residual)
        return (weights[:, None] * (clipped * (residual - 0.5 * clipped))).sum(axis=0)

    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``-w_i c_i``."""
        return -weights[:, None] * self._clipped(y - eta)

    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return `diagonal_curvature`, shape (n, 1, 1)."""
        return self.diagonal_curvature(eta, y, weights)[:, :, None]

    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i`` where the residual is at most d in size, else 0."""
        return weights[:, None] * (np.abs(y - eta) <= self.parameter)

    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i min(1, d / |r_i|)``: no even quadratic that touches the loss there is flatter."""
        size = np.maximum(np.abs(y - eta), self.parameter)
        return weights[:, None] * (self.parameter / size)

    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return ``sum_i u_i y_i + u_i^2 / (2 w_i)`` at each column; inf if ``|u_i| > w_i d``."""
        used = weights > 0
        q = dual[used] / weights[used, None]
        outside = np.any(np.abs(q) > self.parameter * (1 + ROUNDING), axis=0)
        finite = (dual * y).sum(axis=0) + 0.5 * (dual[used] * q).sum(axis=0)
        return np.where(outside, np.inf, finite)

    def domain_share(self, dual: Array, weights: Array) -> float:
        """Return ``min(1, w_i d / |u_i|)`` over the rows."""
        used = weights > 0
        largest = float(np.max(np.abs(dual[used]) / weights[used, None], initial=0.0))
        return min(1.0, self.parameter / largest) if largest > 0 else 1.0

    def divergence(self, size: Array) -> Array:
        """Return ``size^2 / 2``, which is exact where no residual is beyond d."""
        return 0.5 * size**2

    def inverse_link(self, eta: Array) -> Array:
        """Return eta."""
        return eta

    def link(self, mean: Array) -> Array:
        """Return the mean."""
        return mean

    def best_constant(self, y: Array, weights: Array) -> float:
        """Return the number with the smallest loss."""
        return self._center(y[:, 0], weights)

    def first_intercept(self, y: Array, weights: Array, offset: Array) -> Array:
        """Return the best intercept, so that rows far from it leave Newton's method a curvature."""
        return np.array([self._center((y - offset)[:, 0], weights)])

    def _clipped(self, residual: Array) -> Array:
        return np.clip(residual, -self.parameter, self.parameter)

    def _center(self, values: Array, weights: Array) -> float:
        """Return the zero in a of ``sum_i w_i clip(a - z_i, -d, d)``, linear between its corners."""
        used = weights > 0
        z, w = values[used], weights[used]
        corners = np.concatenate([z - self.parameter, z + self.parameter])
        order = np.argsort(corners, kind="stable")
        corners, slope = corners[order], np.cumsum(np.concatenate([w, -w])[order])
        rises = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(corners))])
        level = rises - self.parameter * w.sum()
        k = max(int(np.searchsorted(level, 0.0)), 1)
        if k == corners.size or level[k] == level[k - 1]:
            return float(np.median(z))
        share = -level[k - 1] / (level[k] - level[k - 1])
        return float(corners[k - 1] + share * (corners[k] - corners[k - 1]))
