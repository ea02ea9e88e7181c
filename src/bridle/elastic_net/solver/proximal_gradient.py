"""Accelerated proximal gradient: slow and plainly right, the twin that fast solvers are tested by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate, Solution, Solver
from bridle.types import Array

__all__ = ["ProximalGradient"]


_CHECK_EVERY = 10
# A step that was cut where the curvature was large is tried longer where it may not be.
_LONGER = 1.02


@dataclass(frozen=True)
class ProximalGradient(Solver):
    """Proximal gradient with Nesterov's momentum, restarted when the objective rises.

    ``b <- prox(b - step grad)`` with ``step = 1 / L``, L the loss's smoothness times the largest
    eigenvalue of ``[1 X]' W [1 X]``. For a loss of no finite smoothness L begins with its usual
    curvature, and is doubled until the quadratic with it is above the loss where the step ends.

    Parameters
    ----------
    tol : float
        Duality gap relative to half the null deviance at which to stop, default 1e-10.
    max_iter : int
        Default 100,000.

    Notes
    -----
    Source: Beck and Teboulle (2009), FISTA; restarts: O'Donoghue and Candès (2015), section 3.2.
    """

    tol: float = 1e-10
    max_iter: int = 100_000

    def solve(self, problem: Problem, start: tuple[Array, Array] | None = None) -> Solution:
        """Minimise the problem."""
        here = Iterate.start(problem, start)
        ahead, momentum = here, 1.0
        step = 1.0 / max(_lipschitz(problem), np.finfo(float).tiny)
        for iteration in range(1, self.max_iter + 1):
            there, step = _safe_step(problem, ahead, step)
            if problem.objective(there.coef, there.eta) > problem.objective(here.coef, here.eta):
                ahead, momentum = here, 1.0
                there, step = _safe_step(problem, here, step)
            following = 0.5 * (1 + np.sqrt(1 + 4 * momentum**2))
            ahead = _extrapolate(here, there, (momentum - 1) / following)
            here, momentum = there, following
            if iteration % _CHECK_EVERY:
                continue
            if problem.certify_at(here.coef, here.eta)[0].meets(self.tol):
                break
        return Solution.judge(problem, here, None, self.tol, iteration)


def _safe_step(problem: Problem, at: Iterate, step: float) -> tuple[Iterate, float]:
    """Return a proximal step and the size that it was safe to take it with."""
    there = _proximal_step(problem, at, step)
    if np.isfinite(problem.loss.smoothness):
        return there, step
    gradient = problem.loss.gradient(at.eta, problem.y, problem.weights)
    step *= _LONGER
    there = _proximal_step(problem, at, step)
    while True:
        change = there.coef - at.coef, there.intercept - at.intercept
        squares = float(sum(np.sum(one**2) for one in change))
        turned = problem.loss.gradient(there.eta, problem.y, problem.weights) - gradient
        # What the loss is above its tangent is at most this, which does not drown in rounding as a
        # difference of losses does.
        if float(np.sum(turned * (there.eta - at.eta))) <= squares / (2 * step):
            return there, step
        step /= 2
        there = _proximal_step(problem, at, step)


def _proximal_step(problem: Problem, at: Iterate, step: float) -> Iterate:
    gradient = problem.loss.gradient(at.eta, problem.y, problem.weights)
    coef = problem.penalty.prox(at.coef - step * problem.design.rmatvec(gradient), step)
    intercept = at.intercept
    if problem.fit_intercept:
        intercept = intercept - step * gradient.sum(axis=0)
    return Iterate(coef, intercept, problem.linear_predictor(coef, intercept))


def _extrapolate(here: Iterate, there: Iterate, share: float) -> Iterate:
    return Iterate(
        there.coef + share * (there.coef - here.coef),
        there.intercept + share * (there.intercept - here.intercept),
        there.eta + share * (there.eta - here.eta),
    )


def _lipschitz(problem: Problem) -> float:
    columns = problem.design.columns(np.arange(problem.design.shape[1]))
    if problem.fit_intercept:
        columns = np.hstack([np.ones((columns.shape[0], 1)), columns])
    norm = np.linalg.norm(np.sqrt(problem.weights)[:, None] * columns, 2)
    smoothness = problem.loss.smoothness
    if not np.isfinite(smoothness):
        smoothness = problem.loss.usual_curvature(problem.y, problem.weights)
    return float(smoothness * norm**2)
