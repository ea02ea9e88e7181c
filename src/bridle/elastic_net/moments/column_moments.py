"""Column moments: weighted mean and variance of each column, for several problems at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle import _core
from bridle.elastic_net.design import Design
from bridle.elastic_net.moments.moments import ClassSums
from bridle.elastic_net.moments.row_classes import RowClasses, sums_of_problems
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["fold_moments", "moments_from_sums"]


# Small enough that all threads have work, large enough to outweigh the dispatch of a task.
_COLUMNS_PER_TASK = 256
# A variance below this fraction of the mean square about the common shift is computed again.
_DOUBTFUL = 1e-8


def fold_moments(
    design: Design, weights: Sequence[Array], workers: Workers
) -> list[tuple[Array, Array]]:
    """Return each problem's `Design.moments`: mean and variance of each column; F pairs.

    If X is dense and the rows fall into few classes, X is read twice for all problems together.

    Parameters
    ----------
    design : Design
        X, of shape (n, p), on its original scale.
    weights : sequence of F ndarray of shape (n,)
        Row weights of each problem; each vector sums to 1.
    workers : Workers
    """
    array = design.layout().dense()
    classes = RowClasses.of(weights)
    if classes is None or array is None:
        return workers.map(design.moments, weights)
    p = design.shape[1]
    shift = np.empty(p)
    sums, squares = np.empty((classes.count, p)), np.empty((classes.count, p))

    def task(begin: int) -> None:
        end = min(begin + _COLUMNS_PER_TASK, p)
        _core.class_moments(
            array, begin, end, classes.of_row, classes.weights, shift, sums, squares
        )

    workers.map(task, range(0, p, _COLUMNS_PER_TASK))
    about, square = classes.of_problems(sums), classes.of_problems(squares)
    return _settled(design, weights, shift + about, about, square)


def moments_from_sums(
    design: Design, weights: Sequence[Array], sums: ClassSums
) -> list[tuple[Array, Array]]:
    """Return the F pairs of `fold_moments` from sums of classes of rows, without reading X.

    The first F problems of ``sums`` must have these weights.
    """
    which = slice(0, len(weights))
    total = sums_of_problems(sums.shares, sums.ones)[which]
    about = sums_of_problems(sums.shares, sums.firsts)[which] / total
    square = sums_of_problems(sums.shares, sums.squares)[which] / total
    return _settled(design, weights, sums.shift + about, about, square)


def _settled(
    design: Design, weights: Sequence[Array], mean: Array, about: Array, square: Array
) -> list[tuple[Array, Array]]:
    """Turn mean squares about a shift into variances; compute those that lost digits from X.

    A column that varies over all rows but hardly within one problem's rows loses digits there.
    """
    variance = square - about**2
    for f, row_weights in enumerate(weights):
        doubtful = np.flatnonzero(variance[f] <= _DOUBTFUL * (square[f] + mean[f] ** 2))
        if doubtful.size:
            fresh = design.layout().moments(row_weights, doubtful)
            mean[f, doubtful], variance[f, doubtful] = fresh
    return list(zip(mean, variance, strict=True))
