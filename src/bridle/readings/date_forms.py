"""Forms in which dates are written, as patterns with named fields."""

from __future__ import annotations

import re

__all__ = ["FORMS", "MONTH_AND_NUMBER", "PERIODS"]

_TIME = r"""(?:
    (?:[T :]|,[ ])\s*(?P<hour>[0-9]{1,2})
    (?::(?P<minute>[0-9]{2})(?::(?P<seconds>[0-9]{2}(?:[.,][0-9]+)?))?)?
    \s*(?P<half>[AaPp])?(?(half)\.?[Mm]\.?)\s*(?:
        (?P<zone>Z|(?:UTC|GMT)[+-][0-9]{1,2}(?::?[0-9]{2})?|[+-][0-9]{2}:?(?:[0-9]{2})?|[A-Z]{3,4})?(?:\[[A-Z][A-Za-z_/+-]+\])?
        |\[?(?P<place>[A-Z][A-Za-z]+/[A-Z][A-Za-z_/+-]+)\]?
    )
)?"""
_OFFSET = r"[+-][0-9]{2}:?(?:[0-9]{2})?"
_CLOCK = r"(?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})(?::?(?P<seconds>[0-9]{2}(?:[.,][0-9]+)?))?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?[ ])?"
_YEAR = r"(?P<year>[0-9]{4})"
_MONTH = r"(?P<name>[^\W\d_]{3,12})\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
FORMS = tuple(
    re.compile(rf"^\s*{form}\s*$", re.VERBOSE)
    for form in (
        rf"{_YEAR}([-/.])(?P<month>[0-9]{{1,2}})\2(?P<day>[0-9]{{1,2}}){_TIME}",
        rf"(?P<first>[0-9]{{1,2}})([/.-])[ ]?(?P<middle>[0-9]{{1,2}})\2[ ]?{_YEAR}{_TIME}",
        rf"(?P<first>[0-9]{{1,2}})/(?P<middle>[0-9]{{1,2}})/(?P<last>[0-9]{{2}}){_TIME}",
        rf"(?P<first>[0-9]{{2}})([.-])(?P<middle>[0-9]{{2}})\2(?P<last>[0-9]{{2}}){_TIME}",
        rf"{_WEEKDAY}{_DAY}\.?(?:[ ]de(?=[ ]))?[ -]?{_MONTH}(?:[ ]de)?,?[ -]?{_YEAR}{_TIME}",
        rf"{_WEEKDAY}{_MONTH}[ ]{_DAY},?[ ]{_YEAR}{_TIME}",
        rf"{_YEAR}[年년][ ]?(?P<month>[0-9]{{1,2}})[月월][ ]?(?P<day>[0-9]{{1,2}})[日일]{_TIME}",
        rf"{_DAY}[ -]{_MONTH}[ -](?P<short>[0-9]{{2}}){_TIME}",
        rf"{_DAY}/{_MONTH}/{_YEAR}{_TIME}",
        rf"{_YEAR}\.[ ](?P<month>[0-9]{{1,2}})\.[ ](?P<day>[0-9]{{1,2}})\.?{_TIME}",
        rf"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})[T ]{_CLOCK}(?P<zone>Z|{_OFFSET})?",
        # As C and Java write them: Tue Mar  5 10:00:00 CET 2024.
        rf"""[^\W\d_]{{2,10}}[ ]{_MONTH}[ ]{{1,2}}{_DAY}[ ]{_CLOCK}
        (?:[ ](?P<zone>[A-Z]{{3,4}}|{_OFFSET}))?[ ]{_YEAR}""",
    )
)
PERIODS = tuple(
    re.compile(rf"^\s*{form}\s*$", re.VERBOSE)
    for form in (
        rf"{_YEAR}-?M?(?<=[-M])(?P<month>[0-9]{{2}})",
        rf"{_YEAR}[年년][ ]?(?P<month>[0-9]{{1,2}})[月월]",
        rf"(?P<month>[0-9]{{1,2}})/{_YEAR}",
        rf"{_MONTH}[ -]{_YEAR}",
        rf"{_YEAR}[ -]?Q(?P<quarter>[1-4])",
        rf"Q(?P<quarter>[1-4])[ /-]?{_YEAR}",
        rf"{_YEAR}-?W(?P<week>[0-9]{{2}})(?:-(?P<weekday>[1-7]))?",
    )
)
MONTH_AND_NUMBER = re.compile(rf"^\s*{_MONTH}[ '’-]{{1,2}}(?P<short>[0-9]{{2}})\s*$")
