"""Parts of dates: year, month, day, weekday and hour, as the clocks showed them there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bridle.errors import InputError, UnknownNameError
from bridle.workbench.columns.column_reading import finding, read_column
from bridle.workbench.columns.dates import clocks
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.finding import Finding

__all__ = ["DateParts", "names_of_parts", "parts_of"]

_PARTS = ("year", "month", "day", "weekday", "hour")


@dataclass(frozen=True)
class DateParts:
    """Parts of a column of dates.

    Attributes
    ----------
    frame : DataFrame of shape (n, 4 or 5)
        Columns such as ``"when (month)"``; missing where the date is.
    finding : Finding
        Which there are.
    """

    frame: pd.DataFrame
    finding: Finding


def names_of_parts(name: str) -> list[str]:
    """Return what the parts of a column are called, the hour too."""
    return [f"{name} ({part})" for part in _PARTS]


def parts_of(
    column: pd.Series[Any], name: str, words: MissingWords, without: Sequence[str] = ()
) -> DateParts:
    """Return the parts of dates that a model may need beside the days since 1970.

    Year and day of the month are numbers. Month, weekday and hour are categories, since December is
    next to January. The hour is there only if a date has a time. Clocks count, not instants: 8 in the
    morning is that in every zone.

    Parameters
    ----------
    column : Series of shape (n,)
    name : str
    words : MissingWords
        What stands for a missing value.
    without : sequence of str
        Names of columns to leave out, perhaps of parts.

    Raises
    ------
    InputError
        The column does not hold dates, or has two readings; or a part is to be left out that it does
        not have.
    """
    if not read_column(column, name, words).is_dates:
        raise InputError(
            f"parts must name columns of dates. Received: parts=[{name!r}], whose values are read as no "
            "dates. Leave the name out, or write its values as in 2024-03-31."
        )
    frame = _parts(clocks(words.split(column)[0]), name)
    dropped = [one for one in without if one in names_of_parts(name)]
    for one in dropped:
        if one not in frame:
            raise UnknownNameError("column to drop", one, [*frame])
    frame = frame.drop(columns=dropped)
    named = ", ".join(map(repr, frame))
    return DateParts(frame, finding(name, f"Parts of column {name!r} are features too: {named}."))


def _parts(shown: pd.Series[Any], name: str) -> pd.DataFrame:
    at = shown.dt
    has_times = bool((at.normalize() != shown)[shown.notna()].any())
    values = (
        at.year.astype(np.float64),
        at.month_name().astype(object),
        at.day.astype(np.float64),
        at.day_name().astype(object),
        *((at.strftime("%H").astype(object),) if has_times else ()),
    )
    named = zip(names_of_parts(name), values, strict=False)
    return pd.DataFrame({part: column.where(shown.notna(), np.nan) for part, column in named})
