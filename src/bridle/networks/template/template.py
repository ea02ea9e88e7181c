"""`Template`: a network for many runs, with their initial states and the form of its outputs."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridle.errors import InputError
from bridle.networks.output_kind import Kind
from bridle.networks.own.asked_features import Features
from bridle.networks.own.head import Link
from bridle.networks.own.outputs import to_linear
from bridle.networks.own.own_loss import OwnLoss
from bridle.networks.partial_likelihood import ranked_times
from bridle.networks.regime import Regime
from bridle.types import AnyArray

__all__ = ["State", "Template", "refuse_regime"]


_ASKED = {"given": "features in their own units", "ids": "whole numbers that name things"}


@dataclass(frozen=True)
class State:
    """All numbers that training changes.

    Attributes
    ----------
    trainable, non_trainable, optimizer : list of array
        Values in the framework's order of the variables. Random streams and rates of noise are
        non-trainable.
    """

    trainable: list[Any]
    non_trainable: list[Any]
    optimizer: list[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Template(ABC):
    """A built network of a framework.

    Attributes
    ----------
    network : keras.Model or torch.nn.Module
        The network.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Kind of the task.
    link : {"linear", "softmax", "sigmoid"}
        Kind of the outputs.
    n_classes : int or None
        None for a regression, and if the network takes codes of classes.
    kernels : tuple of int
        Indices of the trainable variables that are penalised.
    rates, streams : tuple of int
        Indices of the non-trainable variables that contain rates and states of random streams.
    obstacle : str
        Why it cannot have dropout; empty if it can.
    features : {"scaled", "given", "ids"}
        Kind of features it expects; see `bridle.networks.own.asked_features`.
    codes : tuple of int
        Features, along the last axis, that it reads as integer codes where not all are.
    loss : OwnLoss or None
        Training loss, if it is not the metric of the task.
    programs : dict
        Compiled epochs by shape, and other results that are computed once.
    lock : threading.RLock
        Held while the network is traced or its variables are used.
    """

    network: Any
    kind: Kind
    link: Link
    n_classes: int | None
    kernels: tuple[int, ...]
    rates: tuple[int, ...]
    streams: tuple[int, ...]
    obstacle: str
    features: Features
    codes: tuple[int, ...]
    loss: OwnLoss | None
    programs: dict[Any, Any]
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    @abstractmethod
    def framework(self) -> str:
        """Framework of the network: "keras" or "torch"."""

    @property
    @abstractmethod
    def backend(self) -> str:
        """Name of the computing library, for records."""

    @property
    @abstractmethod
    def software(self) -> str:
        """Name and version of the training software; records depend on it."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Number of trainable weights."""

    @property
    @abstractmethod
    def has_own_speed(self) -> bool:
        """Whether the learning rate cannot be set."""

    @abstractmethod
    def start(self, regime: Regime, seed: int) -> State:
        """Return the initial state of a run: weights, rates, random streams and a new optimiser.

        Raises
        ------
        InputError
            See `refuse_regime`; or the function that builds the network fails.
        """

    @abstractmethod
    def ended(self, state: State) -> State:
        """Return a state with the weights that training leaves if it ends now."""

    @abstractmethod
    def names_of_things(self) -> int:
        """Return how many integer codes 0, 1, … a network that reads codes accepts."""

    def targets(self, y: AnyArray) -> AnyArray:
        """Return targets as the loss takes them: float32, one-hot for several classes, or codes."""
        if self.kind == "survival":
            return ranked_times(y)
        if self.kind != "multiclass":
            return y.astype(np.float32)
        if self.n_classes is None:
            return y.astype(np.int32)
        return np.eye(self.n_classes, dtype=np.float32)[y.astype(np.intp)]

    def linear(self, outputs: AnyArray) -> AnyArray:
        """Return raw outputs as logits or numbers, of shape (n, n_outputs)."""
        return to_linear(self.link, np.asarray(outputs).reshape(len(outputs), -1))


def refuse_regime(template: Template, regime: Regime) -> None:
    """Raise an error for training settings that a network does not support.

    Raises
    ------
    InputError
        The regime has a rate, but the network cannot have dropout; a learning rate, but the
        optimiser follows a schedule; or an augmentation that does not suit the network's features,
        loss or targets.
    """
    if regime.learning_rate is not None and template.has_own_speed:
        raise InputError(
            "Cannot set learning_rate: the network's optimiser follows a schedule, or is a "
            f"combination. Received: learning_rate={regime.learning_rate:g}. Compile it with a "
            "single optimiser and a constant rate."
        )
    if regime.rate and not template.rates:
        raise InputError(f"The network cannot be given dropout: {template.obstacle}")
    if regime.augmentation is None:
        return
    if template.features not in regime.augmentation.bears:
        raise InputError(
            f"{regime.augmentation} is for features on one scale. Received: a network that asks for "
            f"{_ASKED[template.features]}."
        )
    if regime.augmentation.mixes_targets and template.kind == "survival":
        raise InputError(
            f"{regime.augmentation} mixes targets. Received: survival times, which cannot be mixed."
        )
    if regime.augmentation.mixes_targets and template.loss is not None and template.loss.codes:
        raise InputError(
            f"{regime.augmentation} mixes targets. Received: a network that is compiled with "
            f"{template.loss.name}, which takes codes of classes."
        )
