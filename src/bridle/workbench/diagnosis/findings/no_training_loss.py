"""BR403: a log without a training loss, in which overfitting and divergence look alike."""

from __future__ import annotations

from bridle.workbench.diagnosis.state import State
from bridle.workbench.finding import Finding
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["CODE", "find"]

CODE = "BR403 no-training-loss"


def find(log: TrainingLog, state: State) -> Finding | None:
    """Return a finding if a log has only validation losses."""
    if log.train_loss is not None:
        return None
    return Finding(
        code=CODE,
        column=None,
        message=(
            "The log holds no training loss. A rising validation loss may mean overfitting or "
            "divergence."
        ),
        remedy="Log the training loss once per epoch too.",
        severity="warning",
    )
