"""Columns with few distinct values: only their values may determine the target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.types import Index
from bridle.workbench.columns.columns import numbers
from bridle.workbench.columns.distinct_values import count_distinct

__all__ = ["few_values"]


def few_values(
    frame: pd.DataFrame, below: float, asked: npt.NDArray[np.bool_] | None = None
) -> Iterator[tuple[str, Index, int]]:
    """Yield the columns with fewer distinct values than a number.

    Parameters
    ----------
    frame : DataFrame
    below : float
        Missing values count as one value.
    asked : ndarray of bool, of the columns of numbers, optional
        Which of them are examined. Default: all.

    Yields
    ------
    name : str
    groups : ndarray of shape (n,)
        Number of the row's value, from 0.
    n_groups : int
    """
    if below <= 1:
        return
    names, values = numbers(frame)
    wanted = np.ones(len(names), dtype=bool) if asked is None else asked
    places = np.flatnonzero(wanted)
    few = places[count_distinct(values[:, places]) < below]
    left = set(names) - {names[j] for j in few}
    for name in frame.columns:
        if name in left:
            continue
        groups = pd.factorize(frame[name], use_na_sentinel=False)[0]
        n_groups = int(groups.max()) + 1
        if n_groups < below:
            yield name, groups, n_groups
