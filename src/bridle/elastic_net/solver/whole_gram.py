"""Minimisation on the full Gram matrix of some features: squared loss, dense X."""

from __future__ import annotations

import numpy as np

from bridle import _core
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.types import IntArray

__all__ = ["minimise_on_gram"]


def minimise_on_gram(
    problem: Problem, here: Iterate, features: IntArray, precision: _core.Precision
) -> Iterate:
    """Minimise over some features; all others are 0.

    Parameters
    ----------
    problem : Problem
        With squared loss, a single output and a dense X.
    here : Iterate
        The start.
    features : ndarray of shape (size,)
        Sorted, at least one, none of them excluded.
    precision : Precision
        Stopping criteria.

    Returns
    -------
    Iterate
    """
    layout = problem.design.layout()
    array, center, scale = layout.dense(), layout.center, layout.scale
    assert array is not None
    mean, limits = problem.column_moments[0], problem.features
    if features.size < array.shape[1]:
        array, center, scale = array[:, features], center[features], scale[features]
        lower, upper = problem.penalty.bounds(problem.design.shape[1])
        limits = _core.Features(problem.factors[features], lower[features], upper[features])
        mean = mean[features]
    mean = center + scale * mean if problem.fit_intercept else center
    gram, linear = np.empty((features.size, features.size)), np.empty((1, features.size))
    level, total_squares = _core.gram_of_all(array, problem.rows, mean, scale, gram, linear[0])
    found = np.ascontiguousarray(here.coef[features].T)
    grid = _core.Grid(np.array([problem.penalty.l1]), np.array([problem.penalty.l2]), 0, 1)
    _core.gram_path(
        gram,
        linear,
        np.array([total_squares]),
        limits,
        grid,
        precision,
        found,
    )
    coef = np.zeros_like(here.coef)
    coef[features, 0] = found[0]
    intercept = np.zeros(1)
    if problem.fit_intercept:
        intercept[0] = level - ((mean - center) / scale) @ found[0]
    return Iterate(coef, intercept, problem.linear_predictor(coef, intercept))
