"""Parts of dates in local time: year, month, day, weekday and hour."""

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
    """The parts of a column of dates.

    Attributes
    ----------
    frame : DataFrame of shape (n, 4 or 5)
        Columns such as ``"when (month)"``; missing if the date is.
    finding : Finding
        Note on the parts.
    """

    frame: pd.DataFrame
    finding: Finding


def names_of_parts(name: str) -> list[str]:
    """Return the names of the parts of a column, including the hour."""
    return [f"{name} ({part})" for part in _PARTS]


def parts_of(
    column: pd.Series[Any], name: str, words: MissingWords, without: Sequence[str] = ()
) -> DateParts:
    """Return parts of dates that a model may need in addition to the days since 1970.

    Year and day of the month are numbers. Month, weekday and hour are categories, since December is
    next to January. The hour exists only if a date has a time. Parts are in local time: 8 in the
    morning is 8 in every time zone.

    Parameters
    ----------
    column : Series of shape (n,)
        The column.
    name : str
        Its name.
    words : MissingWords
        Words for missing values.
    without : sequence of str
        Names of columns to leave out, which may be names of parts.

    Raises
    ------
    InputError
        The column does not contain dates, or can be read in two ways; or a part to leave out does
        not exist.
    """
    if not read_column(column, name, words).is_dates:
        raise InputError(
            f"parts must name columns of dates. Received: parts=[{name!r}], whose values are not "
            "dates. Leave the name out, or write its values like 2024-03-31."
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
