"""Rows that are passed to estimators: checks of the data to fit, and of new data to predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted, validate_data

from bridle.arguments.class_weights import class_weights
from bridle.arguments.frames import check_new_names, column_names, whole_table
from bridle.arguments.not_finite import check_kinds, check_labels, check_targets_given, explain
from bridle.arguments.real_numbers import real_array
from bridle.arguments.row_weights import check_row_weights
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.inputs import (
    TABLE_TYPES,
    check_columns,
    check_offset,
)
from bridle.elastic_net.design.table import Table, as_numbers_read
from bridle.encoding.frame_encoding import (
    FrameEncoding,
    encoding_of,
    fitted_encoding,
    hold_encoding,
    table_names,
)
from bridle.errors import InputError
from bridle.rows.row_source import RowSource
from bridle.rows.rows_of import rows_of, rows_to_predict
from bridle.threads.waiting import product
from bridle.types import Array, Index

__all__ = [
    "Data",
    "predict_elsewhere",
    "predict_linear",
    "read_data",
    "weigh_classes",
]


@dataclass(frozen=True)
class Data:
    """The checked data of a fit.

    Attributes
    ----------
    table : Table of shape (n, p)
        X.
    labels : ndarray of shape (n,) or (n, responses)
        y, not yet encoded.
    weights : ndarray of shape (n,) or None
    offset : ndarray of shape (n,) or (n, K), or None
        Numbers; their shape and finiteness are not checked yet.
    ranges : ColumnRanges
        Of the table.
    names : tuple of p str or None
        Names of the columns of the table.
    source : object
        X as the user passed it.
    encoding : FrameEncoding or None
        How columns of categories became columns of the table.
    """

    table: Table
    labels: npt.NDArray[Any]
    weights: Array | None
    offset: Array | None
    ranges: ColumnRanges
    names: tuple[str, ...] | None
    source: Any
    encoding: FrameEncoding | None

    @property
    def origin(self) -> Index | None:
        """The column of X of which each column of the table is made; None if they are the same."""
        return None if self.encoding is None else self.encoding.origin

    @property
    def n_rows(self) -> int:
        """Number of rows of positive weight."""
        return self.table.shape[0] if self.weights is None else int(np.count_nonzero(self.weights))


def read_data(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    offset: Any = None,
    *,
    y_numeric: bool = False,
    several: bool = False,
) -> Data:
    """Check the arguments of ``fit``, and set the estimator's number and names of features.

    Parameters
    ----------
    estimator : estimator
    X, y, sample_weight, offset : object
        The arguments of ``fit``.
    y_numeric : bool
        Whether y must hold numbers. Default False.
    several : bool
        Whether y has a column for each of several responses. Default False.

    Returns
    -------
    Data

    Raises
    ------
    InputError
        An argument cannot be used. The message names it, or the column or row.
    """
    source, encoding = X, None
    if not _is_array_of_floats(X):
        source = whole_table(X)
        encoding = encoding_of(source)
        X = as_numbers_read(source) if encoding is None else encoding.apply(source)
        check_kinds(X)
    check_targets_given(y)
    table: Any = X
    labels: Any = y
    try:
        if _need_no_conversion(X, y, 2 if several else 1):
            estimator.n_features_in_ = X.shape[1]
        else:
            table, labels = validate_data(
                estimator,
                X,
                y,
                accept_sparse="csc",
                dtype=TABLE_TYPES,
                y_numeric=y_numeric,
                multi_output=several,
                ensure_all_finite=False,
            )
    except (TypeError, ValueError, OverflowError) as error:
        explain(X, y, error, y_numeric=y_numeric, several=several)
    if table is not X:
        table = as_numbers_read(table)
    if encoding is not None:
        hold_encoding(estimator, encoding, source)
    names = table_names(estimator)
    return Data(
        table=table,
        labels=labels,
        weights=check_row_weights(sample_weight, table.shape[0]),
        offset=None if offset is None else real_array("offset", offset),
        ranges=check_columns(table, names),
        names=names,
        source=source,
        encoding=encoding,
    )


def _is_array_of_floats(X: Any) -> bool:
    return type(X) is np.ndarray and X.dtype in TABLE_TYPES and X.flags.aligned


def _need_no_conversion(X: Any, y: Any, axes: int) -> bool:
    """Return True if X and y are plain numeric arrays, which scikit-learn's checks would not change.

    Those checks take as long as a small fit.
    """
    return (
        _is_array_of_floats(X)
        and type(y) is np.ndarray
        and y.dtype.kind in "biuf"
        and (X.ndim, y.ndim) == (2, axes)
        and X.size > 0
        and len(X) == len(y)
    )


def weigh_classes(data: Data, class_weight: Mapping[Any, float] | str | None) -> Data:
    """Multiply the row weights by class weights, after checking the labels.

    Raises
    ------
    InputError
        Labels are missing or not class labels, or ``class_weight`` does not fit them.
    """
    if class_weight is None:
        return data
    check_labels(data.labels)
    by_class = class_weights(class_weight, data.labels)
    return replace(data, weights=by_class if data.weights is None else data.weights * by_class)


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
