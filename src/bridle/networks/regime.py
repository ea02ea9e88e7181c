"""`Regime`: training settings of one run: rate, penalties, learning rate, patience."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bridle.arguments.scalars import is_integer, is_number
from bridle.dropout.rate import checked_rate
from bridle.dropout.schedule import Schedule
from bridle.errors import InputError
from bridle.networks.own.asked_features import Features
from bridle.types import AnyArray

__all__ = ["Augmentation", "Regime"]


class Augmentation(ABC):
    """A random change of the training rows, drawn again each epoch, equal on all backends.

    Attributes
    ----------
    bears : tuple of str
        Kinds of features it can be applied to; see `bridle.networks.own.asked_features.Features`.
    mixes_targets : bool
        Whether rows may belong to several classes afterwards.
    """

    bears: ClassVar[tuple[Features, ...]] = ("scaled", "given")
    mixes_targets: ClassVar[bool] = False

    @abstractmethod
    def apply(
        self, X: AnyArray, y: AnyArray, batch_size: int, rng: np.random.Generator
    ) -> tuple[AnyArray, AnyArray]:
        """Return the changed rows and targets, of the same shapes.

        Parameters
        ----------
        X : ndarray of shape (n, ...), float32
            In the order of the epoch: consecutive batches of ``batch_size`` rows.
        y : ndarray of shape (n,) or (n, classes), float32
            Numbers, probabilities of class 1, or probabilities of the classes.
        batch_size : int
            Rows of a batch, at least 1.
        rng : numpy.random.Generator
            Source of all randomness.
        """


@dataclass(frozen=True)
class Regime:
    """Training settings that differ between runs, passed to a compiled epoch as arguments.

    One compiled program serves all their values. The training loss is ``mean_i loss_i + sum_w (l1
    |w| + l2 / 2 w^2)`` over the kernels w: weights with at least two axes, so no biases and no
    scales of normalisations. Each step first subtracts ``learning_rate * weight_decay * w`` from
    every kernel.

    Parameters
    ----------
    rate : float
        Rate of every dropout of the network, in [0, 1], default 0, which equals a network without
        dropout bit for bit.
    l1, l2, weight_decay : float
        At least 0, default 0.
    learning_rate : float, optional
        Above 0; default: that of the network's optimiser.
    augmentation : Augmentation, optional
        Change of the training rows; default: none.
    schedule : Schedule, optional
        Factor of the rate as a function of the completed fraction of the training: ``steps=1``
        spans all epochs. Default: a constant rate.
    patience : int, optional
        Stop after this many epochs without a smaller validation loss, at least 1, and use the
        weights of the best epoch. Default: train all epochs and use the last weights.

    Raises
    ------
    InputError
        A number is outside its range.

    Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    rate: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    learning_rate: float | None = None
    augmentation: Augmentation | None = None
    schedule: Schedule | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        checked_rate(self.rate)
        for name in ("l1", "l2", "weight_decay"):
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value < math.inf):
                raise InputError(
                    f"{name} must be a finite number from 0 upwards. Received: {value!r}."
                )
        speed = self.learning_rate
        if speed is not None and not (is_number(speed) and 0 < speed < math.inf):
            raise InputError(f"learning_rate must be a finite number above 0. Received: {speed!r}.")
        if self.patience is not None and not (is_integer(self.patience) and self.patience >= 1):
            raise InputError(
                f"patience must be an integer from 1 upwards. Received: {self.patience!r}."
            )

    def rate_at(self, epoch: int, epochs: int) -> float:
        """Return the rate in epoch ``epoch``, counted from 0."""
        factor = 1.0 if self.schedule is None else self.schedule.factor(epoch / epochs)
        return float(self.rate * factor)
