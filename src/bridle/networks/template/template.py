"""`Template`: a network for many runs, with their initial states and the form of its outputs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.own.asked_features import Features
from bridle.networks.own.head import Link
from bridle.networks.own.outputs import to_linear
from bridle.networks.own.own_loss import OwnLoss
from bridle.networks.recipe import Kind, noise_seed
from bridle.networks.regime import Regime
from bridle.networks.sources import Initial, arrays
from bridle.optimizers import (
    assign,
    copy_optimizer,
    ending_weights,
    follows_schedule,
    leaf_optimizers,
)
from bridle.types import AnyArray

__all__ = [
    "UNPENALISED",
    "State",
    "Template",
    "load_state",
    "refuse_regime",
    "start",
]


_ASKED = {"given": "features in their own units", "ids": "whole numbers that name things"}

UNPENALISED = (0.0, 0.0, 0.0)
"""No strength of a penalty on absolute values, on squares, and of a decay."""


@dataclass(frozen=True)
class State:
    """All numbers that training changes.

    Attributes
    ----------
    trainable, non_trainable, optimizer : list of array
        Values in Keras's order of the variables. Random streams and rates of noise are
        non-trainable.
    """

    trainable: list[Any]
    non_trainable: list[Any]
    optimizer: list[Any]


@dataclass(frozen=True, eq=False)
class Template:
    """A built network, which only `load_state` changes.

    Attributes
    ----------
    network : keras.Model
        The network.
    optimizer : keras.Optimizer
        Built on the network's weights.
    blueprint : keras.Optimizer or None
        Of the same settings and never built: no run moves its variables. None for a network that is
        trained as it is compiled, and goes on from where it is.
    kind : {"binary", "multiclass", "regression"}
        Kind of the task.
    link : {"linear", "softmax", "sigmoid"}
        Kind of the outputs.
    n_classes : int or None
        None for a regression, and if the network takes codes of classes.
    initial : callable
        Maps a seed to the initial values of trainable and non-trainable variables.
    kernels : tuple of int
        Indices of the trainable variables that are penalised.
    rates, streams : tuple of int
        Indices of the non-trainable variables that contain rates and states of random streams.
    obstacle : str
        Why it cannot have dropout; empty if it can.
    features : {"scaled", "given", "ids"}
        Kind of features it expects; see `bridle.networks.own.asked_features`.
    loss : OwnLoss or None
        Training loss, if it is not the metric of the task.
    programs : dict
        Compiled epochs by shape, and other results that are computed once.
    lock : threading.RLock
        Held while the network is traced or its variables are used.
    """

    network: Any
    optimizer: Any
    blueprint: Any
    kind: Kind
    link: Link
    n_classes: int | None
    initial: Initial
    kernels: tuple[int, ...]
    rates: tuple[int, ...]
    streams: tuple[int, ...]
    obstacle: str
    features: Features
    loss: OwnLoss | None
    programs: dict[Any, Any]
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def n_parameters(self) -> int:
        """Number of trainable weights."""
        return sum(int(np.prod(one.shape)) for one in self.network.trainable_variables)

    @property
    def has_own_speed(self) -> bool:
        """Whether the learning rate cannot be set: a schedule, or a combination of optimisers."""
        leaves = leaf_optimizers(self.optimizer)
        return len(leaves) > 1 or follows_schedule(leaves[0])

    def fresh(self, trainable: Sequence[Any]) -> list[AnyArray]:
        """Return the initial variables of the optimiser for given weights.

        Some optimisers copy the weights into their variables.
        """
        weights = self.network.trainable_variables
        if self.blueprint is None:
            return arrays(self.optimizer.variables)
        with self.lock:
            assign(weights, trainable)
            new = copy_optimizer(self.blueprint, weights, weights)
            new.build(weights)
            return arrays(new.variables)

    def ended(self, state: State) -> State:
        """Return a state with the weights that `fit` would leave if it ended now."""
        weights = self.network.trainable_variables
        ended = ending_weights(self.optimizer, weights, state.trainable, state.optimizer)
        return replace(state, trainable=ended)

    def targets(self, y: AnyArray) -> AnyArray:
        """Return targets as the loss takes them: float32, one-hot for several classes, or codes."""
        if self.kind != "multiclass":
            return y.astype(np.float32)
        if self.n_classes is None:
            return y.astype(np.int32)
        return np.eye(self.n_classes, dtype=np.float32)[y.astype(np.intp)]

    def mean_loss(self, y: Any, outputs: Any) -> Any:
        """Return the mean training loss of a batch, without penalty.

        Computed by the framework. It is the loss of the user's compiled network or, with logits z
        and targets y: binary ``log(1 + e^z) - y z``, multiclass ``log sum_k e^(z_k) - sum_k y_k
        z_k``, regression ``(z - y)^2``.
        """
        if self.loss is not None:
            return self.loss(y, outputs)
        ops = load_keras().ops
        z = self._logits(outputs)
        if self.kind == "multiclass":
            return ops.mean(ops.logsumexp(z, axis=-1) - ops.sum(y * z, axis=-1))
        z = ops.reshape(z, (-1,))
        y = ops.reshape(y, (-1,))
        if self.kind == "binary":
            return ops.mean(ops.softplus(z) - y * z)
        return ops.mean(ops.square(z - y))

    def linear(self, outputs: AnyArray) -> AnyArray:
        """Return raw outputs as logits or numbers, of shape (n, n_outputs)."""
        return to_linear(self.link, np.asarray(outputs).reshape(len(outputs), -1))

    def _logits(self, outputs: Any) -> Any:
        if self.link == "linear":
            return outputs
        ops = load_keras().ops
        single = np.finfo(np.float32)
        if self.link == "softmax":
            return ops.log(ops.maximum(outputs, single.tiny))
        share = ops.clip(outputs, single.tiny, 1 - single.epsneg)
        return ops.log(share) - ops.log1p(-share)


def refuse_regime(template: Template, regime: Regime) -> None:
    """Raise an error for training settings that a network does not support.

    Raises
    ------
    InputError
        The regime has a rate, but the network cannot have dropout; a learning rate, but the
        optimiser follows a schedule; or an augmentation that does not suit the network's features
        or loss.
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
    if regime.augmentation.mixes_targets and template.loss is not None and template.loss.codes:
        raise InputError(
            f"{regime.augmentation} mixes targets. Received: a network that is compiled with "
            f"{template.loss.name}, which takes codes of classes."
        )


def start(template: Template, regime: Regime, seed: int) -> State:
    """Return the initial state of a run: weights, rates, random streams and a new optimiser.

    Raises
    ------
    InputError
        See `refuse_regime`; or the function that builds the network fails.
    """
    refuse_regime(template, regime)
    trainable, others = template.initial(seed)
    for i in template.rates:
        others[i] = np.asarray(regime.rate, dtype=others[i].dtype)
    for position, i in enumerate(template.streams):
        others[i] = np.asarray([noise_seed(seed, position), 0], dtype=others[i].dtype)
    moving = template.fresh(trainable)
    if regime.learning_rate is not None:
        (leaf,) = leaf_optimizers(template.optimizer)
        for i, one in enumerate(template.optimizer.variables):
            if one is leaf._learning_rate:
                moving[i] = np.asarray(regime.learning_rate, dtype=moving[i].dtype)
    return State(trainable, others, moving)


def load_state(template: Template, state: State) -> None:
    """Set the network's variables to those of a state."""
    for variables, values in (
        (template.network.trainable_variables, state.trainable),
        (template.network.non_trainable_variables, state.non_trainable),
        (template.optimizer.variables, state.optimizer),
    ):
        assign(variables, values)
