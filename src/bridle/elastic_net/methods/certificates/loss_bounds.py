r"""Loss bounds: what the loss adds to the duality gaps of many solutions at once.

At a solution with linear predictor eta let g be the gradient of the loss and u what is left of it
where there is an intercept, less the share h (sum g) / (sum h) of the curvature h, so that it sums to
0; else u is g. Fenchel's equality gives the loss's part of the lower bound at ``s u`` as

``<s u, o> - conjugate(s u) >= value - s <u, X b> - divergence((1 - s) |g/h|_h + s |sum g| / |1|_h)``,

in norms of the curvature; the divergence of a size is ``size^2 / 2`` for squared loss, which is exact,
and ``size^2`` for logistic loss (Kullback and Leibler's is at most the chi-squared one). It bounds the
loss where u lies in the conjugate's domain, so where the intercept has more than a short way to go
(`SingleOutputLoss.largest_shift`), or the curvature is 0, there is no bound but that of ``s = 0``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from bridle import _core
from bridle.elastic_net.loss import SingleOutputLoss
from bridle.elastic_net.problem import Problem
from bridle.types import Array

__all__ = ["LossPart", "MomentLoss", "RowLoss", "RowTotals"]


class LossPart(ABC):
    """The loss's part of m objectives and of their lower bounds."""

    @property
    @abstractmethod
    def values(self) -> Array:
        """The loss of each solution, shape (m,)."""

    @property
    @abstractmethod
    def intercept_gradients(self) -> Array:
        """Size of the gradient in the intercept at each solution, shape (m,)."""

    @abstractmethod
    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss's part of the lower bound at ``scale`` (m,) times each dual point, (m,).

        ``fitted`` (m,) is ``-<u, X b>``.
        """


@dataclass(frozen=True, eq=False)
class RowTotals(LossPart):
    """What all rows add up to.

    Attributes
    ----------
    problem : Problem
        Of one output.
    totals : ndarray of shape (4, m)
        Value, sum of minus the gradient, sum of the curvature, and ``sum_i gradient_i^2 /
        curvature_i``.
    """

    problem: Problem
    totals: Array

    @property
    def values(self) -> Array:
        """The loss of each solution."""
        return np.asarray(self.totals[0])

    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss's part of the lower bound."""
        value, _, curvature, pearson = self.totals
        loss = self.problem.loss
        assert isinstance(loss, SingleOutputLoss)
        size = (1 - scale) * np.sqrt(pearson, out=np.zeros_like(pearson), where=scale < 1)
        known = np.full(scale.shape, True)
        if self.problem.fit_intercept:
            residual_sum, root = self.intercept_gradients, np.sqrt(curvature)
            known = (scale == 0) | (residual_sum <= loss.largest_shift * curvature)
            size = size + scale * np.divide(
                residual_sum, root, out=np.zeros_like(root), where=root > 0
            )
        with np.errstate(over="ignore"):
            bounds = value + scale * fitted - loss.divergence(size)
        return np.where(known & np.isfinite(bounds), bounds, -np.inf)

    @property
    def intercept_gradients(self) -> Array:
        """Size of the gradient in the intercept."""
        return np.abs(self.totals[1])


@dataclass(frozen=True, eq=False)
class RowLoss(LossPart):
    """The loss row by row.

    Attributes
    ----------
    eta : ndarray of shape (m, n)
        Linear predictors.
    dual : ndarray of shape (n, m)
        Minus the dual points.
    sums : RowTotals
    """

    eta: Array
    dual: Array
    sums: RowTotals

    @classmethod
    def look(cls, problem: Problem, eta: Array, right: Array, first: int) -> RowLoss:
        """Look at predictors (m, n) and write their duals into the columns of right from ``first``."""
        totals = np.empty((4, eta.shape[0]))
        _core.loss_pass(problem.rows, eta, right, first, totals)
        return cls(eta, right[:, first : first + eta.shape[0]], RowTotals(problem, totals))

    @property
    def residual_sums(self) -> Array:
        """Sum of minus the gradient over all rows, for each solution."""
        return np.asarray(self.sums.totals[1])

    @property
    def intercept_gradients(self) -> Array:
        """Size of the gradient in the intercept."""
        return self.sums.intercept_gradients

    @property
    def values(self) -> Array:
        """The loss of each solution."""
        return self.sums.values

    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss's part of the lower bound."""
        return self.sums.lower_bounds(scale, fitted)


@dataclass(frozen=True, eq=False)
class MomentLoss(LossPart):
    """Squared loss from cross-products, each of shape (m,).

    Attributes
    ----------
    squares : ndarray
        ``sum_i w_i r_i^2`` of the residuals.
    rounding : ndarray
        What rounding of the cross-products may have done to the gap.
    """

    squares: Array
    rounding: Array

    @property
    def intercept_gradients(self) -> Array:
        """Nothing: with centred cross-products the intercept is at its best."""
        return np.zeros_like(self.squares)

    @property
    def values(self) -> Array:
        """The loss of each solution."""
        return 0.5 * self.squares

    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss's part of the lower bound."""
        lost = 0.5 * (1 - scale) ** 2 * self.squares
        return self.values + scale * fitted - lost - self.rounding
