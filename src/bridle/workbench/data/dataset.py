"""`Dataset`: features, target and task of an experiment, from a table or a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.arguments import in_one_form
from bridle.workbench.checks.table.catalogue import run_target_checks
from bridle.workbench.columns.column_reading import file_note
from bridle.workbench.columns.foreign_tables import refuse_other_order
from bridle.workbench.columns.given_arrays import as_frame, as_target, as_vector
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import PlainNumbers, Rule
from bridle.workbench.data.given_columns import GivenColumns, columns_of, read_given
from bridle.workbench.data.survival_target import as_survival_columns, is_survival
from bridle.workbench.data.used_columns import ColumnUse
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task, TaskKind

__all__ = ["Dataset", "from_arrays", "make_dataset"]


@dataclass(frozen=True)
class Dataset:
    """Checked features and target of an experiment.

    Attributes
    ----------
    frame : DataFrame of shape (n, p)
        The used features, in the forms of `bridle.workbench.columns.columns.canonical`.
    target : ndarray of shape (n,)
        int64 codes 0, 1, … of the classes, float64 numbers, or for survival times a structured array
        of ``event`` (bool) and ``time`` (float64).
    task : Task
        Kind of the task.
    name : str
        Source of the data: a file name, or ``"X, y"``.
    target_name : str
        Name of the target, or of the time to an event.
    findings : tuple of Finding
        Findings of the checks of the data.
    left_out : tuple of str
        Columns that are not used as features because of a finding, in the order of the findings.
    shape : tuple of int, or None
        Shape of one row for images and sequences, which are flattened in ``frame``.
    groups : ndarray of shape (n,), or None
        Code of the group of each row; all rows of a group are in the same part of a split.
    times : ndarray of shape (n,), or None
        Index of each row's time among the distinct times, if rows are sorted by a column.
    rows_left_out : int
        Number of given rows without a target, which are not in ``frame``.
    columns : tuple of ColumnUse
        Use of each given column; empty for images and sequences.
    rules : mapping of str to Rule
        Rule by which the text of each feature is read; empty for images and sequences.
    words : MissingWords
        Words for missing values.
    labels : tuple of str, int, float and bool
        The classes as they were given; empty for a regression.
    drawn_from : int, or None
        Number of the rows from which those of the dataset were drawn at random, if they were.
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
    rules: Mapping[str, Rule] = field(default_factory=dict)
    words: MissingWords = field(default_factory=MissingWords)
    labels: tuple[Any, ...] = ()
    drawn_from: int | None = None


