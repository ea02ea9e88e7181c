"""The checks of a table, before anything is fitted."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.base import ColumnCheck, TableCheck, run_checks
from bridle.workbench.checks.table import (
    constant_column,
    identifier_column,
    likely_leak,
    missing_values,
    sentinel_values,
    target_leak,
)
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = [
    "COLUMN_CHECKS",
    "LEAVES_OUT",
    "TARGET_CHECKS",
    "left_out",
    "run_column_checks",
    "run_target_checks",
]

COLUMN_CHECKS: dict[str, ColumnCheck] = {
    identifier_column.CODE: identifier_column.check,
    constant_column.CODE: constant_column.check,
    missing_values.CODE: missing_values.check,
    sentinel_values.CODE: sentinel_values.check,
}
"""Checks of features only, in the order in which they run. A column that a check leaves out is not
passed to the next check."""

TARGET_CHECKS: dict[str, TableCheck] = {
    target_leak.CODE: target_leak.check,
    likely_leak.CODE: likely_leak.check,
}
"""Checks of features and target."""

LEAVES_OUT = frozenset({identifier_column.CODE, constant_column.CODE})
"""Codes of findings whose columns are not used as features."""


def run_column_checks(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Return the findings of the checks of features only, by check, then by column.

    Parameters
    ----------
    frame : DataFrame of shape (n, p)
        Features, in the forms of `bridle.workbench.columns.columns.canonical`.
    """
    findings: tuple[Finding, ...] = ()
    for code, check in COLUMN_CHECKS.items():
        found = run_checks({code: check}, frame).findings
        frame = frame.drop(columns=list(left_out(found)))
        findings += found
    return findings


def run_target_checks(
    frame: pd.DataFrame, target: npt.NDArray[Any], task: Task
) -> tuple[Finding, ...]:
    """Return the findings of the checks of features and target, by check, then by column.

    Parameters
    ----------
    frame : DataFrame of shape (n, p)
        The used features.
    target : ndarray of shape (n,)
        In the form of `bridle.workbench.data.dataset.Dataset`.
    task : Task
    """
    findings: tuple[Finding, ...] = ()
    for values, kind, classes in task.type.checked_as(target, task.classes):
        findings += run_checks(TARGET_CHECKS, frame, values, Task(kind, classes)).findings
    return findings


def left_out(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return the columns that are not used because of the findings."""
    return tuple(
        finding.column
        for finding in findings
        if finding.column is not None and finding.code in LEAVES_OUT
    )
