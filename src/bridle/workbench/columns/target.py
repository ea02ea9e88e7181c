"""`Target`: codes or numbers of the target, and the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.arguments.option_words import option
from bridle.arguments.scalars import refuse
from bridle.errors import InputError
from bridle.workbench.columns.column_reading import file_note, read_column
from bridle.workbench.columns.columns import (
    canonical_column,
    kind_of,
    refuse_non_finite,
    row_name,
)
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.finding import Finding
from bridle.workbench.task import TASK_KINDS, Task, TaskKind

__all__ = ["MOST_NUMERIC_CLASSES", "Target", "read_target"]

_ROWS_PER_CLASS = 3
MOST_NUMERIC_CLASSES = 20
"""Different whole numbers up to which a target holds classes, unless a task is asked for."""


@dataclass(frozen=True)
class Target:
    """The target as input of the arms.

    Attributes
    ----------
    values : ndarray of shape (number of rows that have a target,)
        int64 codes 0, 1, … of the sorted classes, or float64 numbers.
    task : Task
        Kind of the task.
    known : ndarray of shape (n,)
        Whether each row has a target.
    findings : tuple of Finding
        How it was read, and what was assumed.
    labels : tuple of str, int, float and bool
        The classes as they were given; empty for numbers and counts.
    """

    values: npt.NDArray[Any]
    task: Task
    known: npt.NDArray[np.bool_]
    findings: tuple[Finding, ...]
    labels: tuple[Any, ...] = ()


def read_target(
    column: pd.Series[Any], name: str, kind: TaskKind | None, words: MissingWords
) -> Target:
    """Return the target, read like a feature.

    Text and booleans are classes, and so are integers with few different values (two; or at most 20
    and at most a tenth of the rows). Other numbers mean regression; a task of counts is never inferred.
    Rows without a target are left out.

    Parameters
    ----------
    column : Series of length n
    name : str
        Its name, for messages.
    kind : {"binary", "multiclass", "regression", "count"} or None
        Overrides the guess from the values.
    words : MissingWords
        Words for missing values.

    Raises
    ------
    InputError
        The target is missing everywhere; values are not finite or can be read in two ways; they do not
        suit ``kind``; there is only one value; or a class has fewer than three rows, one for each of the
        training, validation and test sets.
    """
    if kind is not None and not (isinstance(kind, str) and kind in TASK_KINDS):
        allowed = ", ".join(repr(kind) for kind in TASK_KINDS)
        refuse("task", f"one of {allowed}", kind)
    read = read_column(column, name, words, is_target=True)
    known, without = _rows_that_have_one(read.values, name)
    values = canonical_column(read.values[known], name)
    n_without = len(known) - len(values)
    if kind == "count":
        coded: npt.NDArray[Any] = _as_counts(values, name, n_without)
        found, labels = Task("count"), ()
    elif kind == "regression" or (kind is None and not _holds_classes(values)):
        coded = _as_numbers(values, name, "regression", n_without)
        found, labels = Task("regression"), ()
    else:
        coded, found, labels = _as_classes(values, name, kind, read.least, n_without)
    notes = (
        *without,
        *_assumed(values, name, found, kind),
        *_words_as_classes(found, name, words),
    )
    said = (*read.findings(name, is_target=True), *map(file_note, notes))
    return Target(coded, found, known, said, labels)


def _rows_that_have_one(
    column: pd.Series[Any], name: str
) -> tuple[npt.NDArray[np.bool_], tuple[str, ...]]:
    """Return which rows have a target, and a note on those without one."""
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


def _assumed(
    column: pd.Series[Any], name: str, task: Task, kind: TaskKind | None
) -> tuple[str, ...]:
    """Return a note on the assumption about few different integers, if no task was given."""
    if kind is not None or kind_of(column.dtype) != "number":
        return ()
    values = np.unique(column.to_numpy(dtype=np.float64))
    if not 2 < len(values) <= MOST_NUMERIC_CLASSES or (values != np.rint(values)).any():
        return ()
    numbers = f"{len(values)} different whole numbers, {values[0]:g} to {values[-1]:g}"
    if task.is_classification:
        meant, other = "classes, without an order. If they are a quantity", "regression"
    else:
        meant, other = "a quantity. If they are classes", "multiclass"
    return (f"The target {name!r} holds {numbers}, taken for {meant}: {option('task', other)}.",)


def _words_as_classes(task: Task, name: str, words: MissingWords) -> tuple[str, ...]:
    return tuple(
        f"The target {name!r} has the class {label!r}, which means a missing value in features. If it "
        f"does here too: {option('missing', label)}."
        for label in task.classes
        if words.is_answer(label)
    )


def _holds_classes(column: pd.Series[Any]) -> bool:
    if kind_of(column.dtype) != "number":
        return True
    values = column.to_numpy()
    most = max(2, min(MOST_NUMERIC_CLASSES, len(values) // 10))
    return bool((values == np.rint(values)).all()) and len(np.unique(values)) <= most


def _as_counts(column: pd.Series[Any], name: str, n_without: int) -> npt.NDArray[np.float64]:
    values = _as_numbers(column, name, "count", n_without)
    wrong = np.flatnonzero((values < 0) | (values != np.rint(values)))
    if len(wrong):
        raise InputError(
            f"The target {name!r} must hold whole numbers from 0 up for task='count'. Received: "
            f"{values[wrong[0]]:g} in {row_name(column.index, wrong[0])} ({len(wrong):,} such rows). "
            "Ask for 'regression' if it is another quantity."
        )
    return values


def _as_numbers(
    column: pd.Series[Any], name: str, kind: TaskKind, n_without: int
) -> npt.NDArray[np.float64]:
    if kind_of(column.dtype) == "category":
        raise InputError(
            f"The target {name!r} is text, for instance {column.iloc[0]!r}, and task={kind!r} "
            "needs numbers. Ask for 'binary' or 'multiclass', or leave the task to be inferred."
        )
    values = column.to_numpy(dtype=np.float64)
    refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    if np.ptp(values) == 0:
        raise InputError(_only_one_value(name, f"{values[0]:g}", n_without))
    return values


def _as_classes(
    column: pd.Series[Any], name: str, kind: TaskKind | None, least: int, n_without: int
) -> tuple[npt.NDArray[np.int64], Task, tuple[Any, ...]]:
    if kind_of(column.dtype) == "number":
        values = column.to_numpy(dtype=np.float64)
        refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    classes, codes, counts = np.unique(column.to_numpy(), return_inverse=True, return_counts=True)
    labels = tuple(_label(value, least) for value in classes)
    if len(labels) == 1:
        raise InputError(_only_one_value(name, repr(labels[0]), n_without))
    suggested: TaskKind = "binary" if len(labels) == 2 else "multiclass"
    if kind not in (None, suggested):
        raise InputError(
            f"The target {name!r} has {len(labels)} classes, which is {suggested!r}. "
            f"Received: task={kind!r}. Ask for {suggested!r}, or leave the task to be inferred."
        )
    _refuse_small_classes(name, labels, counts)
    given = tuple(_as_given(value, least) for value in classes)
    return codes.astype(np.int64), Task(suggested, labels), given


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


def _only_one_value(name: str, value: str, n_without: int) -> str:
    which = f"every row that has one ({n_without:,} have none)" if n_without else "every row"
    return (
        f"The target {name!r} is {value} in {which}, so there is nothing to predict. It needs "
        "two classes or two different numbers."
    )


def _label(value: Any, least: int) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) + least) if whole or least else str(value)


def _as_given(value: Any, least: int) -> Any:
    """Return a class as a plain value of Python, a whole number as an integer."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool | str):
        return plain
    return int(plain) + least if float(plain).is_integer() or least else plain
