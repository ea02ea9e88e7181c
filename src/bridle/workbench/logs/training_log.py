"""`TrainingLog`: the losses of a training run of any framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridle.types import Array

__all__ = ["TrainingLog"]


@dataclass(frozen=True, eq=False)
class TrainingLog:
    """The training and validation loss of a run at each validation.

    Attributes
    ----------
    name : str
        Name of the file or of the history.
    source : str
        The writer, for instance ``"a history of Keras"``.
    unit : {"epoch", "step"}
        The unit of ``at``.
    at : ndarray of shape (E,)
        Time of each validation, increasing; 1 is the end of the first epoch.
    train_loss : ndarray of shape (E,) or None
        Mean of the training losses logged since the previous validation, as the framework measures
        them: usually while the weights change, with dropout on and penalties included. NaN if the
        loss was not finite or not logged; None if the log has no training loss.
    val_loss : ndarray of shape (E,)
        NaN or infinite if the run diverged.
    noise : bool or None
        Whether dropout acted while the training loss was measured; None if the log does not show
        it.
    notes : tuple of str
        Sentences for the reader of the log.
    """

    name: str
    source: str
    unit: Literal["epoch", "step"]
    at: Array
    train_loss: Array | None
    val_loss: Array
    noise: bool | None = None
    notes: tuple[str, ...] = ()

    def when(self, index: int) -> str:
        """Return a time in words: ``"epoch 6"``, ``"epoch 2.5"`` or ``"step 400"``."""
        return f"{self.unit} {self.at[index]:g}"
