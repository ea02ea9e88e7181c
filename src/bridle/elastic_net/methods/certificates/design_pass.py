"""Evaluation of many solutions on a dense X in two passes: linear predictors, then gradients.

For squared loss one pass suffices, since its dual point is the residual; see `squared_pass`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.methods.certificates.evaluation import Evaluation, on_the_array
from bridle.elastic_net.methods.certificates.loss_bounds import RowLoss, RowTotals
from bridle.elastic_net.problem import Problem
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["evaluate_losses"]

# Enough for a task to outweigh its dispatch (some 50 microseconds); 100 features are two tasks.
_COLUMNS_PER_TASK = 64
# A block of 100 features fits in the second-level cache (1.6 MB).
_ROWS_PER_TASK = 2048
# As many as `loss_pass` evaluates together.
_SOLUTIONS_PER_TASK = 8
# Multiplications in the time of one row's loss.
_PER_LOSS = 10


def evaluate_losses(
    problems: Sequence[Problem],
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    workers: Workers,
) -> list[Evaluation]:
    """Evaluate some solutions of each problem, in two passes over X.

    Parameters
    ----------
    problems : sequence of F Problem
        With a single output, on one dense X.
    coefs : sequence of F ndarray of shape (m, p)
        On the scale of each problem's design; m may differ.
    intercepts : sequence of F ndarray of shape (m,)
    workers : Workers
        The result does not depend on their number.
    """
    layouts = [problem.design.layout() for problem in problems]
    array = layouts[0].dense()
    assert array is not None
    n, p = array.shape
    joined, shift = on_the_array(layouts, coefs, intercepts)
    used = np.flatnonzero(np.any(joined != 0, axis=0))
    left = np.ascontiguousarray(joined[:, used].T)
    first = np.cumsum([0, *(intercept.size for intercept in intercepts)])
    eta, dual = np.empty((first[-1], n)), np.empty((n, first[-1]))
    negative_gradients = np.empty((p, first[-1]))

    def predict(begin: int) -> None:
        rows = slice(begin, min(begin + _ROWS_PER_TASK, n))
        block = np.ascontiguousarray(array[rows].T[used], dtype=np.float64)
        part = np.empty((first[-1], block.shape[1]))
        _core.products(left, np.arange(first[-1]), block, part)
        part += shift[:, None]
        np.add(part, problems[0].offset[rows].T, out=eta[:, rows])

    def multiply(begin: int) -> None:
        columns = np.arange(begin, min(begin + _COLUMNS_PER_TASK, p))
        _core.products(array, columns, dual, negative_gradients[begin : begin + columns.size])

    work = n * p * int(first[-1])
    workers.map(predict, range(0, n, _ROWS_PER_TASK), work)
    losses = _losses(problems, eta, dual, first, workers)
    workers.map(multiply, range(0, p, _COLUMNS_PER_TASK), work)
    return [
        Evaluation(
            coef, loss, negative_gradients[:, first[f] : first[f + 1]] / layouts[f].scale[:, None]
        )
        for f, (coef, loss) in enumerate(zip(coefs, losses, strict=True))
    ]


def _losses(
    problems: Sequence[Problem],
    eta: Array,
    dual: Array,
    first: npt.NDArray[np.int_],
    workers: Workers,
) -> list[RowLoss]:
    """Evaluate the loss of each problem f at the rows ``first[f]`` to ``first[f + 1]`` of eta.

    Tasks are a few solutions, so that a single problem uses all threads.
    """
    totals = np.empty((4, eta.shape[0]))

    def evaluate(task: tuple[int, int]) -> None:
        f, begin = task
        some = slice(begin, min(begin + _SOLUTIONS_PER_TASK, int(first[f + 1])))
        totals[:, some] = RowLoss.at(problems[f], eta[some], dual, begin).sums.totals

    bounds = list(enumerate(itertools.pairwise(first.tolist())))
    workers.map(
        evaluate,
        [(f, at) for f, (low, high) in bounds for at in range(low, high, _SOLUTIONS_PER_TASK)],
        _PER_LOSS * eta.size,
    )
    return [
        RowLoss(eta[low:high], dual[:, low:high], RowTotals(problems[f], totals[:, low:high]))
        for f, (low, high) in bounds
    ]
