"""Dates as whole numbers, such as 20240331, or with a time, such as 20240331101530."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

__all__ = ["compact_dates", "compact_instant", "days_of"]

_FORMS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
"""Forms by their number of digits."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_EPOCH = datetime(1970, 1, 1)
_SECONDS_A_DAY = 86_400


def compact_dates(column: pd.Series[Any]) -> pd.Series[Any] | None:
    """Return days since 1970 if all numbers of a column are dates of one form; or None."""
    least, most = column.min(), column.max()
    if pd.isna(least) or least == most or not any(_in_years(least, most, size) for size in _FORMS):
        return None
    values: dict[Any, float] = {}
    for number in column.dropna().unique():
        instant = compact_instant(number)
        if instant is None:
            return None
        values[number] = days_of(instant)
    return column.map(values, na_action="ignore").astype(float)


def compact_instant(number: Any) -> datetime | None:
    """Return the date of a number or text such as 20240331 or 20240331101530; None for others."""
    try:
        digits = str(int(number))
        is_whole = isinstance(number, str) or number == int(digits)
        found = datetime.strptime(digits, _FORMS[len(digits)])
    except (KeyError, OverflowError, TypeError, ValueError):
        return None
    return found if is_whole and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def days_of(instant: datetime) -> float:
    """Return the days since 1970 of an instant."""
    return (instant - _EPOCH).total_seconds() / _SECONDS_A_DAY


def _in_years(least: Any, most: Any, size: int) -> bool:
    """Return whether numbers of so many digits may be dates."""
    year = 10 ** (size - 4)
    return bool(least >= _FIRST_YEAR * year and most < (_LAST_YEAR + 1) * year)
