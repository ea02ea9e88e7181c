"""What `bridle.compare` may be given, and the dataset that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.dataset import Dataset, from_arrays, make_dataset
from bridle.workbench.row_arrays import collect_batches, from_row_arrays
from bridle.workbench.task import TaskKind

__all__ = ["dataset_of"]


def dataset_of(
    X: Any,
    y: npt.ArrayLike | pd.Series[Any] | str | None,
    task: TaskKind | None,
    drop: Sequence[str],
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
) -> Dataset:
    """Make a dataset of what `bridle.compare` was given; see there.

    Parameters
    ----------
    X : array-like, DataFrame or iterable of batches
    y : array-like, str or None
    task : {"binary", "multiclass", "regression"} or None
    drop : sequence of str
    groups : array-like, str or None

    Raises
    ------
    InputError
        X and y do not go together, or cannot be used.
    """
    if y is None:
        if isinstance(X, np.ndarray | pd.DataFrame) or not isinstance(X, Iterable):
            raise InputError(
                "y must be given, unless X gives batches of features and targets. Received: "
                f"y=None, and X of type {type(X).__name__}."
            )
        X, y = collect_batches(X)
    if not isinstance(y, str):
        if isinstance(X, np.ndarray) and X.ndim > 2:
            return from_row_arrays(X, y, task=task, groups=groups)
        return from_arrays(X, y, task=task, drop=drop, groups=groups)
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
    return make_dataset(X, y, task=task, drop=drop, name="X", groups=groups)
