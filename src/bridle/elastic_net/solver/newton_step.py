"""Newton's step in the active coefficients, with fixed signs, and in the intercept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.curved_step import curvature_floor, raised_curvature
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.symmetric_system import (
    few_enough,
    product,
    ridge_solution,
    solve_wide,
    step_within,
    vector_product,
    weighted_gram,
)
from bridle.threads.one_blas_thread import one_blas_thread
from bridle.threads.waiting import system_work, wait_for
from bridle.types import Array

__all__ = ["Active", "NewtonStep"]


# A system of 72 MB.
_MAX_DIMENSION = 3000
# Of the largest square of a column: below it, a step solved for by itself has lost half of its digits.
_SMALL_RIDGE = 1e-8


@dataclass(frozen=True)
class Active:
    """The active coefficients: feature, output, signed l1 strength, l2 strength and limits of each.

    ``always`` is True if every iterate has the same active coefficients: without l1 penalty and bounds.
    """

    feature: npt.NDArray[np.intp]
    output: npt.NDArray[np.intp]
    l1: Array
    l2: Array
    low: Array
    high: Array
    always: bool

    @property
    def size(self) -> int:
        """Number of active coefficients."""
        return self.feature.size

    def room(self, coef: Array) -> tuple[Array, Array]:
        """Return the longest steps down and up that stay within the limits."""
        here = coef[self.feature, self.output]
        return self.low - here, self.high - here


@dataclass(frozen=True)
class NewtonStep:
    """The active coefficients and, for a single output, their columns minus a shift near their means."""

    active: Active
    columns: Array
    shift: Array

    @classmethod
    def at(cls, problem: Problem, iterate: Iterate, before: NewtonStep | None) -> NewtonStep:
        """Find the active coefficients of an iterate; reuse the columns of ``before`` if they agree."""
        if before is not None and before.active.always:
            return before
        active = _find_active(problem, iterate)
        columns, shift = np.empty((problem.y.shape[0], 0)), np.zeros(active.size)
        if problem.n_outputs == 1 and _affordable(problem, active):
            if before is not None and np.array_equal(before.active.feature, active.feature):
                return cls(active, before.columns, before.shift)
            if problem.fit_intercept:
                shift = problem.column_moments[0][active.feature]
            work = problem.y.shape[0] * active.size
            columns = wait_for(work, _columns_less, problem, active.feature, shift)
        return cls(active, columns, shift)

    def step(self, problem: Problem, iterate: Iterate) -> tuple[Array, Array] | None:
        """Return Newton's step; None if the system is too large or has no finite solution."""
        if not _affordable(problem, self.active):
            return None
        work = system_work(problem.design.shape[0], self.active.size)
        return wait_for(work, _direction, problem, iterate, self)


def _columns_less(problem: Problem, features: npt.NDArray[np.intp], shift: Array) -> Array:
    columns = problem.design.columns(features)
    return columns - shift if np.any(shift) else columns


def _find_active(problem: Problem, iterate: Iterate) -> Active:
    p = problem.design.shape[1]
    l1, l2 = (strength[:, None] for strength in problem.penalty.strengths(p))
    lower, upper = (bound[:, None] for bound in problem.penalty.bounds(p))
    coef = iterate.coef
    used = np.isfinite(l1) & (problem.column_norms > 0)[:, None]
    inside = (coef > lower) & (coef < upper) & used
    feature, output = np.nonzero(inside & ((coef != 0) | (l1 == 0)))
    sign = np.sign(coef[feature, output])
    penalised = l1[feature, 0] > 0
    return Active(
        feature,
        output,
        l1[feature, 0] * sign,
        l2[feature, 0],
        np.where(penalised & (sign > 0), 0.0, lower[feature, 0]),
        np.where(penalised & (sign < 0), 0.0, upper[feature, 0]),
        always=not (np.any(l1) or np.any(lower > -np.inf) or np.any(upper < np.inf)),
    )


