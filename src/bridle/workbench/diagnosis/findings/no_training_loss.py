"""BR403: a log without a training loss: overfitting and divergence look alike."""

from __future__ import annotations

from bridle.workbench.diagnosis.state import State
from bridle.workbench.finding import Finding
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["CODE", "find"]

CODE = "BR403 no-training-loss"


def find(log: TrainingLog, state: State) -> Finding | None:
    """Report a log that holds validation losses alone."""
    if log.train_loss is not None:
        return None
    return Finding(
        code=CODE,
        column=None,
        message=(
            "The log holds no training loss. A validation loss that rises may be overfitting, or "
            "training "
            "that has come apart."
        ),
        remedy="Log the training loss once an epoch too.",
        severity="warning",
    )
