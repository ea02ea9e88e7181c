"""Specification: the fitting problem that the full data and all folds share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.inputs import Targets
from bridle.elastic_net.data.units import PLAIN, Units, without_extremes
from bridle.elastic_net.design import (
    Design,
    StandardizedDesign,
    Table,
    design_of,
    rescaled,
    standardized,
)
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["Specification"]


# Relative difference after a change of units and back: more than rounding is an underflow.
_LOST = 1e-9


@dataclass(frozen=True, eq=False)
class Specification:
    """Data and settings that the full data and all folds share.

    Parameters
    ----------
    design : Design
        X, of shape (n, p), divided by its unit.
    y : ndarray of shape (n, outputs)
        Divided by its unit.
    loss : Loss
    penalty : ElasticNetPenalty
        Factors and bounds for coefficients on the original scale, whatever the units.
    weights : ndarray of shape (n,), optional
        At least 0, on any scale. Default: equal weights.
    offset : ndarray of shape (n, outputs), optional
        Divided by the unit of y. Default: none.
    fit_intercept : bool
        Default True.
    standardize : bool
        Whether to penalise coefficients per weighted standard deviation (with 1/n) of their feature
        over the rows of each problem. Default False.
    classes : ndarray of shape (K,), optional
        The labels that y encodes.
    terms : tuple of p str, optional
        Names of the features.
    units : Units
        Powers of two by which X and y were divided. Default: `PLAIN`, none.
    """

    design: Design
    y: Array
    loss: Loss
    penalty: ElasticNetPenalty
    weights: Array | None = None
    offset: Array | None = None
    fit_intercept: bool = True
    standardize: bool = False
    classes: npt.NDArray[Any] | None = None
    terms: tuple[str, ...] | None = None
    units: Units = PLAIN

    @classmethod
    def of(
        cls,
        table: Table,
        ranges: ColumnRanges,
        targets: Targets,
        penalty: ElasticNetPenalty,
        *,
        weights: Array | None = None,
        offset: Array | None = None,
        fit_intercept: bool = True,
        standardize: bool = False,
        terms: tuple[str, ...] | None = None,
    ) -> Self:
        """Build from data on the original scale: table (n, p), column ranges, targets and settings.

        X is copied only if it must be divided or shifted; see `Units`.
        """
        penalty.check_features(table.shape[1])
        y = targets.values
        if targets.loss.has_units and weights is not None:
            # The target of a row of weight 0 may be huge; it must not set the unit.
            y = np.where(weights[:, None] > 0, y, 0.0)
        units = Units.of(
            ranges,
            _both(y, offset) if targets.loss.has_units else None,
            standardize=standardize,
            movable=fit_intercept,
            penalty=penalty,
        )
        return cls(
            design=design_of(rescaled(table, units.origin, units.x)),
            y=units.targets(y),
            loss=targets.loss,
            penalty=penalty,
            weights=None if weights is None else without_extremes(weights),
            offset=None if offset is None else units.targets(offset),
            fit_intercept=fit_intercept,
            standardize=standardize,
            classes=targets.classes,
            terms=terms,
            units=units,
        )

    def row_weights(self) -> Array:
        """Return the weights as given, or ones; shape (n,)."""
        return np.ones(self.design.shape[0]) if self.weights is None else self.weights

    def unprepared(self, counts: Sequence[Array]) -> list[Problem]:
        """Return the problem of all rows and one per item of ``counts``, without a pass over X."""
        whole = self._plain(None)
        return [whole, *(whole.with_weights(self.row_weights() * count) for count in counts)]

    def prepared(
        self, plain: Sequence[Problem], moments: Sequence[tuple[Array, Array]]
    ) -> list[Problem]:
        """Return the problems of `unprepared`, standardised, given their column means and variances."""
        return [
            self._standardized(problem.with_column_moments(*pair))
            for problem, pair in zip(plain, moments, strict=True)
        ]

    def problem(self, counts: Array | None = None) -> Problem:
        """Return the problem in which row i counts ``counts[i]`` times; by default once.

        X is neither copied nor changed: a fold is a weight vector and, with ``standardize``, the means
        and scales of its training rows.
        """
        return self._whole if counts is None else self._standardized(self._plain(counts))

    @cached_property
    def _whole(self) -> Problem:
        """The problem of all rows. To standardise it takes two passes over X, and several ask for it."""
        return self._standardized(self._plain(None))

    def _plain(self, counts: Array | None) -> Problem:
        return Problem.build(
            self.design,
            self.y,
            self.loss,
            self.units.penalty(self.penalty),
            weights=self.weights if counts is None else self.row_weights() * counts,
            offset=self.offset,
            fit_intercept=self.fit_intercept,
        )

    def _standardized(self, problem: Problem) -> Problem:
        if problem.unpenalized.size:
            problem = _without_constants(problem)
        if not self.standardize:
            return problem
        mean, variance = problem.column_moments
        # Penalised constant columns keep the scale of X. Unpenalised ones keep the unit of X, so that
        # their squares stay in the float64 range.
        constant = np.where(problem.factors > 0, self.units.one, 1.0)
        wrapper = standardized(
            self.design, mean, variance, center=self.fit_intercept, constant=constant
        )
        penalty = replace(
            problem.penalty,
            lower=_times(problem.penalty.lower, wrapper.scale),
            upper=_times(problem.penalty.upper, wrapper.scale),
        )
        other = replace(problem, design=wrapper, penalty=penalty)
        return other.with_column_moments(
            (mean - wrapper.center) / wrapper.scale, variance / wrapper.scale / wrapper.scale
        )

    def unstandardized(
        self, problem: Problem, coefs: Coefficients, intercepts: Array
    ) -> tuple[Coefficients, Array]:
        """Undo the standardisation of a problem's coefficients and intercepts, (S, outputs)."""
        design = problem.design
        if not isinstance(design, StandardizedDesign):
            return coefs, intercepts
        raw = coefs.with_data(coefs.stacked.data / design.scale[coefs.stacked.indices])
        return raw, self._moved(raw, intercepts, design.center)

    def to_original(
        self, problem: Problem, coefs: Coefficients, intercepts: Array
    ) -> tuple[Coefficients, Array]:
        """Put a problem's coefficients and intercepts, (S, outputs), on the original scale.

        Raises
        ------
        InputError
            A coefficient is outside the float64 range there.
        """
        return self.without_units(*self.unstandardized(problem, coefs, intercepts))

    def solution_to_original(
        self, problem: Problem, coef: Array, intercept: Array
    ) -> tuple[Array, Array]:
        """Put one dense solution, (p, outputs) and (outputs,), on the original scale.

        Raises
        ------
        InputError
            A coefficient is outside the float64 range there.
        """
        if isinstance(problem.design, StandardizedDesign):
            coef, intercept = problem.design.to_original(coef, intercept)
        coef, intercept = self._original(coef), self.units.outcomes(intercept)
        if self.units.origin is not None:
            intercept = intercept - self.units.origin @ coef
        if self.loss.is_shift_invariant:
            intercept = intercept - intercept.mean()
        if not self.penalty.is_unbounded:
            lower, upper = self.penalty.bounds(coef.shape[0])
            coef = np.clip(coef, lower[:, None], upper[:, None])
        return coef, intercept

    def without_units(self, coefs: Coefficients, intercepts: Array) -> tuple[Coefficients, Array]:
        """Put coefficients and intercepts of divided X and y on the original scale.

        Raises
        ------
        InputError
            A coefficient is outside the float64 range there.
        """
        if self.units.are_plain:
            return self._within_bounds(coefs), intercepts
        numbers = self._original(coefs.stacked.data, coefs.stacked.indices)
        raw = self._within_bounds(coefs.with_data(numbers))
        levels, origin = self.units.outcomes(intercepts), self.units.origin
        return raw, levels if origin is None else self._moved(raw, levels, origin)

    def from_original(
        self, problem: Problem, coef: sparse.csc_array, intercept: Array
    ) -> tuple[Array, Array]:
        """Return a problem's dense coefficients and intercept, given those on the original scale."""
        if self.units.origin is not None:
            intercept = intercept + coef.T @ self.units.origin
        dense, level = self.units.scaled(coef.toarray()), self.units.targets(intercept)
        if isinstance(problem.design, StandardizedDesign):
            return problem.design.from_original(dense, level)
        return dense, level

    def _original(self, coef: Array, features: npt.NDArray[np.integer] | None = None) -> Array:
        """Return coefficients on the original scale; raise `InputError` if one loses digits there.

        ``features`` holds the feature of each; by default row j belongs to feature j.
        """
        if self.units.are_plain:
            return coef
        found = self.units.original(coef)
        lost = ~(np.abs(self.units.scaled(found) - coef) <= _LOST * np.abs(coef))
        if not lost.any():
            return found
        at = np.unravel_index(np.argmax(lost), lost.shape)
        feature = int(at[0] if features is None else features[at[0]])
        name = feature if self.terms is None else repr(self.terms[feature])
        exponent = int(np.frexp(coef[at])[1]) + self.units.y - self.units.x
        raise InputError(
            f"The coefficient of feature {name} is outside the float64 range, 2**-1022 to 2**1023. "
            f"Received: about 2**{exponent}. Rescale X or y."
        )

    def _within_bounds(self, coefs: Coefficients) -> Coefficients:
        """Clip coefficients that rescaling has moved beyond a bound by rounding."""
        if self.penalty.is_unbounded:
            return coefs
        bounds = self.penalty.bounds(self.design.shape[1])
        lower, upper = (bound[coefs.stacked.indices] for bound in bounds)
        return coefs.with_data(np.clip(coefs.stacked.data, lower, upper))

    def _moved(self, coefs: Coefficients, intercepts: Array, by: Array) -> Array:
        """Return the intercepts for features that were shifted by ``by``."""
        shifted = intercepts - (coefs.stacked.T @ by).reshape(intercepts.shape)
        if self.loss.is_shift_invariant:
            # The shift differs between classes, so the intercepts are centred again.
            return shifted - shifted.mean(axis=1, keepdims=True)
        return shifted


def _without_constants(problem: Problem) -> Problem:
    """Exclude constant unpenalised features, which are collinear with the intercept (or 0)."""
    constant = (problem.factors == 0) & (problem.column_norms == 0)
    penalty = replace(problem.penalty, factors=np.where(constant, np.inf, problem.factors))
    return replace(problem, penalty=penalty).with_column_moments(*problem.column_moments)


def _both(y: Array, offset: Array | None) -> Array:
    return y if offset is None else np.concatenate([y, offset])


def _times(bound: float | Array, scale: Array) -> float | Array:
    # A bound of 0 or infinity is the same on every scale.
    if np.all((np.asarray(bound) == 0) | np.isinf(bound)):
        return bound
    return np.asarray(bound * scale)