def _affordable(problem: Problem, active: Active) -> bool:
    if problem.n_outputs > 1:
        return active.size <= _MAX_DIMENSION
    return min(active.size, problem.design.shape[0]) <= _MAX_DIMENSION and (
        active.size <= _MAX_DIMENSION or bool(np.all(active.l2 > 0))
    )


def _direction(problem: Problem, iterate: Iterate, held: NewtonStep) -> tuple[Array, Array] | None:
    """Return the Newton step in the active coefficients and in the intercept."""
    active = held.active
    gradient = problem.loss.gradient(iterate.eta, problem.y, problem.weights)
    penalty = active.l1 + active.l2 * iterate.coef[active.feature, active.output]
    if problem.n_outputs == 1:
        step, shift = _single_output(
            problem, iterate, held, gradient[:, 0], _curvature(problem, iterate), penalty
        )
    else:
        curvature = raised_curvature(problem.loss, iterate.eta, problem.y, problem.weights)
        with one_blas_thread(active.size**2):
            step, shift = _several_outputs(problem, iterate, active, gradient, curvature, penalty)
    if not (np.all(np.isfinite(step)) and np.all(np.isfinite(shift))):
        return None
    return step, shift


def _curvature(problem: Problem, iterate: Iterate) -> Array:
    """Return the raised curvature of each row, for a single output.

    Along a diverging coefficient the curvature itself vanishes; rounding would become a long step.
    """
    own = problem.loss.diagonal_curvature(iterate.eta, problem.y, problem.weights)[:, 0]
    return own + curvature_floor(problem.loss, problem.y, problem.weights) * problem.weights


def _single_output(
    problem: Problem,
    iterate: Iterate,
    held: NewtonStep,
    gradient: Array,
    curvature: Array,
    penalty: Array,
) -> tuple[Array, Array]:
    active, columns = held.active, held.columns
    total = curvature.sum()
    mean = np.zeros(active.size)
    residual_sum = gradient.sum() if problem.fit_intercept and total > 0 else 0.0
    if problem.fit_intercept and total > 0:
        # Eliminating the intercept centres the columns about their curvature-weighted means.
        mean = vector_product(columns, curvature) / total
        gradient = gradient - curvature * (residual_sum / total)
    coef_gradient = vector_product(columns, gradient) - mean * gradient.sum() + penalty
    if active.size > columns.shape[0] and np.all(active.l2 > 0):
        root = np.sqrt(curvature)[:, None] * (columns - mean)
        small = active.l2.max() <= _SMALL_RIDGE * np.max(np.sum(root**2, axis=0))
        certain = np.any((curvature == 0) & (gradient != 0))
        if certain or (np.any(active.l1) and not small):
            step = -solve_wide(root, active.l2, coef_gradient)
        else:
            coef = iterate.coef[active.feature, 0]
            strengths = active.l1, active.l2
            step = ridge_solution(root, strengths, coef, gradient, curvature) - coef
    else:
        system = weighted_gram(columns, curvature, mean)
        system[np.diag_indices(active.size)] += active.l2

        def rooted() -> Array:
            rows = np.sqrt(curvature)[:, None] * (columns - mean)
            return np.vstack([rows, np.diag(np.sqrt(active.l2))]) if np.any(active.l2) else rows

        few = few_enough(columns.shape[0] + active.size, active.size)
        step = step_within(
            system, coef_gradient, *active.room(iterate.coef), rooted if few else None
        )
    free = problem.fit_intercept and total > 0
    shift = -residual_sum / total - (held.shift + mean) @ step if free else 0.0
    return step, np.array([shift])


