"""Coordinate descent on working sets with a second-order finish: the fast solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle import _core
from bridle.elastic_net.certificate import Certificate, kkt_limit
from bridle.elastic_net.design import column_store
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate, Solution, Solver
from bridle.elastic_net.solver.common_shift import without_common_shifts
from bridle.elastic_net.solver.newton import finish
from bridle.elastic_net.solver.whole_gram import minimise_on_gram
from bridle.elastic_net.working_set.attempt import GAIN_SHARE, VIOLATION_SHARE, Start
from bridle.elastic_net.working_set.inner_columns import InnerColumns
from bridle.elastic_net.working_set.working_set import WorkingSet
from bridle.types import Array, IntArray

__all__ = ["CoordinateDescent"]


_SMALLEST_WORKING_SET = 50
_FEW_FEATURES = 250
_GAP_SHARE = 0.5
_TIGHTER = 1e-2
_MOST_TIGHTER = 5
_INNER_SHARE = 1e-3
_MULTIPLICATIONS_PER_CALL = 1e8
_HALVINGS = 30
_ROUNDING = 4 * np.finfo(float).eps
_COARSE = 1e-2
_PRECISION_SHARE = 1e-4
_WINDOW = 30
_MUCH = 0.1


@dataclass(frozen=True)
class CoordinateDescent(Solver):
    """Coordinate descent on a quadratic model of the loss, in C++.

    Each iteration certifies the iterate against all of X, takes the features that are active or
    violate their optimality conditions most as the working set, descends over them (one output at a
    time), and finishes with Newton's method on the active ones. It stops when the certificate is
    within ``tol`` and the optimality conditions within ``kkt_tol``.

    Parameters
    ----------
    tol : float
        Duality gap relative to half the null deviance, in (0, inf). Default 1e-6.
    kkt_tol : float
        Largest violation of the optimality conditions (`Certificate.kkt`) to go on for after the gap
        is within ``tol``, in (0, inf]. Default 1e-8: the coefficients themselves are then accurate.
    max_iter : int
        Outer iterations, at least 1. Default 1,000.
    newton : bool
        Whether to finish by Newton's method; without it the same solution comes more slowly.

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
        l1, l2 = problem.penalty.strengths(problem.design.shape[1])
        # Where many solutions fit, Newton's method from zero finds the one of smallest norm.
        n, p = problem.design.shape
        start = start if np.any(l1) or np.any(l2) or p < n else None
        here = Iterate.start(problem, start)
        # Without an l1 part all is smooth.
        smooth = self.newton and not np.any(l1)
        if smooth and start is None:
            here = finish(problem, here)
        few = _few_features(problem) if np.all(l1) else None
        working = few if start is None else None
        certificate, previous = None, np.inf
        progress = _Progress(self, self.tol * problem.null.half_deviance)
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
        if problem.has_kernel:
            here = self._solve_alone(
                problem, here, working, _TIGHTER ** min(iteration, _MOST_TIGHTER)
            )
        elif working.size:
            gap = problem.null.half_deviance if certificate is None else certificate.gap
            for output in range(problem.n_outputs):
                here = _descend(problem, here, working, output, _INNER_SHARE * gap)
            if problem.loss.is_shift_invariant:
                here = _centred(problem, here)
        if self.newton and not (certificate is None and _is_exact(problem)):
            here = finish(problem, here, min(_COARSE, _PRECISION_SHARE * self.kkt_tol))
        if problem.n_outputs == 1:
            return here
        # A fresh product keeps rounding from gathering in the linear predictor.
        eta = problem.linear_predictor(here.coef, here.intercept)
        return Iterate(here.coef, here.intercept, eta)

    def _solve_alone(
        self, problem: Problem, here: Iterate, features: IntArray, share: float
    ) -> Iterate:
        """Solve for some features of a problem of one output; the others stay where they are, at 0."""
        tol = share * self.tol * problem.null.half_deviance
        violation = VIOLATION_SHARE * share * kkt_limit(self.tol)
        precision = _core.Precision(_GAP_SHARE * tol, GAIN_SHARE * tol, violation, self.max_iter)
        if features.size == 0:
            return here
        if _is_exact(problem):
            return minimise_on_gram(problem, here, features, precision)
        store = column_store(problem.design.layout(), problem.weights, problem.fit_intercept)
        store.fetch(features)
        working = WorkingSet(problem, store, InnerColumns(problem))
        working.join(features)
        found = working.solve(
            np.array([problem.penalty.l1]),
            np.array([problem.penalty.l2]),
            Start((here.coef[features, 0],), here.intercept, 0),
            precision,
        )
        coef = np.zeros_like(here.coef)
        coef[features, 0] = found.coef[0]
        there = Iterate(coef, found.intercept, problem.linear_predictor(coef, found.intercept))
        return there if np.isfinite(problem.objective(coef, there.eta)) else here


