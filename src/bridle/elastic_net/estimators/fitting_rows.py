"""Fit of an estimator to rows in files, in a stream or on a cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import is_integer, refuse
from bridle.elastic_net.data.inputs import check_loss
from bridle.elastic_net.estimators.class_prediction import ClassPrediction
from bridle.elastic_net.estimators.fitting import Settings, for_table, shape_of
from bridle.elastic_net.estimators.fitting_cv import hold_choice, ratios_of, warn_at_edge
from bridle.elastic_net.grid import check_l1_ratio
from bridle.elastic_net.loss import Logistic, SingleOutputLoss
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.streaming import problems_elsewhere
from bridle.elastic_net.streaming.fit_rows import (
    cross_validate_rows,
    deviance_explained,
    path_of_rows,
)
from bridle.elastic_net.streaming.moment_scan import FoldsByHash
from bridle.elastic_net.streaming.reader import Reader
from bridle.errors import InputError
from bridle.rows.row_source import RowSource
from bridle.types import Array

__all__ = ["fit_cv_to_rows", "fit_to_rows", "score_rows"]


_ELSEWHERE = "if the rows of X are not in memory"


def fit_to_rows(estimator: Any, source: RowSource, offset: Any) -> None:
    """Fit an `ElasticNet` or an `ElasticNetClassifier` of two classes, and set its attributes.

    Raises
    ------
    InputError
        A parameter is out of range or not supported for rows that are not in memory, or the rows
        cannot be used.
    """
    settings = Settings.of(estimator, group=None)
    shared = _settings(estimator)
    _check(estimator, source, offset)
    alpha, l1_ratio = float(settings.alpha), float(settings.l1_ratio)
    if alpha == 0:
        refuse("alpha", f"above 0 {_ELSEWHERE}", alpha)
    reader = Reader(source, FoldsByHash(1, 0), None, expected=_scans(shared))
    path = path_of_rows(
        reader,
        _encode(estimator, reader, shared),
        alpha,
        _mixed(l1_ratio),
        CoordinateDescent(tol=settings.tol, max_iter=settings.max_iter),
        stacklevel=3,
    )
    _hold(estimator, reader, path, 0)
    estimator.n_iter_ = int(path.iterations[0])
    estimator.deviance_explained_ = float(path.deviance_explained[0])


def fit_cv_to_rows(estimator: Any, source: RowSource, offset: Any) -> None:
    """Cross-validate an `ElasticNetCV` or `ElasticNetClassifierCV`, and set its attributes.

    Raises
    ------
    InputError
        As for `fit_to_rows`.
    """
    shared = _settings(estimator)
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
    hashed = FoldsByHash(int(folds), int(seed))
    reader = Reader(source, hashed, estimator.n_jobs, expected=_scans(shared))
    result = cross_validate_rows(
        reader,
        _encode(estimator, reader, shared),
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


def score_rows(estimator: Any, source: RowSource, coef: Array, intercept: float) -> float:
    """Return the fraction of deviance explained on rows that are not in memory.

    For squared loss, R2, it takes one scan, for the moments of the rows; otherwise three.
    """
    settings = _settings(estimator)
    reader = Reader(source, FoldsByHash(1, 0), None)
    if not settings.loss.is_quadratic:
        return deviance_explained(reader, settings, coef, intercept)
    _, sums = reader.moments()
    moments = sums.moments(0, centered=True)
    error = float(moments.squared_errors(coef[None, :], np.array([intercept]))[0])
    if moments.total_squares > 0:
        return 1.0 - error / moments.total_squares
    # The definition of scikit-learn's r2_score for a constant target.
    return 1.0 if error == 0 else 0.0


def _check(estimator: Any, source: RowSource, offset: Any) -> None:
    if offset is not None:
        raise InputError(f"offset must be None {_ELSEWHERE}. Received: {shown(offset)}.")
    names = source.columns.features
    estimator.n_features_in_ = len(names)
    estimator.feature_names_in_ = np.array(names, dtype=object)


def _encode(
    estimator: Any, reader: Reader, settings: problems_elsewhere.Settings
) -> problems_elsewhere.Settings:
    """Encode the categories of the rows, and return the settings for the features that are made."""
    encoding = reader.encode()
    if encoding is None:
        return settings
    estimator.encoding_ = encoding
    return replace(settings, penalty=for_table(settings.penalty, encoding.origin))


def _settings(estimator: Any) -> problems_elsewhere.Settings:
    classes = isinstance(estimator, ClassPrediction)
    if classes and estimator.class_weight is not None:
        refuse("class_weight", f"None {_ELSEWHERE}", estimator.class_weight)
    loss = Logistic() if classes else check_loss(estimator.loss, numeric=True)
    if loss.has_linear_tails:
        refuse(
            "loss", f"one whose best intercept follows from the mean {_ELSEWHERE}", estimator.loss
        )
    if not (isinstance(loss, SingleOutputLoss) and loss.kernel):
        refuse("loss", f"a loss with a kernel {_ELSEWHERE}", estimator.loss)
    return problems_elsewhere.Settings(
        loss,
        shape_of(estimator.penalty, bool(estimator.positive)),
        bool(estimator.fit_intercept),
        bool(estimator.standardize),
        classes=classes,
    )


def _scans(settings: problems_elsewhere.Settings) -> int:
    """Return how many scans a fit is expected to take; 0 if that is not known."""
    return 2 if settings.loss.is_quadratic else 0


def _mixed(l1_ratio: float) -> float:
    if l1_ratio == 0:
        refuse("l1_ratio", f"in (0, 1] {_ELSEWHERE}", l1_ratio)
    return l1_ratio


def _hold(estimator: Any, reader: Reader, path: Path, place: int) -> None:
    if path.classes is None:
        estimator.coef_ = path.coefs[place].toarray()[:, 0]
        estimator.intercept_ = float(path.intercepts[place, 0])
    else:
        estimator.classes_ = path.classes
        estimator.coef_ = path.coefs[place].toarray().T
        estimator.intercept_ = path.intercepts[place]
    estimator.certificate_ = path.certificates[place]
    estimator.dual_gap_ = path.certificates[place].gap
    estimator.has_offset_ = False
    estimator.n_rows_ = reader.rows
    estimator.n_scans_ = reader.scans
