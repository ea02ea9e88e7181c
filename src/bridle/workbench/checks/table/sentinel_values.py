"""BR109: numbers that may mean a missing value, such as -999."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bridle.arguments.option_words import option
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

_SENTINELS = (-99999.0, -9999.0, -999.0, -99.0, -9.0, -1.0, 99.0, 999.0, 9999.0, 99999.0)
_FEWEST = 2


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find codes such as surveys use for "no answer" that are far from all other numbers of a column.

    Far means further from the nearest other number than the other numbers are from each other.
    """
    names, values = numbers(frame)
    found = []
    for name, column in zip(names, values.T, strict=True):
        for sentinel in _SENTINELS:
            same = column == sentinel
            others = column[~same & ~np.isnan(column)]
            if np.count_nonzero(same) < _FEWEST or np.unique(others).size < _FEWEST:
                continue
            if np.abs(others - sentinel).min() > np.ptp(others):
                found.append(_finding(name, sentinel, int(np.count_nonzero(same))))
    return tuple(found)


def _finding(name: str, sentinel: float, count: int) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} holds {sentinel:g} in {count:,} rows, far from all its other numbers: it may "
        "stand for a missing value.",
        f"If it does: {option('missing', f'{sentinel:g}')}; if not, there is nothing to do.",
        "warning",
    )
