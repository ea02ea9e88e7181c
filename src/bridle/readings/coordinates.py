"""Coordinates: latitudes and longitudes in degrees, negative to the south and west."""

from __future__ import annotations

import re

from bridle.readings.quantities import in_ascii
from bridle.readings.reading import Reading, Values, each, most_decorated

__all__ = ["coordinates"]

_ANGLE = re.compile(
    r"""^\s*(?P<less>-)?(?P<degrees>[0-9]{1,3}(?:\.[0-9]+)?)\s*(?P<sign>°)?\s*
    (?:(?P<minutes>[0-9]{1,2}(?:\.[0-9]+)?)\s*['′’]\s*(?:(?P<seconds>[0-9]{1,2}(?:\.[0-9]+)?)\s*(?:["″”]|''))?)?
    \s*(?P<towards>[NSEW])?\s*$""",
    re.VERBOSE,
)
_SIDES = (frozenset("NS"), frozenset("EW"))


def coordinates(distinct: Values) -> Reading | None:
    """Return degrees if all texts have a degree sign or one of two opposite directions; or None."""
    found = each(lambda text: _ANGLE.match(in_ascii(text)), distinct)
    if found is None:
        return None
    towards = {match["towards"] for match in found}
    sides = any(towards == side for side in _SIDES)
    if not sides and not (all(match["sign"] for match in found) and _one_side(towards)):
        return None
    values = {text: _degrees(match) for text, match in zip(distinct, found, strict=True)}
    example = most_decorated(distinct)
    return values, f"as degrees, for instance {example!r} as {values[example]:g}"


def _one_side(towards: set[str | None]) -> bool:
    return len(towards) == 1


def _degrees(match: re.Match[str]) -> float:
    size = (
        float(match["degrees"])
        + float(match["minutes"] or 0) / 60
        + float(match["seconds"] or 0) / 3600
    )
    return -size if match["less"] or match["towards"] in ("S", "W") else size
