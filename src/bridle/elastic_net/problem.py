r"""Problem: the objective, and the certificate that a solution minimises it.

The certificate rests on Fenchel duality. For a dual point u, one number per row and output, whose sum is
0 if there is an intercept, the minimum of the objective is at least

``<u, o> - loss*(u) - sum_j penalty_j*(-x_j' u)``

with the offset o and the conjugates of loss and penalty. At the optimum the gradient of the loss is the
best such u; near it, the gradient is nearly feasible, so it is corrected and scaled until it is. What
the objective exceeds this bound by is the duality gap. `Problem.certify_at` gives the steps.

Source: Fercoq, Gramfort and Salmon (2015), "Mind the duality gap: safer rules for the lasso".
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.design import Design
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.null_model import (
    NullModel,
    curvature_floor,
    curved_step,
    fit_lone_intercept,
    fit_null_model,
    raised_curvature,
)
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.elastic_net.point_evidence import PointEvidence, Sizes
from bridle.errors import InputError
from bridle.row_weights import check_weights
from bridle.types import Array

__all__ = ["Problem", "in_units"]


_SMALLEST_L1_RATIO = 1e-3
_ROUNDING = 1e-9
_SMALLEST_SHARE = 1e-8
# Equalities that hold to this fraction of their size need no correction.
_MET = 1e-14


@dataclass(frozen=True, eq=False)
class Known:
    """Quantities of a problem that were computed elsewhere, which saves passes over X.

    Attributes
    ----------
    null : NullModel, optional
    null_slopes : ndarray of shape (p, outputs), optional
    column_moments : tuple of two ndarray of shape (p,), optional
        None: the problem computes it when it is needed.
    """

    null: NullModel | None = None
    null_slopes: Array | None = None
    column_moments: tuple[Array, Array] | None = None


@dataclass(frozen=True, eq=False)
class Problem:
    r"""Minimise ``sum_i w_i loss(y_i, o_i + b0 + x_i b) + penalty(b)`` over b and b0.

    Parameters
    ----------
    design : Design
        X, of shape (n, p).
    y : ndarray of shape (n, outputs)
        Finite.
    loss : Loss
    penalty : ElasticNetPenalty
    weights : ndarray of shape (n,)
        At least 0, with sum 1. A row of weight 0 has no influence, so a fold, a subsample and a
        bootstrap sample are all weight vectors.
    offset : ndarray of shape (n, outputs)
        o, added to the linear predictor.
    fit_intercept : bool
        Whether to fit an unpenalised b0, of shape (outputs,); else b0 = 0. Default True.
    known : Known
        Quantities that were computed elsewhere. Default: none.

    See Also
    --------
    Problem.build : Checks the arguments, scales the weights and fills in defaults.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent", sections 2 and 3.
    """

    design: Design
    y: Array
    loss: Loss
    penalty: ElasticNetPenalty
    weights: Array
    offset: Array
    fit_intercept: bool = True
    known: Known = field(default=Known(), repr=False)

    @classmethod
    def build(
        cls,
        design: Design,
        y: Array,
        loss: Loss,
        penalty: ElasticNetPenalty,
        *,
        weights: Array | None = None,
        offset: Array | None = None,
        fit_intercept: bool = True,
    ) -> Self:
        """Check the arguments, scale the weights to sum 1 and fill in defaults.

        Parameters
        ----------
        design, y, loss, penalty, fit_intercept
            As in `Problem`.
        weights : ndarray of shape (n,), optional
            At least 0, on any scale. Default: equal weights.
        offset : ndarray of shape (n, outputs), optional
            Default: 0.

        Raises
        ------
        InputError
            Shapes differ, targets are outside the loss's range, or weights are negative, not finite or
            all 0.
        """
        n, p = design.shape
        if y.ndim != 2 or y.shape[0] != n:
            raise InputError(
                f"y must have shape (n, outputs) with the design's n={n} rows. "
                f"Received: shape {y.shape}."
            )
        loss.check_targets(y)
        offset = np.zeros_like(y) if offset is None else offset
        if offset.shape != y.shape:
            raise InputError(
                f"offset must have the shape of y, {y.shape}. Received: shape {offset.shape}."
            )
        penalty.check_features(p)
        return cls(design, y, loss, penalty, _scaled(weights, n), offset, fit_intercept)

    @property
    def n_outputs(self) -> int:
        """Number of linear predictors."""
        return int(self.y.shape[1])

    @property
    def has_kernel(self) -> bool:
        """Whether the C++ kernels support the problem: its loss has a functor and a single output."""
        return bool(self.loss.kernel) and self.n_outputs == 1

    def with_penalty(self, penalty: ElasticNetPenalty) -> Self:
        """Return the problem with another penalty that has the same unpenalised features."""
        return replace(self, penalty=penalty, known=self._known_by_now())

    def with_weights(self, weights: Array) -> Self:
        """Return the problem with other weights, at least 0 and on any scale."""
        return replace(self, weights=_scaled(weights, self.y.shape[0]), known=Known())

    def knowing(self, mean: Array, variance: Array) -> Self:
        """Return the problem with `column_moments` set, which saves two passes over X."""
        return replace(self, known=Known(column_moments=(mean, variance)))

    def knowing_slopes(self, slopes: Array) -> Self:
        """Return the problem with `null_slopes` set, which saves a pass over X."""
        return replace(self, known=replace(self._known_by_now(), null_slopes=slopes))

    def _known_by_now(self) -> Known:
        """Return the quantities that were given or have been computed since."""
        names = [field.name for field in fields(Known)]
        found = {name: vars(self)[name] for name in names if name in vars(self)}
        return replace(self.known, **found)

    def linear_predictor(self, coef: Array, intercept: Array) -> Array:
        """Return ``o + b0 + X b``, shape (n, outputs)."""
        return self.offset + intercept + self.design.matvec(coef)

    def objective(self, coef: Array, eta: Array) -> float:
        """Return loss plus penalty at coefficients with the linear predictor ``eta``."""
        if self.has_kernel:
            l1, l2 = self.penalty.l1, self.penalty.l2
            return _core.objective(self.rows, self.features, l1, l2, coef[:, 0], eta[:, 0])
        return self.loss.value(eta, self.y, self.weights) + self.penalty.value(coef)

    @cached_property
    def null(self) -> NullModel:
        """The fit of offset, intercept and unpenalised features alone."""
        if self.known.null is not None:
            return self.known.null
        free = self.unpenalized
        if self.has_kernel and free.size == 0:
            return fit_lone_intercept(self.rows, self._curvature_floor, self.y.shape[0])
        lower, upper = self.penalty.bounds(self.design.shape[1])
        return fit_null_model(
            self.loss,
            self.y,
            self.weights,
            self.offset,
            self.design.columns(free),
            self.fit_intercept,
            (lower[free], upper[free]),
        )

    @cached_property
    def null_slopes(self) -> Array:
        """Negative gradient at the null model, ``-x_j' grad loss(null)``, shape (p, outputs)."""
        if self.known.null_slopes is not None:
            return self.known.null_slopes
        return -self.design.rmatvec(self.loss.gradient(self.null.eta, self.y, self.weights))

    @cached_property
    def column_moments(self) -> tuple[Array, Array]:
        """Weighted mean and variance of each column of the design, two arrays of shape (p,)."""
        if self.known.column_moments is not None:
            return self.known.column_moments
        return self.design.moments(self.weights)

    @cached_property
    def column_norms(self) -> Array:
        """Weighted root mean square of each column, centred if there is an intercept; shape (p,)."""
        mean, variance = self.column_moments
        return np.sqrt(variance) if self.fit_intercept else np.hypot(mean, np.sqrt(variance))

    @cached_property
    def factors(self) -> Array:
        """Penalty factor of each feature, shape (p,); 0: unpenalised, inf: excluded."""
        return np.full(self.design.shape[1], self.penalty.factors)

    @cached_property
    def null_slope_size(self) -> float:
        r"""Norm ``sqrt(sum_i g_i^2 / w_i)`` of the null model's gradient; 0 if that model is perfect.

        The derivative in a coefficient at the null model is at most this size times the column's norm:
        the factor between them is the correlation of the column with the gradient.
        """
        return self.null.gradient_size if self.null.half_deviance > 0 else 0.0

    @cached_property
    def rows(self) -> _core.Rows:
        """Weights, targets and offsets, for kernels; the problem must have one (`has_kernel`)."""
        return _core.Rows(
            self.loss.kernel, self.fit_intercept, self.weights, self.y[:, 0], self.offset[:, 0]
        )

    @cached_property
    def features(self) -> _core.Features:
        """Factors and bounds of the features, for kernels."""
        return _core.Features(self.factors, *self.penalty.bounds(self.design.shape[1]))

    @cached_property
    def _curvature_floor(self) -> float:
        return curvature_floor(self.loss, self.y, self.weights)

    @cached_property
    def kkt_floors(self) -> Array:
        """Lower limit of `kkt_units`, shape (p,): 1e-8 of each feature's largest possible gradient.

        Gradients have no correct digits below it.
        """
        return _SMALLEST_SHARE * self.null_slope_size * self.column_norms

    def kkt_units(self) -> Array:
        """Return the unit of each feature's KKT violation, shape (p,).

        It is the feature's l1 strength, but at least `kkt_floors`. For a feature without l1 penalty, it
        is the largest gradient that the feature can have at the null model.
        """
        l1, _ = self.penalty.strengths(self.design.shape[1])
        return np.where(
            l1 > 0, np.maximum(l1, self.kkt_floors), self.null_slope_size * self.column_norms
        )

    def intercept_units(self, l1: Array) -> Array:
        """Return the unit of the intercept's gradient at each l1 strength, same shape as ``l1``.

        It is the smallest l1 strength relative to a column's norm, since the column of the intercept has
        norm 1.
        """
        norms, factors = self.column_norms, self.factors
        used = (norms > 0) & (factors > 0) & np.isfinite(factors)
        least = np.min(factors[used] / norms[used], initial=np.inf)
        size = self.null_slope_size
        with np.errstate(over="ignore", invalid="ignore"):
            weakest = np.where((l1 > 0) & np.isfinite(least), l1 * least, size)
        return np.clip(weakest, _SMALLEST_SHARE * size, size)

    def _intercept_unit(self, least: float) -> float:
        """Return `intercept_units` at the problem's l1; ``least`` is the smallest factor over norm."""
        size, l1 = self.null_slope_size, self.penalty.l1
        weakest = l1 * least if l1 > 0 and least < np.inf else size
        return min(max(weakest, _SMALLEST_SHARE * size), size)

    @cached_property
    def unpenalized(self) -> npt.NDArray[np.intp]:
        """Indices of the features with penalty factor 0."""
        return np.flatnonzero(self.factors == 0)

    def strength_max(self, l1_ratio: float) -> float:
        r"""Return the smallest strength (scikit-learn's alpha) at which no penalised feature enters.

        ``max_j |x_j' grad loss(null)| / v_j / max(l1_ratio, 1e-3)``, over the signs that bounds allow.

        Parameters
        ----------
        l1_ratio : float
            In [0, 1]. Below 1e-3 it counts as 1e-3: with l1_ratio = 0, no finite strength excludes all
            features.

        Returns
        -------
        float
            0 if no feature can enter.

        Notes
        -----
        Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
        models via coordinate descent", section 2.5.
        """
        unit = self.penalty.with_strength(1.0, 1.0)
        slope = self.null_slopes
        lower, upper = unit.bounds(slope.shape[0])
        size = np.maximum(
            np.where(upper[:, None] > 0, slope, 0.0), np.where(lower[:, None] < 0, -slope, 0.0)
        )
        factors = unit.strengths(slope.shape[0])[0]
        entering = (factors > 0) & np.isfinite(factors)
        largest = np.max(size[entering] / factors[entering, None], initial=0.0)
        return float(largest / max(l1_ratio, _SMALLEST_L1_RATIO))

    def certify(self, coef: Array, intercept: Array) -> Certificate:
        """Return the certificate of a solution; coef (p, outputs), intercept (outputs,)."""
        return self.certify_at(coef, self.linear_predictor(coef, intercept))[0]

    def certify_at(self, coef: Array, eta: Array) -> tuple[Certificate, Array]:
        r"""Return the certificate at a known linear predictor, and each coefficient's violation.

        The dual point u starts as the gradient of the loss and is made feasible in two steps.

        1. *Equalities.* The sum of u must be 0 if there is an intercept, and ``x_j' u = 0`` for a
           feature without penalty or bounds, else its conjugate is infinite. The component of u in the
           span of these columns is removed, in the metric of the curvature. Equalities count as met
           within 1e-9 of ``|x_j| |u|``. If they still are not, u = 0 is used, whose bound is the loss
           of the saturated model.
        2. *Scale.* u is scaled down until ``|x_j' u| <= l1 v_j`` holds where it must.

        Parameters
        ----------
        coef : ndarray of shape (p, outputs)
        eta : ndarray of shape (n, outputs)
            Linear predictor of the solution.

        Returns
        -------
        Certificate
        ndarray of shape (p, outputs)
            KKT violation of each coefficient, in units of the gradient.

        Notes
        -----
        Source: Fercoq, Gramfort and Salmon (2015), "Mind the duality gap: safer rules for the lasso",
        for the scaled gradient.
        """
        penalised = self.unpenalized.size == 0 and (self.penalty.l1 > 0 or self.penalty.l2 > 0)
        return (self._judge if self.has_kernel and penalised else self._certify)(coef, eta)

    def _judge(self, coef: Array, eta: Array) -> tuple[Certificate, Array]:
        """Compute it with the kernels; every feature must be penalised."""
        strength = self.penalty.l1, self.penalty.l2
        sizes = Sizes(self.column_norms, self.null_slope_size, self._curvature_floor)
        found = PointEvidence.at(self.rows, self.features, self.design, strength, sizes, coef, eta)
        if not np.isfinite(found.objective):
            return Certificate(found.objective, np.inf, np.inf, np.inf), np.full_like(coef, np.inf)
        # A bound of NaN is ignored; no objective is below the loss of the saturated model.
        gap = max(found.objective - float(np.fmax(found.bound, self.null.saturated)), 0.0)
        kkt = found.worst
        if self.fit_intercept:
            unit = self._intercept_unit(found.least)
            kkt = max(kkt, abs(found.balance) / unit if unit > 0 else 0.0)
        relative = float(self.null.relative(gap))
        return Certificate(found.objective, gap, relative, kkt), found.violation[:, None]

    def _certify(self, coef: Array, eta: Array) -> tuple[Certificate, Array]:
        """Compute it in NumPy."""
        objective = self.objective(coef, eta)
        if not np.isfinite(objective):
            return Certificate(objective, np.inf, np.inf, np.inf), np.full_like(coef, np.inf)
        gradient = self.loss.gradient(eta, self.y, self.weights)
        slope = self._pull(gradient)
        _, l2 = self.penalty.strengths(coef.shape[0])
        ridge = np.where(np.isinf(l2), 0.0, l2)[:, None] * coef
        violation = self.penalty.violation(coef, slope - ridge)
        gap = max(objective - self._lower_bound(coef, eta, gradient, slope, ridge), 0.0)
        relative = float(self.null.relative(gap))
        certificate = Certificate(objective, gap, relative, self._kkt(violation, gradient))
        return certificate, violation

    def _lower_bound(
        self, coef: Array, eta: Array, gradient: Array, slope: Array, ridge: Array
    ) -> float:
        dual, product = self._meet_equalities(coef, eta, gradient, slope)
        met = self._without_rounding(dual, product)
        # Cleared rounding, times the coefficient, is how much too high the bound could be.
        lost = float(np.sum(np.abs(product - met) * np.abs(coef)))
        scale = self.penalty.feasible_scale(met - ridge)
        # u = 0 is always feasible, so there is always a finite bound: the loss of the saturated model.
        bounds = (self._dual_value(s * dual, s * met) - s * lost for s in {scale, 1.0})
        return max(self.null.saturated, *bounds)

    def _dual_value(self, dual: Array, product: Array) -> float:
        return (
            float(np.sum(dual * self.offset))
            - self.loss.conjugate(dual, self.y, self.weights)
            - float(self.penalty.conjugate(product).sum())
        )

    def _meet_equalities(
        self, coef: Array, eta: Array, gradient: Array, slope: Array
    ) -> tuple[Array, Array]:
        r"""Return ``u = gradient - C E a`` with ``E' u = 0``, and ``-X' u``; C is the curvature."""
        lower, upper = (bound[:, None] for bound in self.penalty.bounds(coef.shape[0]))
        free = self._endless[:, None] & (coef > lower) & (coef < upper)
        index = np.flatnonzero(free.any(axis=1))
        wanted = free[index]
        if self.fit_intercept:
            wanted = np.vstack([np.full(self.n_outputs, True), wanted])
        if not wanted.any():
            return gradient, slope
        if index.size == 0 and np.max(np.abs(gradient.sum(axis=0))) <= _MET * self._size(gradient):
            return self._settle(gradient, slope)
        equal = self._free_columns(index)
        sizes = np.sqrt(self.weights @ equal**2)
        equal = equal / np.where(sizes > 0, sizes, 1.0)
        if np.max(np.abs((equal.T @ gradient)[wanted])) <= _MET * self._size(gradient):
            return self._settle(gradient, slope)
        curvature = raised_curvature(self.loss, eta, self.y, self.weights)
        low, high = np.where(wanted, -np.inf, 0.0), np.where(wanted, np.inf, 0.0)
        dual = gradient
        # The second round removes the rounding error of the first.
        for _ in range(2):
            step = curved_step(equal, dual, curvature, low, high)
            dual = dual - np.einsum("ikl,il->ik", curvature, equal @ step)
        return self._settle(dual, slope - self._pull(gradient - dual))

    def _pull(self, dual: Array) -> Array:
        """Return ``-X' dual``, exactly 0 for a column of zeros, or a constant one with an intercept."""
        return np.where(self.column_norms[:, None] == 0, 0.0, -self.design.rmatvec(dual))

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
        rounding = _ROUNDING * self._size(dual) * self.column_norms[:, None]
        l1 = self.penalty.strengths(product.shape[0])[0][:, None]
        # An l1 strength below rounding is treated as an equality, clipped to what it allows.
        free = self._unbounded[:, None] & (l1 > 0) & (l1 <= rounding) | self._endless[:, None]
        within = free & (np.abs(product) <= rounding)
        return np.where(within, np.clip(product, -l1, l1), product)

    def _kkt(self, violation: Array, gradient: Array) -> float:
        counted = self.column_norms > 0
        shares = in_units(violation[counted], self.kkt_units()[counted, None])
        worst = float(np.max(shares, initial=0.0))
        if self.fit_intercept:
            balance = np.max(np.abs(gradient.sum(axis=0)))
            worst = max(
                worst, float(in_units(balance, self.intercept_units(np.array(self.penalty.l1))))
            )
        return worst

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


def in_units(sizes: Array, units: Array) -> Array:
    """Return ``sizes / units``, or 0 if the unit is 0: the null model is then perfect."""
    return np.divide(sizes, units, out=np.zeros(np.broadcast(sizes, units).shape), where=units > 0)


def _scaled(weights: Array | None, n: int) -> Array:
    if weights is None:
        return np.full(n, 1.0 / n)
    weights = np.asarray(weights, dtype=np.float64)
    check_weights("weights", weights, n)
    weights = weights / weights.max()
    return np.asarray(weights / weights.sum())
