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
from scipy.optimize import lsq_linear

from bridle import _core
from bridle.elastic_net.null_model import raised_curvature
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.waiting import system_work, wait_for

__all__ = ["finish"]

Array = npt.NDArray[np.float64]

_MAX_STEPS = 50
_MAX_DIMENSION = 3000
_HALVINGS = 30
_ROUNDING = 4 * np.finfo(float).eps
_FLAT = 1e-12
# An eigenvalue below this share of the largest is what rounding leaves of a dependent column.
_DEPENDENT = 1e-13
_MOST_BOUNDED = 300
_DAMPING = (0.0, 1e-12, 1e-10, 1e-8)
_PAST = 1 + 4 * np.finfo(float).eps


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

    def room(self, coef: Array) -> tuple[Array, Array]:
        """Return the longest steps down and up within the limits."""
        here = coef[self.feature, self.output]
        return self.low - here, self.high - here


@dataclass(frozen=True)
class _Held:
    """The active coefficients, and the columns of those of one output, less a shift near their means."""

    active: _Active
    columns: Array
    shift: Array

    @classmethod
    def at(cls, problem: Problem, iterate: Iterate, before: _Held | None) -> _Held:
        """Return what is active at an iterate, with the columns of before where they are the same."""
        active = _find_active(problem, iterate)
        columns, shift = np.empty((problem.y.shape[0], 0)), np.zeros(active.size)
        if problem.n_outputs == 1 and _affordable(problem, active):
            if before is not None and np.array_equal(before.active.feature, active.feature):
                return cls(active, before.columns, before.shift)
            columns = problem.design.columns(active.feature)
            if problem.fit_intercept:
                shift = problem.column_moments[0][active.feature]
                columns = columns - shift
        return cls(active, columns, shift)

    def step(self, problem: Problem, iterate: Iterate) -> tuple[Array, Array] | None:
        """Return Newton's step, None where the system is too large or has no finite solution."""
        if not _affordable(problem, self.active):
            return None
        work = system_work(problem.design.shape[0], self.active.size)
        return wait_for(work, _direction, problem, iterate, self)


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
    held = None
    for _ in range(_MAX_STEPS):
        held = _Held.at(problem, iterate, held)
        step = held.step(problem, iterate)
        if step is None:
            return iterate
        moved, reached = _search(problem, iterate, held.active, *step)
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
    used = np.isfinite(l1) & (problem.column_norms > 0)[:, None]
    inside = (coef > lower) & (coef < upper) & used
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


def _direction(problem: Problem, iterate: Iterate, held: _Held) -> tuple[Array, Array] | None:
    """Return the Newton step in the active coefficients and in the intercept."""
    active = held.active
    gradient = problem.loss.gradient(iterate.eta, problem.y, problem.weights)
    # Along a coefficient that has no end the curvature vanishes, and rounding would be a long step.
    curvature = raised_curvature(problem.loss, iterate.eta, problem.y, problem.weights)
    penalty = active.l1 + active.l2 * iterate.coef[active.feature, active.output]
    if problem.n_outputs == 1:
        step, shift = _single_output(
            problem, iterate, held, gradient[:, 0], curvature[:, 0, 0], penalty
        )
    else:
        step, shift = _several_outputs(problem, iterate, active, gradient, curvature, penalty)
    if not (np.all(np.isfinite(step)) and np.all(np.isfinite(shift))):
        return None
    return step, shift


def _single_output(
    problem: Problem,
    iterate: Iterate,
    held: _Held,
    gradient: Array,
    curvature: Array,
    penalty: Array,
) -> tuple[Array, Array]:
    active, columns = held.active, held.columns
    total = curvature.sum()
    mean = np.zeros(active.size)
    pull = gradient.sum() if problem.fit_intercept and total > 0 else 0.0
    if problem.fit_intercept and total > 0:
        # Eliminating the intercept leaves the columns about their curvature-weighted means.
        mean = _vector_product(columns, curvature) / total
        gradient = gradient - curvature * (pull / total)
    slope = _vector_product(columns, gradient) - mean * gradient.sum() + penalty
    if active.size > columns.shape[0] and np.all(active.l2 > 0):
        root = np.sqrt(curvature)[:, None] * (columns - mean)
        if np.any(active.l1) or np.any((curvature == 0) & (gradient != 0)):
            step = -_solve_wide(root, active.l2, slope)
        else:
            coef = iterate.coef[active.feature, 0]
            step = _ridge_solution(root, active.l2, coef, gradient, curvature) - coef
    else:
        system = _weighted_gram(columns, curvature, mean)
        system[np.diag_indices(active.size)] += active.l2
        step = _step_within(system, slope, *active.room(iterate.coef))
    free = problem.fit_intercept and total > 0
    shift = -pull / total - (held.shift + mean) @ step if free else 0.0
    return step, np.array([shift])


