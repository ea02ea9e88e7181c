"""Reading of all given columns by role, with all problems reported at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.arguments.option_words import option
from bridle.errors import InputError, UnknownNameError
from bridle.workbench.arguments import in_one_form, names_in
from bridle.workbench.columns.column_reading import read_column, read_labels
from bridle.workbench.columns.date_parts import DateParts, names_of_parts, parts_of
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.problems import Problems
from bridle.workbench.columns.row_roles import group_codes, time_order
from bridle.workbench.data.survival_target import read_survival
from bridle.workbench.data.target import Target, read_target
from bridle.workbench.data.used_columns import ColumnUse, UsedColumns, use_columns
from bridle.workbench.finding import Finding
from bridle.workbench.task import TaskKind

__all__ = ["GivenColumns", "ReadColumns", "columns_of", "read_given", "refuse_two_roles"]

_SOUGHT = {
    "target": "target column",
    "time_to": "column for time_to",
    "event": "column for event",
    "groups": "column for groups",
    "time": "column for time",
    "drop": "column to drop",
    "parts": "column for parts",
}


@dataclass(frozen=True)
class GivenColumns:
    """The given columns by role, with n rows each.

    Attributes
    ----------
    features : DataFrame
        The candidate features.
    target : Series
        The target, with a name, or the time to an event; None if there is no target yet.
    event : Series, or None
        Whether the event was seen, if the target is the time to it.
    groups, time : Series, or None
        Groups and times of the rows; without a name if they are not a column of the table.
    dropped : tuple of str
        Names of the columns that the user leaves out, parts of dates among them.
    parts : tuple of str
        Names of dates (features or the time) whose parts are features.
    """

    features: pd.DataFrame
    target: pd.Series[Any] | None = None
    event: pd.Series[Any] | None = None
    groups: pd.Series[Any] | None = None
    time: pd.Series[Any] | None = None
    dropped: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def names(self) -> set[str]:
        """Return the names of all columns, those left out too."""
        return {*(str(column.name) for column in self.all()), *self.dropped}

    def all(self) -> Iterator[pd.Series[Any]]:
        """Yield every used column."""
        yield from (self.features[feature] for feature in self.features)
        roles = (self.target, self.event, self.groups, self.time)
        yield from (column for column in roles if column is not None)


def columns_of(
    frame: pd.DataFrame,
    drop: Any,
    *,
    parts: Any = (),
    argument: str = "frame",
    **roles: str | None,
) -> GivenColumns:
    """Return the columns of a table by role.

    Parameters
    ----------
    frame : DataFrame
        The table.
    drop : sequence of str
        Names of columns to leave out.
    parts : sequence of str
        Names of dates whose parts become features.
    argument : str
        Name of the table in messages.
    roles : str or None
        Names of the target, or of time_to and event, of the groups and of the time.

    Raises
    ------
    InputError
        Column names repeat, a name is not a column, or a column has two roles.
    """
    left = in_one_form(names_in("drop", drop, "['age']"))
    dated = list(dict.fromkeys(in_one_form(names_in("parts", parts, "['signed_up']"))))
    named = {role: in_one_form([column])[0] for role, column in roles.items() if column is not None}
    names = in_one_form(str(column) for column in frame.columns)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"Columns must have distinct names. Received: {twice[0]!r} twice. Rename.")
    if 0 in frame.shape:
        raise InputError(
            f"{argument} must have at least one row and one column. Received: shape {frame.shape}."
        )
    frame = frame.set_axis(names, axis="columns")
    made = {part for name in dated for part in names_of_parts(name)} - {*names}
    _refuse_unknown(frame, named, drop=[name for name in left if name not in made], parts=dated)
    refuse_two_roles(left, **named)
    _refuse_parts(dated, left, named)
    return GivenColumns(
        frame.drop(columns=[*(name for name in left if name not in made), *named.values()]),
        **{
            "target" if role == "time_to" else role: frame[column] for role, column in named.items()
        },
        dropped=tuple(left),
        parts=tuple(dated),
    )


@dataclass(frozen=True)
class ReadColumns:
    """The columns after reading, without rows that lack a target, sorted by time if there is one.

    Attributes
    ----------
    used : UsedColumns
        The features.
    target : Target, or None
        None if no target was given, or if it has a problem.
    groups, times : ndarray, or None
        See `bridle.workbench.data.dataset.Dataset`.
    findings : tuple of Finding
        Findings on the column of times.
    columns : tuple of ColumnUse
        Uses of target, groups, time, dropped columns and features.
    problems : Problems
        All problems of columns.
    """

    used: UsedColumns
    target: Target | None
    groups: npt.NDArray[np.intp] | None
    times: npt.NDArray[np.intp] | None
    findings: tuple[Finding, ...]
    columns: tuple[ColumnUse, ...]
    problems: Problems


def read_given(given: GivenColumns, task: TaskKind | None, words: MissingWords) -> ReadColumns:
    """Read all columns and collect their problems.

    Parameters
    ----------
    given : GivenColumns
        The columns.
    task : {"binary", "multiclass", "regression", "count", "survival"} or None
        Kind of the task; None to infer it from the target.
    words : MissingWords
        Words for missing values.

    Raises
    ------
    InputError
        No column contains one of the words.
    """
    words.refuse_unused(given.all())
    problems, findings = Problems(), tuple[Finding, ...]()
    target, times, groups = None, None, None
    rows = np.arange(len(given.features))
    if given.target is not None:
        name = str(given.target.name)
        with problems.of(("target", name)):
            target = (
                read_target(given.target, name, task, words)
                if given.event is None
                else read_survival(given.target, given.event, words)
            )
            rows = np.flatnonzero(target.known)
    order = np.arange(len(rows))
    if given.time is not None:
        name = str(given.time.name)
        with problems.of(("time", name)):
            # Dates are compared as instants, independent of time zones and of the order of day and
            # month.
            instants = read_column(given.time, name, words)
            findings = instants.findings(name)
            order, times = time_order(instants.values.iloc[rows], name)
    rows = rows[order]
    if given.groups is not None:
        with problems.of(("groups", str(given.groups.name))):
            groups = group_codes(read_labels(given.groups, words), len(given.features), rows)
    parts = _parts(given, words, problems)
    if given.time is not None:
        findings += tuple(part.finding for part in parts if part.finding.column == given.time.name)
    used = use_columns(
        given.features.iloc[rows],
        words,
        problems,
        [replace(part, frame=part.frame.iloc[rows]) for part in parts],
    )
    if target is not None:
        target = replace(target, values=target.values[order])
    columns = (*_roles(given, target, findings, problems), *used.columns)
    return ReadColumns(used, target, groups, times, findings, columns, problems)


def refuse_two_roles(drop: Sequence[str], **roles: str | None) -> None:
    """Raise an error for a column with two roles, or one that is both dropped and used.

    Raises
    ------
    InputError
        A column has two roles.
    """
    given = [(role, name) for role, name in roles.items() if name is not None]
    for role, name in given:
        if name in drop:
            what = "time to an event" if role == "time_to" else role
            raise InputError(f"drop must not name the {what}. Received: {name!r} for both.")
    for (role, name), (other, same) in combinations(given, 2):
        if name == same:
            raise InputError(
                f"{option(role)} and {option(other)} must be two columns. Received: {name!r} for both."
            )


def _refuse_unknown(frame: pd.DataFrame, roles: dict[str, str], **several: Sequence[str]) -> None:
    """Raise an error that lists all names that are not columns."""
    asked = [(_SOUGHT[role], name) for role, name in roles.items()]
    asked += [(_SOUGHT[role], name) for role, names in several.items() for name in names]
    problems = Problems()
    for what, name in asked:
        if name not in frame.columns:
            problems.add((what, name), UnknownNameError(what, name, frame.columns))
    problems.raise_all()


def _refuse_parts(parts: Sequence[str], drop: Sequence[str], roles: dict[str, str]) -> None:
    """Raise an error for parts of a column that is neither a feature nor the time."""
    others = {
        **dict.fromkeys(drop, "dropped"),
        **{name: f"the {role}" for role, name in roles.items()},
    }
    for name in parts:
        if others.get(name, "the time") != "the time":
            raise InputError(
                "parts must name features, or the time. Received: "
                f"parts=[{name!r}], which is {others[name]}."
            )


def _parts(given: GivenColumns, words: MissingWords, problems: Problems) -> list[DateParts]:
    """Return the requested parts of dates."""
    found: list[DateParts] = []
    for name in given.parts:
        is_time = name not in given.features
        column = given.time if is_time else given.features[name]
        assert column is not None  # other names were refused
        with problems.of(("time", name) if is_time else name):
            parts = parts_of(column, name, words, given.dropped)
            taken = [name for name in parts.frame if name in given.names()]
            if taken:
                raise InputError(
                    "A column must not have the name of a part of another. Received: "
                    f"{taken[0]!r} and parts=[{name!r}]. Rename the column."
                )
            found.append(parts)
    return found


def _roles(
    given: GivenColumns,
    target: Target | None,
    findings: Sequence[Finding],
    problems: Problems,
) -> Iterator[ColumnUse]:
    """Yield the uses of the columns that are not features."""
    notes = {"target": target.findings if target else (), "time": findings}
    for role in ("target", "event", "groups", "time"):
        column: pd.Series[Any] | None = getattr(given, role)
        if column is None or column.name is None:
            continue
        name = str(column.name)
        wrong = problems.message((role, name))
        said = tuple(note.message for note in notes.get(role, ())) if wrong is None else (wrong,)
        missing = int(column.isna().sum())
        if role == "target" and target is not None:
            missing = int((~target.known).sum())
        different = int(column.astype(str)[column.notna()].nunique())
        yield ColumnUse(name, "problem" if wrong else role, different, missing, said)
    for name in given.dropped:
        yield ColumnUse(name, "dropped", 0, 0)
