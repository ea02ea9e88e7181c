"""A table or a matrix, made ready for an experiment: features, target and task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError, UnknownNameError
from bridle.workbench.arguments import in_one_form, names_in
from bridle.workbench.checks import Finding, run_checks
from bridle.workbench.column_reading import file_note
from bridle.workbench.foreign_tables import refuse_other_order
from bridle.workbench.given_arrays import as_frame, as_target, as_vector
from bridle.workbench.given_columns import GivenColumns, read_given
from bridle.workbench.missing_words import MissingWords
from bridle.workbench.problems import Problems
from bridle.workbench.task import Task, TaskKind
from bridle.workbench.used_columns import ColumnUse

__all__ = [
    "Dataset",
    "from_arrays",
    "make_dataset",
    "refuse_two_roles",
]

_SOUGHT = {"target": "target column", "groups": "column for groups", "time": "column for time"}


@dataclass(frozen=True)
class Dataset:
    """Features and target of an experiment, checked.

    Attributes
    ----------
    frame : DataFrame of shape (n, p)
        The features that are used, in the forms of `bridle.workbench.columns.canonical`.
    target : ndarray of shape (n,)
        int64 codes 0, 1, … of the classes, or float64 numbers.
    task : Task
    name : str
        Where it came from: a file name, or ``"X, y"``.
    target_name : str
    findings : tuple of Finding
        What the checks of the data found.
    left_out : tuple of str
        Columns that are not used as features because of a finding, in the order of the findings.
    shape : tuple of int, or None
        Of one row, where rows are images or sequences, which the frame holds flat.
    groups : ndarray of shape (n,), or None
        Code of the group of each row; rows of one group never stand on two sides of a split.
    times : ndarray of shape (n,), or None
        Which of the distinct times each row has, where they are in the order of a column.
    rows_left_out : int
        How many rows that were given have no target, and are not in the frame.
    columns : tuple of ColumnUse
        What each column that was given is taken for; none where rows are images or sequences.
    """

    frame: pd.DataFrame
    target: npt.NDArray[Any]
    task: Task
    name: str
    target_name: str
    findings: tuple[Finding, ...] = ()
    left_out: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None
    groups: npt.NDArray[np.intp] | None = None
    times: npt.NDArray[np.intp] | None = None
    rows_left_out: int = 0
    columns: tuple[ColumnUse, ...] = ()


def make_dataset(
    frame: pd.DataFrame,
    target: str,
    *,
    task: TaskKind | None = None,
    drop: Sequence[str] = (),
    name: str = "table",
    groups: str | None = None,
    time: str | None = None,
    notes: Sequence[str] = (),
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> Dataset:
    """Make a dataset of a table that holds features and target.

    Parameters
    ----------
    frame : DataFrame of shape (n, columns)
        Not changed. The name of its index says what a row is called in messages.
    target : str
        The column to predict. Rows without it are left out.
    task : {"binary", "multiclass", "regression"}, optional
        Default: inferred from the target, see `bridle.workbench.target.read_target`.
    drop : sequence of str
        Columns to leave out.
    name : str
        What the dataset is called.
    groups : str, optional
        The column that names the group of a row, for instance a patient; it is no feature.
    time : str, optional
        The column to sort the rows by, for splits in time; it is no feature.
    notes : sequence of str
        How the file was read, one sentence each, for the report.
    missing, keep : sequence of str
        Words, or numbers, that stand for a missing value beside those of
        `bridle.workbench.missing_words`; and words of that list that are values.

    Returns
    -------
    Dataset

    Raises
    ------
    UnknownNameError
        If there is no such target or column.
    InputError
        If a column or the target cannot be used; the message names column and row.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"frame must be a pandas DataFrame. Received: {type(frame).__name__}. For arrays use "
            "from_arrays(X, y)."
        )
    words = MissingWords.of(missing, keep)
    left = in_one_form(names_in("drop", drop, "['age']"))
    roles = {"target": target, "groups": groups, "time": time}
    named = {role: in_one_form([one])[0] for role, one in roles.items() if one is not None}
    frame = frame.set_axis(_checked_names(frame.columns), axis="columns")
    _refuse_empty(frame, "frame")
    _refuse_unknown(frame, left, named)
    refuse_two_roles(left, **named)
    given = GivenColumns(
        features=frame.drop(columns=[*left, *named.values()]),
        target=frame[named["target"]],
        groups=frame[named["groups"]] if "groups" in named else None,
        time=frame[named["time"]] if "time" in named else None,
        dropped=tuple(left),
    )
    return _assemble(given, task, name, words, notes)


