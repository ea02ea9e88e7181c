r"""Loss bounds of several classes: the loss term in the lower bounds of many solutions at once.

As `loss_bounds`, for the multinomial loss. With probabilities p, weights w and the intercepts' Newton
step t, the negative dual point of a row is ``u = w (y - p - H t)``, ``H = diag(p) - p p'``; each
class's u sums to 0. The probabilities of the dual point ``s u``, ``q = (1 - s) y + s (p + H t)``, differ
from p by ``(1 - s) (y - p) + s H t``, and the Kullback-Leibler divergence of q from p is at most their
chi-squared divergence, a squared norm:

``divergence <= ((1 - s) |y - p| + s |H t|)^2``, ``|v|^2 = sum_i w_i sum_k v_ik^2 / p_ik``.

``|H t|^2`` is ``t' C t`` with the curvature ``C = sum_i w_i H_i`` of the intercepts. q is a probability
if the largest minus the smallest number of t is at most 1; else only ``s = 0`` gives a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle import _core
from bridle.elastic_net.methods.certificates.loss_bounds import LossPart
from bridle.elastic_net.problem import Problem
from bridle.types import Array

__all__ = ["ClassLoss"]


@dataclass(frozen=True, eq=False)
class ClassLoss(LossPart):
    """Dual points of several classes, with sums over the rows.

    Attributes
    ----------
    dual : ndarray of shape (n, classes * m)
        Negative dual points, one class after the other.
    totals : ndarray of shape (5, m)
        Value, largest sum of a class's gradient, span and squared length of the intercepts' Newton step,
        and Pearson's chi-squared.
    """

    dual: Array
    totals: Array

    @classmethod
    def at(cls, problem: Problem, eta: Array, right: Array, first: int) -> ClassLoss:
        """Evaluate predictors (m, classes * n); write their duals into ``right``, from ``first`` on."""
        totals = np.empty((5, eta.shape[0]))
        _core.class_pass(problem.class_rows, eta, right, first, totals)
        return cls(right[:, first : first + eta.shape[0] * problem.n_outputs], totals)

    @property
    def values(self) -> Array:
        """The loss of each solution."""
        return np.asarray(self.totals[0])

    @property
    def intercept_gradients(self) -> Array:
        """Largest absolute gradient in an intercept at each solution."""
        return np.asarray(self.totals[1])

    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss's part of the lower bound; see `LossPart.lower_bounds`."""
        value, _, span, moved, pearson = self.totals
        with np.errstate(over="ignore", invalid="ignore"):
            away = (1 - scale) * np.sqrt(pearson, out=np.zeros_like(pearson), where=scale < 1)
            bounds = value + scale * fitted - (away + scale * np.sqrt(moved)) ** 2
        known = (scale == 0) | (span <= 1)
        return np.where(known & np.isfinite(bounds), bounds, -np.inf)
