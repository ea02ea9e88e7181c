"""Two readings of a dense X for many solutions: their linear predictors, then their slopes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.loss_part import RowLoss
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.workers import Workers
from bridle.elastic_net.working_certificate import WorkingPoint, certify_working_set

__all__ = ["Look", "certify_look", "look_at_design"]

Array = npt.NDArray[np.float64]

_COLUMNS_PER_TASK = 64
_ROWS_PER_TASK = 2048


class Look(NamedTuple):
    """What X says of m solutions of one problem.

    Attributes
    ----------
    coef : ndarray of shape (m, p)
        On the scale of the problem's design.
    loss : RowLoss
    slopes : ndarray of shape (p, m)
        Products of X with minus the dual points, on that scale.
    """

    coef: Array
    loss: RowLoss
    slopes: Array


def look_at_design(
    problems: Sequence[Problem],
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    workers: Workers,
) -> list[Look]:
    """Look at some solutions of each problem.

    Parameters
    ----------
    problems : sequence of F Problem
        On one dense X, of one output.
    coefs : sequence of F ndarray of shape (m, p)
        On the scale of each problem's design; m may differ.
    intercepts : sequence of F ndarray of shape (m,)
    workers : Workers
        The division of the work does not depend on their number.
    """
    layouts = [one.design.layout() for one in problems]
    array = layouts[0].dense()
    assert array is not None
    n, p = array.shape
    raws = [coef / layout.scale for coef, layout in zip(coefs, layouts, strict=True)]
    shift = np.concatenate(
        [
            intercept - (layout.center * raw).sum(axis=1)
            for intercept, layout, raw in zip(intercepts, layouts, raws, strict=True)
        ]
    )
    joined = np.vstack(raws)
    used = np.flatnonzero(np.any(joined != 0, axis=0))
    right = np.ascontiguousarray(joined[:, used].T)
    first = np.cumsum([0, *(one.size for one in intercepts)])
    eta, dual = np.empty((first[-1], n)), np.empty((n, first[-1]))
    slopes = np.empty((p, first[-1]))

    def predict(begin: int) -> None:
        rows = np.arange(begin, min(begin + _ROWS_PER_TASK, n))
        part = np.empty((rows.size, first[-1]))
        _core.row_products(array.T, used, rows, right, part)
        part += shift + problems[0].offset[rows]
        eta[:, rows] = part.T

    def pull(begin: int) -> None:
        columns = np.arange(begin, min(begin + _COLUMNS_PER_TASK, p))
        _core.products(array, columns, dual, slopes[begin : begin + columns.size])

    workers.map(predict, range(0, n, _ROWS_PER_TASK))
    losses = workers.map(
        lambda f: RowLoss.look(problems[f], eta[first[f] : first[f + 1]], dual, int(first[f])),
        range(len(problems)),
    )
    workers.map(pull, range(0, p, _COLUMNS_PER_TASK))
    return [
        Look(coef, loss, slopes[:, first[f] : first[f + 1]] / layouts[f].scale[:, None])
        for f, (coef, loss) in enumerate(zip(coefs, losses, strict=True))
    ]


def certify_look(
    problem: Problem, strengths: Array, l1_ratio: float, look: Look
) -> list[Certificate]:
    """Return the certificates of what was looked at, at strengths of shape (m,)."""
    features = np.flatnonzero(np.isfinite(problem.factors))
    nothing_outside = np.zeros(strengths.size)
    point = WorkingPoint(
        features, look.coef[:, features], look.slopes[features], nothing_outside, look.loss
    )
    return certify_working_set(problem, strengths, l1_ratio, point)
