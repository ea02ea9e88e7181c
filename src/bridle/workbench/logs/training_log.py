"""Training log: the losses of one run of training, wherever it was trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridle.types import Array

__all__ = ["TrainingLog"]


@dataclass(frozen=True, eq=False)
class TrainingLog:
    """The training and validation loss of one run, one pair for each time it was validated.

    Attributes
    ----------
    name : str
        The file, or what the history was called.
    source : str
        What wrote it, for instance ``"a history of Keras"``.
    unit : {"epoch", "step"}
        What ``at`` counts.
    at : ndarray of shape (E,)
        When each validation was made, ascending, from 1 for the end of the first epoch.
    train_loss : ndarray of shape (E,) or None
        Mean of the training losses logged since the validation before, as the framework measured
        them: in general while the weights move, with dropout on and penalties included. NaN if the
        loss was not finite or none was logged; None if the log holds no training loss.
    val_loss : ndarray of shape (E,)
        NaN or infinite if the run diverged.
    noise : bool or None
        Whether dropout acted while the training loss was measured; None if the log does not show
        it.
    notes : tuple of str
        What the reader of the log has to know, one sentence each.
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
