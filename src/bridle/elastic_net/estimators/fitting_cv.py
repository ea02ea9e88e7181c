"""Fit of a cross-validated estimator: deals the folds, solves the paths, fits the choice."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import is_integer, refuse, switch
from bridle.elastic_net.cross_validation.cross_validate import cross_validate
from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.cross_validation.deal_folds import Pairs, check_groups, deal_folds, split_by
from bridle.elastic_net.data.given_rows import Data
from bridle.elastic_net.data.inputs import Targets, check_offset, check_settings
from bridle.elastic_net.data_warnings import warn_about_data
from bridle.elastic_net.estimators.fitting import for_table, held_solution
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.loss import JoinedLoss
from bridle.elastic_net.path.convergence import report_explained, report_separation
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import DataWarning, InputError
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "check_parameters",
    "choose",
    "fit_cross_validated",
    "hold_choice",
    "plot_choice",
    "ratios_of",
    "tidy_choice",
    "warn_at_edge",
]


def check_parameters(estimator: Any, switches: Sequence[str] = ("positive", "keep_coefs")) -> None:
    """Check the parameters of an estimator before the data are read.

    Raises
    ------
    InputError
        A parameter is out of range.
    """
    check_settings(
        estimator.fit_intercept, estimator.standardize, estimator.tol, estimator.max_iter
    )
    for name in switches:
        switch(name, getattr(estimator, name))
    try:
        check_random_state(estimator.random_state)
    except (TypeError, ValueError) as error:
        raise InputError(
            "random_state must be None, a RandomState or an integer in [0, 2**32). "
            f"Received: random_state={shown(estimator.random_state)}."
        ) from error


def fit_cross_validated(
    estimator: Any, data: Data, targets: Targets, groups: Any, shape: ElasticNetPenalty
) -> CrossValidation:
    """Cross-validate with an estimator's parameters on checked data.

    Parameters
    ----------
    estimator : ElasticNetCV, ElasticNetClassifierCV or MultiTaskElasticNetCV
    data : Data
    targets : Targets
    groups : array-like of shape (n,) or None
    shape : ElasticNetPenalty
        Of strength 0; see `shape_of`.

    Returns
    -------
    CrossValidation

    Raises
    ------
    InputError
        A parameter is out of range, or groups or folds do not fit the data.
    """
    with quiet_arithmetic():
        specification = Specification.of(
            data.table,
            data.ranges,
            targets,
            for_table(shape, data.origin),
            weights=data.weights,
            offset=check_offset(data.offset, targets.values.shape),
            fit_intercept=bool(estimator.fit_intercept),
            standardize=bool(estimator.standardize),
            terms=data.names,
        )
        # Unusable weights are refused before rows are split into folds.
        problem = specification.problem()
    result = cross_validate(
        specification,
        _deal(estimator, data, targets, groups),
        l1_ratios=ratios_of(estimator.l1_ratio),
        alphas=estimator.alphas,
        eps=estimator.eps,
        scoring=estimator.scoring,
        rule=estimator.rule,
        solver=CoordinateDescent(tol=estimator.tol, max_iter=int(estimator.max_iter)),
        keep_coefs=bool(estimator.keep_coefs),
        n_jobs=estimator.n_jobs,
        stacklevel=3,
    )
    with quiet_arithmetic():
        warn_about_data(specification, data.source, data.table, data.ranges, 3, data.origin)
        report_explained(problem, data.names, stacklevel=3)
        chosen, path = result.chosen, result.paths[result.chosen.ratio_index]
        loss = float(path.losses[chosen.alpha_index])
        report_separation(problem, [chosen.alpha], [loss], stacklevel=3)
    # Where nothing is left to explain, no grid is better.
    if problem.null.half_deviance > 0:
        warn_at_edge(result, stacklevel=4)
    return result


def choose(estimator: Any, data: Data, result: CrossValidation) -> tuple[Array, Array]:
    """Set the attributes that all CV estimators share; return the chosen coef and intercept."""
    hold_choice(estimator, result)
    chosen = result.chosen
    path = result.paths[chosen.ratio_index]
    solution = path.coefs[chosen.alpha_index].toarray(), path.intercepts[chosen.alpha_index]
    certificate = path.certificates[chosen.alpha_index]
    specification = path.specification
    assert specification is not None
    with quiet_arithmetic():
        problem = specification.problem()
        strength, ratio = specification.units.strengths(np.array(chosen.alpha), chosen.l1_ratio)
        problem = problem.with_penalty(problem.penalty.with_strength(float(strength), ratio))
        coef, level, estimator.certificate_ = held_solution(
            specification, problem, solution, certificate, data.table.dtype, estimator.tol
        )
    estimator.has_offset_ = data.offset is not None
    estimator.n_rows_ = data.n_rows
    return coef, level


def hold_choice(estimator: Any, result: CrossValidation) -> None:
    """Set the attributes that follow from the cross-validation alone."""
    chosen = result.chosen
    path = result.paths[chosen.ratio_index]
    estimator.cv_ = result
    estimator.path_ = path
    estimator.alphas_ = path.alphas
    estimator.alpha_ = chosen.alpha
    estimator.l1_ratio_ = chosen.l1_ratio
    estimator.alpha_1se_ = result.one_standard_error.alpha
    estimator.scores_ = result.scores
    estimator.mean_scores_ = result.mean_scores
    estimator.n_iter_ = int(path.iterations[chosen.alpha_index])
    estimator.deviance_explained_ = float(path.deviance_explained[chosen.alpha_index])


def plot_choice(estimator: Any) -> Figure:
    """Plot a fitted estimator's cross-validation."""
    from bridle.elastic_net.cross_validation.plot import plot_cross_validation

    check_is_fitted(estimator, "cv_")
    return plot_cross_validation(estimator.cv_)


