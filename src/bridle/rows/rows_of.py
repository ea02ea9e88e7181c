"""`rows_of`: the row source of an X whose rows are in files or on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridle.errors import InputError
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.engines.arrow import ArrowRows, ArrowStream, open_path
from bridle.rows.engines.dask import DaskRows
from bridle.rows.engines.spark import SparkRows
from bridle.rows.row_source import RowSource

__all__ = ["rows_of", "rows_to_predict"]


def rows_of(
    X: Any,
    y: Any,
    sample_weight: Any = None,
    groups: Any = None,
    features: tuple[str, ...] | None = None,
) -> RowSource | None:
    """Return a row source, or None if X is in memory.

    Parameters
    ----------
    X : object
        A ``pyarrow.dataset.Dataset``, the path of a file or folder, a data frame of Dask or Spark, or
        an object that exports an Arrow stream, if y is the name of a column.
    y, sample_weight, groups : str, or None for the last two
        Names of columns of X.
    features : tuple of str, optional
        Names of columns. Default: all other columns.

    Raises
    ------
    InputError
        X is a row source and a feature is missing, or one of the others is not the name of a column.
    """
    opened = _opened(X, named=isinstance(y, str))
    if opened is None:
        return None
    for name, value in (("y", y), ("sample_weight", sample_weight), ("groups", groups)):
        if not isinstance(value, str) and (value is not None or name == "y"):
            raise InputError(
                f"{name} must be the name of a column of X, whose rows are not in memory. "
                f"Received: {type(value).__name__}."
            )
    columns = UsedColumns.of(_names(opened), y, sample_weight, groups)
    if features is None:
        return _source(opened, columns)
    _check_features(opened, features)
    return _source(opened, replace(columns, features=features))


def rows_to_predict(X: Any, features: tuple[str, ...] | None) -> RowSource | None:
    """Return the features of new rows as a row source, or None if X is in memory.

    Raises
    ------
    InputError
        X is a row source, but lacks a feature or the model was fitted without names.
    """
    opened = _opened(X, named=False)
    if opened is None:
        return None
    if features is None:
        raise InputError(
            "X must be an array, because the model was fitted without column names. Received: "
            f"{type(X).__name__}."
        )
    _check_features(opened, features)
    return _source(opened, UsedColumns(features))


def _check_features(opened: Any, features: tuple[str, ...]) -> None:
    missing = [name for name in features if name not in _names(opened)]
    if missing:
        raise InputError(f"X must have the columns of the fit. Received: no column {missing[0]!r}.")


def _opened(X: Any, *, named: bool) -> Any:
    if isinstance(X, str | Path):
        return open_path(X)
    if _kind(X) is not None or (named and getattr(X, "__arrow_c_stream__", None) is not None):
        return X
    return None


def _kind(X: Any) -> Callable[[Any, UsedColumns], RowSource] | None:
    """Return the row source for a collection of PyArrow, Dask or Spark, without importing them."""
    module, name = type(X).__module__, type(X).__name__
    if module == "pyarrow._dataset":
        return ArrowRows
    if name != "DataFrame":
        return None
    kinds: dict[str, Callable[[Any, UsedColumns], RowSource]]
    kinds = {"dask": DaskRows, "pyspark": SparkRows}
    return kinds.get(module.partition(".")[0])


def _names(opened: Any) -> tuple[str, ...]:
    kind = _kind(opened)
    if kind is ArrowRows:
        return tuple(opened.schema.names)
    if kind is not None:
        return tuple(map(str, opened.columns))
    import pyarrow as pa

    return tuple(pa.RecordBatchReader.from_stream(opened).schema.names)


def _source(opened: Any, columns: UsedColumns) -> RowSource:
    kind = _kind(opened)
    return ArrowStream(opened, columns) if kind is None else kind(opened, columns)
