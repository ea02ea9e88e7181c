"""Weighted means and variances of every column, for several problems in two readings of X."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.design import Design
from bridle.elastic_net.row_classes import RowClasses
from bridle.elastic_net.workers import Workers

__all__ = ["fold_moments"]

Array = npt.NDArray[np.float64]

_COLUMNS_PER_TASK = 256
# A variance that is a smaller share of the squares about the common shift is computed anew.
_DOUBTFUL = 1e-8


def fold_moments(design: Design, weights: Array, workers: Workers) -> tuple[Array, Array]:
    """Return the moments of F problems, as `Design.moments` gives them for one.

    Parameters
    ----------
    design : Design
        X, of shape (n, p), on its original scale.
    weights : ndarray of shape (n, F)
        Each column sums to 1.
    workers : Workers

    Returns
    -------
    mean, variance : ndarray of shape (F, p)
    """
    array = design.layout().dense()
    classes = RowClasses.of(weights)
    if classes is None or array is None:
        pairs = workers.map(design.moments, weights.T.copy())
        return np.stack([one for one, _ in pairs]), np.stack([one for _, one in pairs])
    p = design.shape[1]
    shift = np.empty(p)
    sums, squares = np.empty((classes.count, p)), np.empty((classes.count, p))

    def task(begin: int) -> None:
        end = min(begin + _COLUMNS_PER_TASK, p)
        _core.class_moments(
            array, begin, end, classes.of_row, classes.weights, shift, sums, squares
        )

    workers.map(task, range(0, p, _COLUMNS_PER_TASK))
    about, square = _combine(classes, sums), _combine(classes, squares)
    mean, variance = shift + about, square - about**2
    # A column that varies little in some rows, though it does over all, loses digits there.
    for f in range(weights.shape[1]):
        doubtful = np.flatnonzero(variance[f] <= _DOUBTFUL * (square[f] + mean[f] ** 2))
        if doubtful.size:
            one = np.ascontiguousarray(weights[:, f])
            mean[f, doubtful], variance[f, doubtful] = design.layout().moments(one, doubtful)
    return mean, variance


def _combine(classes: RowClasses, sums: Array) -> Array:
    """Add up the classes of each problem in a fixed order; sums (G, p) to (F, p)."""
    total = np.zeros((classes.shares.shape[1], sums.shape[1]))
    for share, one in zip(classes.shares, sums, strict=True):
        for f in np.flatnonzero(share):
            total[f] += share[f] * one
    return total
