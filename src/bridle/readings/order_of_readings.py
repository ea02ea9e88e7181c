"""The readings of text that depend on all texts of a column, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable

from bridle.readings.coordinates import coordinates
from bridle.readings.dates import dates
from bridle.readings.durations import durations
from bridle.readings.plain_text import scores, yes_or_no
from bridle.readings.quantities import quantities
from bridle.readings.reading import Reading, Values

__all__ = ["OF_NUMBERS", "READINGS"]

OF_NUMBERS: tuple[Callable[[Values], Reading | None], ...] = (
    dates,
    durations,
    coordinates,
    scores,
    quantities,
)
"""Those that give numbers."""

READINGS: dict[str, Callable[[Values], Reading | None]] = {
    reading.__name__: reading for reading in (yes_or_no, *OF_NUMBERS)
}
"""All of them, by name."""
