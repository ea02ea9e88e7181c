"""Look at X before anything is solved: what problems must know, and all they need where X is tall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.elastic_net.fold_moments import fold_moments, moments_from_sums
from bridle.elastic_net.folds import Fold
from bridle.elastic_net.moments import ClassSums
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.lockstep import supports_lockstep
from bridle.elastic_net.solver.moment_path import moment_classes, sum_problems
from bridle.elastic_net.specification import Specification
from bridle.elastic_net.workers import Workers

__all__ = ["prepare"]


def prepare(
    specification: Specification,
    folds: Sequence[Fold],
    l1_ratios: Sequence[float],
    workers: Workers,
) -> tuple[list[Problem], ClassSums | None]:
    """Return the problem of all rows and one for each fold, and the sums of a tall X.

    Parameters
    ----------
    specification : Specification
    folds : sequence of F Fold
    l1_ratios : sequence of float
        That will be asked for.
    workers : Workers

    Returns
    -------
    problems : list of (1 + F) Problem
    sums : ClassSums or None
        Of the problems and of the rows that test each fold, as `solve_paths` takes them; None where
        the problems are not solved from moments.
    """
    plain = specification.unprepared([one.train for one in folds])
    weights = [one.weights for one in plain]
    sums = _sums(specification, plain, folds, l1_ratios, workers)
    if sums is not None and sums.are_finite and specification.fit_intercept:
        moments = moments_from_sums(specification.design, weights, sums)
    else:
        # Sums about 0 would lose the digits of a small variance.
        moments = fold_moments(specification.design, weights, workers)
    problems = specification.prepared(plain, moments)
    if sums is not None:
        problems[0] = _with_slopes(problems[0], sums)
    return problems, sums


def _with_slopes(problem: Problem, sums: ClassSums) -> Problem:
    """Tell a problem its slopes at the null model where that is no more than an intercept."""
    if np.any(problem.factors == 0):
        return problem
    linear = sums.moments(0, problem.fit_intercept).linear
    return problem.knowing_slopes((linear / problem.design.layout().scale)[:, None])


def _sums(
    specification: Specification,
    plain: Sequence[Problem],
    folds: Sequence[Fold],
    l1_ratios: Sequence[float],
    workers: Workers,
) -> ClassSums | None:
    if not plain[0].loss.is_quadratic or not supports_lockstep(plain, max(l1_ratios)):
        return None
    tests = [one.test * specification.row_weights() for one in folds]
    classes = moment_classes(plain, [one / one.sum() for one in tests])
    return None if classes is None else sum_problems(plain, classes, workers)
