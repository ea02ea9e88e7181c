"""Conversion of other libraries' tables to pandas, and a check of the order of rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bridle.arguments.frames import whole_table
from bridle.errors import InputError, MissingExtraError

__all__ = ["as_pandas", "refuse_other_order"]

_ARROW = ("__arrow_c_stream__", "__arrow_c_array__", "__dataframe__")


def as_pandas(values: Any, argument: str) -> Any:
    """Return a table or column of Polars, Arrow and others as one of pandas, with its names.

    Parameters
    ----------
    values : object
        Other objects are returned unchanged.
    argument : str
        Name of the argument, for messages.

    Raises
    ------
    InputError
        The conversion to pandas fails, or the table is a query that has not run.
    MissingExtraError
        It needs PyArrow, which is not installed.
    """
    if isinstance(values, pd.DataFrame | pd.Series | type):
        return values
    values = whole_table(values, argument)
    if not any(callable(getattr(values, name, None)) for name in _ARROW):
        return values
    convert = getattr(values, "to_pandas", None)
    try:
        return convert() if callable(convert) else pd.api.interchange.from_dataframe(values)
    except ModuleNotFoundError as error:  # PyArrow is missing, by which polars converts
        raise MissingExtraError(
            f"The conversion of {argument} to pandas", "pyarrow", "polars"
        ) from error
    except Exception as error:  # any error of the other library
        raise InputError(
            f"{argument} must be a table that pandas can read. Received: a "
            f"{type(values).__module__.partition('.')[0]} {type(values).__name__}, whose conversion "
            f"says: {error}"
        ) from error


def refuse_other_order(features: object, column: object, argument: str, rows_of: str = "X") -> None:
    """Raise an error for a column whose row labels contradict those of the features.

    Rows are paired by position. If one of the two is labelled 0, 1, 2 …, as after ``reset_index``,
    its labels say nothing, and there is no error.

    Parameters
    ----------
    features, column : object
        Only data frames and Series are checked.
    argument, rows_of : str
        Names of the column and of the features, for messages.

    Raises
    ------
    InputError
        Both have the same distinct labels in different orders, or both have labels of their own
        that differ.
    """
    labelled = (pd.DataFrame, pd.Series)
    if not (isinstance(features, labelled) and isinstance(column, labelled)):
        return
    rows, others = features.index, column.index
    if len(rows) != len(others) or rows.equals(others):
        return
    if rows.is_unique and others.is_unique and bool(others.isin(rows).all()):
        first = next(i for i in range(len(rows)) if rows[i] != others[i])
        raise InputError(
            f"{argument} must have its rows in the order of {rows_of}. Received: the same row "
            f"labels in another order, first {rows[first]} in {rows_of} and {others[first]} in "
            f"{argument}. Give {argument}.loc[{rows_of}.index] to pair rows by label, or "
            f"{argument}.to_numpy() to pair them by position."
        )
    if not (_is_default(rows) or _is_default(others)):
        first = next(i for i in range(len(rows)) if rows[i] != others[i])
        raise InputError(
            f"{argument} must have the row labels of {rows_of}. Received: {others[first]!r} in "
            f"{argument} beside {rows[first]!r} in {rows_of}. Give "
            f"{argument}.to_numpy() to pair rows by position."
        )


def _is_default(labels: pd.Index[Any]) -> bool:
    return labels.equals(pd.RangeIndex(len(labels)))
