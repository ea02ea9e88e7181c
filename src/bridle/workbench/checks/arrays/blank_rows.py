"""Images and sequences that hold the same number at every place."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.workbench.checks.base import Finding
from bridle.workbench.task import Task

__all__ = ["CODE", "check"]

CODE = "BR117 blank-rows"


def check(frame: pd.DataFrame, target: npt.NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Find rows of one number throughout, of which nothing can be learnt but how often they come."""
    values = frame.to_numpy()
    blank = np.flatnonzero(values.min(axis=1) == values.max(axis=1))
    if len(blank) == 0 or values.shape[1] == 1:
        return ()
    return (
        Finding(
            CODE,
            None,
            f"{len(blank):,} of {len(frame):,} rows hold the same number at every place, the first of "
            f"them row {blank[0]}.",
            "Look at them: images that could not be read are often filled so. Remove them if so.",
            "warning",
        ),
    )
