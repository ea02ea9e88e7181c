"""Dates: text in common forms, as days since 1970 or in local time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import pandas as pd
from pandas.api import types

from bridle.readings.compact_dates import compact_instant, days_of
from bridle.readings.date_forms import FORMS, MONTH_AND_NUMBER, PERIODS
from bridle.readings.month_names import MONTHS
from bridle.readings.reading import Reading, TwoReadingsError, Values
from bridle.readings.time_zones import ahead, ahead_at, refuse_named_zone

__all__ = [
    "AS_DAYS",
    "IN_ANY_ZONE",
    "WITH_ZONE",
    "as_instants",
    "clocks",
    "dates",
    "days",
]

AS_DAYS = "as days since 1970"

_SECONDS_A_DAY = 86_400
_LAST_OF_THIS_CENTURY = 30
"""Two-digit years up to this are in the 2000s, if none of the column is larger."""

_ORDERS = {
    "day": ("day", "month", "year"),
    "month": ("month", "day", "year"),
    "year": ("year", "month", "day"),
}
_YEARS_OF_PERIODS = range(1800, 2201)
_OF_ARROW = {"date", "time", "datetime", "datetime64", "timedelta", "timedelta64"}
IN_ANY_ZONE = "in UTC or in another time zone, which others of the column name"
WITH_ZONE = "Write how far all its times are ahead of UTC, as in 10:00+01:00"

Fields = dict[str, str]
Order = tuple[str, str, str]


class _Date(NamedTuple):
    """A local time and its offset from UTC, and whether that is written."""

    clock: datetime
    ahead: timedelta
    is_zoned: bool


def dates(distinct: Values) -> Reading | None:
    """Return days since 1970, or None if these are not dates.

    Raises
    ------
    TwoReadingsError
        The order of day, month and year, the century, or the time zone is ambiguous.
    """
    found = _written(distinct)
    if found is None:
        return None
    _refuse_without_zone(distinct, found)
    numbers = [days_of(moment.clock - moment.ahead) for moment in found]
    return dict(zip(distinct, numbers, strict=True)), AS_DAYS


def _refuse_without_zone(distinct: Values, found: list[_Date]) -> None:
    if not any(moment.is_zoned for moment in found):
        return
    for text, moment in zip(distinct, found, strict=True):
        if not moment.is_zoned and moment.clock.time() != time():
            raise TwoReadingsError(text, IN_ANY_ZONE, WITH_ZONE)


def days(instants: pd.Series[Any]) -> pd.Series[Any]:
    """Return pandas datetimes as days since 1970, NaN if missing."""
    plain = instants.dt.tz_convert("UTC").dt.tz_localize(None) if instants.dt.tz else instants
    numbers = plain.astype("datetime64[us]").astype("int64") / (1e6 * _SECONDS_A_DAY)
    return numbers.where(instants.notna())


def as_instants(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return periods of pandas as their first instants, and times of Arrow as objects of Python.

    Others are returned as they are.
    """
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.start_time
    if isinstance(column.dtype, pd.ArrowDtype) and column.dtype.kind in "OmM":
        held = column.astype(object)
        return held.where(column.notna(), None) if types.infer_dtype(held) in _OF_ARROW else column
    return column


