"""BR402: a validation loss that scatters so much that its best epoch is partly chance."""

from __future__ import annotations

from bridle.workbench.diagnosis.state import State
from bridle.workbench.evidence.curves.trend import MATERIAL_SHARE
from bridle.workbench.finding import Finding
from bridle.workbench.logs.training_log import TrainingLog
from bridle.workbench.verdict.wording import number

__all__ = ["CODE", "find"]

CODE = "BR402 noisy-validation"


def find(log: TrainingLog, state: State) -> Finding | None:
    """Return a finding if single epochs scatter by more than a twentieth of the loss."""
    moved = state.validation
    if moved is None or moved.scatter <= MATERIAL_SHARE * abs(moved.last):
        return None
    return Finding(
        code=CODE,
        column=None,
        message=(
            f"The validation loss scatters by {number(moved.scatter)} from one {log.unit} to the next "
            "(one standard deviation about its trend): which is lowest is partly chance."
        ),
        remedy="Validate on more rows, lower the learning rate, or average runs of several seeds.",
        severity="warning",
    )
