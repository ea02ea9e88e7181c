"""What a check of the data is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy.typing as npt
import pandas as pd

from bridle.workbench.task import Task

__all__ = ["Check", "ColumnCheck", "Finding", "NotApplicable"]


@dataclass(frozen=True)
class Finding:
    """Something about the data that their reader should know.

    Attributes
    ----------
    code : str
        Stable number and name, for instance ``"BR101 identifier-column"``.
    column : str or None
        The column it is about, None for the table as a whole.
    message : str
        What was seen, in one sentence.
    remedy : str
        What to do about it, in one sentence.
    severity : {"warning", "invalid", "accepted"}
        ``"invalid"`` where a verdict on these data would mean nothing; ``"accepted"`` where it
        would, and the user said that it is meant so.
    """

    code: str
    column: str | None
    message: str
    remedy: str
    severity: Literal["warning", "invalid", "accepted"]


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
"""From features (as `bridle.workbench.columns.columns.canonical` gives them) to findings, in the order of the
columns."""

Check = Callable[[pd.DataFrame, npt.NDArray[Any], Task], tuple[Finding, ...]]
"""From features, target and task to findings, in the order of the columns."""