def tidy_choice(estimator: Any) -> pd.DataFrame:
    """Return a table of a fitted estimator's scores at the chosen l1_ratio."""
    check_is_fitted(estimator, "cv_")
    table = estimator.cv_.tidy()
    chosen = estimator.cv_.chosen.ratio_index
    size = estimator.alphas_.size
    rows = table.iloc[chosen * size : (chosen + 1) * size]
    return rows.drop(columns="l1_ratio").reset_index(drop=True)


def ratios_of(l1_ratio: Any) -> list[Any]:
    """Return the l1_ratios of an estimator as a list.

    Raises
    ------
    InputError
        ``l1_ratio`` is neither a number nor a list of numbers.
    """
    if isinstance(l1_ratio, numbers.Real):
        return [l1_ratio]
    no_axis = isinstance(l1_ratio, np.ndarray) and l1_ratio.ndim == 0
    if isinstance(l1_ratio, str) or not isinstance(l1_ratio, Iterable) or no_axis:
        refuse("l1_ratio", "a number in [0, 1], or a list of such numbers", l1_ratio)
    return list(l1_ratio)


def _deal(estimator: Any, data: Data, targets: Targets, groups: Any) -> Pairs:
    cv = 5 if estimator.cv is None else estimator.cv
    labels, groups = data.labels, check_groups(groups, data.labels.shape[0])
    if not is_integer(cv):
        return split_by(cv, data.table, labels, groups)
    # Each fold has the same share of each label: of classes, or of events.
    stratify = targets.classes is not None or isinstance(targets.loss, JoinedLoss)
    seed = estimator.random_state
    return deal_folds(int(cv), labels, data.weights, groups, stratify, seed)


def warn_at_edge(result: CrossValidation, stacklevel: int) -> None:
    """Issue a `DataWarning` if the best strength is at an end of the grid."""
    best = result.best
    path = result.paths[best.ratio_index]
    if path.alphas.max() == path.alphas.min():
        return
    if best.alpha == path.alphas.min() and best.alpha > 0:
        text = (
            "the weakest of the grid: a weaker penalty may score better. Pass smaller alphas. If the "
            "score no longer changes there, the data need hardly any penalty."
        )
    elif best.alpha == path.alphas.max():
        text = (
            "the strongest of the grid: no model with more features scores better. Either the features "
            "do not predict y linearly, or the grid must start higher: pass larger alphas."
        )
    else:
        return
    warnings.warn(
        f"The best strength, alpha={best.alpha:.4g} at l1_ratio={best.l1_ratio:.4g}, is {text}",
        DataWarning,
        stacklevel=stacklevel,
    )
