"""Degrees of freedom of the fits of a path."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.elastic_net.loss import JoinedLoss
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.threads.one_blas_thread import one_blas_thread
from bridle.threads.waiting import system_work, wait_for
from bridle.types import Array, Index

__all__ = ["degrees_of_freedom"]


# Columns that are weighted together, so that the copy is small beside X; not tuned.
_BLOCK = 64


def degrees_of_freedom(
    problem: Problem,
    strengths: Array,
    l1_ratio: float,
    solutions: Sequence[tuple[Array, Array]],
) -> Array:
    r"""Return the degrees of freedom of each solution of a path, without its intercepts.

    ``tr(H (H + diag(l2 v_A))^-1)``, ``H = Z_A' C Z_A``,

    over the active features A, those with a non-zero coefficient. C is the curvature of the loss at the
    solution (for squared loss, the weights). Z is X with its C-weighted column means subtracted, or X
    itself without an intercept. Without an l2 penalty this is the number of active coefficients. With
    several outputs, it is the sum over the outputs. If the penalty ties them, the curvature
    ``l1 v_j (1 - u u') / |b_j|``, u = b_j / |b_j|, of a feature's norm joins l2 (Vaiter et al., 2017,
    "The degrees of freedom of partly smooth regularizers"), with the curvature of each output alone.

    Parameters
    ----------
    problem : Problem
    strengths : ndarray of shape (S,)
    l1_ratio : float
        In [0, 1].
    solutions : sequence of S pairs of coef (p, outputs) and intercept (outputs,)
        On the scale of the problem's design.

    Returns
    -------
    ndarray of shape (S,)
        Each in [0, number of active coefficients].

    Notes
    -----
    Source: Zou, Hastie and Tibshirani (2007), "On the degrees of freedom of the lasso"; Zou and
    Hastie (2005), "Regularization and variable selection via the elastic net", section 3.5.
    """
    coefs = [coef for coef, _ in solutions]
    work = system_work(*problem.design.shape)
    common = wait_for(work, _common_gram, problem, coefs) if l1_ratio < 1 else None
    values = []
    for strength, (coef, intercept) in zip(strengths, solutions, strict=True):
        penalty = problem.penalty.with_strength(float(strength), l1_ratio)
        l2 = penalty.strengths(coef.shape[0])[1]
        if problem.is_tied and penalty.l1 > 0:
            eta = problem.linear_predictor(coef, intercept)
            values.append(wait_for(work, _tied, problem, penalty, coef, eta))
            continue
        if not np.any(l2[np.any(coef != 0, axis=1)] > 0):
            values.append(float(np.count_nonzero(coef)))
            continue
        eta = problem.linear_predictor(coef, intercept)
        if isinstance(problem.loss, JoinedLoss):
            active = np.flatnonzero(coef[:, 0])
            columns = problem.design.columns(active)
            hessian = problem.loss.hessian(eta, problem.weights, columns)
            values.append(_trace(hessian, l2[active]))
            continue
        curvature = problem.loss.diagonal_curvature(eta, problem.y, problem.weights)
        values.append(
            sum(
                _waited(problem, np.flatnonzero(coef[:, k]), l2, curvature[:, k], common)
                for k in range(coef.shape[1])
            )
        )
    return np.array(values)


def _tied(problem: Problem, penalty: ElasticNetPenalty, coef: Array, eta: Array) -> float:
    """Return the trace for tied outputs, with the outputs of a feature side by side."""
    active = np.flatnonzero(np.any(coef != 0, axis=1))
    size, outputs = active.size, coef.shape[1]
    curvature = problem.loss.diagonal_curvature(eta, problem.y, problem.weights)
    l1, l2 = (strength[active] for strength in penalty.strengths(coef.shape[0]))
    norm = np.linalg.norm(coef[active], axis=1)
    unit = coef[active] / norm[:, None]
    hessian = np.zeros((size, outputs, size, outputs))
    own = np.zeros_like(hessian)
    with one_blas_thread(size * outputs):
        for k in range(outputs):
            if k == 0 or not problem.loss.is_quadratic:
                gram = _gram(problem, active, curvature[:, k])
            hessian[:, k, :, k] = gram
        tangent = np.eye(outputs) - unit[:, :, None] * unit[:, None, :]
        rows = np.arange(size)
        own[rows, :, rows, :] = (l1 / norm)[:, None, None] * tangent
        own[rows, :, rows, :] += l2[:, None, None] * np.eye(outputs)
        flat = size * outputs
        whole = hessian.reshape(flat, flat)
        inverse = np.linalg.lstsq(whole + own.reshape(flat, flat), whole)[0]
    return float(np.trace(inverse))


def _common_gram(problem: Problem, coefs: Sequence[Array]) -> tuple[Index, Array] | None:
    """Return all ever-active features and their Gram matrix, if every fit has the same curvature."""
    ever = np.flatnonzero(sum(np.any(coef != 0, axis=1).astype(np.intp) for coef in coefs))
    if not problem.loss.is_quadratic or ever.size > problem.design.shape[0]:
        return None
    return ever, _gram(problem, ever, problem.weights)


def _waited(
    problem: Problem,
    active: Index,
    l2: Array,
    curvature: Array,
    common: tuple[Index, Array] | None,
) -> float:
    work = system_work(problem.design.shape[0], active.size)
    return wait_for(work, _one_output, problem, active, l2, curvature, common)


def _one_output(
    problem: Problem,
    active: Index,
    l2: Array,
    curvature: Array,
    common: tuple[Index, Array] | None,
) -> float:
    with one_blas_thread(active.size * min(active.size, curvature.size)):
        if common is not None:
            place = np.searchsorted(common[0], active)
            return _trace(common[1][np.ix_(place, place)], l2[active])
        if active.size <= curvature.size:
            return _trace(_gram(problem, active, curvature), l2[active])
        return _trace_wide(problem, active, l2, curvature)


def _trace(gram: Array, l2: Array) -> float:
    return float(np.trace(np.linalg.lstsq(gram + np.diag(l2), gram)[0]))


def _trace_wide(problem: Problem, active: Index, l2: Array, curvature: Array) -> float:
    """Return the trace from ``Z diag(1 / l2) Z'``, (n, n), plus the rank of columns with l2 = 0."""
    root = np.sqrt(curvature)[:, None]
    free = root * _centered(problem, active[l2[active] == 0], curvature)
    basis, sizes, _ = np.linalg.svd(free, full_matrices=False)
    basis = basis[:, sizes > np.max(sizes, initial=0.0) * 1e-12]
    kernel = np.zeros((curvature.size, curvature.size))
    for block in _blocks(active[l2[active] > 0]):
        columns = root * _centered(problem, block, curvature)
        columns -= basis @ (basis.T @ columns)
        kernel += (columns / l2[block]) @ columns.T
    values = np.maximum(np.linalg.eigvalsh(kernel), 0.0)
    return float(basis.shape[1] + np.sum(values / (1 + values)))


def _gram(problem: Problem, active: Index, curvature: Array) -> Array:
    gram = np.empty((active.size, active.size))
    for number, block in enumerate(_blocks(active)):
        columns = curvature[:, None] * _centered(problem, block, curvature)
        # Centring one factor is enough: its curvature-weighted sum is then 0.
        gram[:, number * _BLOCK :][:, : block.size] = problem.design.rmatvec(columns)[active]
    return gram


def _centered(problem: Problem, block: Index, curvature: Array) -> Array:
    columns = problem.design.columns(block)
    total = curvature.sum()
    if not problem.fit_intercept or total == 0:
        return columns
    return columns - curvature @ columns / total


def _blocks(index: Index) -> list[Index]:
    return [index[start : start + _BLOCK] for start in range(0, index.size, _BLOCK)]
