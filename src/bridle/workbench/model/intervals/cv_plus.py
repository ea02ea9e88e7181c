"""CV+: intervals of a regression from the models of the splits and their errors.

Let m_k be the model of split k and R_ki its absolute error on its test row i. At level 1 - a, the
interval of a row x is

    [ q-(m_k(x) - R_ki),  q+(m_k(x) + R_ki) ],

Here q+ is the smallest number that a fraction of at least ``(1 - a) (1 + 1/m)`` of these values do not
exceed, q- is the same quantile from above, and m is the number of test rows, each counted once. With K
folds of n rows in all, the interval covers a new row of the same distribution with probability at least
``1 - 2a - min(2 (1 - 1/K) / (n/K + 1), (1 - K/n) / (K + 1))``, whatever the distribution and the
model; in practice it is near 1 - a.

The values of a split are its sorted errors, shifted by m_k(x). If q is the quantile of all errors
alone, q+ lies between ``min_k m_k(x) + q`` and ``max_k m_k(x) + q``. Bisection finds the few errors of
each split in that range, and only these are sorted.

Source: Barber, Candès, Ramdas and Tibshirani 2021, "Predictive inference with the jackknife+",
Annals of Statistics 49, section 1.3 and theorem 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.types import Array

__all__ = ["cv_plus"]

_ROWS_AT_ONCE = 4096

_SLACK = 1e-12
"""Widening of the range, relative to its values, so that rounding does not exclude an end."""


def cv_plus(
    means: Array, errors: Sequence[Array], weights: Array, half: float, share: float
) -> Array:
    """Return the ends of the interval of each row, shape (n, 2).

    Parameters
    ----------
    means : ndarray of shape (n, models)
        Predictions.
    errors : sequence of ndarray
        Absolute errors of each model, in ascending order.
    weights : ndarray of shape (models,)
        Weight of each error of a model, relative to single errors.
    half : float
        Quantile of all errors: the smallest that a fraction ``share`` of them do not exceed.
    share : float
        Fraction of the values, in (0, 1].
    """
    ends = np.empty((len(means), 2))
    for first in range(0, len(means), _ROWS_AT_ONCE):
        some = means[first : first + _ROWS_AT_ONCE]
        ends[first : first + len(some), 0] = -_upper(-some, errors, weights, half, share)
        ends[first : first + len(some), 1] = _upper(some, errors, weights, half, share)
    return ends


def _upper(
    means: Array, errors: Sequence[Array], weights: Array, half: float, share: float
) -> Array:
    lowest, highest = means.min(axis=1) + half, means.max(axis=1) + half
    slack = _SLACK * (np.abs(lowest) + np.abs(highest) + half)
    n, models = means.shape
    before, after = np.empty((2, models, n), dtype=np.intp)
    for k, sizes in enumerate(errors):
        before[k] = sizes.searchsorted(lowest - slack - means[:, k], "left")
        after[k] = sizes.searchsorted(highest + slack - means[:, k], "right")
    counts = after - before
    widest = max(1, int(counts.max()))
    values = np.full((n, models * widest), np.inf)
    for k, sizes in enumerate(errors):
        places = before[k][:, None] + np.arange(widest)
        there = places < after[k][:, None]
        moved = means[:, k, None] + sizes[np.minimum(places, len(sizes) - 1)]
        values[:, k * widest : (k + 1) * widest] = np.where(there, moved, np.inf)
    # Without a tolerance, rounding of the summed weights could skip the error that is meant.
    total = sum(w * len(sizes) for w, sizes in zip(weights, errors, strict=True))
    needed = (share - _SLACK) * total - weights @ before
    if (weights == weights[0]).all():
        values.sort(axis=1)
        rank = np.ceil(needed / weights[0]).astype(np.intp) - 1
    else:
        order = values.argsort(axis=1)
        values = np.take_along_axis(values, order, axis=1)
        reached = np.cumsum(np.repeat(weights, widest)[order], axis=1)
        rank = (reached >= needed[:, None]).argmax(axis=1)
    return np.take_along_axis(values, np.maximum(rank, 0)[:, None], axis=1)[:, 0]
