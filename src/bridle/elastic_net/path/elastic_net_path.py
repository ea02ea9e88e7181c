"""`bridle.elastic_net_path`: from data to a path, in one call."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.arguments.frames import column_names
from bridle.arguments.row_weights import check_row_weights
from bridle.elastic_net.data.inputs import (
    check_columns,
    check_offset,
    check_settings,
    check_table,
    encode_responses,
    encode_targets,
)
from bridle.elastic_net.data_warnings import warn_about_data
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.grid import check_l1_ratio, fitted_grid, strength_grid
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.methods import choose
from bridle.elastic_net.methods.solve_alone import solve_alone
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.path.convergence import (
    report_explained,
    report_separating_path,
    report_unconverged,
)
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty, check_penalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.progress import FitProgress, estimate_megabytes
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["elastic_net_path"]


def elastic_net_path(
    X: TableLike,
    y: npt.ArrayLike,
    *,
    loss: str | Loss = "squared",
    alphas: int | npt.ArrayLike = 100,
    eps: float | None = None,
    l1_ratio: float = 0.5,
    penalty: ElasticNetPenalty | None = None,
    sample_weight: npt.ArrayLike | None = None,
    offset: npt.ArrayLike | None = None,
    fit_intercept: bool = True,
    standardize: bool = False,
    tol: float = 1e-6,
    max_iter: int = 1000,
    n_jobs: int | None = None,
) -> Path:
    r"""Fit linear models with an elastic-net penalty along a grid of strengths.

    At each strength alpha, minimises

    ``sum_i w_i loss_i / sum_i w_i + alpha (l1_ratio |b|_1 + (1 - l1_ratio) / 2 |b|_2^2)``

    over coefficients b and intercept, and certifies the solution by its duality gap.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        Finite numbers. Dense float64 and float32 arrays (memory maps included) and sorted CSC are not
        copied; other sparse formats are converted to CSC once.
    y : array-like of shape (n,), or (n, K) for K responses
        Numbers for "huber" and "squared", of several responses if the penalty's ``group`` is "rows";
        at least 0 for "poisson" and "tweedie", above 0 for "gamma"; labels of two classes for
        "logistic", of two or more for "multinomial".
    loss : str or Loss
        "squared" (half the squared error), "poisson", "gamma", "tweedie" (of power 1.5; `Tweedie` takes
        another one), "huber" (beyond 1.35; `Huber` takes another limit), "logistic" or "multinomial".
        Default "squared".
    alphas : int or array-like of shape (S,)
        Number of strengths (see `strength_grid`), or the strengths in [0, inf), whose order is kept.
        At strength 0, with squared loss and more features than rows, the solution is the
        least-squares fit of smallest norm. Default 100.
    eps : float, optional
        Smallest strength over the largest, in (0, 1); only if ``alphas`` is a number. Default: 1e-4 if
        there are more rows than features, else 1e-2.
    l1_ratio : float
        Fraction of the penalty that is l1, in [0, 1]: 1 is the lasso, 0 the ridge. Default 0.5.
    penalty : ElasticNetPenalty, optional
        Supplies the features' factors and bounds, on the scale of X, and their ``group``. Its l1 and l2
        are ignored.
    sample_weight : array-like of shape (n,), optional
        At least 0. A row of weight 0 has no influence, not even on the grid. Default: equal weights.
    offset : array-like of shape (n,), or (n, K) for K classes or responses, optional
        Added to the linear predictor. Default: none.
    fit_intercept : bool
        Whether to fit an unpenalised intercept. Default True.
    standardize : bool
        Whether to penalise coefficients per standard deviation (with 1/n) of their feature. The
        coefficients returned are on the scale of X either way, and X is not copied. Default False.
    tol : float
        Largest duality gap, relative to half the null deviance, in (0, inf). Default 1e-6.
    max_iter : int
        Iterations at each strength, at least 1. Default 1,000.
    n_jobs : int, optional
        Number of threads; the result has the same bits for any number. Default: all available.

    Returns
    -------
    Path
        One solution per strength. A `ConvergenceWarning` reports fits that missed ``tol``.

    Raises
    ------
    InputError
        An argument is out of range, or X, y, weights or offset do not fit together or are not finite.
        The message names the argument, column or row. `InputError` is a ``ValueError``.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent".

    Examples
    --------
    >>> from bridle import elastic_net_path
    >>> path = elastic_net_path([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0], alphas=[0.5, 0.1])
    >>> path.n_nonzero.tolist()
    [1, 1]
    """
    ratio = check_l1_ratio(l1_ratio)
    if penalty is not None:
        check_penalty(penalty)
    check_settings(fit_intercept, standardize, tol, max_iter)
    table, names = check_table(X), column_names(X)
    ranges = check_columns(table, names)
    weights = check_row_weights(sample_weight, table.shape[0])
    if penalty is not None and penalty.is_tied and loss == "squared" and np.ndim(y) == 2:
        targets = encode_responses(y, table.shape[0])
    else:
        targets = encode_targets(y, loss, table.shape[0], weights)
    with quiet_arithmetic():
        specification = Specification.of(
            table,
            ranges,
            targets,
            ElasticNetPenalty(0.0, 0.0) if penalty is None else penalty,
            weights=weights,
            offset=check_offset(offset, targets.values.shape),
            fit_intercept=bool(fit_intercept),
            standardize=bool(standardize),
            terms=names,
        )
        solver = CoordinateDescent(tol=tol, max_iter=max_iter)
        problem, strengths, solved = _solve(specification, alphas, eps, ratio, solver, n_jobs)
        fits = zip(strengths.tolist(), solved.statuses, solved.certificates, strict=True)
        report_unconverged(fits, solver, stacklevel=2)
        warn_about_data(specification, X, table, ranges, stacklevel=2)
        report_explained(problem, names, stacklevel=2)
        path = Path.of(specification, problem, strengths, ratio, solved, solver)
        weakest = int(np.argmin(strengths))
        last = problem.linear_predictor(solved.coefs[weakest].toarray(), solved.intercepts[weakest])
        report_separating_path(
            problem, path.alphas.tolist(), path.losses.tolist(), last, stacklevel=2
        )
        return path


def _solve(
    specification: Specification,
    alphas: int | npt.ArrayLike,
    eps: float | None,
    l1_ratio: float,
    solver: CoordinateDescent,
    n_jobs: int | None,
) -> tuple[Problem, Array, SolvedPath]:
    """Return the problem, its grid of strengths on the scale of X, and the confirmed solutions."""
    rows, columns = specification.design.shape
    with (
        Workers(n_jobs) as workers,
        FitProgress(
            f"Path on {rows:,} x {columns:,}", estimate_megabytes((rows, columns), 1)
        ) as bar,
    ):
        methods = choose(specification, [], [], [l1_ratio], workers)
        (problem,) = methods.problems
        strengths = strength_grid(problem, l1_ratio, alphas, specification.units, eps)
        grid = fitted_grid([problem], strengths, l1_ratio, specification.units)
        bar.name(methods.of(grid).name)
        paths = methods.solve([grid], solver, workers, bar.update)
        ((solved,),) = methods.confirm([grid], paths, solver.tol, workers)
        return problem, strengths, solve_alone(problem, grid, solved, solver)
