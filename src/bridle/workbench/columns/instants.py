"""Numbers that look like instants: seconds since 1970, or days as spreadsheets count them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["as_instant"]

_UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(2040, 1, 1, tzinfo=UTC)
_BEFORE_SPREADSHEETS = datetime(1899, 12, 30, tzinfo=UTC)
_NAME = re.compile(
    r"(^|[\W_\d])(dates?|days?|datum|tag|fecha|día|dia|data|jour|time|when|due|start|end|birth|dob|born)"
    r"($|[\W_\d])|[a-z](Date|Day|Datum)$|^\w{0,12}date$",
    re.IGNORECASE,
)
"""Names of days. Without one, numbers such as 45,000 are more often amounts."""


def as_instant(numbers: pd.Series[Any], name: str, least: int = 0) -> str | None:
    """Return a note on numbers that may be instants of 2000 to 2039, as the end of "is read", or None.

    Seconds and their parts are seen by their size, days of a spreadsheet by their size and name.

    Parameters
    ----------
    numbers : Series of shape (n,)
        NaN where missing.
    name : str
        Name of the column.
    least : int
        Number that was subtracted from them.
    """
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    low = float(np.fmin.reduce(values, initial=np.nan)) + least
    high = float(np.fmax.reduce(values, initial=np.nan)) + least
    if not low < high:  # none is known, or all are equal
        return None
    for unit, size in _UNITS.items():
        if _FIRST.timestamp() * size <= low and high < _LAST.timestamp() * size:
            first = int(numbers.dropna().iloc[0]) + least
            instant = datetime.fromtimestamp(first // size, UTC)
            return _note(first, f"{unit} since 1970", f"{instant:%Y-%m-%d %H:%M}")
    days = [(end - _BEFORE_SPREADSHEETS).days for end in (_FIRST, _LAST)]
    if days[0] <= low and high < days[1] and _NAME.search(name):
        first = int(numbers.dropna().iloc[0]) + least
        day = _BEFORE_SPREADSHEETS + timedelta(days=first)
        return _note(first, "days as spreadsheets count them", f"{day:%Y-%m-%d}")
    return None


def _note(number: int, meaning: str, instant: str) -> str:
    return f"as numbers, which may be {meaning}: {number} would be {instant}"
