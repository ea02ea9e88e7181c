"""Further measures of one run on its test rows, such as AUC and calibration, or RMSE and MAE."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from bridle.types import Array
from bridle.workbench.arm.base import Split

__all__ = ["measures"]


def measures(split: Split, y: npt.NDArray[Any], prediction: Array) -> dict[str, Any]:
    """Return further measures on the test rows, as plain numbers that can be summed over runs.

    Parameters
    ----------
    split : Split
        Determines the task and the scale of the target.
    y : ndarray of shape (n,)
        Targets, as in `bridle.workbench.arm.base.Part.y`.
    prediction : ndarray of shape (n, classes) or (n,)
        As returned by `bridle.workbench.arm.base.Fit.predict`.

    Returns
    -------
    dict
        Those of the task, see `bridle.workbench.tasks`: ``rmse`` and ``mae`` in units of the target for
        numbers; ``auc``, ``calibration`` and ``confusion`` for classes.
    """
    task = split.task
    return task.type.measures(y, prediction, split.target_scale, len(task.classes))
