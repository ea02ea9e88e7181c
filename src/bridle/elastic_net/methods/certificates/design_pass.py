"""Evaluation of many solutions on a dense X in two passes: linear predictors, then gradients.

For squared loss one pass suffices, since its dual point is the residual.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.design import Layout
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import RowLoss, RowTotals
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = [
    "Evaluation",
    "ResidualSums",
    "SquaredEvaluation",
    "add_residuals",
    "certify_evaluation",
    "evaluate_losses",
    "evaluate_squares",
    "on_the_array",
    "squared_evaluations",
]


# Enough for a task to outweigh its dispatch (some 50 microseconds); 100 features are two tasks.
_COLUMNS_PER_TASK = 64
# A block of 100 features fits in the second-level cache (1.6 MB).
_ROWS_PER_TASK = 2048
# As many as `loss_pass` evaluates together.
_SOLUTIONS_PER_TASK = 8
# A fixed number, so that the order of summation does not depend on the number of threads.
_TASKS = 8
# A block of rows that is read twice stays in the second-level cache.
_BYTES_PER_BLOCK = 1 << 21


class Evaluation(NamedTuple):
    """Loss and gradients of m solutions of one problem.

    Attributes
    ----------
    coef : ndarray of shape (m, p)
        On the scale of the problem's design.
    loss : RowLoss
    negative_gradients : ndarray of shape (p, m)
        ``-X'u`` of the dual points u (negative gradients), on that scale.
    """

    coef: Array
    loss: RowLoss
    negative_gradients: Array


class SquaredEvaluation(NamedTuple):
    """Evaluation for squared loss: as `Evaluation`, without linear predictors and dual points."""

    coef: Array
    loss: RowTotals
    negative_gradients: Array


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

    workers.map(predict, range(0, n, _ROWS_PER_TASK))
    losses = _losses(problems, eta, dual, first, workers)
    workers.map(multiply, range(0, p, _COLUMNS_PER_TASK))
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
    )
    return [
        RowLoss(eta[low:high], dual[:, low:high], RowTotals(problems[f], totals[:, low:high]))
        for f, (low, high) in bounds
    ]


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


def on_the_array(
    layouts: Sequence[Layout], coefs: Sequence[Array], intercepts: Sequence[Array]
) -> tuple[Array, Array]:
    """Return coefficients (M, p) and intercepts (M,) on the scale of the array in all layouts."""
    raws = [coef / layout.scale for coef, layout in zip(coefs, layouts, strict=True)]
    shifts = [
        intercept - (layout.center * raw).sum(axis=1)
        for intercept, layout, raw in zip(intercepts, layouts, raws, strict=True)
    ]
    return np.vstack(raws), np.concatenate(shifts)


def certify_evaluation(
    problem: Problem, strengths: Array, l1_ratio: float, evaluation: Evaluation | SquaredEvaluation
) -> list[Certificate]:
    """Return the certificates of evaluated solutions at strengths of shape (m,)."""
    features = np.flatnonzero(np.isfinite(problem.factors))
    nothing_outside = np.zeros(strengths.size)
    point = WorkingPoint(
        features,
        evaluation.coef[:, features],
        evaluation.negative_gradients[features],
        nothing_outside,
        evaluation.loss,
    )
    return certify_working_set(problem, strengths, l1_ratio, point)