def make_dataset(
    frame: pd.DataFrame,
    target: str,
    *,
    task: TaskKind | None = None,
    event: str | None = None,
    drop: Sequence[str] = (),
    name: str = "table",
    groups: str | None = None,
    time: str | None = None,
    notes: Sequence[str] = (),
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
    parts: Sequence[str] = (),
    comma: bool = False,
) -> Dataset:
    """Make a dataset of a table with features and target.

    Parameters
    ----------
    frame : DataFrame of shape (n, columns)
        Not changed. The name of its index is the word for a row in messages.
    target : str
        The column to predict, or that of the time to an event. Rows without it are left out.
    task : {"binary", "multiclass", "regression", "count", "survival"}, optional
        Default: inferred from the target, see `bridle.workbench.data.target.read_target`; survival if
        there is an event.
    event : str, optional
        For survival: the column that says whether the event was seen. Rows without it are left out.
    drop : sequence of str
        Columns to leave out.
    name : str
        Name of the dataset.
    groups : str, optional
        Column with the group of a row, for instance a patient; not used as a feature.
    time : str, optional
        Column to sort the rows by, for splits in time; not used as a feature.
    notes : sequence of str
        Sentences on how the file was read, for the report.
    missing, keep : sequence of str
        Words or numbers that mean a missing value in addition to those of
        `bridle.workbench.columns.missing_words`; and words of that list that are values.
    parts : sequence of str
        Dates whose year, month, day, weekday and hour are features too, see
        `bridle.workbench.columns.date_parts`.
    comma : bool
        Whether the file that was read has commas before decimals. Default False.

    Returns
    -------
    Dataset

    Raises
    ------
    UnknownNameError
        A column does not exist.
    InputError
        A column or the target cannot be used; the message names column and row.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"frame must be a pandas DataFrame. Received: {type(frame).__name__}. For arrays use "
            "from_arrays(X, y)."
        )
    words = MissingWords.of(missing, keep)
    named = {"target": target} if event is None else {"time_to": target, "event": event}
    given = columns_of(frame, drop, parts=parts, **named, groups=groups, time=time)
    dataset = _assemble(given, task, name, words, notes)
    return replace(dataset, rules=_with_commas(dataset.rules)) if comma else dataset


def _with_commas(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    return {
        name: replace(rule, comma=True) if isinstance(rule, PlainNumbers) else rule
        for name, rule in rules.items()
    }


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
    parts: Sequence[str] = (),
) -> Dataset:
    """Make a dataset of a matrix of features and a vector of targets.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n, p)
        Rows are paired with those of ``y`` by position.
    y : array-like, Series or DataFrame of shape (n,) or (n, 1)
        Or one-hot, of shape (n, classes). Rows without a target are left out. For survival: a structured
        array of events and times, or columns (time, event).
    task : {"binary", "multiclass", "regression", "count", "survival"}, optional
        Default: inferred from y.
    feature_names : sequence of p str, optional
        Default: the column names of a DataFrame, otherwise x0, x1, ….
    drop : sequence of str
        Columns of X to leave out.
    groups : array-like of shape (n,), or str, optional
        The group of each row, or the name of the column of X with the groups, which is then not a
        feature.
    missing, keep, parts : sequence of str
        As in `make_dataset`.

    Returns
    -------
    Dataset
        With the name ``"X, y"``.

    Raises
    ------
    InputError
        X is not a dense matrix, lengths differ, or values cannot be used.
    """
    words = MissingWords.of(missing, keep)
    features = as_frame(X)
    if feature_names is not None:
        names = list(feature_names)
        if len(names) != features.shape[1]:
            raise InputError(
                f"feature_names must have one name for each of the {features.shape[1]:,} columns "
                f"of X. Received: {len(names):,} names."
            )
        features = features.set_axis(names, axis="columns")
    target, how, event = None, None, None
    if is_survival(task):
        target, event = as_survival_columns(y)
    else:
        target, how = as_target(y)
    if len(target) != len(features):
        raise InputError(
            f"X and y must have the same number of rows. Received: X with {len(features):,} and "
            f"y with {len(target):,}."
        )
    refuse_other_order(X, target, "y")
    refuse_other_order(X, groups, "groups")
    refuse_other_order(y, groups, "groups", "y")
    given = columns_of(
        features,
        drop,
        parts=parts,
        argument="X",
        groups=groups if isinstance(groups, str) else None,
    )
    name = "y" if target.name is None else in_one_form([str(target.name)])[0]
    given = replace(given, target=target.set_axis(features.index, axis="index").rename(name))
    if event is not None:
        given = replace(given, event=event.set_axis(features.index, axis="index"))
    if not (groups is None or isinstance(groups, str)):
        given = replace(given, groups=as_vector(groups, "groups"))
    return _assemble(given, task, "X, y", words, () if how is None else (how,))


def _assemble(
    given: GivenColumns,
    task: TaskKind | None,
    name: str,
    words: MissingWords,
    notes: Iterable[str],
) -> Dataset:
    read = read_given(given, task, words)
    read.problems.raise_all()
    used, target = read.used, read.target
    assert given.target is not None  # without problems neither is None
    assert target is not None
    findings = (
        *map(file_note, notes),
        *target.findings,
        *read.findings,
        *used.findings,
        *run_target_checks(used.frame, target.values, target.task),
    )
    target_name = str(given.target.name)
    if used.frame.shape[1] == 0:
        reasons = " ".join(
            finding.message for finding in findings if finding.column in used.left_out
        )
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
        rules=used.rules,
        words=words,
        labels=target.labels,
    )
