"""Numbers with a sign: a change and its interval, to the digits that the interval warrants."""

from __future__ import annotations

import math

from bridle.workbench.evidence.intervals.corrected_interval import Interval

__all__ = ["ends_of", "mean_of", "signed"]

_FEW = 9
"""A half-width is shown with two digits, or one if that is a 9: rounding changes it by at most 6 %."""

_MOST_DECIMALS = 6


def mean_of(interval: Interval) -> str:
    """Return the mean, for instance ``"-0.021"``."""
    return signed(interval.mean, _decimals(interval))


def ends_of(interval: Interval) -> str:
    """Return both ends, for instance ``"-0.034 to -0.008"``."""
    decimals = _decimals(interval)
    return f"{signed(interval.low, decimals)} to {signed(interval.high, decimals)}"


def signed(value: float, decimals: int | None) -> str:
    """Return a number with its sign; with three significant digits if ``decimals`` is None."""
    if value == 0:
        return "0"
    if decimals is None:
        return f"{value:+.3g}"
    text = f"{round(value, decimals):+,.{max(0, decimals)}f}"
    return text if any(digit in text for digit in "123456789") else text[1:]


def _decimals(interval: Interval) -> int | None:
    """Return the decimals that two digits of the half-width need; None for an exponent.

    There are more if an end that is not 0 would be shown as 0.
    """
    size = max(abs(interval.low), abs(interval.high))
    width = (interval.high - interval.low) / 2 or size
    if size == 0 or not (width >= 10.0**-_MOST_DECIMALS and size < 1e9):
        return None
    exponent = math.floor(math.log10(width))
    decimals = -exponent if width >= _FEW * 10.0**exponent else 1 - exponent
    for value in (interval.low, interval.high):
        while value != 0 and round(value, decimals) == 0 and decimals < _MOST_DECIMALS:
            decimals += 1
    return decimals
