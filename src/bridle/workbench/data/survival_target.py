"""Reading of survival times: a column of times and a column of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.arguments.option_words import option
from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.survival.outcomes import read_outcomes
from bridle.workbench.columns.column_reading import file_note, read_column
from bridle.workbench.columns.columns import (
    canonical_column,
    kind_of,
    refuse_non_finite,
    row_name,
)
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.data.target import Target
from bridle.workbench.task import Task, TaskKind
from bridle.workbench.tasks.catalogue import TASK_TYPES
from bridle.workbench.tasks.survival import FEWEST_EVENTS, target_of

__all__ = ["TargetColumns", "as_survival_columns", "is_survival", "read_survival", "target_columns"]

_TASK: TaskKind = "survival"


@dataclass(frozen=True)
class TargetColumns:
    """The columns of a table that are the target, and the kind of task that they belong to.

    Attributes
    ----------
    target : str or None
        The target, or the time to the event.
    event : str or None
        Whether the event was seen; None for other tasks.
    task : TaskKind or None
    """

    target: str | None
    event: str | None
    task: TaskKind | None


def is_survival(task: Any) -> bool:
    """Return whether the argument ``task`` asks for survival times."""
    return isinstance(task, str) and task == _TASK


def target_columns(target: Any, task: Any, time_to: Any, event: Any) -> TargetColumns:
    """Return the columns of the target from the arguments that name them.

    Raises
    ------
    InputError
        ``time_to`` and ``event`` are not given together, or with a target or a task of another kind.
    """
    given = [
        (name, value)
        for name, value in (("time_to", time_to), ("event", event))
        if value is not None
    ]
    if not given and not is_survival(task):
        return TargetColumns(target, None, task)
    if task is not None and not is_survival(task):
        name, value = given[0]
        raise InputError(
            f"{name} must be left out unless task='survival'. Received: {name}={shown(value)} and "
            f"task={shown(task)}."
        )
    if target is not None:
        named = [f"{name}={shown(value)}" for name, value in given] or ["task='survival'"]
        raise InputError(
            f"target must be left out for survival times, whose columns {option('time_to')} and "
            f"{option('event')} name. Received: target={shown(target)} and {' and '.join(named)}."
        )
    for name, value in (("time_to", time_to), ("event", event)):
        if not isinstance(value, str):
            raise InputError(
                f"{name} must name a column if task='survival': {option('time_to')} that of the time to "
                f"the event or to censoring, {option('event')} that of whether the event was seen. "
                f"Received: {'none' if value is None else shown(value)}."
            )
    return TargetColumns(time_to, event, _TASK)


def as_survival_columns(y: Any) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return times and events of a structured array, or of two columns, as columns of a table.

    Raises
    ------
    InputError
        See `bridle.survival.outcomes.read_outcomes`; or rows have a start.
    """
    found = read_outcomes(y)
    if found.start is not None:
        raise InputError(
            "y must hold a time and an event of each row for task='survival'. Received: starts too, "
            "which bridle.CoxElasticNet takes."
        )
    index = y.index if isinstance(y, pd.DataFrame) else None
    time = pd.Series(found.stop, index=index, name="y")
    return time, pd.Series(found.event, index=index, name="event")


def read_survival(time: pd.Series[Any], event: pd.Series[Any], words: MissingWords) -> Target:
    """Return the target of two columns of a table; rows that lack one of them are left out.

    Parameters
    ----------
    time : Series of length n
        Numbers from 0 up.
    event : Series of length n
        Truth values, or 0 and 1.
    words : MissingWords
        Words for missing values.

    Raises
    ------
    InputError
        A column is of another kind, a time is below 0, there are fewer than ten events, or no two rows
        can be compared.
    """
    names = (str(time.name), str(event.name))
    read = [read_column(one, name, words) for one, name in zip((time, event), names, strict=True)]
    known = read[0].values.notna().to_numpy(bool) & read[1].values.notna().to_numpy(bool)
    if not known.any():
        raise InputError(f"No row has both a time in {names[0]!r} and an event in {names[1]!r}.")
    times = _times(canonical_column(read[0].values[known], names[0]), names[0])
    times = times + read[0].least
    seen = _events(canonical_column(read[1].values[known], names[1]), names[1])
    if seen.sum() < FEWEST_EVENTS:
        raise InputError(
            f"The column {names[1]!r} must have {FEWEST_EVENTS} events or more. Received: "
            f"{int(seen.sum())} in {len(seen):,} rows. Give more rows; or are 0 and 1 the wrong way "
            "round?"
        )
    found = target_of(times, seen)
    if not TASK_TYPES[_TASK].varies(found):
        raise InputError(
            f"The column {names[0]!r} must have a row that outlives an event. Received: no event "
            f"before {times.max():g}."
        )
    notes = [
        finding for one, name in zip(read, names, strict=True) for finding in one.findings(name)
    ]
    missing = np.flatnonzero(~known)
    if len(missing):
        notes.append(
            file_note(
                f"{names[0]!r} or {names[1]!r} is missing in {len(missing):,} of {len(known):,} rows, "
                f"first in {row_name(time.index, missing[0])}; they are left out."
            )
        )
    return Target(found, Task(_TASK), known, tuple(notes))


def _times(column: pd.Series[Any], name: str) -> npt.NDArray[np.float64]:
    if kind_of(column.dtype) != "number":
        raise InputError(
            f"The column {name!r} must hold the time to the event, numbers from 0 up. Received: "
            f"{column.iloc[0]!r}."
        )
    values = column.to_numpy(dtype=np.float64)
    refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    below = np.flatnonzero(values < 0)
    if len(below):
        raise InputError(
            f"The column {name!r} must hold the time to the event, numbers from 0 up. Received: "
            f"{values[below[0]]:g} in {row_name(column.index, below[0])} ({len(below):,} such rows)."
        )
    return values


def _events(column: pd.Series[Any], name: str) -> npt.NDArray[np.bool_]:
    if kind_of(column.dtype) == "category":
        folded = column.astype(str).str.casefold()
        if set(folded) <= {"yes", "no"}:
            return folded.to_numpy() == "yes"
        found = sorted(map(str, column.unique()))
        wrong = ", ".join(map(repr, found[:3]))
    else:
        values = column.to_numpy(dtype=np.float64)
        odd = values[~np.isin(values, (0.0, 1.0))]
        if not odd.size:
            return values == 1
        wrong = f"{odd[0]:g}"
    raise InputError(
        f"The column {name!r} must say whether the event was seen: true or false, yes or no, or 1 and "
        f"0. Received: {wrong}."
    )
