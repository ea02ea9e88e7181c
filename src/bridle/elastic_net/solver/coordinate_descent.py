r"""Coordinate descent on working sets with a Newton finish: the fast solver.

Most coefficients of a sparse solution are 0, so passes over all features are wasted. Each iteration

1. certifies the iterate against all of X, which also gives every feature's KKT violation, and stops
   if the certificate is good enough;
2. takes the active features and those with the largest violations as the working set;
3. minimises over the working set alone, by coordinate descent on a quadratic model of the loss, one
   output at a time:

   ``b_j <- soft(sum_i h_i x_ij r_i + c_j b_j, l1 v_j) / (c_j + l2 v_j)``, ``c_j = sum_i h_i x_ij^2``,

   with the residual r of the model and the curvature h of the loss; then clips to the bounds;
4. finishes with Newton's method on the active coefficients (`newton`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle import _core
from bridle.elastic_net.design import FetchedColumns, column_store
from bridle.elastic_net.loss import JoinedLoss
from bridle.elastic_net.optimality.certificate import Certificate, kkt_limit
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate, Solution, Solver
from bridle.elastic_net.solver.common_shift import without_common_shifts
from bridle.elastic_net.solver.joined_rows import minimise_joined
from bridle.elastic_net.solver.newton import finish
from bridle.elastic_net.solver.progress import Progress
from bridle.elastic_net.solver.whole_gram import minimise_on_gram
from bridle.elastic_net.working_set.attempt import GAIN_SHARE, VIOLATION_SHARE, Start
from bridle.elastic_net.working_set.choose import choose_inner
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet
from bridle.types import Array, IntArray

__all__ = ["CoordinateDescent"]


# Smaller working sets would save less than a pass over X costs: the fits below took 73 iterations, each
# a pass, with 10, 60 with 50, and 47 with 200.
_SMALLEST_WORKING_SET = 50
# Up to so many, choosing features costs more than descending on all.
_FEW_FEATURES = 250
# Gap of a working set as a fraction of the tolerance; each iteration tightens it by a factor, up to five
# times. Not tuned: 15 fits (five losses on three designs) took 60 iterations with every share from 0.05
# to
# 0.9, factor from 0.1 to 0.001, and most from 2 to 8.
_GAP_SHARE = 0.5
_TIGHTER = 1e-2
_MOST_TIGHTER = 5
# Gain of a sweep at which the descent on one output ends, as a fraction of the gap. Not tuned: from 1e-2
# to 1e-4 the same fits took 59 or 60 iterations.
_INNER_SHARE = 1e-3
# Some tens of milliseconds, after which Ctrl-C is noticed.
_MULTIPLICATIONS_PER_CALL = 1e8
# A step of less than 1e-9 of its length is no step.
_HALVINGS = 30
_ROUNDING = 4 * np.finfo(float).eps
# Precision of the Newton finish: this fraction of the wanted KKT violation, but at most _COARSE. Not
# tuned: from 1e-2 to 1e-6, and 0.1 to 1e-4, the same fits took as many iterations.
_COARSE = 1e-2
_PRECISION_SHARE = 1e-4


@dataclass(frozen=True)
class CoordinateDescent(Solver):
    """Coordinate descent in C++ on working sets, with a Newton finish; see the module's docstring.

    It stops when the certificate meets ``tol`` and the KKT violation is at most ``kkt_tol``, or no
    longer decreases.

    Parameters
    ----------
    tol : float
        Largest duality gap, relative to half the null deviance, in (0, inf). Default 1e-6.
    kkt_tol : float
        KKT violation (`Certificate.kkt`) down to which to continue after ``tol`` is met, in (0, inf].
        Default 1e-8, at which the coefficients themselves are accurate.
    max_iter : int
        Most outer iterations, at least 1. Default 1,000.
    newton : bool
        Whether to finish with Newton's method, which finds the same solution faster. Default True.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent", equations 5 and 14-19; working sets: Massias, Gramfort and Salmon
    (2018), "Celer".
    """

    tol: float = 1e-6
    kkt_tol: float = 1e-8
    max_iter: int = 1000
    newton: bool = True

    def solve(self, problem: Problem, start: tuple[Array, Array] | None = None) -> Solution:
        """Minimise the problem."""
        if problem.null.half_deviance == 0:
            return Solution.judge(problem, Iterate.start(problem, None), None, self.tol, 1)
        n, p = problem.design.shape
        l1, l2 = problem.penalty.strengths(p)
        has_l1 = bool(l1.any())
        # If the solution is not unique, Newton's method from zero finds that of smallest norm.
        start = start if has_l1 or l2.any() or p < n else None
        here = Iterate.start(problem, start)
        # Without an l1 penalty the problem is smooth.
        joined = isinstance(problem.loss, JoinedLoss)
        smooth = self.newton and not has_l1 and not joined
        if smooth and start is None:
            here = finish(problem, here)
        few = _few_features(problem) if l1.all() else None
        working = few if start is None else None
        certificate, previous = None, np.inf
        progress = Progress(self.tol, self.max_iter, self.tol * problem.null.half_deviance)
        for iteration in range(self.max_iter + 1):
            if working is None:
                certificate, violation = problem.certify_at(here.coef, here.eta)
                settled = certificate.kkt <= self.kkt_tol or certificate.objective >= previous
                if certificate.meets(self.tol) and settled:
                    break
                progress.note(iteration, certificate)
                if progress.over or not np.isfinite(certificate.objective):
                    break
                if iteration == self.max_iter:
                    break
                previous = certificate.objective
                working = _working_set(here.coef, violation) if few is None else few
            if smooth and start is not None and iteration == 0:
                here = finish(problem, here)
            else:
                here = self._improve(problem, here, working, certificate, iteration)
            working = None
        made = iteration if start is not None else max(iteration, 1)
        return Solution.judge(problem, here, certificate, self.tol, made, stalled=progress.over)

    def _improve(
        self,
        problem: Problem,
        here: Iterate,
        working: IntArray,
        certificate: Certificate | None,
        iteration: int,
    ) -> Iterate:
        if isinstance(problem.loss, JoinedLoss):
            gap = problem.null.half_deviance if certificate is None else certificate.gap
            return self._solve_joined(problem, here, working, gap)
        if problem.has_kernel or (_by_norms(problem) and _inner_solver(problem) is not None):
            here = self._solve_alone(
                problem, here, working, _TIGHTER ** min(iteration, _MOST_TIGHTER)
            )
        elif working.size:
            gap = problem.null.half_deviance if certificate is None else certificate.gap
            for output in range(problem.n_outputs):
                here = _descend(problem, here, working, output, _INNER_SHARE * gap)
            if problem.loss.is_shift_invariant:
                here = _centred(problem, here)
        if _by_norms(problem):
            return here
        if self.newton and not (certificate is None and _is_exact(problem)):
            here = finish(problem, here, min(_COARSE, _PRECISION_SHARE * self.kkt_tol))
        if problem.n_outputs == 1:
            return here
        # Computed afresh, so that rounding errors do not accumulate.
        eta = problem.linear_predictor(here.coef, here.intercept)
        return Iterate(here.coef, here.intercept, eta)

    def _solve_joined(
        self, problem: Problem, here: Iterate, features: IntArray, gap: float
    ) -> Iterate:
        """Minimise over some features of a problem whose rows depend on one another."""
        wanted = _TIGHTER * min(gap, self.tol * problem.null.half_deviance)
        found = minimise_joined(problem, here, features, wanted)
        # Computed afresh, so that rounding errors do not accumulate.
        eta = problem.linear_predictor(found.coef, found.intercept)
        return Iterate(found.coef, found.intercept, eta)

    def _solve_alone(
        self, problem: Problem, here: Iterate, features: IntArray, share: float
    ) -> Iterate:
        """Minimise over some features of a problem with an inner solver; all others are 0."""
        tol = share * self.tol * problem.null.half_deviance
        violation = VIOLATION_SHARE * share * kkt_limit(self.tol)
        precision = _core.Precision(_GAP_SHARE * tol, GAIN_SHARE * tol, violation, self.max_iter)
        if features.size == 0:
            return here
        if _is_exact(problem):
            return minimise_on_gram(problem, here, features, precision)
        store = column_store(problem.design.layout(), problem.weights, problem.fit_intercept)
        store.fetch(features)
        inner = _inner_solver(problem, isinstance(store, FetchedColumns))
        assert inner is not None
        working = WorkingSet(problem, store, inner)
        working.join(features)
        known, level = here.coef[features].T, here.intercept[None, :]
        if problem.n_outputs == 1:
            known, level = known[0], level[0]
        found = working.solve(
            np.array([problem.penalty.l1]),
            np.array([problem.penalty.l2]),
            Start((np.ascontiguousarray(known),), level, 0),
            precision,
        )
        coef = np.zeros_like(here.coef)
        coef[features] = np.atleast_2d(found.coef[0]).T
        intercept = np.atleast_1d(found.intercept[0])
        there = Iterate(coef, intercept, problem.linear_predictor(coef, intercept))
        return there if np.isfinite(problem.objective(coef, there.eta)) else here


def _centred(problem: Problem, here: Iterate) -> Iterate:
    """Remove common shifts, which change neither the loss nor differences of linear predictors."""
    coef = without_common_shifts(here.coef, problem.penalty)
    return Iterate(coef, here.intercept, problem.linear_predictor(coef, here.intercept))


def _few_features(problem: Problem) -> IntArray | None:
    """Return all features if they are so few that a smaller working set would save nothing."""
    some = np.flatnonzero(np.isfinite(problem.factors))
    return some if 0 < some.size <= _FEW_FEATURES and problem.n_outputs == 1 else None


def _is_exact(problem: Problem) -> bool:
    """Return True if the kernel for working sets itself ends with Newton's steps."""
    single = problem.n_outputs == 1
    return single and problem.loss.is_quadratic and problem.design.layout().dense() is not None


