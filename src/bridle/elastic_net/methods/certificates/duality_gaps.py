"""Duality gaps of many solutions at once, whose coefficients outside a working set are 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.methods.certificates.loss_bounds import LossPart
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.optimality.kkt_units import in_units
from bridle.elastic_net.problem import Problem
from bridle.types import Array

__all__ = ["WorkingPoint", "certify_working_set"]


@dataclass(frozen=True, eq=False)
class WorkingPoint:
    """Solutions at m strengths on a working set of features.

    Attributes
    ----------
    features : ndarray of shape (size,), or (outputs * size,)
        The working set, once for each output; all other coefficients are 0.
    coef : ndarray of shape (m, size), or (m, outputs * size)
        Of the outputs one after the other.
    negative_gradients : ndarray of shape (size, m), or (outputs * size, m)
        Products of the features with the negative dual points.
    worst : ndarray of shape (m,)
        Largest ``|x_j'r|`` outside the working set, as a fraction of the l1 strength.
    loss : LossPart
    """

    features: npt.NDArray[np.int64]
    coef: Array
    negative_gradients: Array
    worst: Array
    loss: LossPart


def certify_working_set(
    problem: Problem, strengths: Array, l1_ratio: float, point: WorkingPoint
) -> list[Certificate]:
    r"""Return the certificates of solutions at m strengths; see `Problem.certify_at`.

    Outside the working set every coefficient is 0, and ``|x_j'r|`` is at most ``worst`` times the l1
    strength. So a dual point scaled by ``1 / worst`` is feasible there and its conjugates are 0, and
    the KKT violation there is ``worst - 1``, as a fraction of the l1 strength.

    Parameters
    ----------
    problem : Problem
        All features are penalised or excluded.
    strengths : ndarray of shape (m,)
        Positive.
    l1_ratio : float
        In (0, 1].
    point : WorkingPoint

    Returns
    -------
    list of m Certificate
    """
    within = 1.0 / np.maximum(point.worst, 1.0)
    bounds = _tied_bounds if problem.is_tied else _bounds
    value, fitted, scale, conjugate, conjugate_within, violation = bounds(
        problem, strengths, l1_ratio, point, within
    )
    objective = point.loss.values + value
    bound = np.maximum(
        point.loss.lower_bounds(scale, fitted) - conjugate,
        point.loss.lower_bounds(within, fitted) - conjugate_within,
    )
    # No objective is below the loss of the saturated model, as a penalty is at least 0.
    gap = np.maximum(objective - np.maximum(bound, problem.null.saturated), 0.0)
    relative = problem.null.relative(gap)
    kkt = np.maximum(violation, point.worst - 1.0)
    if problem.fit_intercept:
        unit = problem.kkt_units.of_intercept(l1_ratio * strengths)
        kkt = np.maximum(kkt, in_units(point.loss.intercept_gradients, unit))
    known = np.isfinite(objective)
    gap, relative, kkt = (np.where(known, values, np.inf) for values in (gap, relative, kkt))
    return [
        Certificate(*(float(number) for number in numbers))
        for numbers in zip(objective, gap, relative, kkt, strict=True)
    ]


def _bounds(
    problem: Problem, strengths: Array, l1_ratio: float, point: WorkingPoint, within: Array
) -> Array:
    """Return penalty, fitted, scale, conjugate at that scale and within, and violation, (6, m)."""
    lower, upper = problem.penalty.restricted(point.features).bounds(point.coef.shape[1])
    bounds = np.empty((6, strengths.size))
    _core.dual_bounds(
        np.ascontiguousarray(point.coef),
        np.ascontiguousarray(point.negative_gradients),
        _core.Features(problem.factors[point.features], lower, upper),
        problem.kkt_units.floors[point.features],
        _core.Grid(l1_ratio * strengths, (1 - l1_ratio) * strengths),
        within,
        bounds,
    )
    return bounds


def _tied_bounds(
    problem: Problem, strengths: Array, l1_ratio: float, point: WorkingPoint, within: Array
) -> Array:
    """Return what `_bounds` returns, for a penalty that ties the outputs of a feature."""
    outputs = problem.n_outputs
    size = point.features.size // outputs
    features = point.features[:size]
    penalty, floor = problem.penalty.restricted(features), problem.kkt_units.floors[features]
    bounds = np.empty((6, strengths.size))
    for k, strength in enumerate(strengths):
        here = penalty.with_strength(float(strength), l1_ratio)
        coef = point.coef[k].reshape(outputs, size).T
        negative_gradient = point.negative_gradients[:, k].reshape(outputs, size).T
        l1, l2 = here.strengths(size)
        smooth = negative_gradient - l2[:, None] * coef
        scale = min(here.feasible_scale(smooth), float(within[k]))
        unit = np.maximum(l1, floor)
        violation = np.where(floor > 0, here.violation(coef, smooth)[:, 0] / unit, 0.0)
        bounds[:, k] = (
            here.values(coef).sum(),
            (coef * negative_gradient).sum(),
            scale,
            here.conjugate(scale * negative_gradient).sum(),
            here.conjugate(within[k] * negative_gradient).sum(),
            violation.max(initial=0.0),
        )
    return bounds
