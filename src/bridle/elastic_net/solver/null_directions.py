r"""Null directions: changes of active coefficients that move no linear predictor.

With more active coefficients than the rows can tell apart, ``X_A d = 0`` for some d; for a loss that
common shifts leave alone, ``X_A d`` may also be the same for all outputs. Along d the loss stays and
only the penalty changes. Newton's system is singular there and its steps are long, so that each takes
one coefficient to its limit. Here the penalty is minimised over all null directions at once: the basis
is found once, and loses the direction of each coefficient that reaches its limit.
"""

from __future__ import annotations

import numpy as np

from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.newton_step import Active
from bridle.elastic_net.solver.symmetric_system import few_enough, step_within
from bridle.threads.one_blas_thread import one_blas_thread
from bridle.types import Array

__all__ = ["minimise_along_null_directions"]

_EPS = float(np.finfo(float).eps)
# A slope of less than this fraction of the strengths is rounding.
_FLAT = 1e-9
# Steps that meet no limit; each is exact, unless only some features have an l2 strength.
_MOST_FREE = 10


def minimise_along_null_directions(problem: Problem, iterate: Iterate, active: Active) -> Iterate:
    """Minimise the penalty over changes of the active coefficients that leave the loss alone.

    Parameters
    ----------
    problem : Problem
    iterate : Iterate
    active : Active
        Its active coefficients.

    Returns
    -------
    Iterate
        The one given if there are no such directions or if they cost too much to find.
    """
    rows = int(np.count_nonzero(problem.weights)) * problem.n_outputs
    if active.size == 0 or not few_enough(rows, active.size):
        return iterate
    units = problem.column_norms[active.feature]
    with one_blas_thread(rows * active.size), np.errstate(all="ignore"):
        basis = _null_space(_influence(problem, active, units))
        if basis.shape[1] == 0:
            return iterate
        penalty = active.l1 / units, active.l2 / units / units
        limits = active.low * units, active.high * units
        here = iterate.coef[active.feature, active.output]
        there, at = _minimise(here * units, basis, penalty, limits)
        free = np.clip(there / units, active.low, active.high)
    free = np.where(at < 0, active.low, np.where(at > 0, active.high, free))
    if not np.all(np.isfinite(free)):
        return iterate
    coef, intercept = iterate.coef.copy(), iterate.intercept
    coef[active.feature, active.output] = free
    if problem.fit_intercept:
        moved = problem.column_moments[0][active.feature] * (free - here)
        intercept = intercept - np.bincount(active.output, moved, problem.n_outputs)
    return Iterate(coef, intercept, problem.linear_predictor(coef, intercept))


def _influence(problem: Problem, active: Active, units: Array) -> Array:
    """Return what each active coefficient, in its unit, adds to the linear predictors of each row."""
    used, outputs = problem.weights > 0, problem.n_outputs
    columns = problem.design.columns(active.feature)[used]
    if problem.fit_intercept:
        # The intercept takes up the mean of a change.
        columns = columns - problem.column_moments[0][active.feature]
    shares = np.eye(outputs)[active.output]
    if problem.loss.is_shift_invariant:
        shares = shares - shares.mean(axis=1, keepdims=True)
    return np.asarray(((columns / units)[:, None, :] * shares.T).reshape(-1, active.size))


def _null_space(matrix: Array) -> Array:
    """Return an orthonormal basis of what a matrix takes to 0 up to rounding, in columns."""
    rows, size = matrix.shape
    if not np.all(np.isfinite(matrix)):
        return np.empty((size, 0))
    _, values, vectors = np.linalg.svd(matrix, full_matrices=rows < size)
    rank = int(np.sum(values > _EPS * max(rows, size) * values.max(initial=0.0)))
    return np.asarray(vectors[rank:].T)


def _minimise(
    start: Array, basis: Array, penalty: tuple[Array, Array], limits: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Minimise ``l1'c + c'diag(l2)c / 2`` over ``start + basis a`` within limits.

    Return c, and for each coefficient -1 at its lower limit, 1 at its upper, else 0.
    """
    here, at, free = start.copy(), np.zeros(start.size), 0
    while basis.shape[1] and free < _MOST_FREE:
        direction, length = _direction(here, basis, penalty)
        goal = np.where(direction > 0, limits[1], limits[0])
        moving = (direction != 0) & (at == 0)
        reach = np.where(moving, (goal - here) / np.where(moving, direction, 1.0), np.inf)
        first = float(reach.min())
        if not (np.isfinite(min(first, length)) and length > 0):
            break
        here = here + min(max(first, 0.0), length) * direction
        if first > length:
            free += 1
            continue
        met = reach <= first
        here[met], at[met] = goal[met], np.sign(direction[met])
        for one in np.flatnonzero(met):
            basis = _without(basis, basis[one])
    return here, at


def _direction(here: Array, basis: Array, penalty: tuple[Array, Array]) -> tuple[Array, float]:
    """Return a direction downhill in the span of a basis, and how far it leads down; 0 if it is flat."""
    l1, l2 = penalty
    gradient = l1 + l2 * here
    slope = basis.T @ gradient
    if np.sum(slope**2) <= _FLAT**2 * np.sum(gradient**2):
        return np.zeros_like(here), 0.0
    if np.all(l2 > 0):
        system = basis.T @ (l2[:, None] * basis)
        free = np.full(slope.size, np.inf)
        return basis @ step_within(system, slope, -free, free), 1.0
    direction = -basis @ slope
    curvature = float(direction @ (l2 * direction))
    return direction, float(slope @ slope) / curvature if curvature > 0 else np.inf


def _without(basis: Array, row: Array) -> Array:
    """Return a basis of the vectors in its span that are 0 where the basis has this row."""
    size = np.sqrt(np.sum(row**2))
    if size <= _EPS * row.size:
        return basis
    # Householder's reflection takes the row to the first axis, which is left out.
    mirror = row.copy()
    mirror[0] += size if row[0] >= 0 else -size
    mirror /= np.sqrt(np.sum(mirror**2))
    return np.asarray((basis - 2 * np.outer(basis @ mirror, mirror))[:, 1:])
