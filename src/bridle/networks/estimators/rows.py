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
    table, targets = _validated(estimator, X, y, ensure_min_samples=2, y_numeric=y_numeric)
    return table, targets


def new_rows(estimator: Any, X: Any) -> AnyArray:
    """Return checked features (n, p) for prediction; see `read_rows`."""
    table: AnyArray = _validated(estimator, X, reset=False)
    return table


def _validated(estimator: Any, X: Any, *y: Any, **options: Any) -> Any:
    X = whole_table(X)
    check_kinds(X)
    if y:
        check_targets_given(*y)
    types = (np.float64, np.float32)
    read: Any
    try:
        read = validate_data(estimator, X, *y, dtype=types, ensure_all_finite=False, **options)
    except (TypeError, ValueError, OverflowError) as error:
        explain(X, y[0] if y else None, error, y_numeric=options.get("y_numeric", False))
    table = read[0] if y else read
    names = getattr(estimator, "feature_names_in_", None)
    check_finite_columns(
        np.isfinite(table).all(axis=0),
        lambda column: table[:, column],
        None if names is None else tuple(names.tolist()),
    )
    return read
