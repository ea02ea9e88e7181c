"""Symmetric positive semidefinite systems of Newton's method, solved on one thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg.lapack import dpotrs, dtrtri

from bridle import _core
from bridle.threads.one_blas_thread import one_blas_thread
from bridle.types import Array

__all__ = [
    "few_enough",
    "product",
    "ridge_solution",
    "solve_wide",
    "step_within",
    "vector_product",
    "weighted_gram",
]


# Added to the diagonal of a bounded system, as a fraction of its trace, for its flat directions.
_FLAT = 1e-12
# Numbers of a root up to which its singular value decomposition costs little.
_MOST_NUMBERS = 1e5
# Fraction of a gradient that a solution from a root may leave.
_LEFT = 1e-6
# An eigenvalue below this fraction of the largest belongs to a collinear column, up to rounding.
_DEPENDENT = 1e-13
# The method solves a system for each limit that is met: many unknowns would take seconds a step.
_MOST_BOUNDED = 100
# Changes of the set of fixed unknowns, for each unknown, and the pull inwards, as a fraction of the
# largest slope, that frees one.
_CHANGES = 3
_SLIGHT = 1e-10
# Fractions by which a diagonal is raised, one after the other, until a Cholesky factor exists.
_DAMPING = (0.0, 1e-12, 1e-10, 1e-8)
# Just beyond a limit, in spite of rounding.
_PAST = 1 + 4 * np.finfo(float).eps


def step_within(
    system: Array, gradient: Array, low: Array, high: Array, root: Callable[[], Array] | None = None
) -> Array:
    """Return Newton's step within limits.

    Unknowns that would cross a limit are fixed there, and the others are solved for again: clipping
    alone would leave them at wrong values. Only the lower triangle of the system is read.

    Parameters
    ----------
    system : ndarray of shape (size, size)
    gradient, low, high : ndarray of shape (size,)
    root : callable, optional
        Returns a small R with ``R'R = system``, whose condition number is not squared.
    """
    if np.all(np.isinf(low) & np.isinf(high)):
        return -_solve(system, gradient)
    rooted = root() if root is not None and _is_nearly_singular(system) else None
    first = step = -_solve_damped(system, gradient, rooted)
    if not np.all(np.isfinite(step)):
        return step
    out = (step < low) | (step > high)
    if not out.any():
        return step
    whole = np.tril(system) + np.tril(system, -1).T
    step, fixed = step.copy(), np.zeros(step.size, dtype=bool)
    while out.any() and not np.all(fixed | out):
        # Slightly beyond the limit, so that clipping puts the coefficient exactly on it.
        step[out] = _PAST * np.clip(step[out], low[out], high[out])
        fixed |= out
        rest = ~fixed
        right = gradient[rest] + whole[np.ix_(rest, fixed)] @ step[fixed]
        some = None if rooted is None else rooted[:, rest]
        step[rest] = -_solve_damped(whole[np.ix_(rest, rest)], right, some)
        out = rest & ((step < low) | (step > high))
    if gradient @ step < 0:
        return step
    return first if step.size > _MOST_BOUNDED else _bounded(whole, gradient, low, high)


def few_enough(rows: int, unknowns: int) -> bool:
    """Whether a root of so many numbers costs little."""
    return rows * unknowns <= _MOST_NUMBERS


def _bounded(system: Array, gradient: Array, low: Array, high: Array) -> Array:
    """Minimise ``1/2 s'As + gradient's`` within limits, in the units given or in those of unit diagonal.

    In the units given, a small column counts as a flat direction; in units of its own, a flat
    direction makes a long step. The one that leads lower is taken.
    """

    def value(step: Array) -> float:
        return float(0.5 * step @ (system @ step) + gradient @ step)

    short = _bounded_in(np.ones_like(gradient), system, gradient, low, high)
    long = _bounded_in(_sizes(np.diag(system)), system, gradient, low, high)
    return min(short, long, key=value)


def _bounded_in(sizes: Array, system: Array, gradient: Array, low: Array, high: Array) -> Array:
    """Solve in units of 1 / sizes by descent over sets of fixed unknowns.

    From 0, each step solves for the free unknowns and ends at the first limit, which is then fixed;
    once a whole step is taken, the fixed unknown with the largest pull inwards becomes free. Every
    step lowers the value, so that one may stop anywhere: a method that leaves the limits on its way
    ends with steps uphill among nearly collinear columns.
    """
    scaled = system / np.outer(sizes, sizes)
    scaled[np.diag_indices(sizes.size)] += _FLAT * np.trace(scaled)
    slope, floor, ceiling = gradient / sizes, low * sizes, high * sizes
    step = np.zeros(sizes.size)
    fixed = ((floor >= 0) & (slope > 0)) | ((ceiling <= 0) & (slope < 0))
    for _ in range(_CHANGES * sizes.size):
        free = np.flatnonzero(~fixed)
        pull = slope + scaled @ step
        move = np.zeros(sizes.size)
        move[free] = -_solve_damped(scaled[np.ix_(free, free)], pull[free])
        if not np.all(np.isfinite(move)):
            break
        room = np.where(move > 0, ceiling - step, floor - step)[free]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            reach = np.where(move[free] != 0, room / move[free], np.inf)
        if reach.size and reach.min() < 1:
            step = np.clip(step + max(reach.min(), 0.0) * move, floor, ceiling)
            met = free[reach <= reach.min()]
            step[met] = np.where(move[met] > 0, ceiling[met], floor[met])
            fixed[met] = True
            continue
        step = np.clip(step + move, floor, ceiling)
        pull = slope + scaled @ step
        inwards = np.where(fixed, np.where(step >= ceiling, pull, -pull), 0.0)
        inwards[(step <= floor) & (step >= ceiling)] = 0.0
        if inwards.max(initial=0.0) <= _SLIGHT * np.abs(slope).max(initial=0.0):
            break
        fixed[np.argmax(inwards)] = False
    # An unknown at a limit is that limit itself: scaled back it may differ by rounding.
    at = np.where(step <= floor, low, np.where(step >= ceiling, high, step / sizes))
    return np.asarray(np.where(fixed, _PAST * at, at))


def _sizes(squares: Array) -> Array:
    """Return the roots of squares, 1 where they are 0."""
    roots = np.sqrt(np.maximum(squares, 0.0))
    return np.where(roots > 0, roots, 1.0)


def _is_nearly_singular(system: Array) -> bool:
    return not _core.solve_definite(system.copy(), np.zeros(system.shape[0]))


def _solve_from_root(root: Array, right: Array) -> Array | None:
    """Solve ``R'R s = right`` from a decomposition of R in units of its columns.

    Directions that are flat up to rounding are left out. None if ``right`` has a component there, or if
    R has overflowed.
    """
    if not np.all(np.isfinite(root)):
        return None
    sizes = _sizes(np.sum(root**2, axis=0))
    scaled = right / sizes
    with one_blas_thread(root.size):
        if (factor := _triangular_factor(root / sizes)) is not None:
            return np.asarray(dpotrs(factor, scaled)[0] / sizes)
        _, values, rows = np.linalg.svd(root / sizes, full_matrices=False)
    kept = values > np.finfo(float).eps * max(root.shape) * values.max(initial=0.0)
    rows, values = rows[kept], values[kept]
    parts = rows @ scaled
    left = scaled - rows.T @ parts
    if np.sum(left**2) > _LEFT**2 * np.sum(scaled**2):
        return None
    return np.asarray(rows.T @ (parts / values**2) / sizes)


def _triangular_factor(root: Array) -> Array | None:
    """Return the upper triangular factor of R; None unless no direction is flat for certain.

    The smallest singular value is at least 1 over the norm of the inverse. Singular values themselves
    cost four times as much, and each limit that is met asks for another solution.
    """
    if root.shape[0] < root.shape[1]:
        return None
    factor = np.asarray(np.linalg.qr(root, mode="r"))
    inverse, singular = dtrtri(factor)
    largest = np.sqrt(np.sum(root**2) * np.sum(inverse**2))
    surely = singular == 0 and np.finfo(float).eps * max(root.shape) * largest < 1
    return factor if surely else None


def _solve_damped(system: Array, right: Array, root: Array | None = None) -> Array:
    """Solve a positive semidefinite system, raising its diagonal until it is definite.

    Along a direction in which the system is singular and the right side is not 0, the step is long.
    The system of nearly collinear columns is solved from its root, as they would count as singular.
    """
    if root is not None and (found := _solve_from_root(root, right)) is not None:
        return found
    diagonal = np.diag_indices(right.size)
    for damping in _DAMPING:
        raised = system.copy()
        raised[diagonal] *= 1 + damping
        solution = right.copy()
        if _core.solve_definite(raised, solution):
            return solution
    return _solve(system, right)


def _solve(system: Array, right: Array) -> Array:
    """Solve a symmetric positive semidefinite system; if it is singular, with the smallest norm.

    Only the lower triangle is read.
    """
    solution = right.copy()
    if _core.solve_definite(system.copy(), solution):
        return solution
    if not (np.all(np.isfinite(system)) and np.all(np.isfinite(right))):
        return np.full_like(right, np.nan)
    return _smallest_solution(np.tril(system) + np.tril(system, -1).T, right)


def _smallest_solution(system: Array, right: Array) -> Array:
    """Return the solution of smallest norm, from the eigenvalues of the system with unit diagonal.

    Without scaling, unknowns with a small diagonal would be taken for rounding.
    """
    sizes = _sizes(np.diag(system))
    with one_blas_thread(system.size):
        values, vectors = np.linalg.eigh(system / np.outer(sizes, sizes))
        kept = values > _DEPENDENT * values.max(initial=0.0)
        some = vectors[:, kept]
        solution = some @ ((some.T @ (right / sizes)) / values[kept]) / sizes
        flat, _ = np.linalg.qr(vectors[:, ~kept] / sizes[:, None])
        return np.asarray(solution - flat @ (flat.T @ solution))


def solve_wide(root: Array, ridge: Array, right: Array) -> Array:
    r"""Solve ``(root' root + diag(ridge)) s = right`` through the n x n system (Woodbury)."""
    inner = weighted_gram(root.T, 1 / ridge, np.zeros(root.shape[0]))
    inner[np.diag_indices(root.shape[0])] += 1.0
    outer = _solve(inner, vector_product(root.T, right / ridge))
    return (right - vector_product(root, outer)) / ridge


def ridge_solution(
    root: Array, penalty: tuple[Array, Array], coef: Array, gradient: Array, curvature: Array
) -> Array:
    r"""Return the coefficients after Newton's step with a small ridge, through the n x n system.

    With the signed l1 strengths l, ``R = diag(ridge)`` and ``q = gradient / sqrt(curvature)`` they are
    ``R^-1 (root' u - l)``, where ``(root R^-1 root' + 1) u = root coef - q + root R^-1 l``. Without
    l1 strengths nothing cancels if the ridge is tiny: as it goes to 0, the result tends to the solution
    of smallest norm.
    """
    l1, ridge = penalty
    sizes = np.sqrt(curvature)
    shrunk = l1 / ridge
    target = product(root.T, (coef + shrunk)[:, None])[:, 0]
    target -= np.divide(gradient, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    largest = ridge.max()
    shares = ridge / largest
    inner = weighted_gram(root.T, 1 / shares, np.zeros(root.shape[0]))
    inner[np.diag_indices(root.shape[0])] += largest
    return product(root, _solve(inner, target)[:, None])[:, 0] / shares - shrunk


def vector_product(columns: Array, right: Array) -> Array:
    """Return ``columns' right`` for a vector."""
    out = np.empty(columns.shape[1])
    _core.vector_products(columns, np.ascontiguousarray(right), out)
    return out


def product(columns: Array, right: Array) -> Array:
    """Return ``columns' right`` on one thread; the products are too small for those of a BLAS."""
    out = np.empty((columns.shape[1], right.shape[1]))
    _core.products(columns, np.arange(columns.shape[1]), np.ascontiguousarray(right), out)
    return out


def weighted_gram(columns: Array, weights: Array, mean: Array) -> Array:
    """Return ``C' diag(weights) C`` for the columns minus their means, C; the lower triangle only."""
    n, size = columns.shape
    sums = np.zeros((size + 2, size + 2))
    _core.gram_of_rows(columns, np.arange(n), weights, np.zeros(n), mean, sums)
    return np.ascontiguousarray(sums[:size, :size].T)
