"""Trend of the validation loss at the end of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.workbench.evidence.intervals.corrected_interval import Interval, corrected_interval
from bridle.workbench.evidence.results.pairs import by_split
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = [
    "LEAST_EPOCHS",
    "MATERIAL_SHARE",
    "LateEpochs",
    "has_fallen",
    "late_epochs",
    "late_fall",
    "still_falling",
    "too_short",
]

LEAST_EPOCHS = 4
"""Two windows of two epochs; in shorter curves, noise hides any trend."""

MATERIAL_SHARE = 0.05
"""A fall below this fraction of the loss is not worth more epochs."""

LEAST_SHARE = 0.001
"""Nor is a fall below this fraction of the dummy's loss."""


@dataclass(frozen=True)
class LateEpochs:
    """Change of the validation loss between the last two windows of epochs.

    A window is a fifth of the epochs, but at least two epochs if there are four.

    Attributes
    ----------
    fall : Interval
        Mean loss of the second-last window minus that of the last: above 0 if the loss still fell.
    level : float
        Mean loss of the last window.
    jitter : float
        Standard deviation of single epochs around the mean of their window, over both windows.
    """

    fall: Interval
    level: float
    jitter: float


def late_epochs(records: Sequence[Record], protocol: Protocol) -> LateEpochs | None:
    """Return the change of an arm's validation loss in its late epochs.

    Parameters
    ----------
    records : sequence of Record
        The runs of one arm. Runs without curves are ignored, runs of the same split averaged.
    protocol : Protocol
        Determines which runs have the same split, and the level of the interval.

    Returns
    -------
    LateEpochs or None
        None if fewer than two splits have two epochs, or if a loss is not finite.
    """
    seen = [
        record
        for record in records
        if record.curves is not None and len(record.curves.val_loss) > 1
    ]
    splits = by_split(seen, protocol)
    if len(splits) < 2:
        return None
    windows = {
        id(record): _windows(record.curves.val_loss) for record in seen if record.curves is not None
    }
    if not all(np.isfinite(pair).all() for pair in windows.values()):
        return None
    means = np.array(
        [
            np.mean([windows[id(run)].mean(axis=1) for run in runs], axis=0)
            for runs in splits.values()
        ]
    )
    before, last = means.T
    spread = [pair - pair.mean(axis=1, keepdims=True) for pair in windows.values()]
    return LateEpochs(
        fall=corrected_interval(
            before - last,
            float(np.mean([record.n_train for record in seen])),
            float(np.mean([record.n_validation for record in seen])),
            protocol.confidence,
        ),
        level=float(last.mean()),
        jitter=float(np.sqrt(np.mean([np.mean(values**2) for values in spread]))),
    )


def still_falling(records: Sequence[Record], level: float, protocol: Protocol) -> bool:
    """Return whether the validation loss of an arm was still falling at its last epoch.

    The loss falls if the mean of its late fall (`late_epochs`) is larger than ``MATERIAL_SHARE`` of
    the mean of the last window or than the margin, ``protocol.margin_share * level``, larger than
    ``LEAST_SHARE * level``, and its corrected interval lies above 0.

    Windows average out the noise of single epochs. The interval checks that the fall is consistent
    across runs, and the fractions that it matters: if a loss decays geometrically, the remaining
    fall is about as large as the last one. The margin serves networks that have learnt little,
    whose large loss falls by small fractions. The level excludes losses near zero, which fall by
    large fractions for ever. A loss that rises again because of overfitting is not falling, nor is that
    of an arm most of whose runs stopped early.

    Parameters
    ----------
    records : sequence of Record
        The runs of one arm; runs without curves are ignored.
    level : float
        The dummy's loss, in the unit of the curves.
    protocol : Protocol
        Determines which runs have the same split, and the level of the interval.

    Returns
    -------
    bool
        False if the curves cannot show it.
    """
    late = late_epochs(records, protocol)
    if late is None or 2 * sum(map(_stopped_early, records)) > len(records):
        return False
    return late.fall.low > 0 and has_fallen(late.fall.mean, late.level, level, protocol)


def _stopped_early(record: Record) -> bool:
    """Return whether a run ended because its validation loss no longer fell."""
    patience = (record.details or {}).get("patience")
    if patience is None or record.curves is None or record.best_epoch is None:
        return False
    return len(record.curves.val_loss) - record.best_epoch >= patience


def has_fallen(fall: float, reached: float, level: float, protocol: Protocol) -> bool:
    """Return whether a late fall matters.

    Parameters
    ----------
    fall, reached : float
        Fall between the last two windows, and the mean loss of the last one. The loss of survival times
        may be below 0 (`bridle.networks.partial_likelihood`).
    level : float
        The dummy's loss, in the unit of the curves.
    protocol : Protocol
        ``margin_share``.
    """
    matters = min(MATERIAL_SHARE * abs(reached), protocol.margin_share * level)
    return fall > max(matters, LEAST_SHARE * level)


def late_fall(curve: Sequence[float]) -> tuple[float, float]:
    """Return the fall between the last two windows of a curve, and the mean of the last one."""
    before, last = _windows(curve).mean(axis=1).tolist()
    return before - last, last


def too_short(records: Sequence[Record]) -> bool:
    """Return whether an arm trained in epochs, but in fewer than `LEAST_EPOCHS`."""
    lengths = [len(record.curves.val_loss) for record in records if record.curves is not None]
    return 0 < max(lengths, default=0) < LEAST_EPOCHS


def _windows(curve: Sequence[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the second-last and the last window, one row per run."""
    window = max(len(curve) // 5, min(2, len(curve) // 2))
    return np.asarray(curve[-2 * window :], dtype=np.float64).reshape(2, window)
