"""Null models of problems whose rows are not in memory, from one scan, for losses other than squared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bridle.elastic_net.loss import Loss, SingleOutputLoss
from bridle.elastic_net.null_model import NullModel
from bridle.elastic_net.precomputed import Precomputed
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.streaming.loss_scan import LossScan, LossSums, Solutions
from bridle.elastic_net.streaming.moment_scan import FoldSums
from bridle.elastic_net.streaming.null_scan import NullScan, NullSums
from bridle.elastic_net.streaming.problems_elsewhere import problems_of
from bridle.elastic_net.streaming.reader import Reader
from bridle.elastic_net.streaming.reweighted_rows import ReweightedRows
from bridle.elastic_net.streaming.rows_track import Evaluated
from bridle.elastic_net.streaming.targets import Targets
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["reweighted_rows"]


_EPS = float(np.finfo(float).eps)


def reweighted_rows(reader: Reader, specification: Specification, count: int) -> ReweightedRows:
    """Scan the rows for the null models of some problems, and return the method that solves them.

    With a log or logit link, an intercept alone is fitted if the mean prediction is that of the targets.

    Parameters
    ----------
    reader : Reader
    specification : Specification
    count : int
        Number of problems: all rows, and the training rows of each fold if there are folds.

    Raises
    ------
    InputError
        The loss does not allow the targets, or all targets of a problem are equal and at an end of its
        range.
    """
    found, sums = reader.moments()
    loss = specification.loss
    assert isinstance(loss, SingleOutputLoss)
    column = str(reader.source.columns.target)
    targets = _targets(found, loss, column, classes=specification.classes is not None)
    prepared, sums = problems_of(specification, sums, count, found.ranges)
    shares = np.stack([problem.weights for problem in prepared], axis=1)
    means = [targets.mean(sums.moments(f, centered=True).target_mean) for f in range(count)]
    levels = _intercepts(loss, means, column, fitted=specification.fit_intercept)
    scan = NullScan(loss, targets, reader.folds, shares, levels, len(found.low) - 1)
    nulls = reader.scan(scan, "null models")
    problems = [
        _with_null(problem, nulls, f, float(levels[f])) for f, problem in enumerate(prepared)
    ]

    def evaluate(solutions: Solutions, anchors: Solutions, shift: Array) -> LossSums:
        sweep = LossScan(loss, targets, reader.folds, shares, solutions, anchors, shift)
        return reader.scan(sweep, f"losses and gradients at {len(solutions.coefs):,} solutions")

    return ReweightedRows(
        tuple(problems), sums, _null_points(problems, nulls, levels), nulls.saturated, evaluate
    )


def _targets(found: FoldSums, loss: Loss, column: str, *, classes: bool) -> Targets:
    """Return the form in which the target column is read.

    Raises
    ------
    InputError
        The loss does not allow its smallest or largest value.
    """
    low, high = float(found.low[-1]), float(found.high[-1])
    if classes:
        if low == high:
            raise InputError(
                f"y must hold two labels. Received: {low:g} in all rows of column {column!r}."
            )
        return Targets((low, high))
    least, most = loss.target_range
    for value in (low, high):
        above = value > least if loss.is_above_low else value >= least
        if not (above and value <= most):
            words = "above" if loss.is_above_low else "at least"
            end = "" if most == np.inf else f" and at most {most:g}"
            raise InputError(
                f"y must be {words} {least:g}{end} for loss={loss.name!r}. Received: {value:g} in "
                f"column {column!r}."
            )
    return Targets()


def _intercepts(loss: Loss, means: list[float], column: str, *, fitted: bool) -> Array:
    """Return the intercept of each null model.

    Raises
    ------
    InputError
        A mean is at an end of the loss's range, where the intercept would be infinite.
    """
    if not fitted:
        return np.zeros(len(means))
    for f, mean in enumerate(means):
        if mean in loss.target_range:
            which = "all rows" if f == 0 else f"the training rows of fold {f - 1}"
            raise InputError(
                f"y must differ between {which}. Received: the same value of column {column!r} in all "
                "of them. Use other folds, or more rows."
            )
    return np.array([float(loss.link(np.array([mean]))[0]) for mean in means])


def _with_null(problem: Problem, nulls: NullSums, f: int, level: float) -> Problem:
    value, _, _, squares = nulls.totals[:, f]
    saturated = float(nulls.saturated @ problem.weights)
    rounding = 64 * _EPS * max(abs(value), abs(saturated))
    half = value - saturated
    null = NullModel(
        intercept=np.array([level]),
        coef=np.empty((0, 1)),
        eta=np.empty((0, 1)),
        value=float(value),
        saturated=saturated,
        half_deviance=float(half) if half > rounding else 0.0,
        rounding=float(rounding),
        gradient_size=float(np.sqrt(squares)),
    )
    gradient = _on_the_design(problem, nulls, f)
    known = Precomputed(
        null=null, negative_null_gradient=gradient[:, None], column_moments=problem.column_moments
    )
    return replace(problem, precomputed=known)


def _on_the_design(problem: Problem, nulls: NullSums, f: int) -> Array:
    """Return a problem's negative gradient, on the scale of its design."""
    layout = problem.design.layout()
    return (nulls.negative_gradients[:, f] - layout.center * nulls.residuals[f]) / layout.scale


def _null_points(problems: list[Problem], nulls: NullSums, levels: Array) -> Evaluated:
    """Return the null models as points."""
    count, p = levels.size, len(nulls.negative_gradients)
    value, curvature, pearson, _ = nulls.totals
    gradients = [_on_the_design(problem, nulls, f) for f, problem in enumerate(problems)]
    return Evaluated(
        coefs=np.zeros((count, p)),
        intercepts=levels,
        totals=np.stack([value, nulls.residuals, curvature, pearson]),
        negative_gradients=np.stack(gradients, axis=1),
        tests=nulls.tests,
    )
