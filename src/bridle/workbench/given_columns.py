"""Columns that were given, by what they are: all read in one place, and all problems named at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.base import Finding
from bridle.workbench.column_reading import read_column, read_labels
from bridle.workbench.missing_words import MissingWords
from bridle.workbench.problems import Problems
from bridle.workbench.row_roles import group_codes, time_order
from bridle.workbench.target import Target, read_target
from bridle.workbench.task import TaskKind
from bridle.workbench.used_columns import ColumnUse, UsedColumns, use_columns

__all__ = ["GivenColumns", "ReadColumns", "read_given"]


@dataclass(frozen=True)
class GivenColumns:
    """Columns of n rows each.

    Attributes
    ----------
    features : DataFrame
    target : Series
        With a name.
    groups, time : Series, or None
        The group of a row, and what rows are sorted by; without a name where it is no column.
    dropped : tuple of str
        Names of those that the user leaves out.
    """

    features: pd.DataFrame
    target: pd.Series[Any]
    groups: pd.Series[Any] | None = None
    time: pd.Series[Any] | None = None
    dropped: tuple[str, ...] = ()

    def all(self) -> Iterator[pd.Series[Any]]:
        """Give every column that is used."""
        yield from (self.features[one] for one in self.features)
        yield from (one for one in (self.target, self.groups, self.time) if one is not None)


@dataclass(frozen=True)
class ReadColumns:
    """Columns as they are meant, rows without a target left out, in the order of time if there is one.

    Attributes
    ----------
    used : UsedColumns
    target : Target
    groups, times : ndarray, or None
        See `bridle.workbench.dataset.Dataset`.
    findings : tuple of Finding
        How the column of times was read.
    columns : tuple of ColumnUse
        Target, groups and time, what is dropped, features.
    """

    used: UsedColumns
    target: Target
    groups: npt.NDArray[np.intp] | None
    times: npt.NDArray[np.intp] | None
    findings: tuple[Finding, ...]
    columns: tuple[ColumnUse, ...]


def read_given(given: GivenColumns, task: TaskKind | None, words: MissingWords) -> ReadColumns:
    """Read all columns.

    Parameters
    ----------
    given : GivenColumns
    task : {"binary", "multiclass", "regression"} or None
        Default: inferred from the target.
    words : MissingWords
        What stands for a missing value.

    Raises
    ------
    InputError
        Columns cannot be used; it names the problem of each.
    """
    words.refuse_unused(given.all())
    problems, findings = Problems(), tuple[Finding, ...]()
    n_rows, name = len(given.target), str(given.target.name)
    target, times, groups = None, None, None
    with problems.of(("target", name)):
        target = read_target(given.target, name, task, words)
    rows = np.arange(n_rows) if target is None else np.flatnonzero(target.known)
    order = np.arange(len(rows))
    if given.time is not None:
        name = str(given.time.name)
        with problems.of(("time", name)):
            # Dates are compared as instants, whatever their zones and the order of day and month.
            instants = read_column(given.time, name, words)
            findings = instants.findings(name)
            order, times = time_order(instants.values.iloc[rows], name)
    rows = rows[order]
    if given.groups is not None:
        with problems.of(("groups", str(given.groups.name))):
            groups = group_codes(read_labels(given.groups, words), n_rows, rows)
    used = use_columns(given.features.iloc[rows], words, problems)
    problems.raise_all()
    assert target is not None  # what could not be read is a problem
    target = replace(target, values=target.values[order])
    columns = (*_roles(given, target), *used.columns)
    return ReadColumns(used, target, groups, times, findings, columns)


def _roles(given: GivenColumns, target: Target) -> Iterator[ColumnUse]:
    """Give what the columns are taken for that are no features."""
    notes = tuple(one.message for one in target.findings)
    different = len(target.task.classes) or len(np.unique(target.values))
    missing = int((~target.known).sum())
    yield ColumnUse(str(given.target.name), "target", different, missing, notes)
    for role, column in (("groups", given.groups), ("time", given.time)):
        if column is not None and column.name is not None:
            yield ColumnUse(str(column.name), role, column.astype(str).nunique(), 0)
    for one in given.dropped:
        yield ColumnUse(one, "dropped", 0, 0)
