"""BR102: columns with the same value in every row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bridle.workbench.columns.columns import names_of_kind, numbers
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR102 constant-column"

EXPLANATION = Explanation(
    finds="A column has the same value in every row, or only missing ones.",
    matters="It cannot help to predict anything. The column is left out.",
    remedy="Nothing needs to be done, unless the column was expected to vary.",
)


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find columns without two different entries; a missing value counts as an entry."""
    found = {*_constant_numbers(frame), *_constant_others(frame)}
    return tuple(_finding(name, frame[name]) for name in frame.columns if name in found)


def _constant_numbers(frame: pd.DataFrame) -> list[str]:
    names, values = numbers(frame)
    missing = np.isnan(values)
    # fmin and fmax ignore missing values, and do not warn if there are no others.
    same = np.fmin.reduce(values, axis=0) == np.fmax.reduce(values, axis=0)
    constant = (same & ~missing.any(axis=0)) | missing.all(axis=0)
    return [names[j] for j in np.flatnonzero(constant)]


def _constant_others(frame: pd.DataFrame) -> list[str]:
    others = (*names_of_kind(frame, "boolean"), *names_of_kind(frame, "category"))
    return [name for name in others if frame[name].nunique(dropna=False) < 2]


def _finding(name: str, column: pd.Series[Any]) -> Finding:
    value = column.iloc[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    held = "nothing but missing values" if pd.isna(value) else f"{value} in every row"
    return Finding(
        CODE,
        name,
        f"Column {name!r} holds {held}. It is left out.",
        "Nothing to do, unless it should vary.",
        "warning",
    )
