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
    finds=(
        "A column has a number such as -999 in several rows, far from all its others; or a 0, or a "
        "number below 0, apart from all its others, none of which is negative."
    ),
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
_GAPS = 2.0
"""How many times a code is further from the next number than other neighbours below the median."""

_FENCE = 1.5
"""Interquartile ranges below the lower quartile at which a number is an outlier (Tukey 1977)."""

_SHORT_SCALE = 3, 11
"""Highest and number of the answers of a scale, beside which a -1 is apart."""


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find codes such as surveys use for "no answer" that are far from all other numbers of a column.

    Far means further from the nearest other number than the other numbers are from each other. There may
    be several at each end. A 0 counts beside ten different numbers or more.

    Also find a code that is apart below ten different numbers or more, all of them positive (or 0, for a
    negative code): twice as far from the next number as any two neighbours below the median are from
    each other. A 0 must be an outlier by Tukey's fence too, which it is not among counts and amounts.
    Last, find a -1 below answers of a scale such as 0 to 5.

    Source: Tukey 1977, "Exploratory Data Analysis", section 2D, for the fence.
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
        known = values[:, place][~np.isnan(values[:, place])]
        distinct, counts = np.unique(known, return_counts=True)
        where, codes = "far from all its other numbers", _far_codes(distinct)
        if not codes and _is_apart(known, distinct):
            where, codes = "apart from its other numbers", [float(distinct[0])]
        for code in codes:
            count = int(counts[distinct == code][0])
            if count >= _FEWEST:
                found.append(_finding(names[place], code, count, where))
    return tuple(found)


def _is_apart(values: Array, distinct: Array) -> bool:
    """Return whether the lowest number is a code apart from the others, none of which is negative."""
    code, rest = distinct[0], distinct[1:]
    if code > 0 or not (code == 0 or code in _CODES) or len(rest) < _FEWEST or rest[0] < 0:
        return False
    if code == -1 and _is_scale(rest):
        return True
    if len(rest) < _ENOUGH_BESIDE_ZERO:
        return False
    others = values[values != code]
    low, median, high = np.quantile(others, [0.25, 0.5, 0.75])
    steps = np.diff(rest[rest <= median])
    if not len(steps) or rest[0] - code < _GAPS * steps.max():
        return False
    return bool(code < 0 or code < low - _FENCE * (high - low))


def _is_scale(rest: Array) -> bool:
    """Return whether numbers are consecutive, from 0 or 1 to some number of 3 to 10."""
    highest, most = _SHORT_SCALE
    if len(rest) > most or rest[0] > 1 or rest[-1] < highest:
        return False
    return bool((np.diff(rest) == 1).all() and rest[0] == np.rint(rest[0]))


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


def _finding(name: str, sentinel: float, count: int, where: str) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} holds {_written(sentinel)} in {count:,} rows, {where}: it "
        "may stand for a missing value.",
        f"If it does: {option('missing', _written(sentinel))}; if not, there is nothing to do.",
        "warning",
    )


def _written(number: float) -> str:
    return f"{number:.0f}" if abs(number) < 2**53 and number.is_integer() else f"{number:g}"
