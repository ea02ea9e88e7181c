"""Catalogue of the checks of images and sequences. They leave nothing out: positions are not columns."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.arrays import array_leak, blank_rows
from bridle.workbench.checks.base import TableCheck, run_checks
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = [
    "ARRAY_CHECKS",
    "ARRAY_FILES",
    "run_array_checks",
]

ARRAY_FILES = (
    blank_rows,
    array_leak,
)

ARRAY_CHECKS: dict[str, TableCheck] = {file.CODE: file.check for file in ARRAY_FILES}
"""Checks by code, in the order in which they run."""


def run_array_checks(
    frame: pd.DataFrame, target: npt.NDArray[Any], task: Task
) -> tuple[Finding, ...]:
    """Return the findings of all checks on flattened rows, with one column per position."""
    return run_checks(ARRAY_CHECKS, frame, target, task).findings
