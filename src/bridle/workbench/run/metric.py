"""The metrics: risk, by which all arms are judged, and score, which is shown in addition."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from bridle.types import Array
from bridle.workbench.arm.base import Split

__all__ = ["risk", "score"]


def risk(split: Split, y: npt.NDArray[Any], prediction: Array) -> float:
    """Return the log loss, or the squared error in squared units of the target.

    Parameters
    ----------
    split : Split
        Determines the task and the scale of the target.
    y : ndarray of shape (n,)
        Targets, as in `Part.y`.
    prediction : ndarray of shape (n, classes) or (n,)
        As returned by `Fit.predict`. A probability of 0 is replaced by the spacing of floats at 1.
    """
    if split.task.is_classification:
        return float(log_loss(y, prediction, labels=np.arange(len(split.task.classes))))
    return float(mean_squared_error(y, prediction)) * split.target_scale**2


def score(split: Split, y: npt.NDArray[Any], prediction: Array) -> float:
    """Return the accuracy, or R2; parameters as for `risk`."""
    if split.task.is_classification:
        return float(accuracy_score(y, prediction.argmax(axis=1)))
    return float(r2_score(y, prediction))