def _several_outputs(
    problem: Problem,
    iterate: Iterate,
    active: _Active,
    gradient: Array,
    curvature: Array,
    penalty: Array,
) -> tuple[Array, Array]:
    outputs = problem.n_outputs
    features, position = np.unique(active.feature, return_inverse=True)
    columns = problem.design.columns(features)
    # Columns of other sizes, and those far from 0 beside the intercept's, would be nearly collinear.
    mean = np.zeros(features.size)
    if problem.fit_intercept:
        mean = problem.column_moments[0][features]
        columns = columns - mean
    sizes = problem.column_norms[features]
    sizes = np.where(sizes > 0, sizes, 1.0)
    columns, units = columns / sizes, sizes[position]
    l2, penalty = active.l2 / units**2, penalty / units
    members = [np.flatnonzero(active.output == k) for k in range(outputs)]
    parts = [columns[:, position[one]] for one in members]
    if problem.fit_intercept:
        parts = [np.hstack([part, np.ones((part.shape[0], 1))]) for part in parts]
    ends = np.cumsum([0, *(part.shape[1] for part in parts)])
    intercepts = ends[1:] - 1 if problem.fit_intercept else np.array([], dtype=np.intp)
    place = np.empty(active.size, dtype=np.intp)
    for one, start in zip(members, ends, strict=False):
        place[one] = start + np.arange(one.size)
    system, slope = _blocks(parts, gradient, curvature, ends)
    system[place, place] += l2
    slope[place] += penalty
    if problem.loss.is_shift_invariant:
        for together in _common_shifts(active, position, place, intercepts, outputs):
            # A null direction that the slope is orthogonal to: any curvature along it leaves the
            # solution alone and makes it unique.
            system[np.ix_(together, together)] += np.mean(system[together, together])
    low, high = np.full((2, ends[-1]), [[-np.inf], [np.inf]])
    low[place], high[place] = (one * units for one in active.room(iterate.coef))
    solved = _step_within(system, slope, low, high)
    step = solved[place] / units
    if not problem.fit_intercept:
        return step, np.zeros(outputs)
    moved = np.bincount(active.output, weights=mean[position] * step, minlength=outputs)
    return step, solved[intercepts] - moved


def _blocks(
    parts: list[Array], gradient: Array, curvature: Array, ends: npt.NDArray[np.intp]
) -> tuple[Array, Array]:
    """Return Hessian and gradient of the loss in the coefficients of each output's own columns."""
    system = np.empty((ends[-1], ends[-1]))
    slope = np.empty(ends[-1])
    for k, part in enumerate(parts):
        rows = slice(ends[k], ends[k + 1])
        slope[rows] = _vector_product(part, gradient[:, k])
        for m in range(k + 1):
            block = _product(part, curvature[:, k, m, None] * parts[m])
            system[rows, ends[m] : ends[m + 1]] = block
            system[ends[m] : ends[m + 1], rows] = block.T
    return system, slope


def _common_shifts(
    active: _Active,
    position: npt.NDArray[np.intp],
    place: npt.NDArray[np.intp],
    intercepts: npt.NDArray[np.intp],
    outputs: int,
) -> list[npt.NDArray[np.intp]]:
    """Return the unknowns of all outputs which neither loss nor penalty keep from a common shift."""
    open_ = (active.l1 == 0) & (active.l2 == 0)
    counts = np.bincount(position[open_], minlength=position.max(initial=-1) + 1)
    shifts = [place[open_ & (position == one)] for one in np.flatnonzero(counts == outputs)]
    return [*shifts, intercepts] if intercepts.size else shifts


def _step_within(system: Array, slope: Array, low: Array, high: Array) -> Array:
    """Return Newton's step, with what would pass its limits put there and the others solved for anew.

    A step that is merely clipped no longer fits the coefficients that are not. Only what lies below
    the diagonal of the system and on it is read.
    """
    if np.all(np.isinf(low) & np.isinf(high)):
        return -_solve(system, slope)
    first = step = -_solve_damped(system, slope)
    out = (step < low) | (step > high)
    if not out.any():
        return step
    whole = np.tril(system) + np.tril(system, -1).T
    step, fixed = step.copy(), np.zeros(step.size, dtype=bool)
    while out.any() and not np.all(fixed | out):
        # A little further than the edge, where clipping then puts it exactly.
        step[out] = _PAST * np.clip(step[out], low[out], high[out])
        fixed |= out
        rest = ~fixed
        right = slope[rest] + whole[np.ix_(rest, fixed)] @ step[fixed]
        step[rest] = -_solve_damped(whole[np.ix_(rest, rest)], right)
        out = rest & ((step < low) | (step > high))
    if slope @ step < 0:
        return step
    return first if step.size > _MOST_BOUNDED else _bounded(whole, slope, low, high)


