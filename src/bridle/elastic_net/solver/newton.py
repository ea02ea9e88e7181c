r"""The second-order finish: Newton's method on the coefficients that are active, signs held.

Once an active set A with signs s has settled, what is left is smooth:

``minimise  loss(o + b0 + X_A b_A) + l1 s'b_A + (l2 / 2) |b_A|^2``.

Coefficients that a step would take past zero or past a bound are put on that edge and leave the set.
Whether other features should join is for the caller to ask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, lapack

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.waiting import wait_for

__all__ = ["finish"]

Array = npt.NDArray[np.float64]

_MAX_STEPS = 50
_MAX_DIMENSION = 3000
_HALVINGS = 30
_ROUNDING = 4 * np.finfo(float).eps
_WELL_CONDITIONED = 1e-13


@dataclass(frozen=True)
class _Active:
    """The smooth part: rows and outputs of the active coefficients, and their strengths and limits."""

    feature: npt.NDArray[np.intp]
    output: npt.NDArray[np.intp]
    l1: Array
    l2: Array
    low: Array
    high: Array

    @property
    def size(self) -> int:
        return self.feature.size


def finish(problem: Problem, iterate: Iterate, precision: float = 1e-14) -> Iterate:
    """Run Newton's method on the active set of an iterate.

    Parameters
    ----------
    problem : Problem
    iterate : Iterate
    precision : float
        How far, relative to its size, the linear predictor may be from where it settles.

    Returns
    -------
    Iterate
        Its objective is not above that of the one given, which is returned as it is where the
        system would be too large (over 3,000 unknowns after the choice of primal or dual form).
    """
    for _ in range(_MAX_STEPS):
        active = _find_active(problem, iterate)
        if not _affordable(problem, active):
            return iterate
        size = active.size * max(problem.design.shape[0], active.size)
        direction = wait_for(size, _direction, problem, iterate, active)
        if direction is None:
            return iterate
        moved, reached = _advance(problem, iterate, active, *direction)
        if moved is None:
            return iterate
        settled = _is_settled(iterate, moved, precision)
        iterate = moved
        if settled and reached:
            return iterate
    return iterate


def _find_active(problem: Problem, iterate: Iterate) -> _Active:
    p = problem.design.shape[1]
    l1, l2 = (one[:, None] for one in problem.penalty.strengths(p))
    lower, upper = (one[:, None] for one in problem.penalty.bounds(p))
    coef = iterate.coef
    inside = (coef > lower) & (coef < upper) & np.isfinite(l1)
    feature, output = np.nonzero(inside & ((coef != 0) | (l1 == 0)))
    sign = np.sign(coef[feature, output])
    pulled = l1[feature, 0] > 0
    return _Active(
        feature,
        output,
        l1[feature, 0] * sign,
        l2[feature, 0],
        np.where(pulled & (sign > 0), 0.0, lower[feature, 0]),
        np.where(pulled & (sign < 0), 0.0, upper[feature, 0]),
    )


def _affordable(problem: Problem, active: _Active) -> bool:
    if problem.n_outputs > 1:
        return active.size <= _MAX_DIMENSION
    return min(active.size, problem.design.shape[0]) <= _MAX_DIMENSION and (
        active.size <= _MAX_DIMENSION or bool(np.all(active.l2 > 0))
    )


def _direction(problem: Problem, iterate: Iterate, active: _Active) -> tuple[Array, Array] | None:
    """Return the Newton step in the active coefficients and in the intercept."""
    gradient = problem.loss.gradient(iterate.eta, problem.y, problem.weights)
    curvature = problem.loss.curvature(iterate.eta, problem.y, problem.weights)
    penalty = active.l1 + active.l2 * iterate.coef[active.feature, active.output]
    if problem.n_outputs == 1:
        step, shift = _single_output(problem, active, gradient[:, 0], curvature[:, 0, 0], penalty)
    else:
        step, shift = _several_outputs(problem, active, gradient, curvature, penalty)
    if not (np.all(np.isfinite(step)) and np.all(np.isfinite(shift))):
        return None
    return step, shift


def _single_output(
    problem: Problem, active: _Active, gradient: Array, curvature: Array, penalty: Array
) -> tuple[Array, Array]:
    columns = problem.design.columns(active.feature)
    total = curvature.sum()
    mean = np.zeros(active.size)
    pull = gradient.sum() if problem.fit_intercept and total > 0 else 0.0
    if problem.fit_intercept and total > 0:
        # Eliminating the intercept leaves the columns about their curvature-weighted means.
        mean = curvature @ columns / total
        columns = columns - mean
        gradient = gradient - curvature * (pull / total)
    slope = columns.T @ gradient + penalty
    root = np.sqrt(curvature)[:, None] * columns
    if active.size > columns.shape[0] and np.all(active.l2 > 0):
        step = -_solve_wide(root, active.l2, slope)
    else:
        step = -_solve(root.T @ root + np.diag(active.l2), slope)
    shift = -pull / total - mean @ step if problem.fit_intercept and total > 0 else 0.0
    return step, np.array([shift])


def _several_outputs(
    problem: Problem, active: _Active, gradient: Array, curvature: Array, penalty: Array
) -> tuple[Array, Array]:
    outputs = problem.n_outputs
    features, position = np.unique(active.feature, return_inverse=True)
    columns = problem.design.columns(features)
    if problem.fit_intercept:
        columns = np.hstack([columns, np.ones((columns.shape[0], 1))])
    members = [position[active.output == k] for k in range(outputs)]
    order = np.concatenate([np.flatnonzero(active.output == k) for k in range(outputs)])
    if problem.fit_intercept:
        members = [np.append(one, features.size) for one in members]
    ends = np.cumsum([0, *(one.size for one in members)])
    system = np.empty((ends[-1], ends[-1]))
    slope = np.empty(ends[-1])
    parts = [columns[:, one] for one in members]
    for k in range(outputs):
        rows = slice(ends[k], ends[k + 1])
        slope[rows] = parts[k].T @ gradient[:, k]
        for m in range(k + 1):
            block = parts[k].T @ (curvature[:, k, m, None] * parts[m])
            system[rows, ends[m] : ends[m + 1]] = block
            system[ends[m] : ends[m + 1], rows] = block.T
    intercepts = ends[1:] - 1 if problem.fit_intercept else np.array([], dtype=np.intp)
    place = np.setdiff1d(np.arange(ends[-1]), intercepts)
    system[place, place] += active.l2[order]
    slope[place] += penalty[order]
    if problem.fit_intercept and problem.loss.is_shift_invariant:
        # The common shift of the intercepts is a null direction that the slope is orthogonal to:
        # any curvature along it leaves the solution alone and makes it unique.
        system[np.ix_(intercepts, intercepts)] += np.trace(system) / ends[-1]
    solved = -_solve(system, slope)
    step = np.empty(active.size)
    step[order] = solved[place]
    shift = solved[intercepts] if problem.fit_intercept else np.zeros(outputs)
    return step, shift


def _solve(system: Array, right: Array) -> Array:
    """Solve a symmetric positive semidefinite system; the solution of smallest norm if singular."""
    if right.size == 0:
        return right
    size = np.sqrt(np.diag(system))
    if np.all(size > 0):
        # In units of the diagonal, the scales of the features do not look like a singular system.
        scaled = system / size / size[:, None]
        try:
            factor = cho_factor(scaled, lower=True)
        except np.linalg.LinAlgError:
            factor = None
        if factor is not None:
            rcond, _ = lapack.dpocon(factor[0], np.linalg.norm(scaled, 1), uplo="L")
            if rcond >= _WELL_CONDITIONED:
                return cho_solve(factor, right / size) / size
    return np.asarray(np.linalg.lstsq(system, right)[0], dtype=np.float64)


def _solve_wide(root: Array, ridge: Array, right: Array) -> Array:
    r"""Solve ``(root' root + diag(ridge)) s = right`` through the n x n system (Woodbury)."""
    scaled = root / ridge
    inner = np.eye(root.shape[0]) + scaled @ root.T
    return right / ridge - scaled.T @ _solve(inner, scaled @ right)


def _advance(
    problem: Problem, iterate: Iterate, active: _Active, step: Array, shift: Array
) -> tuple[Iterate | None, bool]:
    """Search along a step, clipped at signs and bounds; tell if all of it was taken.

    The active coefficients lie strictly inside their limits, so a short enough step is not clipped
    and, being along Newton's direction, lowers the objective.
    """
    here = iterate.coef[active.feature, active.output]
    value = problem.objective(iterate.coef, iterate.eta)
    value += _ROUNDING * abs(value)
    scale = 1.0
    for _ in range(_HALVINGS):
        free = here + scale * step
        coef = iterate.coef.copy()
        coef[active.feature, active.output] = np.clip(free, active.low, active.high)
        intercept = iterate.intercept + scale * shift
        there = Iterate(coef, intercept, problem.linear_predictor(coef, intercept))
        if problem.objective(coef, there.eta) <= value:
            inside = bool(np.all((free >= active.low) & (free <= active.high)))
            return there, inside and scale == 1.0
        scale /= 2
    return None, False


def _is_settled(before: Iterate, after: Iterate, precision: float) -> bool:
    # Newton's method squares the error: what the next step would change is of the order of the
    # square of what this one did.
    change = np.max(np.abs(after.eta - before.eta), initial=0.0)
    return bool(change <= np.sqrt(precision) * np.max(np.abs(after.eta), initial=0.0))