def _by_norms(problem: Problem) -> bool:
    """Whether an l1 penalty counts norms over outputs, so that coefficients have no fixed signs."""
    return problem.is_tied and problem.penalty.l1 > 0


def _inner_solver(problem: Problem, is_dense: bool = True) -> type[InnerSolver] | None:
    return choose_inner(problem.loss, problem.n_outputs, problem.is_tied, is_dense)


def _working_set(coef: Array, violation: Array) -> IntArray:
    active = np.any(coef != 0, axis=1)
    worst = violation.max(axis=1, initial=0.0)
    size = max(_SMALLEST_WORKING_SET, 2 * int(active.sum()))
    joining = np.flatnonzero((worst > 0) & ~active)
    if joining.size > size:
        joining = joining[np.argpartition(-worst[joining], size)[:size]]
    return np.sort(np.concatenate([np.flatnonzero(active), joining])).astype(np.int64)


def _descend(
    problem: Problem, here: Iterate, working: IntArray, output: int, tolerance: float
) -> Iterate:
    r"""Minimise the quadratic model of one output over the working set, then backtrack on the objective.

    The model at eta is ``1/2 sum_i h_i (z_i - eta_i)^2`` with curvature h and ``z = eta - grad / h``.
    """
    weight = _model_curvature(problem, here, output)
    gradient = problem.loss.gradient(here.eta, problem.y, problem.weights)[:, output]
    target = np.divide(-gradient, weight, out=np.zeros_like(weight), where=weight > 0)
    total = weight.sum()
    layout = problem.design.layout()
    mean, variance = layout.moments(weight / total, working)
    scale = layout.scale[working]
    # Centring the columns about their weighted means decouples them from the intercept.
    center = mean if problem.fit_intercept else layout.center[working]
    curvature = total * (variance + (mean - center) ** 2) / scale**2
    shift = weight @ target / total if problem.fit_intercept else 0.0
    residual = target - shift
    coef = np.ascontiguousarray(here.coef[working, output])
    limits = _limits(problem, working)
    limit = max(1, int(_MULTIPLICATIONS_PER_CALL / (2 * weight.size * working.size)))
    columns = _core.Columns(working, center, scale)
    coordinates = _core.Coordinates(columns, curvature, *limits)
    _core.descend(layout.array, weight, coordinates, coef, residual, min(limit, 200), tolerance)
    if problem.fit_intercept:
        change = coef - here.coef[working, output]
        shift -= ((center - layout.center[working]) / scale) @ change
    return _take(problem, here, working, output, (coef, shift, target - residual))


