r"""Paths of several problems on the moments of a tall X: squared loss, one output, dense.

X is read once for the cross-products of all features (`sum_moments`); every problem is then solved at
every strength without X, and judged on other rows where there are sums of them. A certificate from
moments counts what rounding may have done to them; `confirm` certifies some against X itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.methods.base import PathMethod, Progress, are_alike
from bridle.elastic_net.methods.certificates.confirm import confirm
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import MomentLoss
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
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.working_set.attempt import GAIN_SHARE
from bridle.types import Array
from bridle.workers import Workers

__all__ = ["OnMoments", "is_tall", "solve_from_moments", "sum_problems"]


_MOST_FEATURES = 2000
_GAP_SHARE = 5e-3
_CONSTANT = 1e-13


@dataclass(frozen=True, eq=False)
class OnMoments(PathMethod):
    """Squared loss on a tall, dense X that is read twice: for its cross-products, and to confirm.

    Attributes
    ----------
    sums : ClassSums
        Cross-products of the problems, and of the rows that judge the last of them.
    """

    sums: ClassSums

    name = "moments"

    @classmethod
    def takes(cls, problems: Sequence[Problem]) -> bool:
        """Whether the problems differ in their weights only, and X is tall, under squared loss."""
        return problems[0].loss.is_quadratic and are_alike(problems) and is_tall(problems[0])

    @classmethod
    def prepare(
        cls,
        specification: Specification,
        plain: Sequence[Problem],
        judging: Sequence[Array],
        workers: Workers,
    ) -> PathMethod:
        """Sum the cross-products of all problems, if rows fall into few classes and sums are finite."""
        weights = [one.weights for one in plain]
        classes = RowClasses.of([*weights, *judging])
        if classes is None:
            return Lockstep.prepare(specification, plain, judging, workers)
        sums = sum_problems(plain, classes, workers)
        if not sums.are_finite:
            return OneByOne.prepare(specification, plain, judging, workers)
        if specification.fit_intercept:
            moments = moments_from_sums(specification.design, weights, sums)
        else:
            # Sums about 0 would lose the digits of a small variance.
            moments = fold_moments(specification.design, weights, workers)
        problems = specification.prepared(plain, moments)
        # All features are penalised: the null model is no more than an intercept.
        linear = sums.moments(0, specification.fit_intercept).linear
        slopes = linear / problems[0].design.layout().scale
        return cls((problems[0].knowing_slopes(slopes[:, None]), *problems[1:]), sums)

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
        """Certify against X the weakest strengths, those that fall short, and the chosen one."""
        return confirm(self.problems, grids, solved, tol, workers, chosen)


def is_tall(problem: Problem) -> bool:
    """Whether X is dense, and so tall that cross-products of all features cost little."""
    n, p = problem.design.shape
    return problem.design.layout().dense() is not None and p <= min(n, _MOST_FEATURES)


def sum_problems(problems: Sequence[Problem], classes: RowClasses, workers: Workers) -> ClassSums:
    """Read X once for the cross-products that all problems and all l1_ratios need."""
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
        Gives ``tol``.
    sums : ClassSums
        As `sum_problems` gives them. Where they go beyond the problems, they are of the rows that judge
        the last problems.
    workers : Workers
    progress : callable
        Told the share of the work that is done.

    Returns
    -------
    tuple of SolvedPath
    """
    began = time.perf_counter()
    centered = problems[0].fit_intercept

    judged = sums.classes.shares.shape[1] - len(problems)

    def solve(number: int) -> _Solved:
        problem = problems[number]
        found = _solve(problem, sums.moments(number, centered), *grid, settings)
        if number >= len(problems) - judged:
            found.judge(problem, sums.moments(number + judged, centered))
        return found

    solved = workers.map(solve, range(len(problems)))
    progress(1.0)
    seconds = time.perf_counter() - began
    return tuple(one.path(settings.tol, seconds) for one in solved)


@dataclass
class _Solved:
    """The solutions of one problem: coef (S, p), intercepts (S,), certificates, perhaps errors (S,)."""

    coef: Array
    intercepts: Array
    certificates: list[Certificate]
    errors: Array | None = None

    def judge(self, problem: Problem, moments: Moments) -> None:
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
            statuses=tuple(Status.of(one, tol) for one in self.certificates),
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
    # A column that is constant up to rounding cannot explain anything.
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
    """Cross-products of the features in use, on the scale of the problem's design."""

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
    r"""Return certificates from moments.

    A cross-product of two columns, summed over n rows, is off by at most ``n eps`` times the product
    of their root mean squares; so each of the sums of squares below is off by at most ``n eps`` times
    the square of ``|t| + sum_j |b_j| |x_j|``.
    """
    slopes = reduced.linear[:, None] - gram_product(reduced.gram, coef)
    explained = (coef * (reduced.linear + slopes.T)).sum(axis=1)
    squares = np.maximum(moments.total_squares - explained, 0.0)
    sizes = np.sqrt(np.diag(reduced.gram))
    reach = np.sqrt(moments.total_squares) + (np.abs(coef) * sizes).sum(axis=1)
    rounding = moments.rows * np.finfo(float).eps * reach**2
    loss = MomentLoss(squares, rounding)
    point = WorkingPoint(reduced.features, coef, slopes, np.zeros(strengths.size), loss)
    return certify_working_set(problem, strengths, l1_ratio, point)
