"""Data frames: the names of their columns, and the kind of values in each.

pandas is read directly; polars, PyArrow and other libraries are read through narwhals.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from bridle.errors import InputError

__all__ = [
    "check_new_names",
    "column_kinds",
    "column_names",
    "has_text",
    "may_be_text",
    "whole_table",
]

# Characters of a type in a message: a category or a struct lists all its contents.
_LONGEST = 60
# Collections whose rows are not in memory, and the method that loads them.
_ELSEWHERE = {
    ("dask", "DataFrame"): ".compute()",
    ("dask", "Array"): ".compute()",
    ("pyspark", "DataFrame"): ".toPandas()",
}
_NUMPY_KINDS = {"i": "integer", "u": "integer", "c": "complex", "M": "date", "m": "duration"}
_NARWHALS_KINDS = {
    "Date": "date",
    "Datetime": "date",
    "Time": "time",
    "Duration": "duration",
    "Categorical": "category",
    "Enum": "category",
}


def whole_table(X: Any, argument: str = "X") -> Any:
    """Return a record batch of Arrow as a table, whose columns have names; anything else unchanged.

    Parameters
    ----------
    X : object
    argument : str
        Its name, for messages.

    Raises
    ------
    InputError
        X is a query that has not run, such as a ``polars.LazyFrame``, or its rows are in files or on a
        cluster.
    """
    if _library(X) == "pyarrow" and type(X).__name__ == "RecordBatch":
        return sys.modules["pyarrow"].Table.from_batches([X])
    kind = (_library(X), type(X).__name__)
    if kind in _ELSEWHERE or (kind[0] == "pyarrow" and kind[1].endswith("Dataset")):
        rows = _ELSEWHERE.get(kind, ".to_table()")
        raise InputError(
            f"{argument} must be in memory here. Received: a {kind[0]} {kind[1]}. ElasticNet, "
            "ElasticNetClassifier and their cross-validations scan such rows if y names a column; "
            f"otherwise pass {argument}{rows}."
        )
    if type(X).__name__ == "LazyFrame":
        raise InputError(
            f"{argument} must hold its rows. Received: a {_library(X)} LazyFrame, a query that has not "
            f"run. Pass {argument}.collect()."
        )
    return X


def column_names(X: Any) -> tuple[str, ...] | None:
    """Return the column names of a data frame, else None."""
    is_arrow = _library(X) == "pyarrow"
    names = (
        getattr(getattr(X, "schema", None), "names", None)
        if is_arrow
        else getattr(X, "columns", None)
    )
    return None if names is None else tuple(str(name) for name in names)


def check_new_names(given: tuple[str, ...] | None, fitted: tuple[str, ...] | None) -> None:
    """Check that column names are those of the fit, in the same order.

    Raises
    ------
    InputError
        They differ; the message lists the differences.
    """
    if given is None or fitted is None or given == fitted:
        return
    now, before = Counter(given), Counter(fitted)
    differences = [
        f"{what} {', '.join(map(repr, sorted(names)))}"
        for what, names in (
            ("missing:", before.keys() - now.keys()),
            ("not known from the fit:", now.keys() - before.keys()),
            ("repeated:", {name for name in now if now[name] > before[name] > 0}),
        )
        if names
    ]
    if not differences:
        place = next(
            k for k, pair in enumerate(zip(given, fitted, strict=True)) if len({*pair}) > 1
        )
        differences = [f"column {place} is {given[place]!r} in place of {fitted[place]!r}"]
    raise InputError(
        "X must have the columns of the fit, in the same order. "
        f"Received: {'; '.join(differences)}."
    )


def column_kinds(X: Any) -> Iterator[tuple[str, str, str]]:
    """Yield, for each column of a data frame, its name, its kind and its type as messages show it.

    Anything else has no columns, so nothing is yielded.

    Yields
    ------
    name : str
    kind : str
        "integer", "complex", "date", "time", "duration" or "category"; "" for all others, which are
        read as numbers or refused value by value.
    dtype : str
    """
    dtypes = getattr(X, "dtypes", None)
    if _library(X) == "pandas" and dtypes is not None and dtypes.ndim == 1:
        for name, dtype in dtypes.items():
            is_category = str(dtype).startswith(("category", "dictionary<"))
            kind = "category" if is_category else _NUMPY_KINDS.get(dtype.kind, "")
            yield str(name), kind, _short(dtype)
    elif not isinstance(X, np.ndarray | list):
        import narwhals

        frame = narwhals.from_native(X, pass_through=True, eager_only=True)
        if isinstance(frame, narwhals.DataFrame):
            for name, dtype in frame.schema.items():
                whole = "integer" if dtype.is_integer() else ""
                yield name, _NARWHALS_KINDS.get(type(dtype).__name__, whole), _short(dtype)


def may_be_text(dtype: Any) -> bool:
    """Return whether a column of pandas may hold text: its type is not of numbers, dates or times."""
    return dtype.kind not in "biufcmM"


def has_text(X: Any) -> bool:
    """Return whether a data frame has columns that may hold categories or text; False for others."""
    if isinstance(X, np.ndarray | list):
        return False
    if _library(X) == "pandas":
        # A wide frame has few types.
        dtypes = getattr(X, "dtypes", None)
        if dtypes is None or dtypes.ndim != 1:
            return False
        return any(may_be_text(dtype) for dtype in set(dtypes))
    import narwhals

    frame = narwhals.from_native(X, pass_through=True, eager_only=True)
    texts = (narwhals.String, narwhals.Categorical, narwhals.Enum)
    return isinstance(frame, narwhals.DataFrame) and any(
        isinstance(dtype, texts) for dtype in frame.schema.values()
    )


def _short(dtype: Any) -> str:
    text = str(dtype)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _library(X: Any) -> str:
    return type(X).__module__.partition(".")[0]
