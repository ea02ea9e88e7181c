"""`Watch`: follows a running training and warns once when the validation loss begins to rise."""

from __future__ import annotations

import math

import numpy as np

from bridle.workbench.diagnosis.diagnose import diagnosis_of
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["Watch"]


class Watch:
    """The losses of a run so far.

    Parameters
    ----------
    name : str
        The run, for messages.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._at: list[float] = []
        self._train: list[float] = []
        self._validation: list[float] = []
        self._said: set[str] = set()

    def add(self, epoch: float, train_loss: float | None, val_loss: float) -> str | None:
        """Add the losses of a validation, and return a warning if the run now overfits or diverges.

        Parameters
        ----------
        epoch : float
            Time of the validation, larger than that before; 1 is the end of the first epoch.
        train_loss : float or None
            None if it was not measured.
        val_loss : float

        Returns
        -------
        str or None
            Two sentences the first time that it overfits, and that it diverges; otherwise None.
        """
        self._at.append(epoch)
        self._train.append(math.nan if train_loss is None else train_loss)
        self._validation.append(val_loss)
        found = self.diagnosis()
        if found.name not in ("overfits", "diverged") or found.name in self._said:
            return None
        self._said.add(found.name)
        return f"{found.headline} {found.remedy}"

    def diagnosis(self) -> Diagnosis:
        """Return the diagnosis of the run so far, after at least one validation."""
        train = np.array(self._train)
        return diagnosis_of(
            TrainingLog(
                name=self.name,
                source="a training that is running",
                unit="epoch",
                at=np.array(self._at),
                train_loss=None if np.isnan(train).all() else train,
                val_loss=np.array(self._validation),
            )
        )
