"""`cross_validate`: from a specification and folds to a cross-validation, in one call."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.scalars import refuse
from bridle.elastic_net.cross_validation.cross_validation import Choice, CrossValidation
from bridle.elastic_net.cross_validation.fold_fits import FoldFits, confirm_fits, fit_folds
from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.cross_validation.fold_score import FoldScore
from bridle.elastic_net.cross_validation.fold_weights import Fold, is_partition, read_folds
from bridle.elastic_net.cross_validation.survival_scoring import scoring_of
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.grid import check_l1_ratio
from bridle.elastic_net.path.convergence import refuse_failed, report_unconverged
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.threads.workers import Workers
from bridle.types import Array

__all__ = ["cross_validate"]


def cross_validate(
    specification: Specification,
    folds: Iterable[tuple[Any, Any]],
    *,
    l1_ratios: Sequence[float] = (0.5,),
    alphas: int | npt.ArrayLike = 100,
    eps: float | None = None,
    scoring: Any = None,
    rule: str = "min",
    solver: CoordinateDescent | None = None,
    keep_coefs: bool = False,
    n_jobs: int | None = None,
    stacklevel: int = 1,
) -> CrossValidation:
    """Fit the full data and every fold along one grid for each l1_ratio, and score the folds.

    The score of fold f at strength s is that of the model fitted on its training rows, evaluated on its
    test rows. All fits are solved together; see `bridle.elastic_net.methods`.

    Parameters
    ----------
    specification : Specification
    folds : iterable of (train, test)
        Indices or Boolean masks of rows (`read_folds`).
    l1_ratios : sequence of R floats
        In [0, 1]. Default (0.5,).
    alphas : int or array-like of shape (S,)
        As in `strength_grid`; a number gives a grid from the full data, which all folds share.
        Default 100.
    eps : float, optional
        As in `strength_grid`.
    scoring : None, str or callable
        As in `Scoring.of`. Default: deviance.
    rule : str
        "min" or "1se". Default "min".
    solver : CoordinateDescent, optional
        Default: ``CoordinateDescent()``.
    keep_coefs : bool
        Whether to keep the coefficients of every fold. Default False.
    n_jobs : int, optional
        Number of threads. The result has the same bits for any number. Default: all available.
    stacklevel : int
        As in `warnings.warn`: 1 (the default) attributes warnings to the caller.

    Returns
    -------
    CrossValidation

    Raises
    ------
    InputError
        An argument is out of range, or a score is not finite.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent", section 6.
    """
    began = time.perf_counter()
    if not isinstance(rule, str) or rule not in ("min", "1se"):
        refuse("rule", "'min' or '1se'", rule)
    if len(l1_ratios) == 0:
        raise InputError("l1_ratio must hold at least one number in [0, 1]. Received: none.")
    ratios = [check_l1_ratio(ratio) for ratio in l1_ratios]
    judge = scoring_of(scoring, specification.loss, specification.classes)
    solver = CoordinateDescent() if solver is None else solver
    weights = specification.row_weights()
    counts = read_folds(folds, weights, specification.y, specification.classes)
    with quiet_arithmetic():
        fitted = fit_folds(specification, counts, ratios, alphas, solver, eps, n_jobs)
        refuse_failed([fit for fits in fitted for fit in fits.fits])
    result = CrossValidation(
        paths=tuple(fits.path for fits in fitted),
        fold_models=None,
        scoring=judge.name,
        greater_is_better=judge.greater_is_better,
        scores=np.array([_scores(specification, counts, fits, judge) for fits in fitted]),
        fold_weights=np.array([judge.weight_of(specification, fold) for fold in counts]),
        certificates=tuple(fits.certificates for fits in fitted),
        rule=rule,
        oof_prediction=None,
        seconds=0.0,
    )
    chosen = result.chosen
    place = chosen.ratio_index, chosen.alpha_index
    with quiet_arithmetic():
        fitted = confirm_fits(fitted, place, solver.tol, n_jobs)
        report_unconverged([fit for fits in fitted for fit in fits.fits], solver, stacklevel + 1)
    return replace(
        result,
        paths=tuple(fits.path for fits in fitted),
        certificates=tuple(fits.certificates for fits in fitted),
        oof_prediction=_out_of_fold(specification, counts, fitted, chosen, n_jobs),
        fold_models=_on_original_scale(specification, fitted) if keep_coefs else None,
        seconds=time.perf_counter() - began,
    )


def _scores(
    specification: Specification,
    folds: Sequence[Fold],
    fits: FoldFits,
    judge: FoldScore,
) -> Array:
    """Return the score of each strength and fold, shape (S, F)."""
    if judge.is_deviance and fits.errors is not None:
        return fits.errors
    models = fits.models
    scores = np.empty((len(models[0].coefs), len(folds)))
    for column, (fold, model) in enumerate(zip(folds, models, strict=True)):
        scores[:, column] = judge.of_fold(specification, fold, model)
        if not np.all(np.isfinite(scores[:, column])):
            raise InputError(
                f"scoring {judge.name!r} must return finite numbers. Received: "
                f"{scores[:, column][~np.isfinite(scores[:, column])][0]} on fold {fold.number}, with "
                f"{np.count_nonzero(fold.test)} test rows. Use fewer or stratified folds, or another "
                "score."
            )
    return scores


def _out_of_fold(
    specification: Specification,
    folds: Sequence[Fold],
    fitted: Sequence[FoldFits],
    chosen: Choice,
    n_jobs: int | None,
) -> Array | None:
    if not is_partition(folds):
        return None
    eta = np.empty_like(specification.y)

    def predict(pair: tuple[Fold, FoldModels]) -> None:
        rows = np.flatnonzero(pair[0].test)
        model = pair[1].at(chosen.alpha_index)
        eta[rows] = model.linear_predictors(specification, rows)[:, 0]

    with Workers(n_jobs) as workers:
        workers.map(predict, list(zip(folds, fitted[chosen.ratio_index].models, strict=True)))
    return specification.units.outcomes(specification.loss.inverse_link(eta))


def _on_original_scale(
    specification: Specification, fitted: Sequence[FoldFits]
) -> tuple[tuple[FoldModels, ...], ...]:
    """Return the models of every l1_ratio and fold on the scale of X and y."""
    return tuple(
        tuple(FoldModels(*specification.without_units(*models)) for models in fits.models)
        for fits in fitted
    )
