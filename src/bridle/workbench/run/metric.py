"""The metrics: risk, by which all arms are judged, and score, which is shown in addition."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from bridle.types import Array
from bridle.workbench.arm.base import Split

__all__ = ["risk", "score"]


def risk(split: Split, y: npt.NDArray[Any], prediction: Array) -> float:
    """Return the risk of the task, such as the log loss, in units of the given target.

    Parameters
    ----------
    split : Split
        Determines the task and the scale of the target.
    y : ndarray of shape (n,)
        Targets, as in `Part.y`.
    prediction : ndarray of shape (n, classes) or (n,)
        As returned by `Fit.predict`.
    """
    task = split.task
    return task.type.risk(y, prediction, split.target_scale, len(task.classes))


def score(split: Split, y: npt.NDArray[Any], prediction: Array) -> float:
    """Return the score of the task, such as the accuracy; parameters as for `risk`."""
    return split.task.type.score(y, prediction)