def _bounded(system: Array, slope: Array, low: Array, high: Array) -> Array:
    """Minimise ``1/2 s'As + slope's`` within limits by bounded-variable least squares."""
    values, vectors = np.linalg.eigh(system)
    roots = np.sqrt(np.maximum(values, _FLAT * values.max(initial=0.0)))
    target = -(vectors.T @ slope) / roots
    found = lsq_linear(roots[:, None] * vectors.T, target, (low, high), method="bvls", tol=1e-14)
    return np.asarray(np.where(found.active_mask == 0, found.x, _PAST * found.x))


def _solve_damped(system: Array, right: Array) -> Array:
    """Solve a positive semidefinite system, its diagonal raised as little as makes it definite.

    Where the system is flat and the right side is not, the solution is a long way along it.
    """
    diagonal = np.diag_indices(right.size)
    for damping in _DAMPING:
        raised = system.copy()
        raised[diagonal] *= 1 + damping
        solution = right.copy()
        if _core.solve_definite(raised, solution):
            return solution
    return _solve(system, right)


def _solve(system: Array, right: Array) -> Array:
    """Solve a symmetric positive semidefinite system; the solution of smallest norm if singular.

    Only what lies below the diagonal and on it is read.
    """
    solution = right.copy()
    if _core.solve_definite(system.copy(), solution):
        return solution
    if not (np.all(np.isfinite(system)) and np.all(np.isfinite(right))):
        return np.full_like(right, np.nan)
    return _smallest_solution(np.tril(system) + np.tril(system, -1).T, right)


def _smallest_solution(system: Array, right: Array) -> Array:
    """Return the solution of smallest norm, from the spectrum of the system in units of its diagonal.

    In other units an unknown with a small diagonal would count as rounding.
    """
    sizes = np.sqrt(np.maximum(np.diag(system), 0.0))
    sizes = np.where(sizes > 0, sizes, 1.0)
    values, vectors = np.linalg.eigh(system / np.outer(sizes, sizes))
    kept = values > _DEPENDENT * values.max(initial=0.0)
    some = vectors[:, kept]
    solution = some @ ((some.T @ (right / sizes)) / values[kept]) / sizes
    flat, _ = np.linalg.qr(vectors[:, ~kept] / sizes[:, None])
    return np.asarray(solution - flat @ (flat.T @ solution))


def _solve_wide(root: Array, ridge: Array, right: Array) -> Array:
    r"""Solve ``(root' root + diag(ridge)) s = right`` through the n x n system (Woodbury)."""
    inner = _weighted_gram(root.T, 1 / ridge, np.zeros(root.shape[0]))
    inner[np.diag_indices(root.shape[0])] += 1.0
    outer = _solve(inner, _vector_product(root.T, right / ridge))
    return (right - _vector_product(root, outer)) / ridge


def _vector_product(columns: Array, right: Array) -> Array:
    """Return ``columns' right`` for a vector."""
    out = np.empty(columns.shape[1])
    _core.vector_products(columns, np.ascontiguousarray(right), out)
    return out


def _ridge_solution(
    root: Array, ridge: Array, coef: Array, gradient: Array, curvature: Array
) -> Array:
    r"""Return where Newton's step leads if there is no l1 part, through the n x n system.

    With ``R = diag(ridge)`` and ``q = gradient / sqrt(curvature)`` it is ``R^-1 root' u``, where
    ``(root R^-1 root' + 1) u = root coef - q``. No difference is taken that a tiny ridge would leave
    without digits: as the ridge goes to 0 this is the solution of smallest norm.
    """
    sizes = np.sqrt(curvature)
    target = _product(root.T, coef[:, None])[:, 0]
    target -= np.divide(gradient, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    largest = ridge.max()
    shares = ridge / largest
    inner = _weighted_gram(root.T, 1 / shares, np.zeros(root.shape[0]))
    inner[np.diag_indices(root.shape[0])] += largest
    return _product(root, _solve(inner, target)[:, None])[:, 0] / shares


def _product(columns: Array, right: Array) -> Array:
    """Return ``columns' right``, on one thread: there is too little to do for those of a BLAS."""
    out = np.empty((columns.shape[1], right.shape[1]))
    _core.products(columns, np.arange(columns.shape[1]), np.ascontiguousarray(right), out)
    return out


def _weighted_gram(columns: Array, weights: Array, mean: Array) -> Array:
    """Return ``columns' diag(weights) columns`` of columns about their means, up to the diagonal."""
    n, size = columns.shape
    sums = np.zeros((size + 2, size + 2))
    _core.gram_of_rows(columns, np.arange(n), weights, np.zeros(n), mean, sums)
    return np.ascontiguousarray(sums[:size, :size].T)


def _search(
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
            inside = bool(np.all((free > active.low) & (free < active.high)))
            return there, inside and scale == 1.0
        scale /= 2
    return None, False


def _is_settled(before: Iterate, after: Iterate, precision: float) -> bool:
    # Newton's method squares the error: what the next step would change is of the order of the
    # square of what this one did.
    change = np.max(np.abs(after.eta - before.eta), initial=0.0)
    return bool(change <= np.sqrt(precision) * np.max(np.abs(after.eta), initial=0.0))
