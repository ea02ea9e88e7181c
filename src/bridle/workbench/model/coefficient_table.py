"""Coefficients of a linear model by name, in the units of the user's columns.

A prepared feature is ``(x - mean) / scale``, so its coefficient in units of x is ``coef / scale``, and
``coef * mean / scale`` is subtracted from the intercept. A regression's target is
``mean + scale * y``, which multiplies all coefficients by ``scale``; a count is ``scale`` times the
exponential, which adds ``log(scale)`` to the intercept. The linear predictor is then the intercept plus
the sum of coefficients times values. A category has the value 1 for its level and 0 for all others, and
a missing number has the median.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bridle.types import Array
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.data.preparation import ChannelPreparation, Preparation, Scaled
from bridle.workbench.tasks.catalogue import TASK_TYPES

__all__ = ["INTERCEPT", "coefficient_table"]

INTERCEPT = "(intercept)"


def coefficient_table(
    predictor: LinearPredictor,
    preparation: Preparation | ChannelPreparation,
    names: tuple[str, ...],
    target: tuple[float, float],
    classes: tuple[str, ...],
) -> pd.DataFrame:
    """Return one row for the intercept and each prepared feature.

    Parameters
    ----------
    predictor : LinearPredictor
    preparation : Preparation or ChannelPreparation
    names : tuple of str
        Names of the prepared features.
    target : (float, float)
        Mean and scale of the target.
    classes : tuple of str
        Names of the classes; empty for numbers and counts.

    Returns
    -------
    DataFrame
        ``feature``, and ``coefficient`` (of the log odds of the second of two classes) or, with
        three classes or more, a column for each, ``coefficient of CLASS``.
    """
    mean, scale = _units(preparation)
    coefs = predictor.coef / scale[:, np.newaxis]
    intercepts = predictor.intercept - mean @ coefs
    coefs, intercepts = TASK_TYPES[predictor.kind].in_given_units(coefs, intercepts, *target)
    several = coefs.shape[1] > 1
    heads = [f"coefficient of {label}" for label in classes] if several else ["coefficient"]
    table = pd.DataFrame(np.vstack([intercepts, coefs]), columns=heads)
    table.insert(0, "feature", [INTERCEPT, *names])
    return table


def _units(preparation: Preparation | ChannelPreparation) -> tuple[Array, Array]:
    """Return the number subtracted from each prepared feature, and the number it is divided by."""
    if isinstance(preparation, ChannelPreparation):
        places = len(preparation.names) // len(preparation.mean)
        return np.tile(preparation.mean, places), np.tile(preparation.scale, places)
    mean, scale = [], []
    for block in preparation.blocks:
        if isinstance(block, Scaled):
            mean.append(block.mean)
            scale.append(block.scale)
        else:
            mean.append(np.zeros(len(block.names)))
            scale.append(np.ones(len(block.names)))
    kept = preparation.kept
    return np.concatenate(mean)[kept], np.concatenate(scale)[kept]
