"""`Listener`: base class for receivers of the losses of a training; pairing of losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

__all__ = ["Listener", "PairedLosses"]


class Listener(ABC):
    """Receives the losses of one training at a time, from any trainer."""

    @abstractmethod
    def begin(self) -> None:
        """Begin a new run."""

    @abstractmethod
    def losses(self, epoch: float, train_loss: float | None, val_loss: float) -> None:
        """Take the losses of a validation.

        Parameters
        ----------
        epoch : float
            1 for the end of the first epoch; larger than the one before.
        train_loss : float or None
            None if it was not measured.
        val_loss : float
        """

    @abstractmethod
    def end(self) -> None:
        """End the run."""


class PairedLosses:
    """Pairs each validation loss with the mean of the training losses logged since the one before."""

    def __init__(self) -> None:
        self._train: list[float] = []

    def take(
        self, logs: Mapping[str, Any], train: str, validation: str
    ) -> tuple[float | None, float] | None:
        """Take what was logged; return both losses if the one of the validation is there.

        Parameters
        ----------
        logs : mapping
            Numbers by name.
        train, validation : str
            Names of the losses.
        """
        if train in logs:
            self._train.append(float(logs[train]))
        if validation not in logs:
            return None
        mean = sum(self._train) / len(self._train) if self._train else None
        self._train = []
        return mean, float(logs[validation])
