"""BR109: numbers that may mean a missing value, such as -999."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pandas as pd

from bridle.arguments.option_words import option
from bridle.types import Array
from bridle.workbench.columns.columns import numbers
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR109 sentinel-values"

EXPLANATION = Explanation(
    finds="A column has a number such as -999 in several rows, far from all its others.",
    matters="Such a number often means that a value is missing, and then misleads every model.",
    remedy="If it means missing, say so with --missing -999.",
)

_CODES = np.unique(
    [
        *(-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0, -9.0, 7.0, 8.0, 9.0),
        *(
            sign * (10.0**size - less)
            for sign in (-1, 1)
            for size in range(2, 8)
            for less in (1, 2, 3)
        ),
        *(77.0, 88.0, 777.0, 888.0, 7777.0, 8888.0, 99.9, 99.99, 999.9, 999.99, 9.99),
        *(-99.9, -999.9, -999.25, 1e20, 1e30, -1e30, 1e35),
        *(255.0, 32767.0, -32768.0, 65535.0, 2.0**31 - 1, -(2.0**31), 2.0**32 - 1),
    ]
)
"""Numbers that surveys, instruments and programs write for "no answer"."""

_FEWEST = 2
_MOST_CODES = 4
_ENOUGH_BESIDE_ZERO = 10


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find codes such as surveys use for "no answer" that are far from all other numbers of a column.

    Far means further from the nearest other number than the other numbers are from each other. There may
    be several at each end. A 0 counts beside ten different numbers or more.
    """
    names, values = numbers(frame)
    if not len(values):
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column without a number
        ends = np.stack([np.nanmin(values, axis=0), np.nanmax(values, axis=0)])
    tried = np.isin(ends, _CODES).any(axis=0) | (ends == 0).any(axis=0)
    found = []
    for place in np.flatnonzero(tried):
        distinct, counts = np.unique(values[:, place], return_counts=True)
        for code in _far_codes(distinct[~np.isnan(distinct)]):
            count = int(counts[distinct == code][0])
            if count >= _FEWEST:
                found.append(_finding(names[place], code, count))
    return tuple(found)


def _far_codes(distinct: Array) -> list[float]:
    """Return the codes at the ends of sorted numbers that are far from those between."""
    ways = sorted(product(range(_MOST_CODES + 1), repeat=2), key=sum)
    for below, above in ways[1:]:
        low, rest, high = np.split(distinct, [below, max(below, len(distinct) - above)])
        if len(low) + len(high) < below + above or len(rest) < _FEWEST:
            continue
        has_zero = len(rest) >= _ENOUGH_BESIDE_ZERO
        ends = [*low, *high]
        if not all(code in _CODES or (code == 0 and has_zero) for code in ends):
            continue
        if min(*(rest[0] - low), *(high - rest[-1]), np.inf) > np.ptp(rest):
            return [float(code) for code in ends]
    return []


def _finding(name: str, sentinel: float, count: int) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} holds {_written(sentinel)} in {count:,} rows, far from all its other numbers: "
        "it may stand for a missing value.",
        f"If it does: {option('missing', _written(sentinel))}; if not, there is nothing to do.",
        "warning",
    )


def _written(number: float) -> str:
    return f"{number:.0f}" if abs(number) < 2**53 and number.is_integer() else f"{number:g}"
