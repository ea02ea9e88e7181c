"""View of the splits that a check may look at."""

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
    """A study before it runs.

    Attributes
    ----------
    frame : DataFrame of shape (n, p)
        Features, as `bridle.workbench.columns.columns.canonical` gives them.
    target : ndarray of shape (n,)
        Codes of the classes, or numbers.
    task : Task
    groups : ndarray of shape (n,), or None
        Code of each row's group.
    protocol : Protocol
    parts : tuple of Parts
        The rows of each run.
    places : tuple of DropoutPlace
        Every dropout of the networks that are compared.
    """

    frame: pd.DataFrame
    target: npt.NDArray[np.generic]
    task: Task
    groups: npt.NDArray[np.intp] | None
    protocol: Protocol
    parts: tuple[Parts, ...]
    places: tuple[DropoutPlace, ...] = ()


SplitCheck = Callable[[SplitView], tuple[Finding, ...] | NotApplicable]
"""From a study before it runs to what was found, or why there is nothing to look at."""