def clocks(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the dates of a column in local time.

    Parameters
    ----------
    column : Series
        A column that is read as dates.

    Returns
    -------
    Series of datetime64
        Without a time zone; NaT if missing.
    """
    column = as_instants(column)
    if types.is_datetime64_any_dtype(column.dtype):
        return column.dt.tz_localize(None) if column.dt.tz else column
    known = column.dropna().unique()
    shown: dict[Any, Any]
    if all(isinstance(value, str) for value in known) and (found := _written([*known])):
        shown = {text: moment.clock for text, moment in zip(known, found, strict=True)}
    elif all(isinstance(value, date) for value in known):
        shown = {value: datetime.combine(value, _time_of(value)) for value in known}
    else:
        shown = {number: compact_instant(number) or pd.NaT for number in known}
    return column.map(shown, na_action="ignore").astype("datetime64[us]")


def _time_of(moment: date) -> time:
    return moment.time() if isinstance(moment, datetime) else time()


def _written(distinct: Values) -> list[_Date] | None:
    """Return dates of any form, in the only order of day and month that fits all; or None."""
    read: list[_Date | Fields] = []
    for text in distinct:
        fields = _iso(text.strip()) or _fields(text)
        if fields is None:
            return None
        read.append(fields)
    short = {
        text: fields
        for text, fields in zip(distinct, read, strict=True)
        if not isinstance(fields, _Date) and "first" in fields
    }
    order = _order(short)
    if order is None:
        return None
    century = _century(short, order)
    if _names_one_month(read):
        return None
    _complete_years(distinct, read)
    found = [
        fields if isinstance(fields, _Date) else _date(text, fields, order, century)
        for text, fields in zip(distinct, read, strict=True)
    ]
    return None if None in found else [moment for moment in found if moment is not None]


def _names_one_month(read: Sequence[_Date | Fields]) -> bool:
    """Return whether texts such as Set-12 and Set-14 are codes: the same word with different numbers."""
    names = {
        fields["name"].casefold()
        for fields in read
        if not isinstance(fields, _Date) and "short" in fields and "day" not in fields
    }
    return len(names) == 1 and len(read) > 1


def _complete_years(distinct: Values, read: Sequence[_Date | Fields]) -> None:
    """Give four digits to the years of dates with a month's name, such as 03-MAR-24."""
    short = {
        text: fields
        for text, fields in zip(distinct, read, strict=True)
        if not isinstance(fields, _Date) and "short" in fields
    }
    years = {text: int(fields["short"]) for text, fields in short.items()}
    number = next((text for text, fields in short.items() if "day" not in fields), None)
    if number is not None and max(years.values()) <= 31:
        name = short[number]["name"]
        raise TwoReadingsError(
            number,
            f"{name} in the year {years[number]:02} or day {years[number]} of {name}",
            "Write its months as 2024-03",
        )
    century = _century_of(years)
    for text, fields in short.items():
        fields["year"] = str(century + years[text])


def _iso(text: str) -> _Date | None:
    if text[4:5] != "-" or text[7:8] != "-":
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    offset = found.utcoffset()
    return _Date(found.replace(tzinfo=None), offset or timedelta(0), offset is not None)


def _fields(text: str) -> Fields | None:
    for forms, allowed in ((FORMS, None), (PERIODS, _YEARS_OF_PERIODS)):
        for form in forms:
            match = form.match(text)
            if match and (allowed is None or int(match["year"]) in allowed):
                found = {
                    name: field for name, field in match.groupdict().items() if field is not None
                }
                refuse_named_zone(text, found.get("zone", "Z"))
                return found
    month = MONTH_AND_NUMBER.match(text)
    return dict(month.groupdict()) if month and month["name"].casefold() in MONTHS else None


def _order(short: dict[str, Fields]) -> Order | None:
    """Return the only order of day, month and year that fits all short dates; None if none does."""
    possible = [
        order
        for order in _ORDERS
        if all(_allows(fields, _ORDERS[order]) for fields in short.values())
    ]
    if len(possible) > 1 and short:
        text = next(iter(short))
        first = f"{', '.join(possible[:-1])} or {possible[-1]}"
        raise TwoReadingsError(text, f"{first} first", "Write its dates as year-month-day")
    return _ORDERS[possible[0]] if possible else None


def _allows(fields: Fields, order: Order) -> bool:
    if "year" in fields and order[2] != "year":
        return False
    parts = dict(
        zip(order, (fields["first"], fields["middle"], fields.get("last", "")), strict=True)
    )
    return 1 <= int(parts["day"]) <= 31 and 1 <= int(parts["month"]) <= 12


def _century(short: dict[str, Fields], order: Order) -> int:
    """Return the number to add to two-digit years."""
    place = ("first", "middle", "last")[order.index("year")]
    return _century_of(
        {text: int(parts[place]) for text, parts in short.items() if "year" not in parts}
    )


def _century_of(years: dict[str, int]) -> int:
    late = [text for text, year in years.items() if year > _LAST_OF_THIS_CENTURY]
    if 0 < len(late) < len(years):
        raise TwoReadingsError(
            late[0], "of the 1900s or the 2000s", "Write its years with four digits"
        )
    return 1900 if late else 2000


def _date(text: str, fields: Fields, order: Order, century: int) -> _Date | None:
    """Return a date by its fields, None if there is no such day or time."""
    parts = dict(fields)
    if "first" in fields:
        for name, place in zip(order, ("first", "middle", "last"), strict=True):
            parts.setdefault(name, fields.get(place, ""))
    year = int(parts["year"]) + (century if len(parts["year"]) == 2 else 0)
    month = (
        MONTHS.get(fields["name"].casefold(), 0) if "name" in fields else int(parts.get("month", 1))
    )
    try:
        if "week" in fields:
            day = date.fromisocalendar(year, int(fields["week"]), int(fields.get("weekday", 1)))
        else:
            month = 3 * int(fields["quarter"]) - 2 if "quarter" in fields else month
            day = date(year, month, int(parts.get("day", 1)))
        clock = _clock(day, fields)
    except (OverflowError, ValueError):
        return None
    where = fields.get("place")
    zone = fields.get("zone", "Z")
    offset = ahead(zone) if where is None else ahead_at(text, where, clock)
    return _Date(clock, offset, where is not None or "zone" in fields)


def _clock(day: date, fields: Fields) -> datetime:
    """Return a local time; 24:00 is that of the next day, and a leap second the one before it."""
    if int(fields.get("hour", 0)) == 24 and "half" not in fields:
        rest = [fields.get("minute", "0"), fields.get("seconds", "0").replace(",", ".")]
        if any(map(float, rest)):
            raise ValueError(rest)
        return datetime.combine(day + timedelta(days=1), time())
    return datetime.combine(day, _time(fields))


def _time(fields: Fields) -> time:
    hour = int(fields.get("hour", 0))
    if half := fields.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half in "Pp" else 0)
    seconds = float(fields.get("seconds", "0").replace(",", "."))
    if int(seconds) == 60 and fields.get("minute") == "59":
        seconds = 59.999999
    micro = round(seconds % 1 * 1e6)
    return time(hour, int(fields.get("minute", 0)), int(seconds), min(micro, 999_999))
