"""Data that `bridle.compare` was given, and the dataset that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.columns.foreign_tables import as_pandas
from bridle.workbench.columns.given_arrays import as_array
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.data.dataset import Dataset, from_arrays, make_dataset
from bridle.workbench.data.row_arrays import collect_batches, from_row_arrays, refuse_columns
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
) -> Dataset:
    """Make a dataset of what `bridle.compare` was given; see there.

    Parameters
    ----------
    X : array-like, DataFrame or iterable of batches
    y : array-like, str or None
    task : {"binary", "multiclass", "regression"} or None
    drop : sequence of str
    groups : array-like, str or None
    missing, keep, parts : sequence of str

    Raises
    ------
    InputError
        X and y do not go together, or cannot be used.
    """
    X, y, groups = as_pandas(X, "X"), as_pandas(y, "y"), as_pandas(groups, "groups")
    if y is None:
        if isinstance(X, np.ndarray | pd.DataFrame | str | Mapping) or not isinstance(X, Iterable):
            raise InputError(
                "y must be given, unless X gives batches of features and targets. Received: "
                f"y=None, and X of type {type(X).__name__}."
            )
        X, y = collect_batches(X)
    if not isinstance(y, str):
        if not isinstance(X, pd.DataFrame):
            X = as_array(X, "X")
            if X.ndim > 2:
                refuse_columns(X, drop=drop, parts=parts)
                return _from_rows(X, y, task, groups, MissingWords.of(missing, keep))
        return from_arrays(
            X, y, task=task, drop=drop, groups=groups, missing=missing, keep=keep, parts=parts
        )
    if not isinstance(X, pd.DataFrame):
        raise InputError(
            f"X must be a pandas DataFrame where y names a column of it. Received: "
            f"{type(X).__name__}, and y={y!r}."
        )
    if not (groups is None or isinstance(groups, str)):
        raise InputError(
            "groups must name a column of X where y does. Received: an object of "
            f"{type(groups).__name__}."
        )
    return make_dataset(
        X,
        y,
        task=task,
        drop=drop,
        name="X",
        groups=groups,
        missing=missing,
        keep=keep,
        parts=parts,
    )


def _from_rows(
    X: npt.NDArray[Any],
    y: Any,
    task: TaskKind | None,
    groups: npt.ArrayLike | pd.Series[Any] | str | None,
    words: MissingWords,
) -> Dataset:
    if isinstance(groups, str):
        raise InputError(
            "groups must have an entry for each row where rows are images or sequences, which have no "
            f"columns. Received: groups={groups!r}."
        )
    return from_row_arrays(X, y, task=task, groups=groups, words=words)
