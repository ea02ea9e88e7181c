"""Rows that estimators are given, checked: rows to fit, and rows to predict for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted, validate_data

from bridle.class_weights import class_weights
from bridle.diagnosis import check_kinds, check_labels, check_targets_given, explain
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.inputs import (
    TABLE_TYPES,
    check_columns,
    check_new_names,
    check_offset,
    column_names,
)
from bridle.elastic_net.design.table import Table, as_numbers_read
from bridle.errors import InputError
from bridle.real_numbers import real_array
from bridle.row_weights import check_row_weights
from bridle.types import Array
from bridle.waiting import product

__all__ = ["Data", "predict_linear", "read_data", "weigh_classes"]


@dataclass(frozen=True)
class Data:
    """What an estimator is fitted to, checked.

    Attributes
    ----------
    table : Table of shape (n, p)
    labels : ndarray of shape (n,)
        y as it came.
    weights : ndarray of shape (n,) or None
    offset : ndarray of shape (n,) or (n, K), or None
        Finite numbers, not yet held against the outputs.
    ranges : ColumnRanges
    names : tuple of p str or None
    source : object
        X as it came.
    """

    table: Table
    labels: npt.NDArray[Any]
    weights: Array | None
    offset: Array | None
    ranges: ColumnRanges
    names: tuple[str, ...] | None
    source: Any


def read_data(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    offset: Any = None,
    *,
    y_numeric: bool = False,
) -> Data:
    """Check what an estimator is to be fitted to, and let it note its features.

    Parameters
    ----------
    estimator : estimator
    X, y, sample_weight, offset : object
        As ``fit`` was given them.
    y_numeric : bool
        Whether y must hold numbers. Default False.
    """
    source, X = X, as_numbers_read(X)
    check_kinds(X)
    check_targets_given(y)
    table: Any = X
    labels: Any = y
    try:
        if _stand_as_they_are(X, y):
            estimator.n_features_in_ = X.shape[1]
        else:
            table, labels = validate_data(
                estimator,
                X,
                y,
                accept_sparse="csc",
                dtype=TABLE_TYPES,
                y_numeric=y_numeric,
                ensure_all_finite=False,
            )
    except (TypeError, ValueError, OverflowError) as error:
        explain(X, y, error, y_numeric=y_numeric)
    names = _names(estimator)
    table = as_numbers_read(table)
    return Data(
        table=table,
        labels=labels,
        weights=check_row_weights(sample_weight, table.shape[0]),
        offset=None if offset is None else real_array("offset", offset),
        ranges=check_columns(table, names),
        names=names,
        source=source,
    )


def _stand_as_they_are(X: Any, y: Any) -> bool:
    """Whether X and y are plain arrays of numbers, of which scikit-learn would check and change nothing.

    Its reading of them takes as long as a small fit.
    """
    return (
        type(X) is np.ndarray
        and type(y) is np.ndarray
        and X.dtype in TABLE_TYPES
        and y.dtype.kind in "biuf"
        and (X.ndim, y.ndim) == (2, 1)
        and X.size > 0
        and len(X) == len(y)
    )


def weigh_classes(data: Data, class_weight: Mapping[Any, float] | str | None) -> Data:
    """Multiply the weights of the rows by those of their classes; then their labels are checked."""
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
        X is not like that of the fit, or there is no offset where it had one, or the other way round.
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


def new_data(estimator: Any, X: Any) -> Table:
    """Check an X to predict for, against the X that the estimator was fitted to."""
    check_is_fitted(estimator, "coef_")
    X = as_numbers_read(X)
    check_kinds(X)
    names = _names(estimator)
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
            # Names that repeat are told apart by how often they come, not by being there.
            check_new_names(given, names)
        explain(X, None, error)
    table = as_numbers_read(table)
    check_columns(table, names)
    return table


def _names(estimator: Any) -> tuple[str, ...] | None:
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else tuple(names.tolist())
