"""Checks of a table before anything is fitted: one check a file, listed in `CHECKS`."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.base import Check, Finding
from bridle.workbench.checks.table import (
    constant_column,
    identifier_column,
    likely_leak,
    missing_values,
    sentinel_values,
    target_leak,
)
from bridle.workbench.task import Task

__all__ = ["CHECKS", "LEAVES_OUT", "Finding", "left_out", "run_checks"]

CHECKS: tuple[Check, ...] = (
    identifier_column.check,
    constant_column.check,
    missing_values.check,
    sentinel_values.check,
    target_leak.check,
    likely_leak.check,
)
"""In the order in which they run; a column that one leaves out is not shown to the next."""

LEAVES_OUT = frozenset({identifier_column.CODE, constant_column.CODE})
"""Codes whose columns are not used as features."""


def run_checks(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Return what all checks find.

    Parameters
    ----------
    frame : DataFrame of shape (n, p)
        Features, as `bridle.workbench.columns.columns.canonical` gives them.
    target : ndarray of shape (n,)
        Codes of the classes, or finite numbers.
    task : Task

    Returns
    -------
    tuple of Finding
        By check, then by column.
    """
    findings: tuple[Finding, ...] = ()
    for check in CHECKS:
        found = check(frame, target, task)
        frame = frame.drop(columns=list(left_out(found)))
        findings += found
    return findings


def left_out(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return the columns that the findings take away from the features."""
    return tuple(
        one.column for one in findings if one.column is not None and one.code in LEAVES_OUT
    )
