r"""Dual points of a loss whose rows depend on one another: scaled gradients.

The conjugate of such a loss is not known at every point, but it is bounded at a scaled gradient
(`JoinedLoss.scaled_conjugate`), and that bound is exact at the gradient itself. So the dual point is the
gradient at a linear predictor where the equalities of features without a penalty hold, which Newton's
method finds in these features alone, scaled down until it is feasible.
"""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.curved_step import step_by_hessian
from bridle.elastic_net.loss import JoinedLoss
from bridle.elastic_net.optimality.dual_problem import DualProblem
from bridle.types import Array

__all__ = ["JoinedDual"]

_STEPS = 30
# Equalities that hold to this fraction of the gradient's size are met.
_MET = 1e-12


class JoinedDual(DualProblem):
    """The dual of a problem with a `JoinedLoss`, which has one output and no intercept."""

    def lower_bound(
        self, coef: Array, eta: Array, gradient: Array, slope: Array, ridge: Array
    ) -> float:
        """Return a lower bound on the minimum of the objective; see `DualProblem.lower_bound`."""
        assert isinstance(self.loss, JoinedLoss)
        lower, upper = (bound[:, None] for bound in self.penalty.bounds(coef.shape[0]))
        free = self._endless[:, None] & (coef > lower) & (coef < upper)
        index = np.flatnonzero(free)
        if index.size:
            eta, gradient = self._where_equalities_hold(index, eta, gradient)
            slope = self.product(gradient)
        met = self._without_rounding(gradient, slope)
        # Cleared rounding, times the coefficient, is how much too high the bound could be.
        lost = float(np.sum(np.abs(slope - met) * np.abs(coef)))
        scale = min(max(self.penalty.feasible_scale(met - ridge), 0.0), 1.0)
        inner = float(np.sum(gradient * self.offset))
        bounds = (
            s * (inner - lost)
            - self.loss.scaled_conjugate(s, eta, self.weights)
            - float(self.penalty.conjugate(s * met).sum())
            for s in {scale, 1.0}
        )
        return max(self.saturated, *(bound for bound in bounds if not np.isnan(bound)))

    def _where_equalities_hold(
        self, index: np.ndarray[tuple[int], np.dtype[np.intp]], eta: Array, gradient: Array
    ) -> tuple[Array, Array]:
        """Return a linear predictor at which ``x_j' u = 0`` for some features, and its gradient u."""
        assert isinstance(self.loss, JoinedLoss)
        columns = self.design.columns(index)
        sizes = np.sqrt(self.weights @ columns**2)
        columns = columns / np.where(sizes > 0, sizes, 1.0)
        endless = np.full(index.size, np.inf)
        best, smallest = (eta, gradient), np.inf
        for _ in range(_STEPS):
            slope = (columns.T @ gradient)[:, 0]
            missed = float(np.max(np.abs(slope)))
            if not missed < smallest:
                break
            best, smallest = (eta, gradient), missed
            if missed <= _MET * self._size(gradient):
                break
            hessian = self.loss.hessian(eta, self.weights, columns)
            eta = eta - (columns @ step_by_hessian(hessian, slope, -endless, endless))[:, None]
            gradient = self.loss.gradient(eta, self.y, self.weights)
        return best
