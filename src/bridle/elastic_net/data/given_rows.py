"""Rows that are passed to ``fit``, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import validate_data

from bridle.arguments.class_weights import class_weights
from bridle.arguments.frames import whole_table
from bridle.arguments.not_finite import check_kinds, check_labels, check_targets_given, explain
from bridle.arguments.real_numbers import real_array
from bridle.arguments.row_weights import check_row_weights
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.inputs import (
    TABLE_TYPES,
    check_columns,
)
from bridle.elastic_net.design.table import Table, as_numbers_read
from bridle.encoding.frame_encoding import (
    FrameEncoding,
    encoding_of,
    hold_encoding,
    table_names,
)
from bridle.types import Array, Index

__all__ = ["Data", "read_data", "weigh_classes"]


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
