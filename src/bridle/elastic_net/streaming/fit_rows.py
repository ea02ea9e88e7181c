"""Fit to rows out of memory: scans for the moments of all folds, for solutions, and for certificates."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.cross_validation.fold_fits import FoldFits, confirm_fits, solve_folds
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.grid import strength_grid
from bridle.elastic_net.methods import Methods
from bridle.elastic_net.methods.moments import OnMoments
from bridle.elastic_net.methods.one_by_one import OneByOne
from bridle.elastic_net.moments.row_classes import sums_of_problems
from bridle.elastic_net.path.convergence import refuse_failed, report_unconverged
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.streaming.loss_scan import Solutions
from bridle.elastic_net.streaming.null_models import reweighted_rows
from bridle.elastic_net.streaming.problems_elsewhere import (
    Settings,
    specification_of,
    whole_and_folds,
)
from bridle.elastic_net.streaming.reader import Reader
from bridle.elastic_net.streaming.reweighted_rows import ReweightedRows
from bridle.errors import InputError
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["cross_validate_rows", "deviance_explained", "path_of_rows"]

_TALL_RATIO, _WIDE_RATIO = 1e-4, 1e-2


def path_of_rows(
    reader: Reader,
    settings: Settings,
    alpha: float,
    l1_ratio: float,
    solver: CoordinateDescent,
    stacklevel: int,
) -> Path:
    """Fit all rows at one strength: in two scans for squared loss, in more for others.

    Parameters
    ----------
    reader : Reader
        With one fold.
    settings : Settings
    alpha : float
        Positive.
    l1_ratio : float
        In (0, 1].
    solver : CoordinateDescent
    stacklevel : int
        As in `warnings.warn`.

    Returns
    -------
    Path
        Of one strength.

    Raises
    ------
    InputError
        The rows cannot be used; the message names the place and the column.
    """
    with quiet_arithmetic():
        (fit,) = _solved(reader, settings, [alpha], [l1_ratio], solver, None)
        (fit,) = confirm_fits([fit], (0, 0), solver.tol, reader.n_jobs)
        report_unconverged(fit.fits, solver, stacklevel + 1)
    return replace(fit.path, specification=None)


def cross_validate_rows(
    reader: Reader,
    settings: Settings,
    alphas: int | npt.ArrayLike,
    l1_ratios: Sequence[float],
    solver: CoordinateDescent,
    *,
    eps: float | None,
    rule: str,
    stacklevel: int,
) -> CrossValidation:
    """Fit all rows and every fold along one grid for each l1_ratio.

    For squared loss that takes two scans, and the score of a fold, the mean squared error on its test
    rows, comes from its moments. For other losses it is the mean deviance.

    Parameters
    ----------
    reader : Reader
        With two folds or more.
    settings : Settings
    alphas, eps
        As in `strength_grid`.
    l1_ratios : sequence of R floats
        In (0, 1].
    solver : CoordinateDescent
    rule : str
        "min" or "1se".
    stacklevel : int
        As in `warnings.warn`.

    Returns
    -------
    CrossValidation

    Raises
    ------
    InputError
        The rows cannot be used, or a fold has none.
    """
    began = time.perf_counter()
    with quiet_arithmetic():
        fits = _solved(reader, settings, alphas, l1_ratios, solver, eps)
        refuse_failed([attempt for fit in fits for attempt in fit.fits])
    _, sums = reader.moments()
    tests = sums_of_problems(sums.shares, sums.ones)[1 + reader.folds.count :, 0]
    result = CrossValidation(
        paths=tuple(fit.path for fit in fits),
        fold_models=None,
        scoring="deviance",
        greater_is_better=False,
        scores=np.array([fit.errors for fit in fits]),
        fold_weights=tests,
        certificates=tuple(fit.certificates for fit in fits),
        rule=rule,
        oof_prediction=None,
        seconds=0.0,
    )
    chosen = result.chosen
    with quiet_arithmetic():
        fits = confirm_fits(
            fits, (chosen.ratio_index, chosen.alpha_index), solver.tol, reader.n_jobs
        )
        report_unconverged(
            [attempt for fit in fits for attempt in fit.fits], solver, stacklevel + 1
        )
    return replace(
        result,
        paths=tuple(replace(fit.path, specification=None) for fit in fits),
        certificates=tuple(fit.certificates for fit in fits),
        seconds=time.perf_counter() - began,
    )


def deviance_explained(reader: Reader, settings: Settings, coef: Array, intercept: float) -> float:
    """Return the fraction of the rows' deviance that a solution explains, in three scans.

    Parameters
    ----------
    reader : Reader
        With one fold.
    settings : Settings
        Of a loss that is not quadratic.
    coef : ndarray of shape (p,)
    intercept : float

    Raises
    ------
    InputError
        The rows cannot be used, or the loss does not allow their targets.
    """
    with quiet_arithmetic():
        found, _ = reader.moments()
        specification = specification_of(found, reader.source.columns.features, settings)
        method = reweighted_rows(reader, specification, 1)
        whole = np.zeros(1, dtype=np.int64)
        solution = Solutions(coef[None, :].astype(np.float64), np.array([intercept]), whole)
        nothing = Solutions(np.empty((0, coef.size)), np.empty(0), whole[:0])
        value = float(method.evaluate(solution, nothing, method.shift).totals[0, 0])
    null = method.problems[0].null
    if null.half_deviance > 0:
        return (null.value - value) / null.half_deviance
    # The definition of scikit-learn's r2_score for a constant target.
    return 1.0 if value - null.saturated <= null.rounding else 0.0


def _solved(
    reader: Reader,
    settings: Settings,
    alphas: int | npt.ArrayLike,
    l1_ratios: Sequence[float],
    solver: CoordinateDescent,
    eps: float | None,
) -> list[FoldFits]:
    """Scan the rows for their moments, and solve the problems of all rows and of every fold."""
    names = reader.source.columns.features
    found, sums = reader.moments()
    specification = specification_of(found, names, settings)
    count = 1 + (reader.folds.count if reader.folds.count > 1 else 0)
    method: OnMoments | ReweightedRows
    if settings.loss.is_quadratic:
        method = whole_and_folds(specification, sums, count, found.ranges, reader.evaluate)
    else:
        method = reweighted_rows(reader, specification, count)
    if eps is None and isinstance(alphas, int):
        eps = _TALL_RATIO if reader.rows > len(names) else _WIDE_RATIO
    strengths = [strength_grid(method.problems[0], ratio, alphas, eps=eps) for ratio in l1_ratios]
    if any(np.any(some == 0) for some in strengths):
        raise InputError(
            "alphas must be above 0 where the rows of X are not in memory. Received: 0. Leave it out "
            "or use a small strength."
        )
    with Workers(reader.n_jobs) as workers:
        methods = Methods(method, OneByOne(method.problems))
        return solve_folds(specification, methods, strengths, l1_ratios, solver, workers)
