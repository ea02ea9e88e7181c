"""Certificates of many solutions at once, whose features outside a working set are all zero."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.loss_part import LossPart
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem

__all__ = ["WorkingPoint", "certify_working_set"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WorkingPoint:
    """Solutions at m strengths on a working set of features.

    Attributes
    ----------
    features : ndarray of shape (size,)
        The working set; all other coefficients are 0.
    coef : ndarray of shape (m, size)
    slopes : ndarray of shape (size, m)
        Products of the features with minus the dual points.
    worst : ndarray of shape (m,)
        Largest slope outside the working set, in shares of the l1 strength.
    loss : LossPart
    """

    features: npt.NDArray[np.int64]
    coef: Array
    slopes: Array
    worst: Array
    loss: LossPart


def certify_working_set(
    problem: Problem, strengths: Array, l1_ratio: float, point: WorkingPoint
) -> list[Certificate]:
    r"""Return the certificates of solutions at m strengths; see `Problem.certify_at`.

    Outside the working set every coefficient is 0 and every slope is at most ``worst`` times its l1
    strength: a dual point scaled by ``1 / worst`` silences their conjugates.

    Parameters
    ----------
    problem : Problem
        Of one output, all its features penalised or excluded.
    strengths : ndarray of shape (m,)
        Positive.
    l1_ratio : float
        In (0, 1].
    point : WorkingPoint
    """
    m, size = point.coef.shape
    penalty = _of_all_strengths(problem.penalty, strengths, l1_ratio, point.features)
    coef, pull = point.coef.ravel(), point.slopes.T.ravel()
    corner = pull - penalty.strengths(coef.size)[1] * coef
    objective = point.loss.values + penalty.values(coef).reshape(m, size).sum(axis=1)
    feasible = penalty.feasible_scales(corner).reshape(m, size).min(axis=1, initial=1.0)
    within = 1.0 / np.maximum(point.worst, 1.0)
    bound = np.maximum(
        _lower_bounds(penalty, point, pull, np.minimum(feasible, within)),
        _lower_bounds(penalty, point, pull, within),
    )
    gap = np.maximum(objective - bound, 0.0)
    half = problem.null.half_deviance
    relative = gap / half if half > 0 else np.where(gap <= np.finfo(float).tiny, 0.0, np.inf)
    violation = penalty.violation(coef, corner).reshape(m, size)
    outside = np.maximum(point.worst - 1.0, 0.0) * l1_ratio * strengths
    kkt = _worst_violation(problem, point.features, violation, outside)
    known = np.isfinite(objective)
    gap, relative, kkt = (np.where(known, one, np.inf) for one in (gap, relative, kkt))
    return [
        Certificate(*(float(one) for one in numbers))
        for numbers in zip(objective, gap, relative, kkt, strict=True)
    ]


def _of_all_strengths(
    penalty: ElasticNetPenalty,
    strengths: Array,
    l1_ratio: float,
    features: npt.NDArray[np.int64],
) -> ElasticNetPenalty:
    """Return one penalty of (m * size) coefficients: at strength k the factors are k times as large."""
    unit = penalty.restricted(features).with_strength(1.0, l1_ratio)
    factors = np.broadcast_to(np.asarray(unit.factors, dtype=np.float64), features.shape)
    lower, upper = unit.bounds(features.size)
    return replace(
        unit,
        factors=np.outer(strengths, factors).ravel(),
        lower=np.tile(lower, strengths.size),
        upper=np.tile(upper, strengths.size),
    )


def _lower_bounds(
    penalty: ElasticNetPenalty, point: WorkingPoint, pull: Array, scale: Array
) -> Array:
    """Return the dual value of each point times its scale."""
    m, size = point.coef.shape
    conjugate = penalty.conjugate((scale[:, None] * pull.reshape(m, size)).ravel())
    fitted = (point.coef * point.slopes.T).sum(axis=1)
    return point.loss.lower_bounds(scale, fitted) - conjugate.reshape(m, size).sum(axis=1)


def _worst_violation(
    problem: Problem, features: npt.NDArray[np.int64], violation: Array, outside: Array
) -> Array:
    unit = problem.null_slope_size
    if unit == 0:
        return np.zeros(outside.size)
    norms = problem.column_norms[features]
    shares = np.divide(violation, norms, out=np.zeros_like(violation), where=norms > 0)
    return np.maximum(shares.max(axis=1, initial=0.0), outside / problem.smallest_norm) / unit
