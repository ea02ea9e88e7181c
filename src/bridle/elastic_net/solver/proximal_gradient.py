"""Accelerated proximal gradient: a slow, simple reference solver for tests of the fast one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate, Solution, Solver
from bridle.types import Array

__all__ = ["ProximalGradient"]


# A certificate costs about as much as an iteration.
_CHECK_EVERY = 10
# Growth of the step size at each step, after it was cut where the curvature was large.
_LONGER = 1.02


@dataclass(frozen=True)
class ProximalGradient(Solver):
    """Proximal gradient with Nesterov's momentum, restarted when the objective rises.

    ``b <- prox(b - step grad)`` with ``step = 1 / L``, where L is the smoothness of the loss times the
    largest eigenvalue of ``[1 X]' W [1 X]``. If the smoothness is infinite, L starts from the usual
    curvature and is doubled until the quadratic model is above the loss at the end of the step.

    Parameters
    ----------
    tol : float
        Largest duality gap, relative to half the null deviance, in (0, inf). Default 1e-10.
    max_iter : int
        Most iterations, at least 1. Default 100,000.

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
    """Return a proximal step, and the step size at which the model is above the loss."""
    there = _proximal_step(problem, at, step)
    if np.isfinite(problem.loss.smoothness):
        return there, step
    gradient = problem.loss.gradient(at.eta, problem.y, problem.weights)
    step *= _LONGER
    there = _proximal_step(problem, at, step)
    while True:
        change = there.coef - at.coef, there.intercept - at.intercept
        squares = float(sum(np.sum(part**2) for part in change))
        turned = problem.loss.gradient(there.eta, problem.y, problem.weights) - gradient
        # By convexity, the loss is above its tangent by at most this product, which has less rounding
        # error than a difference of losses.
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
