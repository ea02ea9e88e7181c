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
    row_name,
)
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.finding import Finding
from bridle.workbench.task import TASK_KINDS, Task, TaskKind
from bridle.workbench.tasks.catalogue import TASK_TYPES
from bridle.workbench.tasks.classes import read_classes

__all__ = ["MOST_NUMERIC_CLASSES", "Target", "read_target"]

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
    if kind is not None:
        coded = TASK_TYPES[kind].read(values, name, n_without, read.least)
    elif _holds_classes(values):
        coded = read_classes(values, name, None, n_without, read.least)
    else:
        coded = TASK_TYPES["regression"].read(values, name, n_without, read.least)
    found = Task(coded.kind, coded.classes)
    notes = (
        *without,
        *_assumed(values, name, found, kind),
        *_words_as_classes(found, name, words),
    )
    said = (*read.findings(name, is_target=True), *map(file_note, notes))
    return Target(coded.values, found, known, said, coded.labels)


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
