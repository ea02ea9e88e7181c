"""Whether an arm was still learning when its training ended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.workbench.interval import corrected_interval
from bridle.workbench.record import Record

__all__ = ["MATERIAL_SHARE", "still_falling"]

MATERIAL_SHARE = 0.05
"""A fall below this share of the loss itself is not worth more epochs."""

LEAST_SHARE = 0.001
"""Nor is one below this share of the loss of a model that ignores the features."""


def still_falling(records: Sequence[Record], level: float, confidence: float) -> bool:
    """Say whether the validation loss of an arm was still falling at its last epoch.

    For each run, take the mean validation loss of the last fifth of its epochs (at least two, where
    there are four) off the mean of the fifth before. The loss falls if the mean of this fall over
    the runs is larger than ``MATERIAL_SHARE`` of the mean of the last window, larger than
    ``LEAST_SHARE * level``, and its corrected interval lies above 0.

    Windows average out the noise of single epochs, the interval asks whether the fall shows in
    the runs alike, and the shares ask whether it matters: where a loss decays geometrically, what
    is still to come is about as large as the last such fall. The level keeps a loss that nears
    zero, and so falls by large shares for ever, from counting. A loss that rises again, since the
    model overfits, does not fall, whatever it did before.

    Parameters
    ----------
    records : sequence of Record
        The runs of one arm, one a seed; those without curves are left out.
    level : float
        The loss of a model that ignores the features, in the unit of the curves.
    confidence : float
        Level of the interval, in (0, 1).

    Returns
    -------
    bool
        False where fewer than two runs have two epochs, or where a loss is not finite: then the
        curves do not say.
    """
    seen = [one for one in records if one.curves is not None and len(one.curves.val_loss) > 1]
    windows = np.array(
        [_last_windows(one.curves.val_loss) for one in seen if one.curves is not None]
    )
    if len(windows) < 2 or not np.isfinite(windows).all():
        return False
    before, last = windows.T
    n_train = float(np.mean([one.n_train for one in seen]))
    n_validation = float(np.mean([one.n_validation for one in seen]))
    interval = corrected_interval(before - last, n_train, n_validation, confidence)
    material = max(MATERIAL_SHARE * float(last.mean()), LEAST_SHARE * level)
    return interval.low > 0 and interval.mean > material


def _last_windows(curve: Sequence[float]) -> tuple[float, float]:
    """Return the mean of the last window but one and the mean of the last."""
    window = max(len(curve) // 5, min(2, len(curve) // 2))
    before, last = np.asarray(curve[-2 * window :], dtype=np.float64).reshape(2, window)
    return float(before.mean()), float(last.mean())
