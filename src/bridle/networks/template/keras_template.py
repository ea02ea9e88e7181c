"""`KerasTemplate`: a Keras network for many runs, with their initial states."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bridle import streams
from bridle.backend import load_keras
from bridle.networks.keras_loss import keras_cox_terms, keras_poisson_deviance
from bridle.networks.own.asked_features import names_of_things
from bridle.networks.regime import Regime
from bridle.networks.sources import Initial, arrays
from bridle.networks.template.template import State, Template, refuse_regime
from bridle.optimizers import (
    assign,
    copy_optimizer,
    ending_weights,
    follows_schedule,
    leaf_optimizers,
)
from bridle.types import AnyArray

__all__ = ["UNPENALISED", "KerasTemplate", "load_state", "of_keras", "start"]


UNPENALISED = (0.0, 0.0, 0.0)
"""No strength of a penalty on absolute values, on squares, and of a decay."""


@dataclass(frozen=True, eq=False, kw_only=True)
class KerasTemplate(Template):
    """A built network of Keras, which only `load_state` changes.

    Attributes
    ----------
    optimizer : keras.Optimizer
        Built on the network's weights.
    blueprint : keras.Optimizer or None
        Of the same settings and never built: no run moves its variables. None for a
        compiled network that is trained in place.
    initial : callable
        Maps a seed to the initial values of trainable and non-trainable variables.
    """

    optimizer: Any
    blueprint: Any
    initial: Initial

    @property
    def framework(self) -> str:
        """Return "keras"."""
        return "keras"

    @property
    def backend(self) -> str:
        """Name of the backend of Keras."""
        return str(load_keras().backend.backend())

    @property
    def software(self) -> str:
        """Name, version and number format of Keras and its backend."""
        keras, backend = load_keras(), self.backend
        policy = keras.config.dtype_policy().name
        return f"keras {keras.__version__} {backend} {sys.modules[backend].__version__} {policy}"

    @property
    def n_parameters(self) -> int:
        """Number of trainable weights."""
        return sum(int(np.prod(variable.shape)) for variable in self.network.trainable_variables)

    @property
    def has_own_speed(self) -> bool:
        """Whether the learning rate cannot be set: a schedule, or a combination of optimisers."""
        leaves = leaf_optimizers(self.optimizer)
        return len(leaves) > 1 or follows_schedule(leaves[0])

    def start(self, regime: Regime, seed: int) -> State:
        """Return the initial state of a run; see `Template.start`."""
        return start(self, regime, seed)

    def names_of_things(self) -> int:
        """Return how many integer codes the network accepts."""
        return names_of_things(self.network)

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

    def mean_loss(self, y: Any, outputs: Any) -> Any:
        """Return the mean training loss of a batch, without penalty.

        Computed by the framework. It is the loss of the user's compiled network or, with logits z
        and targets y: binary ``log(1 + e^z) - y z``, multiclass ``log sum_k e^(z_k) - sum_k y_k
        z_k``, regression ``(z - y)^2``, count ``2 (y log y - y - y z + e^z)``; for survival the terms of
        `bridle.networks.partial_likelihood`, with the risk sets of the batch.
        """
        if self.loss is not None:
            return self.loss(y, outputs)
        ops = load_keras().ops
        z = self._logits(outputs)
        if self.kind == "multiclass":
            return ops.mean(ops.logsumexp(z, axis=-1) - ops.sum(y * z, axis=-1))
        if self.kind == "survival":
            return ops.mean(keras_cox_terms(y, z))
        z = ops.reshape(z, (-1,))
        y = ops.reshape(y, (-1,))
        if self.kind == "count":
            return ops.mean(keras_poisson_deviance(y, z))
        if self.kind == "binary":
            return ops.mean(ops.softplus(z) - y * z)
        return ops.mean(ops.square(z - y))

    def _logits(self, outputs: Any) -> Any:
        if self.link == "linear":
            return outputs
        ops = load_keras().ops
        single = np.finfo(np.float32)
        if self.link == "softmax":
            return ops.log(ops.maximum(outputs, single.tiny))
        share = ops.clip(outputs, single.tiny, 1 - single.epsneg)
        return ops.log(share) - ops.log1p(-share)


def of_keras(template: Template) -> KerasTemplate:
    """Return a template as a `KerasTemplate`."""
    assert isinstance(template, KerasTemplate)
    return template


def start(template: KerasTemplate, regime: Regime, seed: int) -> State:
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
        others[i] = np.asarray([streams.noise_seed(seed, position), 0], dtype=others[i].dtype)
    moving = template.fresh(trainable)
    if regime.learning_rate is not None:
        (leaf,) = leaf_optimizers(template.optimizer)
        for i, variable in enumerate(template.optimizer.variables):
            if variable is leaf._learning_rate:
                moving[i] = np.asarray(regime.learning_rate, dtype=moving[i].dtype)
    return State(trainable, others, moving)


def load_state(template: KerasTemplate, state: State) -> None:
    """Set the network's variables to those of a state."""
    for variables, values in (
        (template.network.trainable_variables, state.trainable),
        (template.network.non_trainable_variables, state.non_trainable),
        (template.optimizer.variables, state.optimizer),
    ):
        assign(variables, values)
