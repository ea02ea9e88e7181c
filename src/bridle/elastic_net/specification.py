"""A problem before it is said which rows count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.design import Design, StandardizedDesign, standardized
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.errors import InputError

__all__ = ["Specification", "from_original", "to_original"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Specification:
    """Everything that the full data and all folds have in common.

    Parameters
    ----------
    design : Design
        X, of shape (n, p), on its original scale.
    y : ndarray of shape (n, outputs)
    loss : Loss
    penalty : ElasticNetPenalty
        Gives factors and bounds, which belong to coefficients on the original scale.
    weights : ndarray of shape (n,), optional
        At least 0, on any scale; default: equal.
    offset : ndarray of shape (n, outputs), optional
    fit_intercept : bool
    standardize : bool
        Whether the penalty counts coefficients per weighted standard deviation (with 1/n) of their
        feature, over the rows that count.
    classes : ndarray of shape (K,), optional
        The labels that y encodes.
    terms : tuple of p str, optional
        The names of the features.
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

    def row_weights(self) -> Array:
        """Return the weights as given, or ones; shape (n,)."""
        return np.ones(self.design.shape[0]) if self.weights is None else self.weights

    def problem(self, counts: Array | None = None) -> Problem:
        """Return the problem in which row i counts ``counts[i]`` times; by default all count once.

        X is neither copied nor changed: a fold is a weight vector and, with ``standardize``, two
        vectors of length p that its own training rows give.
        """
        weights = self.weights if counts is None else self.row_weights() * counts
        problem = Problem.build(
            self.design,
            self.y,
            self.loss,
            self.penalty,
            weights=weights,
            offset=self._offset(),
            fit_intercept=self.fit_intercept,
        )
        if not self.standardize:
            return problem
        wrapper = standardized(self.design, problem.weights, center=self.fit_intercept)
        penalty = replace(
            self.penalty,
            lower=_times(self.penalty.lower, wrapper.scale),
            upper=_times(self.penalty.upper, wrapper.scale),
        )
        return replace(problem, design=wrapper, penalty=penalty)

    def _offset(self) -> Array | None:
        if self.offset is None:
            return None
        bad = np.argwhere(~np.isfinite(self.offset))
        if bad.size:
            raise InputError(
                "offset must hold finite numbers. "
                f"Received: {self.offset[tuple(bad[0])]} in row {bad[0][0]} ({len(bad)} such values)."
            )
        return self.offset


def to_original(
    design: Design, coef: sparse.csc_array, intercept: Array
) -> tuple[sparse.csc_array, Array]:
    """Return coefficients (p, outputs) and intercept on the scale of X, from those of a design."""
    if not isinstance(design, StandardizedDesign):
        return coef, intercept
    raw = sparse.csc_array(
        (coef.data / design.scale[coef.indices], coef.indices, coef.indptr), shape=coef.shape
    )
    return raw, intercept - raw.T @ design.center


def from_original(design: Design, coef: sparse.csc_array, intercept: Array) -> tuple[Array, Array]:
    """Return dense coefficients and intercept of a design, from those on the scale of X."""
    dense = coef.toarray()
    if isinstance(design, StandardizedDesign):
        return design.from_original(dense, intercept)
    return dense, intercept


def _times(bound: float | Array, scale: Array) -> float | Array:
    # A bound of 0 or infinity is the same on every scale.
    if np.all((np.asarray(bound) == 0) | np.isinf(bound)):
        return bound
    return np.asarray(bound * scale)
