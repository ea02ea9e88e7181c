"""Places of images and sequences from which alone the target can be read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.base import Finding
from bridle.workbench.checks.table import target_leak
from bridle.workbench.task import Task

__all__ = ["check"]


def check(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Find places that give the target away, as a mark in a corner does; named once for all.

    A place of a row is held against the target as `target_leak` holds a column.
    """
    found = target_leak.check(frame, target, task)
    if not found:
        return ()
    first, others = found[0], len(found) - 1
    reason = first.message.partition(": ")[2]
    more = f", as {others:,} more places of it do" if others else ""
    return (
        replace(
            first,
            message=f"Place {first.column!r} of a row gives the target away{more}: {reason}",
            remedy="Blank it in every row of X, if it is known only once the target is.",
        ),
    )
