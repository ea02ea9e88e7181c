"""Whether an arm was still learning when its training ended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.workbench.interval import corrected_interval
from bridle.workbench.record import Record

__all__ = ["MATERIAL_SHARE", "still_falling"]

MATERIAL_SHARE = 0.01
"""A fall below this share of the level of a model that knows nothing is not worth more epochs."""


def still_falling(records: Sequence[Record], level: float, confidence: float) -> bool:
    """Say whether the validation loss of an arm was still falling at its last epoch.

    For each run, take the mean validation loss of the last fifth of its epochs (at least two, where
    there are four) off the mean of the fifth before. The loss falls if the mean of this fall over
    the runs is larger than ``MATERIAL_SHARE * level`` and its corrected interval lies above 0.

    Windows average out the noise of single epochs, the interval asks whether the fall shows in
    the runs alike, and the level asks whether it matters: where a loss decays geometrically, what
    is still to come is about as large as the last such fall. A fall that has to be above a share
    of the loss itself would not do: a loss that nears zero falls by large shares for ever. A loss
    that rises again, since the model overfits, does not fall, whatever it did before.

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
    falls = [_last_fall(one.curves.val_loss) for one in seen if one.curves is not None]
    if len(falls) < 2 or not np.isfinite(falls).all():
        return False
    n_train = float(np.mean([one.n_train for one in seen]))
    n_validation = float(np.mean([one.n_validation for one in seen]))
    interval = corrected_interval(falls, n_train, n_validation, confidence)
    return interval.low > 0 and interval.mean > MATERIAL_SHARE * level


def _last_fall(curve: Sequence[float]) -> float:
    """Return the mean of the last window but one minus the mean of the last."""
    window = max(len(curve) // 5, min(2, len(curve) // 2))
    before, last = np.asarray(curve[-2 * window :], dtype=np.float64).reshape(2, window)
    return float(before.mean() - last.mean())
