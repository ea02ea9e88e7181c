"""BR117: images and sequences with the same number at every position."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR117 blank-rows"

EXPLANATION = Explanation(
    finds="An image or a sequence has the same number at every position.",
    matters="Such rows hold nothing to learn from, and often come from a failed export.",
    remedy="Look at them, and remove them if they are faults.",
)


def check(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Find rows that consist of a single number, from which nothing can be learnt."""
    values = frame.to_numpy()
    blank = np.flatnonzero(values.min(axis=1) == values.max(axis=1))
    if len(blank) == 0 or values.shape[1] == 1:
        return ()
    return (
        Finding(
            CODE,
            None,
            f"{len(blank):,} of {len(frame):,} rows have the same number at every position; the first "
            f"is row {blank[0]}.",
            "Look at them: unreadable images are often filled like this. In that case remove them.",
            "warning",
        ),
    )
