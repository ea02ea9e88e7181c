"""Cross-products of some features of one problem at once: squared loss, dense X."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.working_set.attempt import Precision
from bridle.types import Array, IntArray

__all__ = ["minimise_on_gram"]


def minimise_on_gram(
    problem: Problem, here: Iterate, features: IntArray, precision: Precision
) -> Iterate:
    """Minimise over some features; all others are 0.

    Parameters
    ----------
    problem : Problem
        With squared loss and one output, on a dense X, which is read where it lies.
    here : Iterate
        Where to begin.
    features : ndarray of shape (size,)
        In order, at least one, none of them excluded.
    precision : Precision
    """
    layout = problem.design.layout()
    array = layout.dense()
    assert array is not None
    if features.size < array.shape[1]:
        array = array[:, features]
    target = (problem.y - problem.offset)[:, 0]
    mean, level = np.zeros(features.size), 0.0
    scale, center = layout.scale[features], layout.center[features]
    if problem.fit_intercept:
        mean = center + scale * problem.column_moments[0][features]
        level = float(problem.weights @ target)
    gram, linear, total_squares = _cross_products(
        array, problem.weights, target - level, mean, scale
    )
    lower, upper = problem.penalty.bounds(problem.design.shape[1])
    found = np.ascontiguousarray(here.coef[features].T)
    _core.gram_path(
        gram, linear[None, :], np.array([total_squares]), problem.factors[features], lower[features],
        upper[features], np.array([problem.penalty.l1]), np.array([problem.penalty.l2]), found,
        0, 1, precision.gap, precision.gain, precision.sweeps,
    )  # fmt: skip
    coef = np.zeros_like(here.coef)
    coef[features, 0] = found[0]
    intercept = np.zeros(1)
    if problem.fit_intercept:
        intercept[0] = level - ((mean - center) / scale) @ found[0]
    return Iterate(coef, intercept, problem.linear_predictor(coef, intercept))


def _cross_products(
    array: npt.NDArray[np.float64], weights: Array, target: Array, mean: Array, scale: Array
) -> tuple[Array, Array, float]:
    """Return those of columns about their means over scales, with each other and the target."""
    n, size = array.shape
    sums = np.zeros((size + 2, size + 2))
    _core.gram_of_rows(array, np.arange(n), weights, target, mean, sums)
    upper = np.triu(sums[:size, :size])
    gram = upper + upper.T
    gram.flat[:: size + 1] *= 0.5
    if np.any(scale != 1.0):
        gram /= scale
        gram /= scale[:, None]
    return gram, sums[:size, size] / scale, float(sums[size, size])
