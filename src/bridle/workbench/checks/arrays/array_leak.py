"""BR201 for images and sequences: positions that determine the target by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.table import target_leak
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = ["CODE", "EXPLANATION", "check"]

CODE, EXPLANATION = target_leak.CODE, target_leak.EXPLANATION


def check(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Return one finding on all positions that leak the target, such as a mark in a corner.

    Each position is tested like a column in `target_leak`.
    """
    found = target_leak.check(frame, target, task)
    if not found:
        return ()
    first, others = found[0], len(found) - 1
    reason = first.message.partition(": ")[2]
    more = f", as {others:,} more positions do" if others else ""
    return (
        replace(
            first,
            message=f"Position {first.column!r} of a row gives the target away{more}: {reason}",
            remedy="Set it to 0 in every row of X if it is known only after the target.",
        ),
    )
