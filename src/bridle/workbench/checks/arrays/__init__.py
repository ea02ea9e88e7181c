"""The checks of images and sequences. They leave nothing out, since positions are not columns."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.arrays import array_leak, blank_rows
from bridle.workbench.checks.base import TableCheck, run_checks
from bridle.workbench.checks.table import target_leak
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = ["ARRAY_CHECKS", "run_array_checks"]

ARRAY_CHECKS: dict[str, TableCheck] = {
    blank_rows.CODE: blank_rows.check,
    target_leak.CODE: array_leak.check,
}
"""Checks by code, in the order in which they run."""


def run_array_checks(
    frame: pd.DataFrame, target: npt.NDArray[Any], task: Task
) -> tuple[Finding, ...]:
    """Return the findings of all checks on flattened rows, with one column per position."""
    return run_checks(ARRAY_CHECKS, frame, target, task).findings
