r"""Loss bounds of several responses: the squared loss in the lower bounds of many solutions at once.

As `loss_bounds`, but every output has its own intercept, and the curvature of a row is its weight for
each output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.methods.certificates.loss_bounds import LossPart
from bridle.elastic_net.problem import Problem
from bridle.types import Array

__all__ = ["ResponseLoss"]


@dataclass(frozen=True, eq=False)
class ResponseLoss(LossPart):
    """Dual points of several responses, with sums over the rows.

    Attributes
    ----------
    dual : ndarray of shape (n, outputs * m)
        Negative dual points, one output after the other.
    squares : ndarray of shape (m,)
        ``sum_i w_i |r_i|^2`` of the residuals r.
    sums : ndarray of shape (outputs, m)
        ``sum_i w_i r_i``, the negative gradients in the intercepts.
    fit_intercept : bool
    """

    dual: Array
    squares: Array
    sums: Array
    fit_intercept: bool

    @classmethod
    def at(cls, problem: Problem, eta: Array, right: Array, first: int) -> ResponseLoss:
        """Evaluate predictors (m, outputs * n); write their duals into ``right``, from ``first`` on."""
        (n, outputs), m = problem.y.shape, eta.shape[0]
        dual = right[:, first : first + outputs * m]
        squares, sums = np.zeros(m), np.empty((outputs, m))
        weights = problem.weights[:, None]
        for k in range(outputs):
            residual = problem.y[:, k, None] - eta[:, k * n : (k + 1) * n].T
            weighted = weights * residual
            squares += (weighted * residual).sum(axis=0)
            sums[k] = weighted.sum(axis=0)
            if problem.fit_intercept:
                weighted -= weights * sums[k]
            dual[:, k * m : (k + 1) * m] = weighted
        return cls(dual, squares, sums, problem.fit_intercept)

    @property
    def values(self) -> Array:
        """The loss of each solution."""
        return 0.5 * self.squares

    @property
    def intercept_gradients(self) -> Array:
        """Largest absolute gradient in an intercept at each solution."""
        return np.asarray(np.abs(self.sums).max(axis=0))

    def lower_bounds(self, scale: Array, fitted: Array) -> Array:
        """Return the loss's part of the lower bound; see `LossPart.lower_bounds`."""
        moved = np.sqrt((self.sums**2).sum(axis=0)) if self.fit_intercept else 0.0
        size = (1 - scale) * np.sqrt(self.squares) + scale * moved
        return self.values + scale * fitted - 0.5 * size**2
