"""Numbers of distinct values of columns; columns of one type of number are sorted together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.types import Index

__all__ = ["count_distinct", "distinct_values"]

# Columns sorted at a time, so that no second table is held.
_COLUMNS_A_BLOCK = 256


def distinct_values(frame: pd.DataFrame) -> dict[str, int]:
    """Return the number of distinct values of each column of a canonical table, missing ones apart."""
    kinds = np.array([_sorted_as(dtype) for dtype in frame.dtypes], dtype=object)
    found: dict[str, int] = {}
    for kind in ("float64", "int64"):
        some = frame.loc[:, kinds == kind]
        values = some.to_numpy()
        counts = count_distinct(values) - np.isnan(values).any(axis=0)
        found.update(zip(map(str, some), counts.tolist(), strict=True))
    others = frame.loc[:, kinds == ""]
    found.update({str(name): int(column.nunique()) for name, column in others.items()})
    return found


def count_distinct(values: npt.NDArray[Any]) -> Index:
    """Return the number of distinct values of each column, shape (n, p); NaN is one value."""
    counts = np.empty(values.shape[1], dtype=np.intp)
    for begin in range(0, counts.size, _COLUMNS_A_BLOCK):
        block = slice(begin, begin + _COLUMNS_A_BLOCK)
        columns = np.sort(values[:, block].T, axis=1)  # NaN last
        steps = columns[:, 1:] != columns[:, :-1]
        steps &= columns[:, :-1] == columns[:, :-1]
        counts[block] = min(len(values), 1) + steps.sum(axis=1)
    return counts


def _sorted_as(dtype: Any) -> str:
    return str(dtype) if dtype in (np.float64, np.int64) else ""
