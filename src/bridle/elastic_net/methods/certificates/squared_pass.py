"""Evaluation of many solutions of squared loss on a dense X in one pass, by sums over blocks of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.methods.certificates.evaluation import SquaredEvaluation, on_the_array
from bridle.elastic_net.methods.certificates.loss_bounds import RowTotals
from bridle.elastic_net.problem import Problem
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["ResidualSums", "add_residuals", "evaluate_squares", "squared_evaluations"]

# A fixed number, so that the order of summation does not depend on the number of threads.
_TASKS = 8
# A block of rows that is read twice stays in the second-level cache.
_BYTES_PER_BLOCK = 1 << 21


def evaluate_squares(
    problems: Sequence[Problem],
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    workers: Workers,
) -> list[SquaredEvaluation]:
    r"""Evaluate some solutions of each problem, for squared loss, in one pass over X.

    A block of rows adds ``X_B' W_B r_B`` as soon as its residuals r are known. With an intercept the
    residuals must be centred by their mean ``m = sum_i w_i r_i / sum_i w_i``. This is done at the end:
    ``X'W(r - m) = X'Wr - m X'w``, where X'w are the column means.

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
    owner = np.repeat(np.arange(len(problems)), [intercept.size for intercept in intercepts])
    weights = np.stack([problem.weights for problem in problems])
    target = problems[0].y[:, 0] - problems[0].offset[:, 0]
    size = max(1, _BYTES_PER_BLOCK // (8 * p))
    blocks = [np.arange(begin, min(begin + size, n)) for begin in range(0, n, size)]

    def task(some: npt.NDArray[np.intp]) -> ResidualSums:
        sums = ResidualSums.empty(owner.size, p)
        for rows in (blocks[k] for k in some):
            held = weights[owner, rows[0] : rows[-1] + 1].T
            add_residuals(sums, array, rows, target[rows], held, joined, shift)
        return sums

    tasks = np.array_split(np.arange(len(blocks)), min(len(blocks), _TASKS))
    total = ResidualSums(
        *(np.sum(parts, axis=0) for parts in zip(*workers.map(task, tasks), strict=True))
    )
    return squared_evaluations(problems, coefs, total)


class ResidualSums(NamedTuple):
    """Sums over rows at M solutions of squared loss, with dual point ``w r`` of residuals r.

    Attributes
    ----------
    negative_gradients : ndarray of shape (p, M)
        ``sum_i w_i r_i x_i``.
    residuals, squares : ndarray of shape (M,)
        ``sum_i w_i r_i`` and ``sum_i w_i r_i^2``.
    """

    negative_gradients: Array
    residuals: Array
    squares: Array

    @classmethod
    def empty(cls, solutions: int, p: int) -> Self:
        """Return the sums over no rows."""
        return cls(np.zeros((p, solutions)), np.zeros(solutions), np.zeros(solutions))


def add_residuals(
    sums: ResidualSums,
    array: npt.NDArray[Any],
    rows: npt.NDArray[np.intp],
    target: Array,
    weights: Array,
    coefs: Array,
    intercepts: Array,
) -> None:
    """Add some rows to the sums.

    Parameters
    ----------
    sums : ResidualSums
    array : ndarray of shape (n, p)
    rows : ndarray of shape (m,)
    target : ndarray of shape (m,)
        Of these rows.
    weights : ndarray of shape (m, M)
        Of these rows in the problem of each solution.
    coefs : ndarray of shape (M, p)
    intercepts : ndarray of shape (M,)
    """
    used = np.flatnonzero(np.any(coefs != 0, axis=0))
    right = np.ascontiguousarray(coefs[:, used].T)
    eta = np.empty(weights.shape)
    _core.row_products(array.T, used, rows, right, eta)
    residual = target[:, None] - intercepts - eta
    dual = weights * residual
    part = np.empty_like(sums.negative_gradients)
    _core.row_products(array, rows, np.arange(array.shape[1]), np.ascontiguousarray(dual), part)
    np.add(sums.negative_gradients, part, out=sums.negative_gradients)
    np.add(sums.residuals, dual.sum(axis=0), out=sums.residuals)
    np.add(sums.squares, (dual * residual).sum(axis=0), out=sums.squares)


def squared_evaluations(
    problems: Sequence[Problem], coefs: Sequence[Array], sums: ResidualSums
) -> list[SquaredEvaluation]:
    """Return the evaluations of some solutions of each problem, given the sums of all of them."""
    evaluations, first = [], np.cumsum([0, *(len(coef) for coef in coefs)])
    for f, problem in enumerate(problems):
        layout, mine = problem.design.layout(), slice(first[f], first[f + 1])
        raw, residual_sum, pearson = (total[..., mine] for total in sums)
        if problem.fit_intercept:
            mean = layout.center + layout.scale * problem.column_moments[0]
            raw = raw - np.outer(mean, residual_sum)
        totals = np.stack([0.5 * pearson, residual_sum, np.ones_like(residual_sum), pearson])
        loss = RowTotals(problem, totals)
        evaluations.append(SquaredEvaluation(coefs[f], loss, raw / layout.scale[:, None]))
    return evaluations
