"""The metrics: risk, by which all arms are judged, and score, which is shown in addition."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from bridle.errors import InputError
from bridle.networks.poisson import poisson_deviance
from bridle.types import Array
from bridle.workbench.arm.base import Split

__all__ = ["risk", "score"]


def risk(split: Split, y: npt.NDArray[Any], prediction: Array) -> float:
    """Return the log loss, the squared error in squared units of the target, or Poisson deviance.

    The Poisson deviance of counts y and predictions m is the mean of
    ``2 (y log(y / m) - y + m)``.

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
    if split.task.kind == "count":
        return _deviance(y, prediction) * split.target_scale
    return float(mean_squared_error(y, prediction)) * split.target_scale**2


def score(split: Split, y: npt.NDArray[Any], prediction: Array) -> float:
    """Return the accuracy, R2 or D2, the share of the deviance explained; parameters as for `risk`."""
    if split.task.is_classification:
        return float(accuracy_score(y, prediction.argmax(axis=1)))
    if split.task.kind == "count":
        return _explained(y, prediction)
    return float(r2_score(y, prediction))


def _explained(y: npt.NDArray[Any], prediction: Array) -> float:
    """Return the explained fraction of the deviance; if all counts are equal, 1 if exact, else 0."""
    found, null = _deviance(y, prediction), _deviance(y, np.full(len(y), y.mean()))
    if null == 0:
        return float(found == 0)
    return 1 - found / null


def _deviance(y: npt.NDArray[Any], prediction: Array) -> float:
    wrong = (prediction < 0) | ((prediction == 0) & (y > 0))
    if wrong.any():
        raise InputError(
            "A predicted count must be above 0, or its Poisson deviance is infinite. Received: "
            f"{prediction[wrong][0]:g} ({int(wrong.sum()):,} such predictions). Use a model with a log "
            "link, such as PoissonRegressor."
        )
    return float(poisson_deviance(y, prediction).mean())
