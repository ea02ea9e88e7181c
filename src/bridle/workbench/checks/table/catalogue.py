"""Catalogue of the checks of a table, which run before anything is fitted."""

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
    "COLUMN_FILES",
    "LEAVES_OUT",
    "TARGET_CHECKS",
    "TARGET_FILES",
    "left_out",
    "run_column_checks",
    "run_target_checks",
]

COLUMN_FILES = (
    identifier_column,
    constant_column,
    missing_values,
    sentinel_values,
)

COLUMN_CHECKS: dict[str, ColumnCheck] = {file.CODE: file.check for file in COLUMN_FILES}
"""Checks of features only, in the order in which they run. A column that a check leaves out is not
passed to the next check."""

TARGET_FILES = (
    target_leak,
    likely_leak,
)

TARGET_CHECKS: dict[str, TableCheck] = {file.CODE: file.check for file in TARGET_FILES}
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
