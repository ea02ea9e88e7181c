"""The target: which task it sets, and its codes or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.real_numbers import shown
from bridle.workbench.columns.columns import (
    canonical_column,
    kind_of,
    refuse_non_finite,
    row_name,
)
from bridle.workbench.task import TASK_KINDS, Task, TaskKind

__all__ = ["encode_target", "has_target"]

_ROWS_PER_CLASS = 3
_MOST_NUMERIC_CLASSES = 20


def has_target(column: pd.Series[Any], name: str) -> tuple[npt.NDArray[np.bool_], tuple[str, ...]]:
    """Return which rows have a target, and a sentence on those that have none.

    Raises
    ------
    InputError
        None has.
    """
    known = column.notna().to_numpy(dtype=bool)
    missing = np.flatnonzero(~known)
    if not len(missing):
        return known, ()
    if not known.any():
        raise InputError(
            f"The target {name!r} is missing in all {len(column):,} rows. It needs two classes or two "
            "different numbers."
        )
    rows = f"{len(missing):,} of {len(column):,} rows"
    first = row_name(column.index, missing[0])
    return known, (
        f"The target {name!r} is missing in {rows}, first in {first}; they are left out.",
    )


def encode_target(
    column: pd.Series[Any], name: str, kind: TaskKind | None
) -> tuple[npt.NDArray[Any], Task]:
    """Return the target as an arm sees it, and the task it sets.

    Text, booleans, and whole numbers with few different values (at most a tenth of the rows and at
    most 20, two in any case) are classes; other numbers are a regression.

    Parameters
    ----------
    column : Series of length n
        No entry missing, see `has_target`.
    name : str
        How messages call it.
    kind : {"binary", "multiclass", "regression"} or None
        Overrules what the values suggest.

    Returns
    -------
    target : ndarray of shape (n,)
        int64 codes of the sorted classes, or float64 numbers.
    task : Task

    Raises
    ------
    InputError
        If values are not finite, if they do not suit ``kind``, if there is one value
        only, or if a class has fewer than three rows: one for each of the training, validation and
        test parts.
    """
    if kind is not None and not (isinstance(kind, str) and kind in TASK_KINDS):
        allowed = ", ".join(repr(one) for one in TASK_KINDS)
        raise InputError(f"task must be one of {allowed}. Received: task={shown(kind)}.")
    column = canonical_column(column, name)
    if kind == "regression" or (kind is None and not _holds_classes(column)):
        return _as_numbers(column, name), Task("regression")
    return _as_classes(column, name, kind)


def _holds_classes(column: pd.Series[Any]) -> bool:
    if kind_of(column.dtype) != "number":
        return True
    values = column.to_numpy(dtype=np.float64)
    most = max(2, min(_MOST_NUMERIC_CLASSES, len(values) // 10))
    return bool((values == np.rint(values)).all()) and len(np.unique(values)) <= most


def _as_numbers(column: pd.Series[Any], name: str) -> npt.NDArray[np.float64]:
    if kind_of(column.dtype) == "category":
        raise InputError(
            f"The target {name!r} is text, for instance {column.iloc[0]!r}, and task='regression' "
            "needs numbers. Ask for 'binary' or 'multiclass', or leave the task to be inferred."
        )
    values = column.to_numpy(dtype=np.float64)
    refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    if np.ptp(values) == 0:
        raise InputError(_only_one_value(name, f"{values[0]:g}"))
    return values


def _as_classes(
    column: pd.Series[Any], name: str, kind: TaskKind | None
) -> tuple[npt.NDArray[np.int64], Task]:
    if kind_of(column.dtype) == "number":
        values = column.to_numpy(dtype=np.float64)
        refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    classes, codes, counts = np.unique(column.to_numpy(), return_inverse=True, return_counts=True)
    labels = tuple(_label(value) for value in classes)
    if len(labels) == 1:
        raise InputError(_only_one_value(name, repr(labels[0])))
    suggested: TaskKind = "binary" if len(labels) == 2 else "multiclass"
    if kind not in (None, suggested):
        raise InputError(
            f"The target {name!r} has {len(labels)} classes, which is {suggested!r}. "
            f"Received: task={kind!r}. Ask for {suggested!r}, or leave the task to be inferred."
        )
    _refuse_small_classes(name, labels, counts)
    return codes.astype(np.int64), Task(suggested, labels)


def _refuse_small_classes(name: str, labels: tuple[str, ...], counts: npt.NDArray[np.intp]) -> None:
    small = np.flatnonzero(counts < _ROWS_PER_CLASS)
    if len(small):
        count = int(counts[small[0]])
        others = f" (and {len(small) - 1:,} more)" if len(small) > 1 else ""
        raise InputError(
            f"The class {labels[small[0]]!r} of the target {name!r} is too small{others}: it has "
            f"{count} row{'s' if count > 1 else ''} and needs {_ROWS_PER_CLASS}, one each to "
            "train, to validate and to test. Merge it with another class, remove its rows, or ask "
            "for task='regression' if the target is a quantity."
        )


def _only_one_value(name: str, value: str) -> str:
    return (
        f"The target {name!r} is {value} in every row, so there is nothing to predict. It needs "
        "two classes or two different numbers."
    )


def _label(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)
