r"""Common shifts: the best constant to subtract from a feature's coefficients of all classes.

The multinomial loss does not change if a constant c is subtracted from a feature's coefficients of all
classes, so the penalty alone determines c: ``minimise over c  sum_k penalty(b_jk - c)``. This is convex
and piecewise quadratic, with corners where ``c = b_jk``; for tied classes the best c is the mean.
Coordinate descent converges slowly along this direction, so it is solved exactly.

Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear models via
coordinate descent", section 4.1.
"""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.types import Array

__all__ = ["without_common_shifts"]


def without_common_shifts(coef: Array, penalty: ElasticNetPenalty) -> Array:
    """Subtract from each feature's coefficients the constant that lowers the penalty most.

    Parameters
    ----------
    coef : ndarray of shape (p, outputs)
        Within the bounds.
    penalty : ElasticNetPenalty

    Returns
    -------
    ndarray of shape (p, outputs)
    """
    used = np.flatnonzero(np.any(coef != 0, axis=1))
    if used.size == 0:
        return coef
    part, restricted = coef[used], penalty.restricted(used)
    # The norm of a row is smallest about its mean.
    shift = part.mean(axis=1) if penalty.is_tied else _best_shift(part, restricted)
    lower, upper = (bound[:, None] for bound in restricted.bounds(used.size))
    # A coefficient minus itself is exactly 0.
    moved = np.clip(part - shift[:, None], lower, upper)
    better = restricted.values(moved).sum(axis=1) < restricted.values(part).sum(axis=1)
    centred = coef.copy()
    centred[used[better]] = moved[better]
    return centred


def _best_shift(coef: Array, penalty: ElasticNetPenalty) -> Array:
    """Return the best shift of each row among the corners and the minimum of each quadratic piece."""
    l1, l2 = (strength[:, None] for strength in penalty.strengths(coef.shape[0]))
    lower, upper = (bound[:, None] for bound in penalty.bounds(coef.shape[0]))
    outputs = coef.shape[1]
    # In piece m, the shift leaves m coefficients negative and outputs - m positive.
    gradients = l1 * (outputs - 2 * np.arange(outputs + 1)) + l2 * coef.sum(axis=1, keepdims=True)
    flat = np.divide(gradients, l2 * outputs, out=np.zeros_like(gradients), where=l2 > 0)
    candidates = np.hstack([coef, flat, np.zeros((coef.shape[0], 1))])
    least = np.max(coef - upper, axis=1, keepdims=True)
    most = np.min(coef - lower, axis=1, keepdims=True)
    candidates = np.clip(candidates, least, most)
    after = coef[:, None, :] - candidates[:, :, None]
    size = np.abs(after)
    costs = (size * (l1[:, :, None] + 0.5 * l2[:, :, None] * size)).sum(axis=2)
    best = np.argmin(costs, axis=1)
    return np.asarray(candidates[np.arange(coef.shape[0]), best])
