"""Conversion of given arrays: features to a table, targets and groups to columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import issparse

from bridle.arguments.real_numbers import refuse_masked
from bridle.errors import InputError

__all__ = ["as_array", "as_frame", "as_target", "as_vector"]


def as_frame(X: npt.ArrayLike | pd.DataFrame) -> pd.DataFrame:
    """Return features as a table; unnamed columns become x0, x1, ….

    Raises
    ------
    InputError
        X has not two axes, or cannot be read as an array.
    """
    if isinstance(X, pd.DataFrame):
        return X
    values = as_array(X, "X")
    if values.ndim != 2:
        remedy = " Use X.reshape(-1, 1) for a single feature." if values.ndim == 1 else ""
        raise InputError(f"X must have shape (n, p). Received: shape {values.shape}.{remedy}")
    names = [f"x{j}" for j in range(values.shape[1])]
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
    return pd.DataFrame(values, columns=names).infer_objects()


def as_vector(y: npt.ArrayLike | pd.Series[Any], argument: str = "y") -> pd.Series[Any]:
    """Return one entry per row as a column; a table or matrix with one column is accepted.

    Raises
    ------
    InputError
        There are several columns, or the values cannot be read as an array.
    """
    if isinstance(y, pd.Series):
        return y
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        return y.iloc[:, 0]
    values = as_array(y, argument)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise InputError(
            f"{argument} must have shape (n,), one entry for each row. Received: "
            f"{_shape_of(y, values)}."
        )
    return pd.Series(values).infer_objects()


def as_target(
    y: npt.ArrayLike | pd.Series[Any] | pd.DataFrame,
) -> tuple[pd.Series[Any], str | None]:
    """Return the target as a column, and how it was read, if it is one-hot.

    Raises
    ------
    InputError
        It has several columns that are not one-hot.
    """
    frame = isinstance(y, pd.DataFrame)
    values = np.asarray(y) if frame else as_array(y, "y")
    if values.ndim != 2 or values.shape[1] < 2:
        return as_vector(y), None
    columns = values.shape[1]
    if not _is_one_hot(values):
        raise InputError(
            "y must have one column, or be one-hot: a column of zeros and ones for each class, "
            f"with a single 1 in each row. Received: shape {values.shape}. Pass one target at a "
            "time, for instance column 0."
        )
    classes = np.asarray(y.columns if isinstance(y, pd.DataFrame) else np.arange(columns))
    index = y.index if isinstance(y, pd.DataFrame) else None
    target = pd.Series(classes[values.astype(np.float64).argmax(axis=1)], index=index, name="y")
    return (
        target.infer_objects(),
        f"y has {columns:,} columns of zeros and ones with a single 1 in each row: each is read as a "
        "class.",
    )


def _is_one_hot(values: npt.NDArray[Any]) -> bool:
    ones = values == 1
    return bool((ones | (values == 0)).all() and (ones.sum(axis=1) == 1).all())


def _shape_of(given: object, values: npt.NDArray[Any]) -> str:
    return f"shape {values.shape}" if values.ndim else f"an object of type {type(given).__name__}"


def as_array(values: object, argument: str) -> npt.NDArray[Any]:
    """Return dense, unmasked values as an array; lists of masked arrays are masked too.

    Raises
    ------
    InputError
        The values are sparse, of unequal lengths, or neither numbers, booleans nor text.
    """
    if issparse(values):
        raise InputError(
            f"{argument} must be dense. Received: {type(values).__name__}. Convert it with "
            ".toarray()."
        )
    for part in values if isinstance(values, list | tuple) else [values]:
        refuse_masked(argument, part)
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, OverflowError, RuntimeError) as error:
        raise InputError(
            f"{argument} cannot be read as an array: {str(error).rstrip('.')}."
        ) from error
    if array.dtype.kind in "cmMV":
        raise InputError(
            f"{argument} must hold numbers, booleans or text. Received: an array of shape "
            f"{array.shape} of {array.dtype}."
        )
    return array
