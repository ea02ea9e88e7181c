"""`SelectionTrainer`: base class for the training of an input selection, one per framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from bridle.errors import InputError
from bridle.types import AnyArray, Array

__all__ = ["SelectionTrainer", "finite_means"]


class SelectionTrainer(ABC):
    """Trains a network under a penalty on the inputs of one layer and on all later kernels."""

    @abstractmethod
    def penalise(self, strength: float, factors: Array) -> None:
        """Apply l1 to the inputs of the layer, with factors, and l2 to all other kernels."""

    @abstractmethod
    def train(self) -> None:
        """Train for the epochs of one strength."""

    @abstractmethod
    def validation_losses(self, strength: float) -> Array:
        """Return the loss of each validation row, without the penalty.

        Raises
        ------
        InputError
            The loss has no value for each row, or one is not finite.
        """

    @abstractmethod
    def kernel(self) -> AnyArray:
        """Return the kernel of the layer, of shape (inputs, outputs)."""

    @abstractmethod
    def weights(self) -> list[Any]:
        """Return all weights of the network, as copies."""

    @abstractmethod
    def set_weights(self, weights: list[Any]) -> None:
        """Set all weights of the network."""


def finite_means(losses: AnyArray, rows: int, loss: Any, strength: float) -> Array:
    """Return the mean loss of each row.

    Parameters
    ----------
    losses : ndarray of shape (rows, ...)
    rows : int
    loss : object
        The loss function, for messages.
    strength : float

    Raises
    ------
    InputError
        The shape is another, or a loss is not finite.
    """
    if losses.shape[:1] != (rows,):
        raise InputError(
            "model must be trained with a loss that has a value for each row. "
            f"Received: {loss!r}, which gives shape {losses.shape} for {rows} rows."
        )
    if not np.all(np.isfinite(losses)):
        raise InputError(
            "The loss of every validation row must be finite. Received: an infinite loss or "
            f"NaN, at strength {strength:g}. Lower the learning rate or scale the features."
        )
    return losses.reshape(rows, -1).mean(axis=1)
