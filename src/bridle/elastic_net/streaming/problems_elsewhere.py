"""Problems whose rows are in files or on a cluster, described to the solvers by their moments.

Such a problem has a design and targets without rows. It has one weight for each fold, by which
the weights of the fold's rows are multiplied.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.units import Units
from bridle.elastic_net.design import design_of
from bridle.elastic_net.loss import SingleOutputLoss
from bridle.elastic_net.methods.certificates.confirm import Evaluate
from bridle.elastic_net.methods.moments import OnMoments
from bridle.elastic_net.moments.moments import ClassSums, Moments
from bridle.elastic_net.moments.row_classes import sums_of_problems
from bridle.elastic_net.null_model import NullModel
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.precomputed import Precomputed
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.streaming.moment_scan import FoldSums, move_sums
from bridle.errors import InputError
from bridle.types import Array

__all__ = [
    "Settings",
    "blurred_means",
    "problems_of",
    "specification_of",
    "training_and_test",
    "whole_and_folds",
]


_EPS = float(np.finfo(float).eps)
# Standard deviation over mean; below it a column is constant up to rounding.
_CONSTANT = 1e-13
# A variance below this fraction of the mean square about the shift has lost too many digits.
_BLURRED = 1e-8


@dataclass(frozen=True)
class Settings:
    """Settings that all fits of the rows share.

    Attributes
    ----------
    loss : SingleOutputLoss
        With a kernel.
    penalty : ElasticNetPenalty
    fit_intercept, standardize : bool
    classes : bool
        Whether the target holds two labels. Default False.
    """

    loss: SingleOutputLoss
    penalty: ElasticNetPenalty
    fit_intercept: bool
    standardize: bool
    classes: bool = False


def training_and_test(folds: int) -> Array:
    """Return the shares of all rows, of each fold's training rows and of its test rows.

    Shape (folds, 1 + 2 folds), or (1, 1) without a cross-validation (one fold).
    """
    if folds == 1:
        return np.ones((1, 1))
    test = np.eye(folds)
    return np.hstack([np.ones((folds, 1)), 1.0 - test, test])


def blurred_means(
    sums: ClassSums, ranges: ColumnRanges, indicators: npt.NDArray[np.bool_]
) -> Array | None:
    """Return means to sum about in another scan, shape (p,); None if no digits were lost.

    Columns of 0 and 1 lose none, unless they are constant in the training rows of a fold.
    """
    for number in range(sums.shares.shape[1]):
        moments = sums.moments(number, centered=True)
        variance = np.diag(moments.gram)
        square = variance + (moments.mean - sums.shift) ** 2
        if np.any((variance <= _BLURRED * square) & ~ranges.constant & ~indicators):
            return sums.moments(0, centered=True).mean
    return None


def specification_of(found: FoldSums, names: tuple[str, ...], settings: Settings) -> Specification:
    """Return a specification that holds no rows.

    Raises
    ------
    InputError
        Values are so large or small that their squares leave the float64 range, or a feature is not
        penalised.
    """
    p = len(names)
    settings.penalty.check_features(p)
    factors = np.full(p, settings.penalty.factors)
    if np.any(factors == 0):
        raise InputError(
            "penalty must penalise every feature if the rows are not in memory. Received: factor 0 "
            f"for {names[int(np.argmin(factors))]!r}. Give it a small factor, such as 1e-4."
        )
    target = np.array([found.low[-1], found.high[-1]])
    sizes = target if settings.loss.has_units else None
    units = Units.of(found.ranges, sizes, standardize=settings.standardize, movable=False)
    if not units.are_plain:
        worst = names[
            int(np.argmax(np.abs(np.log(found.ranges.largest + (found.ranges.largest == 0)))))
        ]
        raise InputError(
            "X and y must hold values of sizes from 1e-60 to 1e60 if the rows are not in memory. "
            f"Received: {found.ranges.largest[names.index(worst)]:.3g} in column {worst!r}, targets up "
            f"to {np.abs(target).max():.3g}. Rescale them."
        )
    return Specification(
        design=design_of(np.empty((0, p))),
        y=np.empty((0, 1)),
        loss=settings.loss,
        penalty=settings.penalty,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        terms=names,
        classes=target if settings.classes else None,
    )


def whole_and_folds(
    specification: Specification,
    sums: ClassSums,
    problems: int,
    ranges: ColumnRanges,
    evaluate: Evaluate,
) -> OnMoments:
    """Return the path method of the first problems of the sums.

    Parameters
    ----------
    specification : Specification
    sums : ClassSums
        About any shift.
    problems : int
        How many of the problems are fitted; the others are test rows.
    ranges : ColumnRanges
        Of the features.
    evaluate : callable
        Reads the rows for certificates.
    """
    intercept = specification.fit_intercept
    prepared, sums = problems_of(specification, sums, problems, ranges)
    made = [
        _with_null(problem, sums.moments(number, centered=intercept), intercept)
        for number, problem in enumerate(prepared)
    ]
    return OnMoments(tuple(made), sums, evaluate)


def problems_of(
    specification: Specification, sums: ClassSums, problems: int, ranges: ColumnRanges
) -> tuple[list[Problem], ClassSums]:
    """Return the first problems of the sums, without null models, and the sums about a fit's shift.

    Parameters
    ----------
    specification, sums, problems, ranges
        As in `whole_and_folds`.

    Returns
    -------
    list of Problem
    ClassSums
        About 0 without an intercept.
    """
    intercept = specification.fit_intercept
    centred = [sums.moments(number, centered=True) for number in range(problems)]
    pairs = [(moments.mean, _variance(moments, ranges)) for moments in centred]
    if not intercept:
        sums = _about_zero(sums)
    totals = sums_of_problems(sums.shares, sums.ones)[:, 0]
    plain = [
        Problem(
            specification.design,
            specification.y,
            specification.loss,
            specification.penalty,
            sums.shares[:, number] / totals[number],
            specification.y,
            intercept,
        )
        for number in range(problems)
    ]
    return specification.prepared(plain, pairs), sums


def _variance(moments: Moments, ranges: ColumnRanges) -> Array:
    """Return the variances, exactly 0 for columns that are constant up to rounding."""
    variance = np.diag(moments.gram)
    flat = ranges.constant | (variance <= (_CONSTANT * np.abs(moments.mean)) ** 2)
    return np.where(flat, 0.0, variance)


def _about_zero(sums: ClassSums) -> ClassSums:
    moved = sums.sums.copy()
    move_sums(moved, np.append(sums.shift, sums.level))
    return replace(sums, sums=moved, shift=np.zeros_like(sums.shift), level=0.0)


def _with_null(problem: Problem, moments: Moments, intercept: bool) -> Problem:
    """Return the problem with the fit of its intercept alone, of which the mean is the solution."""
    level = moments.target_mean if intercept else 0.0
    total = moments.total_squares
    # A residual has an error of some eps times the terms it is a difference of; a deviance, its square.
    rounding = 64 * _EPS**2 * (np.sqrt(total + level**2) + abs(level)) ** 2
    half = 0.5 * total
    null = NullModel(
        intercept=np.array([level]),
        coef=np.empty((0, 1)),
        eta=np.empty((0, 1)),
        value=half,
        saturated=0.0,
        half_deviance=half if half > rounding else 0.0,
        rounding=rounding,
        gradient_size=float(np.sqrt(total)),
    )
    gradient = moments.linear / problem.design.layout().scale
    known = Precomputed(
        null=null, negative_null_gradient=gradient[:, None], column_moments=problem.column_moments
    )
    return replace(problem, precomputed=known)
