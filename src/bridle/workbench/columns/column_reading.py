"""Text columns that are quantities, dates or sloppy labels, read as what their values mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from bridle.errors import InputError
from bridle.workbench.checks.base import Finding
from bridle.workbench.columns.columns import row_name

__all__ = ["CODE", "file_note", "read_columns"]

CODE = "BR108 read-as"

Values = list[str]
Reading = tuple[dict[str, Any], str]
"""What each distinct text is, and how it was read, as the end of a sentence."""

_MINUS = str.maketrans({"\u2212": "-", "\u2012": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-"})
_BLANKS = re.compile("[\u0020\u00a0\u2007\u2009\u202f'’](?=[0-9]{3}(?![0-9]))")
_CURRENCY = r"(?:[$€£¥₹]|USD|EUR|GBP|CHF|JPY|INR)"
_DECORATED = re.compile(
    rf"""^\s*(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>{_CURRENCY})?\s*(?P<inner>[-+])?\s*
    (?P<number>[0-9][0-9.,]*|[.,][0-9]+)\s*(?P<unit>%|{_CURRENCY}|[A-Za-zµ°][A-Za-z0-9µ°/²³]{{0,5}})?
    \s*(?P<after>-)?\s*(?P<close>\))?\s*$""",
    re.VERBOSE,
)
_GROUPS = {
    ",": re.compile(r"^[0-9]{1,3}(,[0-9]{3})+$"),
    ".": re.compile(r"^[0-9]{1,3}(\.[0-9]{3})+$"),
}
_ISO = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$")
_SHORT_DATE = re.compile(r"^([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})( .*)?$")
_NANOSECONDS_A_DAY = 86_400e9
_FEWEST = 2


class _TwoReadingsError(Exception):
    """A text, what it may be, and how to write it instead."""


def read_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Return a table in which text that stands for numbers or dates is such, and what was so read.

    Quantities may have a currency, a percent sign, one unit, thousands apart, parentheses or a minus
    behind for less than 0, or a decimal comma. Dates, text or of pandas' own kind, become days since
    1970. Labels that differ in case or blanks alone become the commonest of them. Codes with zeros
    in front stay text.

    Parameters
    ----------
    frame : DataFrame of shape (n, p)
        Features, with distinct names.

    Raises
    ------
    InputError
        If a column has two readings; the message names both.
    """
    read, found = frame.copy(deep=False), []
    for name in frame.columns:
        column = frame[name]
        if types.is_datetime64_any_dtype(column.dtype):
            read[name], how = _days(column), "as days since 1970"
        elif types.is_string_dtype(column.dtype) or types.is_object_dtype(column.dtype):
            known = column.dropna()
            if not all(isinstance(one, str) for one in known):
                continue
            distinct = list(dict.fromkeys(known))
            if len(distinct) < _FEWEST:
                continue
            try:
                reading = _read(distinct, Counter(known))
            except _TwoReadingsError as error:
                raise _refusal(name, column, error) from None
            if reading is None:
                continue
            values, how = reading
            read[name] = column.map(values, na_action="ignore")
            if not any(isinstance(one, str) for one in values.values()):
                read[name] = read[name].astype(np.float64)
        else:
            continue
        found.append(_finding(name, how))
    return read, tuple(found)


def file_note(text: str) -> Finding:
    """Return the finding that says how a file was read."""
    return Finding(CODE, None, text, "Nothing to do, if that is right.", "warning")


def _read(distinct: Values, counts: Counter[str]) -> Reading | None:
    readings: tuple[Callable[[], Reading | None], ...] = (
        lambda: _dates(distinct),
        lambda: _quantities(distinct),
        lambda: _labels(distinct, counts),
    )
    return next((found for one in readings if (found := one()) is not None), None)