def _centred(problem: Problem, here: Iterate) -> Iterate:
    """Take off common shifts, which neither the loss nor differences of linear predictors see."""
    coef = without_common_shifts(here.coef, problem.penalty)
    return Iterate(coef, here.intercept, problem.linear_predictor(coef, here.intercept))


def _few_features(problem: Problem) -> IntArray | None:
    """Return all features where they are so few that choosing among them costs more than it saves."""
    some = np.flatnonzero(np.isfinite(problem.factors))
    return some if 0 < some.size <= _FEW_FEATURES and problem.n_outputs == 1 else None


def _is_exact(problem: Problem) -> bool:
    """Whether descent on a working set ends in Newton's steps of its own."""
    return problem.loss.is_quadratic and problem.design.layout().dense() is not None


@dataclass
class _Progress:
    """Whether it is worth going on, judged at the end of each window of iterations.

    It is where what exceeds the tolerance would be gone by ``max_iter`` at the rate of the last window,
    or where the objective fell by a tenth of the gap. That may happen ten times: by then it has fallen
    by all of a true gap. What is within the tolerance has had a window to come closer.
    """

    solver: CoordinateDescent
    allowed: float
    objective: float = np.inf
    before: float = np.inf
    excess: float = np.inf
    falls: int = 0
    over: bool = False

    def note(self, iteration: int, certificate: Certificate) -> None:
        self.excess = min(self.excess, certificate.excess(self.solver.tol))
        if iteration % _WINDOW:
            return
        if iteration:
            self.over = not self._worthwhile(iteration, certificate)
        self.objective, self.before = certificate.objective, self.excess

    def _worthwhile(self, iteration: int, certificate: Certificate) -> bool:
        if self.excess <= 1:
            return False
        windows = (self.solver.max_iter - iteration) / _WINDOW
        rate = self.excess / self.before if np.isfinite(self.before) else 0.0
        if self.excess * rate**windows <= 1:
            return True
        self.falls += 1
        fallen = self.objective - certificate.objective
        return self.falls * _MUCH <= 1 and fallen > _MUCH * max(certificate.gap, self.allowed)


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
    r"""Minimise the quadratic model of one output over the working set, then search along the way.

    The model at eta is ``1/2 sum_i h_i (z_i - eta_i)^2`` with curvature h and ``z = eta - grad / h``.
    """
    weight = _model_curvature(problem, here, output)
    gradient = problem.loss.gradient(here.eta, problem.y, problem.weights)[:, output]
    target = np.divide(-gradient, weight, out=np.zeros_like(weight), where=weight > 0)
    total = weight.sum()
    layout = problem.design.layout()
    mean, variance = layout.moments(weight / total, working)
    scale = layout.scale[working]
    # With an intercept the columns are taken about their weighted means, which decouples it.
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
    # Where a prediction is certain the curvature vanishes and the model would jump.
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
    # Rounding hides the gain of the last steps, which still halve the violations.
    value += _ROUNDING * abs(value)
    scale = 1.0
    for _ in range(_HALVINGS):
        # Means of points within the bounds are within them, rounded or not; sums need not be.
        coef[working, output] = there
        intercept[output] = here.intercept[output] + scale * shift
        eta[:, output] = here.eta[:, output] + scale * move
        if problem.loss.is_quadratic or problem.objective(coef, eta) <= value:
            return Iterate(coef, intercept, eta)
        there = 0.5 * there + 0.5 * here.coef[working, output]
        scale /= 2
    return here
