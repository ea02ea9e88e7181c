"""`SplitView`: input of the checks of the splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.dropout.guidance import DropoutPlace
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.finding import Finding
from bridle.workbench.protocol import Protocol
from bridle.workbench.splits import Parts
from bridle.workbench.task import Task

__all__ = ["SplitCheck", "SplitView"]


@dataclass(frozen=True)
class SplitView:
    """The data and splits of a study before its runs.

    Attributes
    ----------
    frame : DataFrame of shape (n, p)
        Features, in the forms of `bridle.workbench.columns.columns.canonical`.
    target : ndarray of shape (n,)
        Codes of the classes, or numbers.
    task : Task
        Kind of the task.
    groups : ndarray of shape (n,), or None
        Code of each row's group.
    protocol : Protocol
        The rules.
    parts : tuple of Parts
        The rows of each run.
    places : tuple of DropoutPlace
        All dropouts of the compared networks.
    """

    frame: pd.DataFrame
    target: npt.NDArray[np.generic]
    task: Task
    groups: npt.NDArray[np.intp] | None
    protocol: Protocol
    parts: tuple[Parts, ...]
    places: tuple[DropoutPlace, ...] = ()


SplitCheck = Callable[[SplitView], tuple[Finding, ...] | NotApplicable]
"""Maps the splits of a study to findings, or to the reason why the check does not apply."""