def _quantities(distinct: Values) -> Reading | None:
    parts = [_DECORATED.match(_BLANKS.sub("", one.translate(_MINUS))) for one in distinct]
    if not all(parts):
        return None
    found = [one for one in parts if one is not None]
    marks = {one["before"] or one["unit"] or "" for one in found} - {""}
    if len(marks) > 1 or any(bool(one["open"]) != bool(one["close"]) for one in found):
        return None
    units = [one["unit"] for one in found if (one["unit"] or "").isalpha()]
    if 0 < len(units) < len(found):  # one value that says more than the others may be a slip
        return None
    numbers = [one["number"] for one in found]
    if any(re.match(r"^0[0-9]", one) for one in numbers):
        return None
    decimal = _decimal(distinct, numbers)
    if decimal is None:
        return None
    thousands = "." if decimal == "," else ","
    values = {}
    for text, one in zip(distinct, found, strict=True):
        less = "-" in (one["sign"], one["inner"], one["after"]) or bool(one["open"])
        size = float(one["number"].replace(thousands, "").replace(decimal, "."))
        values[text] = -size if less else size
    of = f" in {marks.pop()}" if marks else ""
    mark = " with a decimal comma" if decimal == "," and any("," in one for one in numbers) else ""
    return values, f"as numbers{of}{mark}, for instance {distinct[0]!r} as {values[distinct[0]]:g}"


def _decimal(distinct: Values, numbers: Values) -> str | None:
    """Return the sign before decimals: point or comma; None where these are no numbers."""
    commas = [one for one in numbers if "," in one]
    points = [one for one in numbers if "." in one]
    both = [one for one in commas if "." in one]
    if both:
        last = {max(",.", key=one.rfind) for one in both}
        return last.pop() if len(last) == 1 else None
    for sign, having in ((",", commas), (".", points)):
        several = [one for one in having if one.count(sign) > 1]
        if several:
            grouped = all(_GROUPS[sign].match(one) for one in having)
            return ("." if sign == "," else ",") if grouped else None
    if not commas:
        return "."
    if points or any(not _GROUPS[","].match(one) or one.startswith("0,") for one in commas):
        return None if points else ","
    text = distinct[numbers.index(commas[0])]
    number = commas[0].replace(",", "")
    raise _TwoReadingsError(
        text,
        f"{number} or {commas[0].replace(',', '.')}",
        "Write its numbers without thousands apart and with a decimal point",
    )


def _dates(distinct: Values) -> Reading | None:
    if all(_ISO.match(one.strip()) for one in distinct):
        instants = pd.to_datetime(pd.Series(distinct), format="ISO8601", utc=True, errors="coerce")
    else:
        short = [_SHORT_DATE.match(one.strip()) for one in distinct]
        if not all(short):
            return None
        first = max(int(one[1]) for one in short if one)
        second = max(int(one[3]) for one in short if one)
        if first <= 12 and second <= 12:
            raise _TwoReadingsError(
                distinct[0], "day or month first", "Write its dates as year-month-day"
            )
        instants = pd.to_datetime(
            pd.Series(distinct), dayfirst=first > 12, format="mixed", utc=True, errors="coerce"
        )
    if instants.isna().any():
        return None
    days = _days(instants)
    return dict(zip(distinct, days, strict=True)), "as days since 1970"


def _days(instants: pd.Series[Any]) -> pd.Series[Any]:
    plain = instants.dt.tz_convert("UTC").dt.tz_localize(None) if instants.dt.tz else instants
    numbers = plain.astype("datetime64[ns]").astype("int64") / _NANOSECONDS_A_DAY
    return numbers.where(instants.notna())


def _labels(distinct: Values, counts: Counter[str]) -> Reading | None:
    commonest: dict[str, str] = {}
    for text in sorted(distinct, key=lambda one: -counts[one]):
        commonest.setdefault(" ".join(text.split()).casefold(), text)
    values = {text: commonest[" ".join(text.split()).casefold()] for text in distinct}
    merged = [text for text, one in values.items() if text != one]
    if not merged:
        return None
    return (
        values,
        f"with labels that differ in case or blanks as one, {merged[0]!r} as {values[merged[0]]!r}",
    )


def _refusal(name: str, column: pd.Series[Any], error: _TwoReadingsError) -> InputError:
    text, readings, remedy = error.args
    row = row_name(column.index, int((column == text).to_numpy().argmax()))
    return InputError(
        f"Column {name!r} has two readings: {text!r} in {row} may be {readings}. {remedy}. Or leave "
        f"the column out: --drop {name!r}, in Python drop=[{name!r}]."
    )


def _finding(name: str, how: str) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} is read {how}.",
        "Nothing to do, if that is right; else write its values as they are meant, or leave it out.",
        "warning",
    )
