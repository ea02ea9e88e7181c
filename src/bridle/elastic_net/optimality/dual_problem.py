r"""Dual problem: its points bound the minimum of the objective from below, hence the duality gap.

By Fenchel duality, for a dual point u, one number per row and output, whose sum is 0 if there is an
intercept, the minimum of the objective is at least

``<u, o> - loss*(u) - sum_j penalty_j*(-x_j' u)``

with the offset o and the conjugates of loss and penalty. At the optimum the gradient of the loss is the
best such u. Near the optimum it is nearly feasible, so it is corrected and scaled until it is feasible.
The duality gap is the objective minus this bound.

Source: Fercoq, Gramfort and Salmon (2015), "Mind the duality gap: safer rules for the lasso".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.curved_step import curved_step, raised_curvature
from bridle.elastic_net.design import Design
from bridle.elastic_net.loss import JoinedLoss, Loss
from bridle.elastic_net.optimality.orthogonal_gradient import orthogonal_gradient
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.types import Array

__all__ = ["DualProblem"]

# A sum below this fraction of its terms' size counts as rounding: the error of a sum of n terms is at
# most n eps, so up to 4 million rows.
_ROUNDING = 1e-9
# Equalities that hold to this fraction of their size need no correction.
_MET = 1e-14


@dataclass(frozen=True, eq=False)
class DualProblem:
    r"""Maximise ``<u, o> - loss*(u) - sum_j penalty_j*(-x_j' u)`` over u, one number per row and output.

    Attributes
    ----------
    design, y, loss, penalty, weights, offset, fit_intercept
        Of the `Problem`.
    norms : ndarray of shape (p,)
        Norm of each column (`Problem.column_norms`).
    saturated : float
        Loss of the saturated model: the value at u = 0.
    """

    design: Design
    y: Array
    loss: Loss
    penalty: ElasticNetPenalty
    weights: Array
    offset: Array
    fit_intercept: bool
    norms: Array
    saturated: float

    def lower_bound(
        self, coef: Array, eta: Array, gradient: Array, negative_gradient: Array, ridge: Array
    ) -> float:
        r"""Return a lower bound on the minimum of the objective.

        The dual point u starts as the gradient of the loss and is made feasible in two steps.

        1. *Equalities.* The sum of u must be 0 if there is an intercept, and ``x_j' u = 0`` for a
           feature without penalty or bounds, else its conjugate is infinite. The component of u in the
           span of these columns is removed, in the metric of the curvature. Equalities count as met
           within 1e-9 of ``|x_j| |u|``. If they still are not, u = 0 is used, whose bound is the loss
           of the saturated model.
        2. *Scale.* u is scaled down until ``|x_j' u| <= l1 v_j`` for all features without a bound on
           that side.

        Parameters
        ----------
        coef : ndarray of shape (p, outputs)
        eta : ndarray of shape (n, outputs)
            Linear predictor.
        gradient : ndarray of shape (n, outputs)
            Gradient of the loss at ``eta``.
        negative_gradient : ndarray of shape (p, outputs)
            `product` of the gradient.
        ridge : ndarray of shape (p, outputs)
            ``l2 v b``, and 0 for an excluded feature.

        Returns
        -------
        float

        Notes
        -----
        Source: Fercoq, Gramfort and Salmon (2015), "Mind the duality gap: safer rules for the lasso",
        for the scaled gradient.
        """
        if isinstance(self.loss, JoinedLoss):
            eta, dual, product = self._where_equalities_hold(coef, eta, gradient, negative_gradient)
        else:
            dual, product = self._meet_equalities(coef, eta, gradient, negative_gradient)
            share = self.loss.domain_share(dual, self.weights)
            dual, product = share * dual, share * product
        met = self._without_rounding(dual, product)
        # The bound could be too high by the rounding that was set to 0, times the coefficients.
        lost = float(np.sum(np.abs(product - met) * np.abs(coef)))
        scale = self.penalty.feasible_scale(met - ridge)
        # u = 0 is always feasible, so there is always a finite bound: the loss of the saturated model.
        bounds = (self.value(s, dual, met, eta) - s * lost for s in {scale, 1.0})
        return max(self.saturated, *bounds)

    def value(self, scale: float, dual: Array, product: Array, eta: Array) -> float:
        """Return the objective of the dual at ``scale`` u, given ``-X' u``; -inf if not feasible."""
        if isinstance(self.loss, JoinedLoss):
            conjugate = self.loss.scaled_conjugate(scale, eta, self.weights)
        else:
            conjugate = self.loss.conjugate(scale * dual, self.y, self.weights)
        return (
            scale * float(np.sum(dual * self.offset))
            - conjugate
            - float(self.penalty.conjugate(scale * product).sum())
        )

    def _where_equalities_hold(
        self, coef: Array, eta: Array, gradient: Array, negative_gradient: Array
    ) -> tuple[Array, Array, Array]:
        """Return a linear predictor whose gradient u meets the equalities, u, and ``-X' u``.

        The conjugate of a `JoinedLoss` is known at gradients alone, so u cannot be corrected by itself.
        """
        assert isinstance(self.loss, JoinedLoss)
        index = np.flatnonzero(self._free(coef))
        if not index.size:
            return eta, gradient, negative_gradient
        columns = self.design.columns(index)
        eta, dual = orthogonal_gradient(self.loss, self.y, self.weights, columns, eta)
        return eta, dual, self.product(dual)

    def _meet_equalities(
        self, coef: Array, eta: Array, gradient: Array, negative_gradient: Array
    ) -> tuple[Array, Array]:
        r"""Return ``u = gradient - C E a`` with ``E' u = 0``, and ``-X' u``; C is the curvature."""
        free = self._free(coef)
        index = np.flatnonzero(free.any(axis=1))
        wanted = free[index]
        if self.fit_intercept:
            wanted = np.vstack([np.full(self.y.shape[1], True), wanted])
        if not wanted.any():
            return gradient, negative_gradient
        if index.size == 0 and np.max(np.abs(gradient.sum(axis=0))) <= _MET * self._size(gradient):
            return self._settle(gradient, negative_gradient)
        equal = self._free_columns(index)
        sizes = np.sqrt(self.weights @ equal**2)
        equal = equal / np.where(sizes > 0, sizes, 1.0)
        if np.max(np.abs((equal.T @ gradient)[wanted])) <= _MET * self._size(gradient):
            return self._settle(gradient, negative_gradient)
        curvature = raised_curvature(self.loss, eta, self.y, self.weights)
        low, high = np.where(wanted, -np.inf, 0.0), np.where(wanted, np.inf, 0.0)
        dual = gradient
        # The second round removes the rounding error of the first.
        for _ in range(2):
            step = curved_step(equal, dual, curvature, low, high)
            dual = dual - np.einsum("ikl,il->ik", curvature, equal @ step)
        return self._settle(dual, negative_gradient - self.product(gradient - dual))

    def _free(self, coef: Array) -> npt.NDArray[np.bool_]:
        """Return which coefficients, (p, outputs), have no penalty and are not at a bound."""
        lower, upper = (bound[:, None] for bound in self.penalty.bounds(coef.shape[0]))
        return np.asarray(self._endless[:, None] & (coef > lower) & (coef < upper))

    def product(self, dual: Array) -> Array:
        """Return ``-X' dual``, exactly 0 for a column of zeros, or a constant one with an intercept."""
        return np.where(self.norms[:, None] == 0, 0.0, -self.design.rmatvec(dual))

    def _size(self, dual: Array) -> float:
        used = self.weights > 0
        return float(np.sqrt(np.sum(dual[used] ** 2 / self.weights[used, None])))

    def _settle(self, dual: Array, product: Array) -> tuple[Array, Array]:
        """Return the dual point if it meets the intercept's equality, else 0."""
        size = self._size(dual)
        if self.fit_intercept and np.any(np.abs(dual.sum(axis=0)) > _ROUNDING * size):
            return np.zeros_like(dual), np.zeros_like(product)
        return dual, product

    def _without_rounding(self, dual: Array, product: Array) -> Array:
        """Return ``-X' dual`` with the rounding error of equalities that hold set to 0."""
        rounding = _ROUNDING * self._size(dual) * self.norms[:, None]
        l1 = self.penalty.strengths(product.shape[0])[0][:, None]
        # An l1 strength below rounding is treated as an equality, clipped to what it allows.
        free = self._unbounded[:, None] & (l1 > 0) & (l1 <= rounding) | self._endless[:, None]
        within = free & (self.penalty.sizes(product) <= rounding)
        return np.where(within, self.penalty.projected(product), product)

    @cached_property
    def _endless(self) -> npt.NDArray[np.bool_]:
        """Return which features have no penalty, and no bound on at least one side; shape (p,)."""
        l1, l2 = self.penalty.strengths(self.design.shape[1])
        return (l1 == 0) & (l2 == 0) & self._unbounded

    @cached_property
    def _unbounded(self) -> npt.NDArray[np.bool_]:
        """Return which features have no bound on at least one side, shape (p,)."""
        lower, upper = self.penalty.bounds(self.design.shape[1])
        return np.isinf(lower) | np.isinf(upper)

    def _free_columns(self, index: npt.NDArray[np.intp]) -> Array:
        columns = self.design.columns(index)
        if not self.fit_intercept:
            return columns
        return np.hstack([np.ones((columns.shape[0], 1)), columns])
