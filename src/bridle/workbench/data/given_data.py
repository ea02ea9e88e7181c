"""Conversion of the arguments X and y of `bridle.compare` to a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.workbench.columns.foreign_tables import as_pandas
from bridle.workbench.columns.given_arrays import as_array
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.data.dataset import Dataset, from_arrays, make_dataset
from bridle.workbench.data.row_arrays import collect_batches, from_row_arrays, refuse_columns
from bridle.workbench.data.survival_target import is_survival, target_columns
from bridle.workbench.task import TaskKind

__all__ = ["dataset_of"]


def dataset_of(
    X: Any,
    y: npt.ArrayLike | pd.Series[Any] | str | None,
    task: TaskKind | None,
    drop: Sequence[str],
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
    missing: Sequence[str] = (),
    keep: Sequence[str] = (),
    parts: Sequence[str] = (),
    *,
    time_to: str | None = None,
    event: str | None = None,
    sequences: bool = False,
) -> Dataset:
    """Return the dataset for arguments of `bridle.compare`, which documents them.

    Parameters
    ----------
    X : array-like, DataFrame or iterable of batches
        Features, a table with the target, or batches of features and targets.
    y : array-like, str or None
        The target, the name of its column, or None with batches.
    task : {"binary", "multiclass", "regression", "count", "survival"} or None
        Kind of the task; None to infer it from the target.
    drop : sequence of str
        Columns to leave out.
    groups : array-like, str or None
        Groups of the rows, or the name of their column.
    missing, keep, parts : sequence of str
        Words for missing values, words that are values, and dates whose parts are features.
    time_to, event : str, optional
        Columns of the table X with survival times, instead of y.
    sequences : bool
        Whether X with three axes holds sequences whatever its shape. Default False.

    Raises
    ------
    InputError
        X and y do not fit together, or cannot be used.
    """
    X, y, groups = as_pandas(X, "X"), as_pandas(y, "y"), as_pandas(groups, "groups")
    named = time_to is not None or event is not None
    if named or (is_survival(task) and isinstance(X, pd.DataFrame) and _names_a_column(y)):
        y, event, task = _survival_columns(X, y, task, time_to, event)
    if y is None:
        if isinstance(X, np.ndarray | pd.DataFrame | str | Mapping) or not isinstance(X, Iterable):
            raise InputError(
                "y is missing. It can be left out only if X yields batches of features and "
                f"targets. Received: y=None, and X of type {type(X).__name__}."
            )
        X, y = collect_batches(X)
    if not isinstance(y, str):
        if not isinstance(X, pd.DataFrame):
            X = as_array(X, "X")
            if X.ndim > 2:
                refuse_columns(X, drop=drop, parts=parts)
                return _from_rows(
                    X, y, task, groups, MissingWords.of(missing, keep), sequences=sequences
                )
        return from_arrays(
            X, y, task=task, drop=drop, groups=groups, missing=missing, keep=keep, parts=parts
        )
    if not isinstance(X, pd.DataFrame):
        raise InputError(
            "X must be a pandas DataFrame if y is the name of a column. Received: "
            f"{type(X).__name__}, and y={y!r}."
        )
    if not (groups is None or isinstance(groups, str)):
        raise InputError(
            "groups must be the name of a column of X if y is. Received: an object of "
            f"{type(groups).__name__}."
        )
    return make_dataset(
        X,
        y,
        task=task,
        event=event,
        drop=drop,
        name="X",
        groups=groups,
        missing=missing,
        keep=keep,
        parts=parts,
    )


def _names_a_column(y: Any) -> bool:
    return y is None or isinstance(y, str)


def _survival_columns(
    X: Any, y: Any, task: TaskKind | None, time_to: Any, event: Any
) -> tuple[Any, str | None, TaskKind | None]:
    """Return the names of the columns of survival times, and the task."""
    if y is not None:
        what = f"y={y!r}" if isinstance(y, str) else f"y of type {type(y).__name__}"
        raise InputError(
            "y must be left out if time_to and event name the columns of survival times. Received: "
            f"{what}, time_to={shown(time_to)} and event={shown(event)}."
        )
    named = target_columns(None, task, time_to, event)
    if not isinstance(X, pd.DataFrame):
        raise InputError(
            "X must be a pandas DataFrame if time_to and event name its columns. Received: "
            f"{type(X).__name__}, time_to={shown(time_to)} and event={shown(event)}."
        )
    return named.target, named.event, named.task


def _from_rows(
    X: npt.NDArray[Any],
    y: Any,
    task: TaskKind | None,
    groups: npt.ArrayLike | pd.Series[Any] | str | None,
    words: MissingWords,
    *,
    sequences: bool,
) -> Dataset:
    if isinstance(groups, str):
        raise InputError(
            "groups must have an entry for each row if rows are images or sequences, which have no "
            f"columns. Received: groups={groups!r}."
        )
    return from_row_arrays(X, y, task=task, groups=groups, words=words, sequences=sequences)
