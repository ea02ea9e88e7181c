"""Columns with missing values."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.base import Finding
from bridle.workbench.task import Task

__all__ = ["CODE", "check"]

CODE = "BR103 missing-values"


def check(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Find columns with missing values, and count them."""
    counts = frame.isna().sum(axis=0).to_numpy()
    return tuple(
        _finding(name, int(count), len(frame))
        for name, count in zip(frame.columns, counts, strict=True)
        if count
    )


def _finding(name: str, count: int, rows: int) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} is missing in {count:,} of {rows:,} rows; it is filled from the "
        "training part.",
        "Nothing to do; in a file, empty fields and words like NA, NaN, None and null count as "
        "missing: rename a category that is called so.",
        "warning",
    )
