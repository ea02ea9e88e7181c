r"""Curved step: the minimiser of a quadratic model of the loss, for Newton's method and the dual.

The Hessian is never formed for a single output: ``E' C E`` has the squared condition number of
``sqrt(C) E``, so each step is the least-squares solution from the singular values of ``sqrt(C) E``.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import lsq_linear

from bridle.elastic_net.loss import Loss
from bridle.threads.one_blas_thread import one_blas_thread
from bridle.types import Array

__all__ = ["curvature_floor", "curved_step", "raised_curvature", "step_by_hessian"]


# Added to each row's curvature, as a fraction of the largest curvature of the loss. Steps stay finite if
# all predictions are certain; 45 eps change no other step.
_FLATTEST = 1e-14
# Largest matrix, in numbers, whose singular values are computed directly for several outputs: at most a
# second. The Hessian of a larger one costs less, and half of the digits.
_MOST_NUMBERS = 1e6
_EPS = float(np.finfo(float).eps)


def curvature_floor(loss: Loss, y: Array, weights: Array) -> float:
    """Return the number that is added to the curvature of a row of weight 1."""
    return _FLATTEST * loss.usual_curvature(y, weights)


def raised_curvature(loss: Loss, eta: Array, y: Array, weights: Array) -> Array:
    """Return the curvature, (n, outputs, outputs), plus 1e-14 of its typical size on the diagonal."""
    floor = curvature_floor(loss, y, weights) * weights
    return loss.curvature(eta, y, weights) + floor[:, None, None] * np.eye(eta.shape[1])


def curved_step(
    columns: Array,
    right: Array,
    curvature: Array,
    low: Array | None = None,
    high: Array | None = None,
) -> Array:
    r"""Return the a, (m, outputs), that minimises ``1/2 (E a)' C (E a) - right' E a``, low <= a <= high.

    Without bounds, a solves ``E' (right - C E a) = 0``. Among several minimisers it is the one of
    smallest norm.

    Parameters
    ----------
    columns : ndarray of shape (n, m)
        E.
    right : ndarray of shape (n, outputs)
    curvature : ndarray of shape (n, outputs, outputs)
        C, positive semi-definite in each row; 0 for a row of weight 0.
    low, high : ndarray of shape (m, 1) or (m, outputs), optional
        With ``low <= 0 <= high``. Default: no bounds.

    Returns
    -------
    ndarray of shape (m, outputs)
    """
    m, outputs = columns.shape[1], right.shape[1]
    low = np.full((m, 1), -np.inf) if low is None else low
    high = np.full((m, 1), np.inf) if high is None else high
    free = bool(np.all(np.isinf(low) & np.isinf(high)))
    if m * outputs == 1 and free:
        column = columns[:, 0]
        total = column @ (curvature[:, 0, 0] * column)
        return np.array([[column @ right[:, 0] / total if total > 0 else 0.0]])
    # Scale columns to equal norms, or small columns would be taken for rounding.
    sizes = np.sqrt(np.einsum("ikk,ia->a", curvature, columns**2))[:, None]
    sizes = np.where(sizes > 0, sizes, 1.0)
    scaled = columns / sizes.T, right, curvature, low * sizes, high * sizes
    with one_blas_thread(curvature.size * m):
        return _scaled_step(*scaled) / sizes


def step_by_hessian(hessian: Array, linear: Array, low: Array, high: Array) -> Array:
    r"""Return the a, (m,), that minimises ``1/2 a' H a - linear' a`` with ``low <= a <= high``.

    For a loss whose Hessian H, (m, m) in the coefficients, has no known square root. Directions in which
    H is 0 up to rounding are left out, so that the step is that of smallest norm.
    """
    sizes = np.sqrt(np.maximum(np.diag(hessian), 0.0))
    sizes = np.where(sizes > 0, sizes, 1.0)
    with one_blas_thread(hessian.size):
        squares, vectors = np.linalg.eigh(hessian / np.outer(sizes, sizes))
    kept = squares > _EPS * sizes.size * squares.max(initial=0.0)
    values, vectors = np.sqrt(squares[kept]), vectors[:, kept]
    target = (vectors.T @ (linear / sizes)) / values
    low, high = low * sizes, high * sizes
    if np.all(np.isinf(low) & np.isinf(high)):
        return np.asarray(vectors @ (target / values)) / sizes
    found = _bounded(values[:, None] * vectors.T, target, low[:, None], high[:, None])
    return found[:, 0] / sizes


def _scaled_step(columns: Array, right: Array, curvature: Array, low: Array, high: Array) -> Array:
    m, outputs = columns.shape[1], right.shape[1]
    free = bool(np.all(np.isinf(low) & np.isinf(high)))
    product = (columns.T @ right).ravel()
    values, vectors = _spectrum(columns, curvature)
    if free:
        return np.asarray((vectors @ ((vectors.T @ product) / values**2)).reshape(m, outputs))
    system, target = values[:, None] * vectors.T, (vectors.T @ product) / values
    return _bounded(
        system, target, *(np.broadcast_to(limit, (m, outputs)) for limit in (low, high))
    )


def _spectrum(columns: Array, curvature: Array) -> tuple[Array, Array]:
    """Return square roots (k,) of the non-zero eigenvalues of ``E' C E``, and eigenvectors (., k)."""
    m, outputs = columns.shape[1], curvature.shape[1]
    if outputs == 1 or (m > 1 and curvature.size * m <= _MOST_NUMBERS):
        # Forming E' C E would square the condition number.
        _, values, rows = np.linalg.svd(_rooted(columns, curvature), full_matrices=False)
        vectors, precision = rows.T, _EPS * max(columns.shape)
    else:
        hessian = np.einsum("ia,ikl,ib->akbl", columns, curvature, columns, optimize=True)
        squares, vectors = np.linalg.eigh(hessian.reshape(m * outputs, -1))
        values, precision = np.sqrt(np.maximum(squares, 0.0)), np.sqrt(_EPS * m * outputs)
    kept = values > precision * values.max(initial=0.0)
    return values[kept], vectors[:, kept]


def _rooted(columns: Array, curvature: Array) -> Array:
    """Return a matrix R, (n outputs, m outputs), with ``R'R = E' C E``."""
    if curvature.shape[1] == 1:
        return np.sqrt(curvature[:, 0, 0])[:, None] * columns
    values, vectors = np.linalg.eigh(curvature)
    roots = np.sqrt(np.maximum(values, 0.0))[:, :, None] * vectors.swapaxes(1, 2)
    return np.einsum("ikl,ia->ikal", roots, columns).reshape(
        roots.shape[0] * roots.shape[1], columns.shape[1] * roots.shape[1]
    )


def _bounded(system: Array, target: Array, low: Array, high: Array) -> Array:
    """Minimise ``|A x - b|`` within bounds by bounded-variable least squares."""
    lower, upper = low.ravel(), high.ravel()
    open_ = lower < upper
    found = np.zeros(lower.size)
    if open_.any():
        sizes = np.sqrt(np.sum(system[:, open_] ** 2, axis=0))
        sizes = np.where(sizes > 0, sizes, 1.0)
        limits = lower[open_] * sizes, upper[open_] * sizes
        with one_blas_thread(system.size):
            best = lsq_linear(system[:, open_] / sizes, target, limits, method="bvls", tol=1e-14)
        found[open_] = np.clip(best.x, *limits) / sizes
    return found.reshape(low.shape)
