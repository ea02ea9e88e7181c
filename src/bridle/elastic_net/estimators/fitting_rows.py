"""Fit of an estimator to rows in files, in a stream or on a cluster."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import is_integer, refuse
from bridle.elastic_net.data.inputs import check_loss
from bridle.elastic_net.estimators.fitting import Settings, shape_of
from bridle.elastic_net.estimators.fitting_cv import hold_choice, ratios_of, warn_at_edge
from bridle.elastic_net.grid import check_l1_ratio
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.streaming import problems_elsewhere
from bridle.elastic_net.streaming.fit_rows import Reader, cross_validate_rows, path_of_rows
from bridle.elastic_net.streaming.moment_scan import FoldsByHash
from bridle.errors import InputError
from bridle.rows.row_source import RowSource

__all__ = ["fit_cv_to_rows", "fit_to_rows", "score_rows"]


_ELSEWHERE = "where the rows of X are not in memory"


def fit_to_rows(estimator: Any, source: RowSource, offset: Any) -> None:
    """Fit an `ElasticNet`, and set its attributes.

    Raises
    ------
    InputError
        A parameter is out of range or cannot be had where the rows are not in memory, or the rows
        cannot be used.
    """
    settings = Settings.of(estimator, group=None)
    _check(estimator, source, offset)
    alpha, l1_ratio = float(settings.alpha), float(settings.l1_ratio)
    if alpha == 0:
        refuse("alpha", f"above 0 {_ELSEWHERE}", alpha)
    reader = Reader(source, FoldsByHash(1, 0), None)
    path = path_of_rows(
        reader,
        _settings(estimator),
        alpha,
        _mixed(l1_ratio),
        CoordinateDescent(tol=settings.tol, max_iter=settings.max_iter),
        stacklevel=3,
    )
    _hold(estimator, reader, path, 0)
    estimator.n_iter_ = int(path.iterations[0])
    estimator.deviance_explained_ = float(path.deviance_explained[0])


def fit_cv_to_rows(estimator: Any, source: RowSource, offset: Any) -> None:
    """Cross-validate an `ElasticNetCV`, and set its attributes; see `fit_to_rows`."""
    _check(estimator, source, offset)
    if estimator.rule not in ("min", "1se"):
        refuse("rule", "'min' or '1se'", estimator.rule)
    if estimator.scoring not in (None, "deviance"):
        refuse("scoring", f"None or 'deviance' {_ELSEWHERE}", estimator.scoring)
    if estimator.keep_coefs:
        refuse("keep_coefs", f"False {_ELSEWHERE}", estimator.keep_coefs)
    folds = 5 if estimator.cv is None else estimator.cv
    if not is_integer(folds) or folds < 2:
        refuse("cv", f"a number of folds, an integer of at least 2, {_ELSEWHERE}", folds)
    seed = 0 if estimator.random_state is None else estimator.random_state
    if not is_integer(seed):
        refuse("random_state", f"None or an integer of at least 0 {_ELSEWHERE}", seed)
    reader = Reader(source, FoldsByHash(int(folds), int(seed)), estimator.n_jobs)
    result = cross_validate_rows(
        reader,
        _settings(estimator),
        estimator.alphas,
        [_mixed(check_l1_ratio(ratio)) for ratio in ratios_of(estimator.l1_ratio)],
        CoordinateDescent(tol=estimator.tol, max_iter=int(estimator.max_iter)),
        eps=estimator.eps,
        rule=estimator.rule,
        stacklevel=3,
    )
    hold_choice(estimator, result)
    _hold(estimator, reader, estimator.path_, result.chosen.alpha_index)
    estimator.oof_prediction_ = None
    warn_at_edge(result, stacklevel=4)


def score_rows(estimator: Any, source: RowSource) -> float:
    """Return R2 of a fitted estimator on rows that are elsewhere, from one scan for their moments."""
    _, sums = Reader(source, FoldsByHash(1, 0), None).moments()
    moments = sums.moments(0, centered=True)
    coef = np.asarray(estimator.coef_, dtype=np.float64)[None, :]
    error = float(moments.squared_errors(coef, np.array([estimator.intercept_]))[0])
    if moments.total_squares > 0:
        return 1.0 - error / moments.total_squares
    # As scikit-learn says it for a constant target.
    return 1.0 if error == 0 else 0.0


def _check(estimator: Any, source: RowSource, offset: Any) -> None:
    if not check_loss(estimator.loss, numeric=True).is_quadratic:
        refuse("loss", f"'squared' {_ELSEWHERE}", estimator.loss)
    if offset is not None:
        raise InputError(f"offset must be None {_ELSEWHERE}. Received: {shown(offset)}.")
    names = source.columns.features
    estimator.n_features_in_ = len(names)
    estimator.feature_names_in_ = np.array(names, dtype=object)


def _settings(estimator: Any) -> problems_elsewhere.Settings:
    shape = shape_of(estimator.penalty, bool(estimator.positive))
    return problems_elsewhere.Settings(
        shape, bool(estimator.fit_intercept), bool(estimator.standardize)
    )


def _mixed(l1_ratio: float) -> float:
    if l1_ratio == 0:
        refuse("l1_ratio", f"in (0, 1] {_ELSEWHERE}", l1_ratio)
    return l1_ratio


def _hold(estimator: Any, reader: Reader, path: Path, place: int) -> None:
    estimator.coef_ = path.coefs[place].toarray()[:, 0]
    estimator.intercept_ = float(path.intercepts[place, 0])
    estimator.certificate_ = path.certificates[place]
    estimator.dual_gap_ = path.certificates[place].gap
    estimator.has_offset_ = False
    estimator.n_rows_ = reader.rows
    estimator.n_scans_ = reader.scans
