"""New rows that are passed to fitted estimators: checks and predictions, in memory or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from bridle.arguments.frames import check_new_names, column_names, whole_table
from bridle.arguments.not_finite import check_kinds, explain
from bridle.elastic_net.data.inputs import (
    TABLE_TYPES,
    check_columns,
    check_offset,
)
from bridle.elastic_net.design.table import Table, as_numbers_read
from bridle.encoding.frame_encoding import (
    fitted_encoding,
    table_names,
)
from bridle.errors import InputError
from bridle.rows.row_source import RowSource
from bridle.rows.rows_of import rows_of, rows_to_predict
from bridle.threads.waiting import product
from bridle.types import Array

__all__ = ["new_data", "predict_elsewhere", "predict_linear", "rows_to_score"]


def predict_linear(estimator: Any, X: Any, offset: Any) -> Array:
    """Return ``offset + b0 + X b`` for new rows, shape (n, outputs).

    Raises
    ------
    InputError
        X does not have the columns of the fit, or an offset is missing or unexpected.
    """
    table = new_data(estimator, X)
    coef = np.atleast_2d(estimator.coef_).T.astype(np.float64, copy=False)
    eta: Array = product(table, coef) + estimator.intercept_
    if (offset is not None) != estimator.has_offset_:
        raise InputError(
            "offset is required for prediction if, and only if, the model was fitted with one. "
            f"Received: {'no offset' if offset is None else 'an offset'}."
        )
    shift = check_offset(offset, eta.shape)
    return eta if shift is None else eta + shift


@dataclass(frozen=True, eq=False)
class _LinearPrediction:
    """The predictions of rows, shape (m, p) to (m,); it is pickled and sent to the rows' workers."""

    coef: Array
    intercept: float
    inverse_link: Callable[[Array], Array]

    def __call__(self, features: Array) -> Array:
        return self.inverse_link((features @ self.coef + self.intercept)[:, None])[:, 0]


def predict_elsewhere(
    estimator: Any, X: Any, offset: Any, inverse_link: Callable[[Array], Array]
) -> Any:
    """Return predictions of rows that are not in memory, computed when they are needed.

    Returns
    -------
    object or None
        A lazy collection of the kind of X; None if X is in memory.

    Raises
    ------
    InputError
        X lacks a feature, or the model has an offset.
    """
    source = rows_to_predict(X, _fitted_names(estimator))
    if source is None:
        return None
    coef, level = _solution_elsewhere(estimator, offset)
    return _encoded(estimator, source).predict(_LinearPrediction(coef, level, inverse_link))


def rows_to_score(
    estimator: Any, X: Any, y: Any, sample_weight: Any, offset: Any
) -> tuple[RowSource, Array, float] | None:
    """Return rows that are not in memory with the model's coefficients (p,) and intercept.

    Returns
    -------
    tuple or None
        None if X is in memory.

    Raises
    ------
    InputError
        X lacks a feature, or the model needs rows in memory.
    """
    source = rows_of(X, y, sample_weight, features=_fitted_names(estimator))
    if source is None:
        return None
    return (_encoded(estimator, source), *_solution_elsewhere(estimator, offset))


def _encoded(estimator: Any, source: RowSource) -> RowSource:
    """Return the rows with the categories of the fit."""
    encoding = fitted_encoding(estimator)
    return source if encoding is None else source.encoded(encoding)


def _fitted_names(estimator: Any) -> tuple[str, ...] | None:
    check_is_fitted(estimator, "coef_")
    names = vars(estimator).get("feature_names_in_")
    return None if names is None else tuple(names.tolist())


def _solution_elsewhere(estimator: Any, offset: Any) -> tuple[Array, float]:
    """Return coefficients (p,) and intercept of a model whose predictions need no other arrays."""
    if offset is not None or estimator.has_offset_:
        raise InputError(
            "X must be in memory for a prediction with an offset. Received: rows that are not. Predict "
            "blocks of rows, each with its offset."
        )
    coef = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    if len(coef) > 1:
        raise InputError(
            f"X must be in memory for a model of {len(coef)} outputs. Received: rows that are not. "
            "Predict blocks of rows."
        )
    return coef[0], float(np.ravel(estimator.intercept_)[0])


def new_data(estimator: Any, X: Any) -> Table:
    """Check new rows X, whose columns must be those of the fit.

    Raises
    ------
    InputError
        X is not finite, or has other columns; `DataTypeError` if it does not hold numbers.
    """
    check_is_fitted(estimator, "coef_")
    encoding = fitted_encoding(estimator)
    table = _new_numbers(estimator, X) if encoding is None else encoding.apply(X)
    check_columns(table, table_names(estimator))
    return table


def _new_numbers(estimator: Any, X: Any) -> Table:
    X = as_numbers_read(whole_table(X))
    check_kinds(X)
    table: Any
    try:
        table = validate_data(
            estimator,
            X,
            accept_sparse="csc",
            dtype=TABLE_TYPES,
            reset=False,
            ensure_all_finite=False,
        )
    except (TypeError, ValueError, OverflowError) as error:
        if (given := column_names(X)) is not None and len(set(given)) < len(given):
            # scikit-learn does not count repeated names.
            check_new_names(given, table_names(estimator))
        explain(X, None, error)
    converted: Table = as_numbers_read(table)
    return converted
