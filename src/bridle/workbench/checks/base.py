"""Check of the data: what it is given, and that it may be not applicable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = ["Check", "ColumnCheck", "NotApplicable"]


@dataclass(frozen=True)
class NotApplicable:
    """Why a check has nothing to look at.

    Attributes
    ----------
    reason : str
        The end of a sentence that starts with "not applicable because".
    """

    reason: str


ColumnCheck = Callable[[pd.DataFrame], tuple[Finding, ...]]
"""From features (as `canonical` of the columns gives them) to findings, in the order of the columns."""

Check = Callable[[pd.DataFrame, npt.NDArray[Any], Task], tuple[Finding, ...]]
"""From features, target and task to findings, in the order of the columns."""
