"""A table or a matrix, made ready for an experiment: features, target and task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError, UnknownNameError
from bridle.workbench.arguments import names_in
from bridle.workbench.checks.table import Finding, left_out, run_checks
from bridle.workbench.columns.column_reading import file_note, read_columns
from bridle.workbench.columns.columns import canonical, refuse_free_text
from bridle.workbench.columns.foreign_tables import refuse_other_order
from bridle.workbench.columns.given_arrays import as_frame, as_target, as_vector
from bridle.workbench.columns.row_roles import group_codes, group_column, in_time_order
from bridle.workbench.columns.target import encode_target, has_target
from bridle.workbench.task import Task, TaskKind

__all__ = [
    "Dataset",
    "from_arrays",
    "make_dataset",
    "refuse_two_roles",
]


@dataclass(frozen=True)
class Dataset:
    """Features and target of an experiment, checked.

    Attributes
    ----------
    frame : DataFrame of shape (n, p)
        The features that are used, in the forms of `bridle.workbench.columns.columns.canonical`.
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
) -> Dataset:
    """Make a dataset of a table that holds features and target.

    Parameters
    ----------
    frame : DataFrame of shape (n, columns)
        Not changed. The name of its index says what a row is called in messages.
    target : str
        The column to predict. Rows without it are left out.
    task : {"binary", "multiclass", "regression"}, optional
        Default: inferred from the target, see `bridle.workbench.columns.target.encode_target`.
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
    drop = names_in("drop", drop, "['age']")
    frame = frame.set_axis(_checked_names(frame.columns), axis="columns")
    _refuse_empty(frame, "frame")
    if target not in frame.columns:
        raise UnknownNameError("target column", target, frame.columns)
    refuse_two_roles(drop, target=target, groups=groups, time=time)
    known, without = has_target(frame[target], target)
    n_rows, frame = len(frame), frame[known]
    times = None
    if time is not None:
        # Dates are compared as instants, whatever their zones and the order of day and month.
        instants, _ = read_columns(frame[[time]] if time in frame else frame.iloc[:, :0])
        frame, times = in_time_order(frame.assign(**instants), time)
    features = _without(frame.drop(columns=target), drop)
    codes = None
    if groups is not None:
        features, codes = group_column(features, groups)
    made = _assemble(features, frame[target], task, name, target, codes, (*notes, *without))
    return replace(made, times=times, rows_left_out=n_rows - len(frame))


def from_arrays(
    X: npt.ArrayLike | pd.DataFrame,
    y: npt.ArrayLike | pd.Series[Any],
    *,
    task: TaskKind | None = None,
    feature_names: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
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

    Returns
    -------
    Dataset
        Called ``"X, y"``.

    Raises
    ------
    InputError
        If X is not a dense matrix, lengths differ, or values cannot be used.
    """
    drop = names_in("drop", drop, "['age']")
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
    refuse_two_roles(drop, groups=groups if isinstance(groups, str) else None)
    features = _without(features, drop)
    target_name = "y" if target.name is None else str(target.name)
    target = target.set_axis(features.index, axis="index")
    known, without = has_target(target, target_name)
    codes = None
    if isinstance(groups, str):
        features, codes = group_column(features[known], groups)
    else:
        if groups is not None:
            codes = group_codes(as_vector(groups, "groups"), len(features), known)
        features = features[known]
    notes = (*([] if how is None else [how]), *without)
    made = _assemble(features, target[known], task, "X, y", target_name, codes, notes)
    return replace(made, rows_left_out=int((~known).sum()))


def _assemble(
    features: pd.DataFrame,
    target: pd.Series[Any],
    task_kind: TaskKind | None,
    name: str,
    target_name: str,
    groups: npt.NDArray[np.intp] | None,
    notes: Iterable[str],
) -> Dataset:
    codes, task = encode_target(target, target_name, task_kind)
    features, read = read_columns(features)
    frame = canonical(features)
    findings = (*map(file_note, notes), *read, *run_checks(frame, codes, task))
    without = left_out(findings)
    frame = frame.drop(columns=list(without))
    refuse_free_text(frame)
    if frame.shape[1] == 0:
        reasons = " ".join(one.message for one in findings if one.column in without)
        raise InputError(f"No feature is left to predict {target_name!r} from. {reasons}".rstrip())
    frame = frame.reset_index(drop=True)
    return Dataset(frame, codes, task, name, target_name, findings, without, groups=groups)


def _checked_names(columns: Iterable[object]) -> list[str]:
    names = [str(column) for column in columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"Columns must have distinct names. Received: {twice[0]!r} twice. Rename.")
    return names


def _without(frame: pd.DataFrame, drop: Sequence[str]) -> pd.DataFrame:
    for one in drop:
        if one not in frame.columns:
            raise UnknownNameError("column to drop", one, frame.columns)
    return frame.drop(columns=list(drop))


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
