"""BR401: a training loss that is measured differently from the validation loss.

Frameworks report the training loss as the mean over an epoch, while the weights move and dropout
acts. The validation loss is measured after the epoch, with dropout off.
"""

from __future__ import annotations

import numpy as np

from bridle.workbench.diagnosis.state import State
from bridle.workbench.finding import Finding
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["CODE", "find"]

CODE = "BR401 incomparable-losses"

_MOST_EPOCHS = 2 / 3
"""Fraction of epochs with a training loss above the validation loss from which this is the rule."""


def find(log: TrainingLog, state: State) -> Finding | None:
    """Report dropout in the training loss, or a training loss above the validation loss."""
    if log.train_loss is None or state.best is None:
        return None
    sound = len(log.val_loss) if state.last is None else state.last + 1
    above = int(np.sum(log.train_loss[:sound] > log.val_loss[:sound]))
    if log.noise:
        seen = (
            "The training loss was measured with dropout on, the validation loss with dropout off."
        )
    elif above > _MOST_EPOCHS * sound:
        seen = (
            f"The training loss is above the validation loss at {above:,} of {sound:,} validations. It "
            "was probably measured with dropout on, with a penalty, class weights or augmentation, or "
            "averaged while the network still improved."
        )
    else:
        return None
    return Finding(
        code=CODE,
        column=None,
        message=seen,
        remedy=(
            "Do not interpret their gap. Evaluate the training rows after each epoch in evaluation "
            "mode, as `bridle compare` does; if their loss is still higher, the validation rows are "
            "easier, or are also training rows."
        ),
        severity="warning",
    )
