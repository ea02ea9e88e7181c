"""Fit to rows out of memory: one scan for the moments of all folds, one for the certificates."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.cross_validation.fold_fits import FoldFits, confirm_fits, solve_folds
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.grid import strength_grid
from bridle.elastic_net.methods import Methods
from bridle.elastic_net.methods.certificates.design_pass import (
    SquaredEvaluation,
    on_the_array,
    squared_evaluations,
)
from bridle.elastic_net.methods.moments import OnMoments
from bridle.elastic_net.methods.one_by_one import OneByOne
from bridle.elastic_net.moments.moments import ClassSums, Moments
from bridle.elastic_net.moments.row_classes import sums_of_problems
from bridle.elastic_net.path.convergence import refuse_failed, report_unconverged
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.streaming.moment_scan import FoldsByHash, FoldSums, MomentScan
from bridle.elastic_net.streaming.problems_elsewhere import (
    Settings,
    blurred_means,
    specification_of,
    training_and_test,
    whole_and_folds,
)
from bridle.elastic_net.streaming.residual_scan import ResidualScan
from bridle.errors import InputError
from bridle.progress import FitProgress
from bridle.rows.row_source import RowSource
from bridle.rows.scan import Scan
from bridle.threads.workers import Workers, count_threads
from bridle.types import Array

__all__ = ["Reader", "cross_validate_rows", "estimate_bytes", "path_of_rows"]

State = TypeVar("State")

# 800 MB for the cross-products of one fold.
_MOST_FEATURES = 10_000
_TALL_RATIO, _WIDE_RATIO = 1e-4, 1e-2


def estimate_bytes(p: int, folds: int, threads: int) -> int:
    """Return about how many bytes a fit takes in this process, beside the reader's.

    Each thread sums the cross-products of every fold, and two finished sums a thread wait to be
    merged. The fits that follow hold three p x p matrices a thread beside the sums.
    """
    square = 8 * (p + 2) ** 2
    return folds * square + max(folds * 3 * (threads + 1), 3 * threads) * square


@dataclass
class Reader:
    """Scans of one source, which are counted and shown.

    Attributes
    ----------
    source : RowSource
    folds : FoldsByHash
    n_jobs : int or None
        Threads of this process.
    announce : callable
        Called with a line as each scan begins.
    scans : int
        How often all rows were read.
    expected : int
        How often they will be, as far as is known.
    rows : int
        Rows of positive weight, known after the first scan.
    found : FoldSums or None
        What `moments` returned first.
    """

    source: RowSource
    folds: FoldsByHash
    n_jobs: int | None
    announce: Callable[[str], None] = lambda line: None
    scans: int = field(default=0, init=False)
    expected: int = field(default=2, init=False)
    rows: int = field(default=0, init=False)
    found: FoldSums | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        p = len(self.source.columns.features)
        if p > _MOST_FEATURES:
            needed = estimate_bytes(p, self.folds.count, count_threads(self.n_jobs))
            raise InputError(
                f"X must have at most {_MOST_FEATURES:,} features where its rows are not in memory. "
                f"Received: {p:,}, whose cross-products would take {needed / 2**30:,.0f} GB. Select "
                "features first."
            )

    def scan(self, scan: Scan[State], what: str) -> State:
        """Return a sum over all rows."""
        self.scans += 1
        p, folds = len(self.source.columns.features), self.folds.count
        needed = estimate_bytes(p, folds, count_threads(self.n_jobs)) / 2**20
        title = f"Scan {self.scans} of {max(self.scans, self.expected)}: {what}"
        self.announce(title)
        with FitProgress(title, needed) as bar:
            return self.source.scan(scan, bar.update, self.n_jobs)

    def moments(self) -> tuple[FoldSums, ClassSums]:
        """Return the moments of all folds, about means that keep their digits; they are summed once."""
        if self.found is not None:
            return self.found, self.found.classes(training_and_test(self.folds.count))
        p, shares = len(self.source.columns.features), training_and_test(self.folds.count)
        scan = MomentScan(p, self.folds)
        found = self.scan(scan, "cross-products of all folds")
        self.rows = int(found.sizes.sum())
        if self.rows == 0:
            raise InputError("X must have rows of positive weight. Received: none.")
        empty = np.flatnonzero(found.sizes == 0)
        if empty.size:
            raise InputError(
                f"cv must leave rows in every fold. Received: none in fold {empty[0]} of "
                f"{self.folds.count}, of {self.rows:,} rows or their groups. Use fewer folds."
            )
        sums = found.classes(shares)
        means = blurred_means(sums, found.ranges)
        if means is not None:
            self.expected += 1
            shift = np.append(means, sums.level)
            found = self.scan(replace(scan, shift=shift), "cross-products about the means")
            sums = found.classes(shares)
        self.found = found
        return found, sums

    def moments_of_all(self) -> Moments:
        """Return the moments of all rows, after `moments`."""
        assert self.found is not None
        return self.found.classes(np.ones((self.folds.count, 1))).moments(0, centered=True)

    def evaluate(
        self,
        problems: Sequence[Problem],
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        workers: Workers,
    ) -> list[SquaredEvaluation]:
        """Return what `evaluate_squares` does in memory, from one scan."""
        layouts = [problem.design.layout() for problem in problems]
        joined, levels = on_the_array(layouts, coefs, intercepts)
        owner = np.repeat(np.arange(len(problems)), [intercept.size for intercept in intercepts])
        shares = np.stack([problem.weights for problem in problems], axis=1)[:, owner]
        scan = ResidualScan(joined, levels, shares, self.folds)
        return squared_evaluations(problems, coefs, self.scan(scan, "certificates"))


def path_of_rows(
    reader: Reader,
    settings: Settings,
    alpha: float,
    l1_ratio: float,
    solver: CoordinateDescent,
    stacklevel: int,
) -> Path:
    """Fit all rows at one strength, in two scans.

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
    """Fit all rows and every fold along one grid for each l1_ratio, in two scans.

    The score of a fold is the mean squared error on its test rows, which comes from its moments.

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
    method = fits[0].methods.together
    assert isinstance(method, OnMoments)
    tests = sums_of_problems(method.sums.shares, method.sums.ones)[1 + reader.folds.count :, 0]
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
    method = whole_and_folds(specification, sums, count, found.ranges, reader.evaluate)
    if eps is None and isinstance(alphas, int):
        eps = _TALL_RATIO if reader.rows > len(names) else _WIDE_RATIO
    strengths = [strength_grid(method.problems[0], ratio, alphas, eps=eps) for ratio in l1_ratios]
    with Workers(reader.n_jobs) as workers:
        methods = Methods(method, OneByOne(method.problems))
        return solve_folds(specification, methods, strengths, l1_ratios, solver, workers)
