"""Checks of the rows that a network estimator is fitted to or predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from bridle.arguments.frames import whole_table
from bridle.arguments.not_finite import (
    check_finite_columns,
    check_kinds,
    check_targets_given,
    explain,
)
from bridle.encoding.frame_encoding import (
    encoding_of,
    fitted_encoding,
    hold_encoding,
    table_names,
)
from bridle.errors import InputError
from bridle.types import AnyArray

__all__ = ["new_rows", "read_rows"]


def read_rows(
    estimator: Any, X: Any, y: Any, *, y_numeric: bool = False
) -> tuple[AnyArray, AnyArray]:
    """Return checked features (n, p) and targets (n,), and set the estimator's feature attributes.

    Raises
    ------
    InputError
        X or y is wrong; the message names the column, the row or the shape.
    """
    source = whole_table(X)
    encoding = encoding_of(source)
    table = source if encoding is None else encoding.apply(source)
    table, targets = _validated(estimator, table, y, ensure_min_samples=2, y_numeric=y_numeric)
    if encoding is not None:
        hold_encoding(estimator, encoding, source)
    found = _finite(estimator, table)
    _refuse_tiny(found)
    return found, targets


def _refuse_tiny(X: AnyArray) -> None:
    """Raise an error for columns that float32, the type in which networks compute, holds as 0."""
    largest, least = np.abs(X).max(axis=0), float(np.finfo(np.float32).tiny)
    (tiny,) = np.nonzero((largest > 0) & (largest < least))
    if len(tiny):
        raise InputError(
            f"X must have columns whose numbers float32 tells from 0, above {least:.1g}. Received: at "
            f"most {largest[tiny[0]]:.3g} in column {tiny[0]}. Scale the features, for instance with "
            "sklearn.preprocessing.StandardScaler."
        )


def new_rows(estimator: Any, X: Any) -> AnyArray:
    """Return checked features (n, p) for prediction; see `read_rows`."""
    encoding = fitted_encoding(estimator)
    if encoding is not None:
        return _finite(estimator, encoding.apply(X))
    return _finite(estimator, _validated(estimator, whole_table(X), reset=False))


def _validated(estimator: Any, X: Any, *y: Any, **options: Any) -> Any:
    check_kinds(X)
    if y:
        check_targets_given(*y)
    types = (np.float64, np.float32)
    try:
        return validate_data(estimator, X, *y, dtype=types, ensure_all_finite=False, **options)
    except (TypeError, ValueError, OverflowError) as error:
        explain(X, y[0] if y else None, error, y_numeric=options.get("y_numeric", False))


def _finite(estimator: Any, table: AnyArray) -> AnyArray:
    """Return the table, after a check that its numbers are finite."""
    finite: Any = np.isfinite(table).all(axis=0)
    check_finite_columns(finite, lambda column: table[:, column], table_names(estimator))
    return table
