"""Change of the validation loss by a regulariser, at the last and at the best epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.types import Array
from bridle.workbench.evidence.curves.held_curves import held_curves
from bridle.workbench.evidence.intervals.corrected_interval import Interval, corrected_interval
from bridle.workbench.evidence.results.pairs import by_split
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = ["EpochChange", "EpochChanges", "epoch_changes"]


@dataclass(frozen=True)
class EpochChange:
    """Validation loss of the regularised arm minus that of the plain one.

    Attributes
    ----------
    last : Interval
        Each network at its last epoch.
    best : Interval
        Each network at its best epoch: the change that remains if both stop early, at one epoch
        for all splits. The epochs are chosen by the same losses, so both losses are a little too
        low.
    plain_epoch, regularised_epoch : int
        The best epochs, with the lowest mean loss over the splits, counted from 1.
    plain_epochs, regularised_epochs : int
        Numbers of epochs of the longest run.
    """

    last: Interval
    best: Interval
    plain_epoch: int
    regularised_epoch: int
    plain_epochs: int
    regularised_epochs: int


@dataclass(frozen=True)
class EpochChanges:
    """Validation loss of the regularised arm minus that of the plain one, for each split.

    Attributes
    ----------
    last, best : ndarray of shape (J,)
        Changes at the last and at the best epochs.
    plain_epoch, regularised_epoch, plain_epochs, regularised_epochs : int
        As in `EpochChange`.
    n_train, n_validation : float
        Mean numbers of training and validation rows.
    """

    last: Array
    best: Array
    plain_epoch: int
    regularised_epoch: int
    plain_epochs: int
    regularised_epochs: int
    n_train: float
    n_validation: float

    def change(self, confidence: float) -> EpochChange:
        """Return the intervals of the means over splits, at a level in (0, 1)."""
        last, best = (
            corrected_interval(changes, self.n_train, self.n_validation, confidence)
            for changes in (self.last, self.best)
        )
        return EpochChange(
            last,
            best,
            self.plain_epoch,
            self.regularised_epoch,
            self.plain_epochs,
            self.regularised_epochs,
        )


def epoch_changes(
    plain: Sequence[Record], regularised: Sequence[Record], protocol: Protocol
) -> EpochChanges | None:
    """Return the changes between two arms that train in epochs.

    In units of the metric; in a regression, of the target's variance.

    Parameters
    ----------
    plain, regularised : sequence of Record
        The runs of each arm. Runs without curves are ignored, runs of the same split averaged. A
        run that stopped early keeps its last loss (`held_curves`).
    protocol : Protocol

    Returns
    -------
    EpochChanges or None
        None if fewer than two splits have curves of both, or if a loss is not finite.
    """
    seen = [
        [record for record in arm if record.curves is not None and record.curves.val_loss]
        for arm in (plain, regularised)
    ]
    arms = [by_split(arm, protocol) for arm in seen]
    shared = [split for split in arms[0] if split in arms[1]]
    if len(shared) < 2:
        return None
    first, second = (_curves([arm[split] for split in shared]) for arm in arms)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    best = [int(losses.mean(axis=0).argmin()) for losses in (first, second)]
    n_train, n_validation = (
        float(np.mean([getattr(record, name) for record in seen[0]]))
        for name in ("n_train", "n_validation")
    )
    return EpochChanges(
        last=second[:, -1] - first[:, -1],
        best=second[:, best[1]] - first[:, best[0]],
        plain_epoch=best[0] + 1,
        regularised_epoch=best[1] + 1,
        plain_epochs=first.shape[1],
        regularised_epochs=second.shape[1],
        n_train=n_train,
        n_validation=n_validation,
    )


def _curves(splits: Sequence[Sequence[Record]]) -> Array:
    """Return the mean curve of each split; a run that stopped early keeps its last loss."""
    losses = [[run.curves.val_loss for run in runs if run.curves is not None] for runs in splits]
    held = iter(held_curves([loss for runs in losses for loss in runs]))
    return np.array([np.mean([next(held) for _ in runs], axis=0) for runs in losses])
