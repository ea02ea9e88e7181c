r"""Path method from moments: squared loss with a single output, on a tall dense X.

Squared loss depends on X only through its moments,

``loss(b) = 1/2 (total_squares - 2 linear'b + b' gram b)``, ``gram = X'WX``, ``linear = X'Wy``,

all centred. One pass over X computes them for all folds (`sum_moments`). Every problem is then solved at
every strength, and scored on its test rows, without X. Certificates from moments include a bound on
rounding; `confirm` certifies the fits that matter against X itself.

Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear models via
coordinate descent", section 2.2 (covariance updates).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, Traits
from bridle.elastic_net.methods.certificates.confirm import Evaluate, confirm
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import MomentLoss
from bridle.elastic_net.methods.certificates.squared_pass import evaluate_squares
from bridle.elastic_net.methods.lockstep import Lockstep
from bridle.elastic_net.methods.one_by_one import OneByOne
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.moments.column_moments import fold_moments, moments_from_sums
from bridle.elastic_net.moments.moments import (
    ClassSums,
    Moments,
    gram_product,
    near_means,
    sum_moments,
)
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.working_set.attempt import GAIN_SHARE
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["OnMoments", "solve_from_moments", "sum_problems"]


# Gap of a fit on moments, as a fraction of the tolerance: little is left to the confirmation on X.
_GAP_SHARE = 5e-3
# Standard deviation over mean below which a column is constant up to rounding.
_CONSTANT = 1e-13


@dataclass(frozen=True, eq=False)
class OnMoments(PathMethod):
    """Squared loss on a tall, dense X, which is read twice: for its moments, and to confirm.

    Attributes
    ----------
    sums : ClassSums
        Cross-products of the training rows of all problems, and of the test rows of the last ones.
    evaluate : callable
        Reads X to confirm. Default: `evaluate_squares`, in memory.
    """

    sums: ClassSums
    evaluate: Evaluate = evaluate_squares

    name = "moments"

    @classmethod
    def takes(cls, traits: Traits) -> bool:
        """Return True if the loss is squared, X is tall and the problems differ only in weights."""
        fits = traits.has_kernel and traits.loss.is_quadratic
        return fits and traits.are_alike and traits.is_tall

    @classmethod
    def prepare(
        cls,
        specification: Specification,
        plain: Sequence[Problem],
        judging: Sequence[Array],
        workers: Workers,
    ) -> PathMethod:
        """Sum the moments of all problems; another method if row classes are many or sums overflow."""
        weights = [problem.weights for problem in plain]
        classes = RowClasses.of([*weights, *judging])
        if classes is None:
            return Lockstep.prepare(specification, plain, judging, workers)
        sums = sum_problems(plain, classes, workers)
        if not sums.are_finite:
            return OneByOne.prepare(specification, plain, judging, workers)
        if specification.fit_intercept:
            moments = moments_from_sums(specification.design, weights, sums)
        else:
            # Variances from sums about 0 would lose digits.
            moments = fold_moments(specification.design, weights, workers)
        problems = specification.prepared(plain, moments)
        # All features are penalised, so the null model is the intercept alone.
        linear = sums.moments(0, specification.fit_intercept).linear
        gradient = linear / problems[0].design.layout().scale
        return cls(
            (problems[0].with_negative_null_gradient(gradient[:, None]), *problems[1:]), sums
        )

    def solve(
        self, grid: Grid, solver: CoordinateDescent, workers: Workers, progress: Progress
    ) -> tuple[SolvedPath, ...]:
        """Solve each problem at each strength."""
        return solve_from_moments(self.problems, grid, solver, self.sums, workers, progress)

    def confirm(
        self,
        grids: Sequence[Grid],
        solved: Sequence[Sequence[SolvedPath]],
        tol: float,
        workers: Workers,
        chosen: tuple[int, int] | None = None,
    ) -> list[tuple[SolvedPath, ...]]:
        """Certify against X the weakest strengths, unconverged fits and the chosen strength."""
        return confirm(self.problems, grids, solved, tol, workers, chosen, self.evaluate)


def sum_problems(problems: Sequence[Problem], classes: RowClasses, workers: Workers) -> ClassSums:
    """Compute the moments of all problems in one pass over X; all l1_ratios share them."""
    first = problems[0]
    target = first.y[:, 0] - first.offset[:, 0]
    array = first.design.layout().dense()
    assert array is not None
    shift = near_means(array, classes) if first.fit_intercept else None
    return sum_moments(array, target, classes, shift, workers)


def solve_from_moments(
    problems: Sequence[Problem],
    grid: Grid,
    settings: CoordinateDescent,
    sums: ClassSums,
    workers: Workers,
    progress: Progress = lambda share: None,
) -> tuple[SolvedPath, ...]:
    """Solve every problem at every strength.

    Parameters
    ----------
    problems : sequence of Problem
    grid : Grid
        Strengths decreasing and positive, l1_ratio in (0, 1].
    settings : CoordinateDescent
        Only ``tol`` and ``max_iter`` are used.
    sums : ClassSums
        As `sum_problems` returns them: of all problems, then of the test rows of the last ones.
    workers : Workers
    progress : callable
        Called with the fraction of the work that is done. Default: nothing is called.

    Returns
    -------
    tuple of SolvedPath
    """
    began = time.perf_counter()
    centered = problems[0].fit_intercept

    tested = sums.shares.shape[1] - len(problems)

    def solve(number: int) -> _Solved:
        problem = problems[number]
        found = _solve(problem, sums.moments(number, centered), *grid, settings)
        if number >= len(problems) - tested:
            found.score(problem, sums.moments(number + tested, centered))
        return found

    solved = workers.map(solve, range(len(problems)))
    progress(1.0)
    seconds = time.perf_counter() - began
    return tuple(fits.path(settings.tol, seconds) for fits in solved)


@dataclass
class _Solved:
    """Solutions of one problem: coef (S, p), intercepts (S,), certificates, and test errors (S,)."""

    coef: Array
    intercepts: Array
    certificates: list[Certificate]
    errors: Array | None = None

    def score(self, problem: Problem, moments: Moments) -> None:
        layout = problem.design.layout()
        raw = self.coef / layout.scale
        levels = self.intercepts - (layout.center * raw).sum(axis=1)
        self.errors = moments.squared_errors(raw, levels)

    def path(self, tol: float, seconds: float) -> SolvedPath:
        count = self.coef.shape[0]
        return SolvedPath(
            coefs=Coefficients.of_rows(
                self.coef, np.arange(self.coef.shape[1]), self.coef.shape[1]
            ),
            intercepts=self.intercepts[:, None],
            certificates=tuple(self.certificates),
            statuses=tuple(Status.of(certificate, tol) for certificate in self.certificates),
            iterations=np.ones(count, dtype=np.int64),
            seconds=seconds,
            method=OnMoments.name,
            errors=self.errors,
        )


def _solve(
    problem: Problem,
    moments: Moments,
    strengths: Array,
    l1_ratio: float,
    settings: CoordinateDescent,
) -> _Solved:
    layout = problem.design.layout()
    p = layout.scale.size
    factors, (lower, upper) = problem.factors, problem.penalty.bounds(p)
    used = np.flatnonzero(np.isfinite(factors))
    scale = layout.scale[used]
    variance = np.diag(moments.gram)[used]
    gram = moments.gram[np.ix_(used, used)] / np.outer(scale, scale)
    linear = moments.linear[used] / scale
    # A column that is constant up to rounding must not enter.
    flat = variance <= (_CONSTANT * np.abs(moments.mean[used])) ** 2
    gram[flat] = 0.0
    gram[:, flat] = 0.0
    linear[flat] = 0.0
    half = problem.null.half_deviance
    found = np.zeros((strengths.size, used.size))
    _core.gram_path(
        gram,
        linear[None, :],
        np.full(strengths.size, moments.total_squares),
        _core.Features(factors[used], lower[used], upper[used]),
        _core.Grid(l1_ratio * strengths, (1 - l1_ratio) * strengths),
        _core.Precision(
            gap=_GAP_SHARE * settings.tol * half,
            gain=GAIN_SHARE * settings.tol * half,
            violation=np.inf,
            sweeps=settings.max_iter,
        ),
        found,
    )
    coef = np.zeros((strengths.size, p))
    coef[:, used] = found
    intercepts = np.zeros(strengths.size)
    if problem.fit_intercept:
        raw = coef / layout.scale
        intercepts = moments.target_mean - ((moments.mean - layout.center) * raw).sum(axis=1)
    certificates = _certify(
        problem, moments, strengths, l1_ratio, _Reduced(used, gram, linear), found
    )
    return _Solved(coef, intercepts, certificates)


@dataclass(frozen=True, eq=False)
class _Reduced:
    """Cross-products of the features that are not excluded, on the scale of the problem's design."""

    features: npt.NDArray[np.intp]
    gram: Array
    linear: Array


def _certify(
    problem: Problem,
    moments: Moments,
    strengths: Array,
    l1_ratio: float,
    reduced: _Reduced,
    coef: Array,
) -> list[Certificate]:
    r"""Return certificates from moments, including their rounding error.

    A cross-product of two columns, summed over n rows, has an error of at most ``n eps`` times the
    product of their root mean squares. So each of the sums of squares below has an error of at most
    ``n eps`` times the square of ``|t| + sum_j |b_j| |x_j|``.
    """
    gradients = reduced.linear[:, None] - gram_product(reduced.gram, coef)
    explained = (coef * (reduced.linear + gradients.T)).sum(axis=1)
    squares = np.maximum(moments.total_squares - explained, 0.0)
    sizes = np.sqrt(np.diag(reduced.gram))
    summed = np.sqrt(moments.total_squares) + (np.abs(coef) * sizes).sum(axis=1)
    rounding = moments.rows * np.finfo(float).eps * summed**2
    loss = MomentLoss(squares, rounding)
    point = WorkingPoint(reduced.features, coef, gradients, np.zeros(strengths.size), loss)
    return certify_working_set(problem, strengths, l1_ratio, point)
