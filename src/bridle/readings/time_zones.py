"""Time zones of written dates: offsets, and places such as Europe/Berlin."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridle.readings.reading import TwoReadingsError

__all__ = ["ahead", "ahead_at", "refuse_named_zone"]

_OFFSET = re.compile(r"^(?:UTC|GMT)?([+-])([0-9]{1,2}?):?([0-9]{2})?$")
_WITH_OFFSET = "Write how far its times are ahead of UTC, as in 10:00+01:00"


def refuse_named_zone(text: str, zone: str) -> None:
    """Raise a TwoReadingsError for letters such as EST, which several time zones share.

    Raises
    ------
    TwoReadingsError
        The zone is neither an offset nor UTC, GMT or Z.
    """
    if zone not in {"Z", "UTC", "GMT"} and not _OFFSET.match(zone):
        raise TwoReadingsError(
            text,
            f"in any of the time zones that are called {zone!r}",
            _WITH_OFFSET,
        )


def ahead(zone: str) -> timedelta:
    """Return how far an offset such as +01:00 is ahead of UTC."""
    match = _OFFSET.match(zone)
    if match is None:
        return timedelta(0)
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return -size if match[1] == "-" else size


def ahead_at(text: str, place: str, clock: datetime) -> timedelta:
    """Return how far the clocks of a place, such as Europe/Berlin, are ahead of UTC.

    Raises
    ------
    TwoReadingsError
        There is no such place, or its clocks were changed at that time.
    """
    try:
        zone = ZoneInfo(place)
    except (ZoneInfoNotFoundError, ValueError):
        raise TwoReadingsError(
            text, f"in any time zone, since none is called {place!r}", _WITH_OFFSET
        ) from None
    early, late = (clock.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if early != late:
        raise TwoReadingsError(text, "before or after the clocks there are changed", _WITH_OFFSET)
    return early or timedelta(0)
