"""Text as what it stands for: numbers, truth values, dates, quantities or labels."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Any

import pandas as pd

from bridle.workbench.columns.missing_words import folded

__all__ = [
    "AS_DAYS",
    "AS_TRUTHS",
    "Reading",
    "TwoReadingsError",
    "Values",
    "are_plain",
    "dates",
    "days",
    "labels",
    "plain_numbers",
    "quantities",
    "truths",
]

Values = list[str]
Reading = tuple[dict[str, Any], str]
"""What each distinct text is, and how it was read, as the end of a sentence."""

AS_DAYS = "as days since 1970"
AS_TRUTHS = "as true or false"

_TRUTHS = {"true": True, "false": False}
_PLAIN = re.compile(r"^\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*$")
_WHOLE = re.compile(r"^\s*[-+]?[0-9]{1,400}\s*$")
_CODE = re.compile(r"^\s*[-+]?0[0-9]")

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


class TwoReadingsError(Exception):
    """A text, what it may be, and how to write it instead."""


def are_plain(distinct: Values) -> bool:
    """Whether all texts are numbers as a program writes them."""
    return all(map(_PLAIN.match, distinct))


def plain_numbers(distinct: Values) -> Reading | None:
    """Return numbers as a program writes them, whole ones as integers; None for codes and others."""
    if not distinct or not are_plain(distinct) or any(map(_CODE.match, distinct)):
        return None
    whole = all(map(_WHOLE.match, distinct))
    values = {one: int(one) if whole else float(one) for one in distinct}
    return values, f"as numbers, for instance {distinct[0]!r} as {float(distinct[0]):g}"


def truths(distinct: Values) -> Reading | None:
    """Return truth values, or None."""
    values = {one: _TRUTHS.get(one.strip().casefold()) for one in distinct}
    return None if None in values.values() or not values else (values, AS_TRUTHS)


def quantities(distinct: Values) -> Reading | None:
    """Return numbers with a currency, a percent sign, one unit, thousands apart and their like."""
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
    raise TwoReadingsError(
        text,
        f"{number} or {commas[0].replace(',', '.')}",
        "Write its numbers without thousands apart and with a decimal point",
    )


def dates(distinct: Values) -> Reading | None:
    """Return days since 1970, or None."""
    if all(_ISO.match(one.strip()) for one in distinct):
        instants = pd.to_datetime(pd.Series(distinct), format="ISO8601", utc=True, errors="coerce")
    else:
        short = [_SHORT_DATE.match(one.strip()) for one in distinct]
        if not all(short):
            return None
        first = max(int(one[1]) for one in short if one)
        second = max(int(one[3]) for one in short if one)
        if first <= 12 and second <= 12:
            raise TwoReadingsError(
                distinct[0], "day or month first", "Write its dates as year-month-day"
            )
        instants = pd.to_datetime(
            pd.Series(distinct), dayfirst=first > 12, format="mixed", utc=True, errors="coerce"
        )
    if instants.isna().any():
        return None
    return dict(zip(distinct, days(instants), strict=True)), AS_DAYS


def days(instants: pd.Series[Any]) -> pd.Series[Any]:
    """Return the days since 1970 of instants, NaN where there is none."""
    plain = instants.dt.tz_convert("UTC").dt.tz_localize(None) if instants.dt.tz else instants
    numbers = plain.astype("datetime64[ns]").astype("int64") / _NANOSECONDS_A_DAY
    return numbers.where(instants.notna())


def labels(distinct: Values, counts: Counter[str]) -> tuple[dict[str, str], str]:
    """Return what labels become, nothing where they stay, and how, if some are merged."""
    commonest: dict[str, str] = {}
    for text in sorted(distinct, key=lambda one: -counts[one]):
        commonest.setdefault(folded(text), unicodedata.normalize("NFC", text))
    ways = Counter(map(folded, distinct))
    commonest = {key: one.strip() if ways[key] > 1 else one for key, one in commonest.items()}
    values = {text: commonest[folded(text)] for text in distinct}
    if all(text == one for text, one in values.items()):
        return {}, ""
    if len(commonest) == len(distinct):  # one form of Unicode alone
        return values, ""
    merged = next(text for text, one in values.items() if text != one)
    return (
        values,
        "with labels that differ in case, blanks or form of Unicode as one, "
        f"{merged!r} as {values[merged]!r}",
    )
