"""Durations and times of day: text such as 01:30:00 as a number in its first unit."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pandas as pd

from bridle.readings.reading import (
    Reading,
    TwoReadingsError,
    Values,
    each,
    most_decorated,
)

__all__ = ["AS_HOURS", "durations", "hours", "hours_of_times"]

AS_HOURS = "as hours"

_TIME = re.compile(
    r"""^\s*(?P<less>-)?(?:(?P<days>[0-9]+)\s*days?,?\s*\+?)?\s*(?P<first>[0-9]{1,4}):(?P<minutes>[0-5][0-9])
    (?::(?P<seconds>[0-5][0-9](?:[.,][0-9]+)?))?\s*(?:(?P<half>[AaPp])\.?[Mm]\.?)?\s*(?P<clock>Uhr|hrs?|h)?\s*$""",
    re.VERBOSE,
)


_SPELLED = re.compile(
    r"""^\s*(?P<less>[-−])?\s*
    (?:(?P<days>[0-9]+(?:[.,][0-9]+)?)\s*(?:d|days?|Tage?n?|jours?|días?)(?![^\W\d_]),?\s*)?
    (?:(?P<hours>[0-9]+(?:[.,][0-9]+)?)\s*(?:h|hrs?|hours?|Std|Stunden?|heures?|horas?)\.?,?\s*)?
    (?:(?P<minutes>[0-9]+(?:[.,][0-9]+)?)\s*(?P<unit>m|mins?|minutes?|Minuten?|minutos?|′)?\.?,?\s*)?
    (?:(?P<seconds>[0-9]+(?:[.,][0-9]+)?)\s*(?:s|secs?|seconds?|Sek|Sekunden?|″)\.?)?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_ISO = re.compile(
    r"""^\s*(?P<less>-)?P(?:(?P<days>[0-9.]+)D)?
    (?:T(?:(?P<hours>[0-9.]+)H)?(?:(?P<minutes>[0-9.]+)M)?(?:(?P<seconds>[0-9.]+)S)?)?\s*$""",
    re.VERBOSE,
)
_HOURS = {"days": 24, "hours": 1, "minutes": 1 / 60, "seconds": 1 / 3600}


def durations(distinct: Values) -> Reading | None:
    """Return hours for hours, minutes and seconds; else numbers in the unit before the colon.

    Spelled durations are ``2h 30m``, ``3 days``, beside others of two units, and ``PT2H30M``.

    Raises
    ------
    TwoReadingsError
        Some texts have three parts and some two, which may be hours or minutes.
    """
    found = each(_TIME.match, distinct)
    if found is None:
        return _spelled(distinct)
    short = [text for text, match in zip(distinct, found, strict=True) if match["seconds"] is None]
    halves = any(match["half"] or match["clock"] for match in found)
    if 0 < len(short) < len(found) and not halves:
        raise TwoReadingsError(
            short[0], "hours and minutes, or minutes and seconds", "Write all its times as 01:30:00"
        )
    values = {text: _hours(match) for text, match in zip(distinct, found, strict=True)}
    in_hours = halves or not short
    how = AS_HOURS if in_hours else "as numbers of the part before the colon"
    example = most_decorated(distinct)
    return values, f"{how}, for instance {example!r} as {values[example]:g}"


def _spelled(distinct: Values) -> Reading | None:
    """Return hours, if a text has two units, so that they settle each other's meaning; or None."""
    found = each(_ISO.match, distinct) or each(_SPELLED.match, distinct)
    if found is None:
        return None
    parts = [{name: match[name] for name in _HOURS if match[name]} for match in found]
    is_iso = found[0].re is _ISO
    if not all(parts) or not (is_iso or any(len(one) > 1 for one in parts)):
        return None
    if not is_iso and any(_has_bare_minutes(match) for match in found):
        return None
    values = {
        match.string: (-1 if match["less"] else 1)
        * sum(_HOURS[name] * float(size.replace(",", ".")) for name, size in one.items())
        for match, one in zip(found, parts, strict=True)
    }
    example = max(distinct, key=len)
    return values, f"{AS_HOURS}, for instance {example!r} as {values[example]:g}"


def _has_bare_minutes(match: re.Match[str]) -> bool:
    """Return whether minutes have no unit, unless they are two digits behind hours, as in 2h30."""
    if not match["minutes"] or match["unit"]:
        return False
    return not (match["hours"] and len(match["minutes"]) == 2)


def hours(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return durations of pandas in hours, NaN if missing."""
    return column.dt.total_seconds() / 3600


def hours_of_times(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return Python times of day in hours, NaN if missing."""

    def of(time: datetime.time) -> float:
        return time.hour + time.minute / 60 + (time.second + time.microsecond / 1e6) / 3600

    return column.map(of, na_action="ignore").astype(float)


def _hours(match: re.Match[str]) -> float:
    first = int(match["first"])
    if match["half"]:
        first = first % 12 + (12 if match["half"] in "Pp" else 0)
    seconds = float((match["seconds"] or "0").replace(",", "."))
    size = 24 * int(match["days"] or 0) + first + int(match["minutes"]) / 60 + seconds / 3600
    return -size if match["less"] else size
