"""Dates that programs write where there is none, such as 9999-12-31."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["no_date"]

_EPOCH = date(1970, 1, 1)
_WRITTEN_FOR_NONE = frozenset(
    float((day - _EPOCH).days)
    for day in (
        *(date(1, 1, 1), date(1601, 1, 1), date(1753, 1, 1), date(1899, 12, 30)),
        *(date(1899, 12, 31), date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1)),
        *(date(2099, 12, 31), date(2100, 1, 1), date(2999, 12, 31), date(9999, 12, 31)),
    )
)
_FEWEST = 2


def no_date(days: pd.Series[Any]) -> str | None:
    """Return a note on such a date, as the end of "is read", or None.

    It stands in several rows, and is further from all other dates than these are from each other.

    Parameters
    ----------
    days : Series of shape (n,)
        Days since 1970, NaN where missing.
    """
    distinct, counts = np.unique(days.dropna().to_numpy(), return_counts=True)
    if len(distinct) <= _FEWEST:
        return None
    for place, others in ((0, distinct[1:]), (-1, distinct[:-1])):
        day = float(distinct[place])
        is_far = np.abs(others - day).min() > np.ptp(others)
        if np.floor(day) in _WRITTEN_FOR_NONE and counts[place] >= _FEWEST and is_far:
            written = _EPOCH + timedelta(days=int(np.floor(day)))
            return (
                f"with {written} in {counts[place]:,} rows, far from all other dates: if it stands for "
                "a missing value, leave the field empty or name it as a word for missing"
            )
    return None
