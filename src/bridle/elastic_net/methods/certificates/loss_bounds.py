r"""Loss bounds: the loss term in the lower bounds of many solutions at once, without its conjugate.

A duality gap needs the conjugate of the loss at a dual point, which for logistic loss costs two
logarithms per row. Here it is bounded instead by sums over rows that are computed anyway. Let g be the
gradient of the loss at a solution with linear predictor eta, and h the curvature. The dual point u is g
or, with an intercept, ``g - h (sum g) / (sum h)``, which sums to 0. By Fenchel's equality, the loss term
of the lower bound at ``s u`` is

``<s u, o> - conjugate(s u) >= value - s <u, X b> - divergence((1 - s) |g/h|_h + s |sum g| / |1|_h)``,

in norms weighted by the curvature. The divergence of a size is ``size^2 / 2`` for squared loss, which is
exact, and ``size^2`` for logistic loss, as the Kullback-Leibler divergence is at most the chi-squared
divergence. The inequality requires that u lies in the conjugate's domain. If the intercept's shift is
larger than `SingleOutputLoss.largest_shift`, or the curvature is 0, only ``s = 0`` gives a bound.

A loss with linear tails has no curvature in the rows on its tails, whose gradient g has the largest size
d. With a curvature of 1 for them in the norms, they add ``(1 - s) sum_i (value_i - g_i^2 / 2)`` to the
divergence of s g. A shift by t leaves the domain by at most t, so the bound is that at ``d / (d + t)``
times s. There the conjugates of the penalty, which are 0 at 0 and convex, are no larger than at s.
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

# Gradients whose sum is below this fraction of their size sum to 0.
_MET = 1e-14


class LossPart(ABC):
    """The loss term of m objectives and of their lower bounds."""

    @property
    @abstractmethod
    def values(self) -> Array:
        """The loss of each solution, shape (m,)."""

    @property
    @abstractmethod
    def intercept_gradients(self) -> Array:
        """Absolute gradient in the intercept at each solution, shape (m,)."""

    @abstractmethod
    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss term of the lower bound at ``scale`` (m,) times each dual point, (m,).

        ``fitted`` (m,) is ``-<u, X b>``.
        """


@dataclass(frozen=True, eq=False)
class RowTotals(LossPart):
    """Sums over the rows.

    Attributes
    ----------
    problem : Problem
        With a single output.
    totals : ndarray of shape (4, m)
        Value, sum of the negative gradient, sum of the curvature, and ``sum_i gradient_i^2 /
        curvature_i`` (Pearson's chi-squared).
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
        residual_sum, excess = self.intercept_gradients, np.zeros_like(value)
        known = np.full(scale.shape, True)
        if loss.has_linear_tails:
            excess = np.maximum(value - 0.5 * pearson, 0.0)
            if self.problem.fit_intercept:
                shift = np.divide(
                    residual_sum, curvature, out=np.zeros_like(value), where=curvature > 0
                )
                scale = scale * (loss.parameter / (loss.parameter + shift))
                # Without a curvature there is no shift, and the gradients must sum to 0.
                known = (curvature > 0) | (residual_sum <= _MET * np.sqrt(pearson)) | (scale == 0)
        elif self.problem.fit_intercept:
            known = (scale == 0) | (residual_sum <= loss.largest_shift * curvature)
        size = (1 - scale) * np.sqrt(pearson, out=np.zeros_like(pearson), where=scale < 1)
        if self.problem.fit_intercept:
            root = np.sqrt(curvature)
            size = size + scale * np.divide(
                residual_sum, root, out=np.zeros_like(root), where=root > 0
            )
        with np.errstate(over="ignore"):
            bounds = value + scale * fitted - loss.divergence(size) - (1 - scale) * excess
        return np.where(known & np.isfinite(bounds), bounds, -np.inf)

    @property
    def intercept_gradients(self) -> Array:
        """Size of the gradient in the intercept."""
        return np.abs(self.totals[1])


@dataclass(frozen=True, eq=False)
class RowLoss(LossPart):
    """Linear predictors and dual points, with their sums over the rows.

    Attributes
    ----------
    eta : ndarray of shape (m, n)
        Linear predictors.
    dual : ndarray of shape (n, m)
        Negative dual points.
    sums : RowTotals
    """

    eta: Array
    dual: Array
    sums: RowTotals

    @classmethod
    def at(cls, problem: Problem, eta: Array, right: Array, first: int) -> RowLoss:
        """Evaluate linear predictors (m, n); write their duals into ``right``, from column ``first``."""
        totals = np.empty((4, eta.shape[0]))
        _core.loss_pass(problem.rows, eta, right, first, totals)
        return cls(eta, right[:, first : first + eta.shape[0]], RowTotals(problem, totals))

    @property
    def residual_sums(self) -> Array:
        """Sum of the negative gradient over all rows, for each solution."""
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
    """Squared loss from moments.

    Attributes
    ----------
    squares : ndarray of shape (m,)
        ``sum_i w_i r_i^2`` of the residuals r.
    rounding : ndarray of shape (m,)
        Bound on the error of the gap through rounding of the moments.
    """

    squares: Array
    rounding: Array

    @property
    def intercept_gradients(self) -> Array:
        """Zeros: with centred moments the intercept is optimal."""
        return np.zeros_like(self.squares)

    @property
    def values(self) -> Array:
        """The loss of each solution."""
        return 0.5 * self.squares

    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss's part of the lower bound."""
        lost = 0.5 * (1 - scale) ** 2 * self.squares
        return self.values + scale * fitted - lost - self.rounding
