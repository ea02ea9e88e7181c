"""Parts of dates in local time: year, month, day, weekday and hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from bridle.errors import InputError, UnknownNameError
from bridle.readings.dates import clocks
from bridle.workbench.columns.column_reading import finding, read_column
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import DatePart, Likewise, Rule
from bridle.workbench.finding import Finding

__all__ = ["DateParts", "names_of_parts", "part_of", "parts_of"]


@dataclass(frozen=True)
class DateParts:
    """The parts of a column of dates.

    Attributes
    ----------
    frame : DataFrame of shape (n, 4 or 5)
        Columns such as ``"when (month)"``; missing if the date is.
    finding : Finding
        Note on the parts.
    rules : mapping of str to Rule
        Rule that makes each part from new dates of the column.
    """

    frame: pd.DataFrame
    finding: Finding
    rules: Mapping[str, Rule]


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
    read = read_column(column, name, words)
    if not read.is_dates:
        raise InputError(
            f"parts must name columns of dates. Received: parts=[{name!r}], whose values are not "
            "dates. Leave the name out, or write its values like 2024-03-31."
        )
    frame = _parts(clocks(words.split(column)[0]), name)
    dropped = [column for column in without if column in names_of_parts(name)]
    for asked in dropped:
        if asked not in frame:
            raise UnknownNameError("column to drop", asked, [*frame])
    frame = frame.drop(columns=dropped)
    named = ", ".join(map(repr, frame))
    assert read.rule is not None  # dates have a rule
    rules = {
        part_name: DatePart(name, part, read.rule, _levels(frame[part_name]))
        for part_name, part in zip(names_of_parts(name), _PARTS, strict=True)
        if part_name in frame
    }
    said = finding(name, f"Parts of column {name!r} are features too: {named}.")
    return DateParts(frame, said, rules)


def part_of(column: pd.Series[Any], rule: DatePart, words: MissingWords) -> pd.Series[Any]:
    """Return one part of new dates of a column, in a form that `bridle.workbench.columns` can read.

    Parameters
    ----------
    column : Series of shape (n,)
    rule : DatePart
    words : MissingWords
        What stands for a missing value.
    """
    rest, _ = words.split(column)
    # Read together with dates of the training data, which settle the order of day and month.
    settled = rule.dates.examples if isinstance(rule.dates, Likewise) else ()
    is_text = types.is_string_dtype(rest.dtype) or types.is_object_dtype(rest.dtype)
    before = pd.Series([*settled], dtype=object) if is_text and _holds_text(rest) else rest[:0]
    shown = clocks(pd.concat([before, rest]))[len(before) :]
    return _PARTS[rule.part](shown).where(shown.notna(), np.nan)


def _holds_text(column: pd.Series[Any]) -> bool:
    return all(isinstance(value, str) for value in column.dropna())


def _levels(column: pd.Series[Any]) -> tuple[str, ...]:
    return tuple(sorted(column.dropna().unique())) if types.is_object_dtype(column.dtype) else ()


_PARTS: dict[str, Callable[[pd.Series[Any]], pd.Series[Any]]] = {
    "year": lambda shown: shown.dt.year.astype(np.float64),
    "month": lambda shown: shown.dt.month_name().astype(object),
    "day": lambda shown: shown.dt.day.astype(np.float64),
    "weekday": lambda shown: shown.dt.day_name().astype(object),
    "hour": lambda shown: shown.dt.strftime("%H").astype(object),
}


def _parts(shown: pd.Series[Any], name: str) -> pd.DataFrame:
    has_times = bool((shown.dt.normalize() != shown)[shown.notna()].any())
    named = zip(names_of_parts(name), _PARTS.items(), strict=True)
    return pd.DataFrame(
        {
            column: make(shown).where(shown.notna(), np.nan)
            for column, (part, make) in named
            if has_times or part != "hour"
        }
    )