def from_arrays(
    X: npt.ArrayLike | pd.DataFrame,
    y: npt.ArrayLike | pd.Series[Any],
    *,
    task: TaskKind | None = None,
    feature_names: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> Dataset:
    """Make a dataset of a matrix of features and a vector of targets.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n, p)
        Rows are paired with those of ``y`` by position.
    y : array-like, Series or DataFrame of shape (n,) or (n, 1)
        Or of shape (n, classes), with a single 1 in each row and zeros. Rows without a target are left
        out.
    task : {"binary", "multiclass", "regression"}, optional
        Default: inferred from y.
    feature_names : sequence of p str, optional
        Default: the columns of a DataFrame, else x0, x1, ….
    drop : sequence of str
        Columns of X to leave out.
    groups : array-like of shape (n,), or str, optional
        The group of each row, or the column of X that names it, which then is no feature.
    missing, keep : sequence of str
        As in `make_dataset`.

    Returns
    -------
    Dataset
        Called ``"X, y"``.

    Raises
    ------
    InputError
        If X is not a dense matrix, lengths differ, or values cannot be used.
    """
    words = MissingWords.of(missing, keep)
    left = in_one_form(names_in("drop", drop, "['age']"))
    features = as_frame(X)
    if feature_names is not None:
        names = list(feature_names)
        if len(names) != features.shape[1]:
            raise InputError(
                f"feature_names must have one name for each of the {features.shape[1]:,} columns "
                f"of X. Received: {len(names):,} names."
            )
        features = features.set_axis(names, axis="columns")
    features = features.set_axis(_checked_names(features.columns), axis="columns")
    _refuse_empty(features, "X")
    target, how = as_target(y)
    if len(target) != len(features):
        raise InputError(
            f"X and y must have the same number of rows. Received: X with {len(features):,} and "
            f"y with {len(target):,}."
        )
    refuse_other_order(X, target, "y")
    refuse_other_order(X, groups, "groups")
    named = {"groups": in_one_form([groups])[0]} if isinstance(groups, str) else {}
    _refuse_unknown(features, left, named)
    refuse_two_roles(left, **named)
    group: pd.Series[Any] | None = None
    if named:
        group = features[named["groups"]]
    elif groups is not None:
        group = as_vector(groups, "groups")
    given = GivenColumns(
        features=features.drop(columns=[*left, *named.values()]),
        target=target.set_axis(features.index, axis="index").rename(
            "y" if target.name is None else str(target.name)
        ),
        groups=group,
        dropped=tuple(left),
    )
    return _assemble(given, task, "X, y", words, () if how is None else (how,))


def _assemble(
    given: GivenColumns,
    task: TaskKind | None,
    name: str,
    words: MissingWords,
    notes: Iterable[str],
) -> Dataset:
    read = read_given(given, task, words)
    used, target = read.used, read.target
    findings = (
        *map(file_note, notes),
        *target.findings,
        *read.findings,
        *used.findings,
        *run_checks(used.frame, target.values, target.task),
    )
    target_name = str(given.target.name)
    if used.frame.shape[1] == 0:
        reasons = " ".join(one.message for one in findings if one.column in used.left_out)
        raise InputError(f"No feature is left to predict {target_name!r} from. {reasons}".rstrip())
    return Dataset(
        used.frame.reset_index(drop=True),
        target.values,
        target.task,
        name,
        target_name,
        findings,
        used.left_out,
        groups=read.groups,
        times=read.times,
        rows_left_out=len(given.target) - len(target.values),
        columns=read.columns,
    )


def _checked_names(columns: Iterable[object]) -> list[str]:
    names = in_one_form(str(column) for column in columns)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"Columns must have distinct names. Received: {twice[0]!r} twice. Rename.")
    return names


def _refuse_unknown(frame: pd.DataFrame, drop: Sequence[str], roles: dict[str, str]) -> None:
    """Refuse names that no column has, all at once."""
    asked = [(_SOUGHT[role], name) for role, name in roles.items()]
    problems = Problems()
    for what, name in (*asked, *(("column to drop", one) for one in drop)):
        if name not in frame.columns:
            problems.add((what, name), UnknownNameError(what, name, frame.columns))
    problems.raise_all()


def refuse_two_roles(drop: Sequence[str], **roles: str | None) -> None:
    """Refuse a column that is asked to be two things at once, or to be left out and used."""
    given = [(role, name) for role, name in roles.items() if name is not None]
    for role, name in given:
        if name in drop:
            raise InputError(f"drop must not name the {role}. Received: {name!r} for both.")
    for (role, name), (other, same) in combinations(given, 2):
        if name == same:
            raise InputError(
                f"{role} and {other} must be two columns. Received: {name!r} for both."
            )


def _refuse_empty(frame: pd.DataFrame, argument: str) -> None:
    if 0 in frame.shape:
        raise InputError(
            f"{argument} must have at least one row and one column. Received: shape {frame.shape}."
        )
