"""Trend of an arm's validation loss at the end of its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.workbench.evidence.corrected_interval import Interval, corrected_interval
from bridle.workbench.evidence.pairing import by_split
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = [
    "LEAST_EPOCHS",
    "MATERIAL_SHARE",
    "LateEpochs",
    "late_epochs",
    "still_falling",
    "too_short",
]

LEAST_EPOCHS = 4
"""Two windows of two epochs: a shorter curve has no trend that its noise would not hide."""

MATERIAL_SHARE = 0.05
"""A fall below this share of the loss itself is not worth more epochs."""

LEAST_SHARE = 0.001
"""Nor is one below this share of the loss of a model that ignores the features."""


@dataclass(frozen=True)
class LateEpochs:
    """The movement of a validation loss between the last two windows of epochs.

    A window is a fifth of the epochs, at least two where there are four.

    Attributes
    ----------
    fall : Interval
        Mean loss of the window before minus that of the last: above 0 where it still fell.
    level : float
        Mean loss of the last window.
    jitter : float
        Standard deviation of single epochs about their window's mean, over both windows.
    """

    fall: Interval
    level: float
    jitter: float


def late_epochs(records: Sequence[Record], protocol: Protocol) -> LateEpochs | None:
    """Return how the late epochs of an arm moved.

    Parameters
    ----------
    records : sequence of Record
        The runs of one arm; those without curves are left out, those of a split averaged.
    protocol : Protocol
        Says which runs share a split, and the level of the interval.

    Returns
    -------
    LateEpochs or None
        None where fewer than two splits have two epochs, or where a loss is not finite: then the
        curves do not say.
    """
    seen = [one for one in records if one.curves is not None and len(one.curves.val_loss) > 1]
    splits = by_split(seen, protocol)
    if len(splits) < 2:
        return None
    windows = {id(one): _windows(one.curves.val_loss) for one in seen if one.curves is not None}
    if not all(np.isfinite(pair).all() for pair in windows.values()):
        return None
    means = np.array(
        [
            np.mean([windows[id(one)].mean(axis=1) for one in runs], axis=0)
            for runs in splits.values()
        ]
    )
    before, last = means.T
    spread = [pair - pair.mean(axis=1, keepdims=True) for pair in windows.values()]
    return LateEpochs(
        fall=corrected_interval(
            before - last,
            float(np.mean([one.n_train for one in seen])),
            float(np.mean([one.n_validation for one in seen])),
            protocol.confidence,
        ),
        level=float(last.mean()),
        jitter=float(np.sqrt(np.mean([np.mean(one**2) for one in spread]))),
    )


def still_falling(records: Sequence[Record], level: float, protocol: Protocol) -> bool:
    """Say whether the validation loss of an arm was still falling at its last epoch.

    The loss falls if the mean of its late fall (`late_epochs`) is larger than ``MATERIAL_SHARE`` of
    the mean of the last window or than the margin, ``protocol.margin_share * level``, larger than
    ``LEAST_SHARE * level``, and its corrected interval lies above 0.

    Windows average out the noise of single epochs, the interval asks whether the fall shows in
    the runs alike, and the shares ask whether it matters: where a loss decays geometrically, what
    is still to come is about as large as the last such fall. A network that has learnt little yet
    falls by small shares of a large loss; there the margin counts, above which a difference
    matters. The level keeps a loss that nears
    zero, and so falls by large shares for ever, from counting. A loss that rises again, since the
    model overfits, does not fall, whatever it did before.

    Parameters
    ----------
    records : sequence of Record
        The runs of one arm; those without curves are left out.
    level : float
        The loss of a model that ignores the features, in the unit of the curves.
    protocol : Protocol
        Says which runs share a split, and the level of the interval.

    Returns
    -------
    bool
        False where the curves do not say.
    """
    late = late_epochs(records, protocol)
    if late is None:
        return False
    matters = min(MATERIAL_SHARE * late.level, protocol.margin_share * level)
    return late.fall.low > 0 and late.fall.mean > max(matters, LEAST_SHARE * level)


def too_short(records: Sequence[Record]) -> bool:
    """Say whether an arm trained by epochs, but for fewer than a trend takes (`LEAST_EPOCHS`)."""
    lengths = [len(one.curves.val_loss) for one in records if one.curves is not None]
    return 0 < max(lengths, default=0) < LEAST_EPOCHS


def _windows(curve: Sequence[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the last window but one and the last, one a row."""
    window = max(len(curve) // 5, min(2, len(curve) // 2))
    return np.asarray(curve[-2 * window :], dtype=np.float64).reshape(2, window)