def _model_curvature(problem: Problem, here: Iterate, output: int) -> Array:
    curvature = problem.loss.diagonal_curvature(here.eta, problem.y, problem.weights)[:, output]
    # If a prediction is nearly certain, the curvature vanishes and the model's step would be too long.
    return np.maximum(
        curvature, problem.loss.smallest_curvature(problem.y, problem.weights)[:, output]
    )


def _limits(problem: Problem, working: IntArray) -> tuple[Array, Array, Array, Array]:
    p = problem.design.shape[1]
    l1, l2 = problem.penalty.strengths(p)
    lower, upper = problem.penalty.bounds(p)
    return l1[working], l2[working], lower[working], upper[working]


def _take(
    problem: Problem,
    here: Iterate,
    working: IntArray,
    output: int,
    step: tuple[Array, float, Array],
) -> Iterate:
    there, shift, move = step
    coef, intercept, eta = here.coef.copy(), here.intercept.copy(), here.eta.copy()
    value = problem.objective(here.coef, here.eta)
    # In the last steps rounding hides the decrease, but they still halve the KKT violations.
    value += _ROUNDING * abs(value)
    scale = 1.0
    for _ in range(_HALVINGS):
        # Averages of points within bounds stay within them despite rounding; sums need not.
        coef[working, output] = there
        intercept[output] = here.intercept[output] + scale * shift
        eta[:, output] = here.eta[:, output] + scale * move
        if problem.loss.is_quadratic or problem.objective(coef, eta) <= value:
            return Iterate(coef, intercept, eta)
        there = 0.5 * there + 0.5 * here.coef[working, output]
        scale /= 2
    return here