def _several_outputs(
    problem: Problem,
    iterate: Iterate,
    active: Active,
    gradient: Array,
    curvature: Array,
    penalty: Array,
) -> tuple[Array, Array]:
    outputs = problem.n_outputs
    features, position = np.unique(active.feature, return_inverse=True)
    columns = problem.design.columns(features)
    # Columns of very different norms, or far from 0 beside an intercept, would look collinear.
    mean = np.zeros(features.size)
    if problem.fit_intercept:
        mean = problem.column_moments[0][features]
        columns = columns - mean
    sizes = problem.column_norms[features]
    sizes = np.where(sizes > 0, sizes, 1.0)
    columns, units = columns / sizes, sizes[position]
    with np.errstate(over="ignore"):
        l2, penalty = active.l2 / units / units, penalty / units
    members = [np.flatnonzero(active.output == k) for k in range(outputs)]
    parts = [columns[:, position[member]] for member in members]
    if problem.fit_intercept:
        parts = [np.hstack([part, np.ones((part.shape[0], 1))]) for part in parts]
    ends = np.cumsum([0, *(part.shape[1] for part in parts)])
    intercepts = ends[1:] - 1 if problem.fit_intercept else np.array([], dtype=np.intp)
    place = np.empty(active.size, dtype=np.intp)
    for member, start in zip(members, ends, strict=False):
        place[member] = start + np.arange(member.size)
    system, coef_gradient = _blocks(parts, gradient, curvature, ends)
    system[place, place] += l2
    coef_gradient[place] += penalty
    if problem.loss.is_shift_invariant:
        for together in _common_shifts(active, position, place, intercepts, outputs):
            # The system is singular along a common shift, and the gradient is 0 there. Any curvature
            # along it makes the solution unique and does not change it otherwise.
            system[np.ix_(together, together)] += np.mean(system[together, together])
    low, high = np.full((2, ends[-1]), [[-np.inf], [np.inf]])
    low[place], high[place] = (limit * units for limit in active.room(iterate.coef))

    def root() -> Array:
        rows = np.zeros((curvature.shape[0] * outputs, ends[-1]))
        values, vectors = np.linalg.eigh(curvature)
        roots = np.sqrt(np.maximum(values, 0.0))[:, :, None] * vectors.swapaxes(1, 2)
        for k, part in enumerate(parts):
            block = roots[:, :, k, None] * part[:, None, :]
            rows[:, ends[k] : ends[k + 1]] = block.reshape(rows.shape[0], -1)
        ridge = np.zeros((active.size, ends[-1]))
        ridge[np.arange(active.size), place] = np.sqrt(l2)
        return np.vstack([rows, ridge]) if np.any(l2) else rows

    few = few_enough(curvature.shape[0] * outputs + active.size, ends[-1])
    solved = step_within(system, coef_gradient, low, high, root if few else None)
    step = solved[place] / units
    if not problem.fit_intercept:
        return step, np.zeros(outputs)
    moved = np.bincount(active.output, weights=mean[position] * step, minlength=outputs)
    return step, solved[intercepts] - moved


def _blocks(
    parts: list[Array], gradient: Array, curvature: Array, ends: npt.NDArray[np.intp]
) -> tuple[Array, Array]:
    """Return Hessian and gradient of the loss in the coefficients of all outputs."""
    system = np.empty((ends[-1], ends[-1]))
    coef_gradient = np.empty(ends[-1])
    for k, part in enumerate(parts):
        rows = slice(ends[k], ends[k + 1])
        coef_gradient[rows] = vector_product(part, gradient[:, k])
        for m in range(k + 1):
            block = product(part, curvature[:, k, m, None] * parts[m])
            system[rows, ends[m] : ends[m + 1]] = block
            system[ends[m] : ends[m + 1], rows] = block.T
    return system, coef_gradient


def _common_shifts(
    active: Active,
    position: npt.NDArray[np.intp],
    place: npt.NDArray[np.intp],
    intercepts: npt.NDArray[np.intp],
    outputs: int,
) -> list[npt.NDArray[np.intp]]:
    """Return the sets of unknowns whose common shift changes neither loss nor penalty."""
    open_ = (active.l1 == 0) & (active.l2 == 0)
    counts = np.bincount(position[open_], minlength=position.max(initial=-1) + 1)
    shifts = [place[open_ & (position == feature)] for feature in np.flatnonzero(counts == outputs)]
    return [*shifts, intercepts] if intercepts.size else shifts
