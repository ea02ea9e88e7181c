"""`State`: whether a run diverged, overfits, still learns, is level, or is too short to tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bridle.workbench.diagnosis.movement import Movement
from bridle.workbench.evidence.curves.trend import LEAST_EPOCHS, MATERIAL_SHARE
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["State", "StateName", "state_of"]

StateName = Literal["diverged", "overfits", "still learning", "level", "too short"]

_SHARE_OF_FALL = 0.1
"""A rise by this fraction of the whole fall matters, however high the loss itself is."""

_LOST = 0.5
"""A training loss that rises by this fraction of its fall has diverged; overfitting does not do that."""


@dataclass(frozen=True)
class State:
    """The state of a run.

    Attributes
    ----------
    name : str
    best : int or None
        Index of the lowest validation loss; None if none is finite.
    last : int or None
        Index of the last validation loss before an infinite one or NaN.
    validation, training : Movement or None
        Their movement; None for fewer than four epochs, and for a training loss that was not logged
        each time.
    """

    name: StateName
    best: int | None
    last: int | None
    validation: Movement | None = None
    training: Movement | None = None


def state_of(log: TrainingLog) -> State:
    """Return the state of a run.

    It *diverged* if a loss is not finite, or if the training loss rose by half of its fall. It
    *overfits* if the validation loss rose from its lowest window to its last by more than noise,
    and by a twentieth of itself or a tenth of its fall. It is *still learning* if the validation
    loss fell between the last two windows by more than noise and by a twentieth of itself or of its
    fall. Otherwise it is *level*.
    """
    sound = _sound(log)
    best = int(np.argmin(log.val_loss[:sound])) if sound else None
    last = sound - 1 if sound else None
    if sound < len(log.val_loss):
        return State("diverged", best, last)
    if sound < LEAST_EPOCHS:
        return State("too short", best, last)
    validation, training = Movement.of(log.val_loss), _training(log)
    return State(_name(validation, training), best, last, validation, training)


def _sound(log: TrainingLog) -> int:
    """Return the number of validations before an infinite loss or NaN."""
    bad = ~np.isfinite(log.val_loss)
    if log.train_loss is not None:
        # NaN may mean that no training loss was logged, but an infinite one was.
        bad |= np.isinf(log.train_loss)
    return int(bad.argmax()) if bad.any() else len(bad)


def _training(log: TrainingLog) -> Movement | None:
    if log.train_loss is None or not np.isfinite(log.train_loss).all():
        return None
    return Movement.of(log.train_loss)


def _name(validation: Movement, training: Movement | None) -> StateName:
    if training is not None and training.rise > max(training.noise, _LOST * training.fall):
        return "diverged"
    share = MATERIAL_SHARE * abs(validation.lowest)
    if validation.rise > max(validation.noise, min(share, _SHARE_OF_FALL * validation.fall)):
        return "overfits"
    matters = min(share, MATERIAL_SHARE * validation.fall)
    if validation.late_fall > max(validation.noise, matters):
        return "still learning"
    return "level"
