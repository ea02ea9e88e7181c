"""Problem: the objective to minimise, quantities derived from it, and certificates of solutions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.arguments.row_weights import shares
from bridle.elastic_net.curved_step import curvature_floor
from bridle.elastic_net.design import Design
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.null_model import NullModel, fit_lone_intercept, fit_null_model
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.optimality.dual_problem import DualProblem
from bridle.elastic_net.optimality.evidence_in_numpy import evidence_in_numpy
from bridle.elastic_net.optimality.kkt_units import KktUnits
from bridle.elastic_net.optimality.largest_strength import largest_strength
from bridle.elastic_net.optimality.point_evidence import PointEvidence, Sizes
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.precomputed import Precomputed
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["Problem"]


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
    precomputed : Precomputed
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
    precomputed: Precomputed = field(default=Precomputed(), repr=False)

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
        return cls(design, y, loss, penalty, shares(weights, n), offset, fit_intercept)

    @property
    def n_outputs(self) -> int:
        """Number of linear predictors."""
        return int(self.y.shape[1])

    @property
    def has_kernel(self) -> bool:
        """Whether the C++ kernels support the problem: its loss has a functor and a single output."""
        return bool(self.loss.kernel) and self.n_outputs == 1

    @property
    def is_tied(self) -> bool:
        """Whether the penalty ties several outputs of a feature."""
        return self.penalty.is_tied and self.n_outputs > 1

    def with_penalty(self, penalty: ElasticNetPenalty) -> Self:
        """Return the problem with another penalty that has the same unpenalised features."""
        if penalty is self.penalty:
            return self
        return replace(self, penalty=penalty, precomputed=self._precomputed_by_now())

    def with_loss(self, loss: Loss) -> Self:
        """Return the problem with another loss of the same targets."""
        known = Precomputed(column_moments=self.column_moments)
        return replace(self, loss=loss, precomputed=known)

    def with_weights(self, weights: Array) -> Self:
        """Return the problem with other weights, at least 0 and on any scale."""
        return replace(self, weights=shares(weights, self.y.shape[0]), precomputed=Precomputed())

    def with_column_moments(self, mean: Array, variance: Array) -> Self:
        """Return the problem with `column_moments` set, which saves two passes over X."""
        return replace(self, precomputed=Precomputed(column_moments=(mean, variance)))

    def with_negative_null_gradient(self, gradient: Array) -> Self:
        """Return the problem with `negative_null_gradient` set, which saves a pass over X."""
        return replace(
            self, precomputed=replace(self._precomputed_by_now(), negative_null_gradient=gradient)
        )

    def prepared(self) -> Self:
        """Return the problem with what all strengths share computed: null model and column moments."""
        shared = replace(
            self._precomputed_by_now(), null=self.null, column_moments=self.column_moments
        )
        return replace(self, precomputed=shared)

    def _precomputed_by_now(self) -> Precomputed:
        """Return the quantities that were given or have been computed since."""
        names = [field.name for field in fields(Precomputed)]
        found = {name: vars(self)[name] for name in names if name in vars(self)}
        return replace(self.precomputed, **found)

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
        if self.precomputed.null is not None:
            return self.precomputed.null
        free = self.unpenalized
        if self.has_kernel and free.size == 0:
            start = self.loss.first_intercept(self.y, self.weights, self.offset)
            n = self.y.shape[0]
            return fit_lone_intercept(self.rows, self._curvature_floor, float(start[0]), n)
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
    def negative_null_gradient(self) -> Array:
        """Negative gradient at the null model, ``-x_j' grad loss(null)``, shape (p, outputs)."""
        if self.precomputed.negative_null_gradient is not None:
            return self.precomputed.negative_null_gradient
        return -self.design.rmatvec(self.loss.gradient(self.null.eta, self.y, self.weights))

    @cached_property
    def column_moments(self) -> tuple[Array, Array]:
        """Weighted mean and variance of each column of the design, two arrays of shape (p,)."""
        if self.precomputed.column_moments is not None:
            return self.precomputed.column_moments
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
    def null_gradient_size(self) -> float:
        r"""Norm ``sqrt(sum_i g_i^2 / w_i)`` of the null model's gradient; 0 if that model is perfect.

        The derivative in a coefficient at the null model is at most this size times the column's norm:
        the factor between them is the correlation of the column with the gradient.
        """
        return self.null.gradient_size if self.null.half_deviance > 0 else 0.0

    @cached_property
    def rows(self) -> _core.Rows:
        """Weights, targets and offsets, for kernels; the problem must have one (`has_kernel`)."""
        return _core.Rows(
            self.loss.kernel,
            self.fit_intercept,
            self.weights,
            self.y[:, 0],
            self.offset[:, 0],
            self.loss.parameter,
        )

    @cached_property
    def class_rows(self) -> _core.ClassRows:
        """Weights, and the targets and offsets of each output, for kernels of several outputs."""
        targets, offsets = np.ascontiguousarray(self.y.T), np.ascontiguousarray(self.offset.T)
        return _core.ClassRows(self.fit_intercept, self.weights, targets, offsets)

    @cached_property
    def features(self) -> _core.Features:
        """Factors and bounds of the features, for kernels."""
        return _core.Features(self.factors, *self.penalty.bounds(self.design.shape[1]))

    @cached_property
    def _curvature_floor(self) -> float:
        return curvature_floor(self.loss, self.y, self.weights)

    @cached_property
    def kkt_units(self) -> KktUnits:
        """Units of the KKT violations."""
        return KktUnits(self.column_norms, self.factors, self.null_gradient_size)

    @cached_property
    def dual(self) -> DualProblem:
        """The Fenchel dual, whose feasible points bound the minimum of the objective from below."""
        return DualProblem(
            self.design,
            self.y,
            self.loss,
            self.penalty,
            self.weights,
            self.offset,
            self.fit_intercept,
            self.column_norms,
            self.null.saturated,
        )

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
            0 if no feature can enter, or if the null model is perfect: its gradient is rounding.

        Notes
        -----
        Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
        models via coordinate descent", section 2.5.
        """
        if self.null.half_deviance == 0:
            return 0.0
        return largest_strength(self.penalty, self.negative_null_gradient, l1_ratio)

    def certify(self, coef: Array, intercept: Array) -> Certificate:
        """Return the certificate of a solution; coef (p, outputs), intercept (outputs,)."""
        return self.certify_at(coef, self.linear_predictor(coef, intercept))[0]

    def certify_at(self, coef: Array, eta: Array) -> tuple[Certificate, Array]:
        """Return the certificate at a known linear predictor, and each coefficient's violation.

        `DualProblem.lower_bound` gives the steps.

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
        fast = self.has_kernel and self.unpenalized.size == 0
        fast = fast and (self.penalty.l1 > 0 or self.penalty.l2 > 0)
        return self.judge((self.evidence_of_kernels if fast else self.evidence_in_numpy)(coef, eta))

    def judge(self, evidence: PointEvidence) -> tuple[Certificate, Array]:
        """Return the certificate that evidence amounts to, and each coefficient's violation."""
        unit = 0.0
        if self.fit_intercept:
            unit = self.kkt_units.of_intercept_given(self.penalty.l1, evidence.least)
        certificate = Certificate.of(evidence, self.null, unit)
        if math.isfinite(evidence.objective):
            return certificate, evidence.violation
        return certificate, np.full_like(evidence.violation, np.inf)

    def evidence_of_kernels(self, coef: Array, eta: Array) -> PointEvidence:
        """Return the evidence at a point, from C++; every feature must be penalised."""
        sizes = Sizes(self.column_norms, self.null_gradient_size, self._curvature_floor)
        strength = self.penalty.l1, self.penalty.l2
        return PointEvidence.at(self.rows, self.features, self.design, strength, sizes, coef, eta)

    def evidence_in_numpy(self, coef: Array, eta: Array) -> PointEvidence:
        """Return the evidence at a point, from NumPy: for any loss and any penalty."""
        objective = self.objective(coef, eta)
        return evidence_in_numpy(self.dual, self.kkt_units, objective, coef, eta)
