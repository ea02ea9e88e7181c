"""Networks and initial weights of a study, from the recipe or from the user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.output_kind import Kind
from bridle.networks.own.asked_features import probe_rows
from bridle.networks.own.building.built_network import built_network
from bridle.networks.own.building.same_build import refuse_other_shapes, refuse_other_weights
from bridle.networks.own.own_network import OwnNetwork, kind_of, outputs_for, own_network
from bridle.networks.own.plain_network import refuse_noise, without_dropout
from bridle.networks.recipe import LEARNING_RATE, Recipe
from bridle.networks.recipe_network import is_kernel, recipe_kernel, recipe_network
from bridle.types import AnyArray

__all__ = ["Initial", "Source", "Structure", "arrays", "network_of"]


Initial = Callable[[int], tuple[list[AnyArray], list[AnyArray]]]
"""Maps a seed to the initial values of trainable and non-trainable variables."""

Source = Any
"""A `Recipe`, a Keras model, a PyTorch module, or a function (shape of features, n_outputs) that
builds a network."""

_DRAWS = (
    "Draw the weights with Keras's initialisers, random or numpy.random, without a separate generator; "
    "or pass a Keras model."
)

_FIRST_SEED = 0
"""Seed for building the one network that all runs use with different weights."""


@dataclass(frozen=True)
class Structure:
    """Everything that determines the operations of a network, and so its compiled program.

    Attributes
    ----------
    source : Recipe, keras.Model, torch.nn.Module or callable
        Dropout at rate 0 is inserted after the hidden layers of a network of the user.
    shape : tuple of int
        Shape of the features of one row.
    n_classes : int or None
        None for numbers, counts and survival times.
    batch_norm : bool
        Whether the recipe has batch normalisation before each activation, instead of dropout.
    max_norm : float or None
        Largest norm of the incoming weights of a unit; None for no limit.
    numbers : {"regression", "count", "survival"}
        Kind of the task if there are no classes, otherwise not used. Default "regression".
    """

    source: Source
    shape: tuple[int, ...]
    n_classes: int | None
    batch_norm: bool = False
    max_norm: float | None = None
    numbers: Kind = "regression"

    @property
    def has_output_bias(self) -> bool:
        """Whether the outputs of the recipe have a bias, which the loss of survival times ignores."""
        return self.n_classes is not None or self.numbers != "survival"

    @property
    def features(self) -> int | tuple[int, ...]:
        """The number of features, or the shape of a row that has several axes."""
        return self.shape[0] if len(self.shape) == 1 else self.shape

    def refuse_batch_norm(self) -> None:
        """Refuse batch normalisation in a network of the user.

        Raises
        ------
        InputError
            ``batch_norm`` is set.
        """
        if self.batch_norm:
            raise InputError(
                "The batch-normalisation arm exists only for the default network. "
                "Received: network=... Leave this arm out."
            )


def network_of(structure: Structure) -> tuple[OwnNetwork, Initial, str]:
    """Return a network, its initial weights, and the reason if it can have no dropout.

    Raises
    ------
    InputError
        The user's network does not fit the data, has noise that cannot be removed, or differs each
        time it is built.
    MissingExtraError
        Keras or its backend is not installed.
    """
    if isinstance(structure.source, Recipe):
        own, obstacle = _recipe_network(structure)
        return own, _recipe_start(own.network), obstacle
    own, obstacle = _given_network(structure)
    if isinstance(structure.source, load_keras().Model):
        held = _values(own.network)
        return own, lambda seed: (list(held[0]), list(held[1])), obstacle
    start = _built_start(structure, own.network)
    refuse_other_weights(_drawn_pairs(own.network, start(_FIRST_SEED)), _DRAWS)
    return own, start, obstacle


def arrays(variables: Any) -> list[AnyArray]:
    """Return copies of the values of Keras variables."""
    convert = load_keras().ops.convert_to_numpy
    return [np.array(convert(variable.value)) for variable in variables]


def _recipe_network(structure: Structure) -> tuple[OwnNetwork, str]:
    width = outputs_for(structure.n_classes)
    network = recipe_network(
        structure.source,
        structure.shape,
        width,
        batch_norm=structure.batch_norm,
        output_bias=structure.has_output_bias,
    )
    kind = kind_of(width, structure.n_classes, structure.numbers)
    obstacle = "it has batch normalisation instead." if structure.batch_norm else ""
    return OwnNetwork(network, kind, "linear"), obstacle


def _recipe_start(network: Any) -> Initial:
    trainable, others = _values(network)
    weights = network.trainable_variables
    kernels = [i for i, variable in enumerate(weights) if is_kernel(variable)]

    def initial(seed: int) -> tuple[list[AnyArray], list[AnyArray]]:
        drawn = list(trainable)
        for index, i in enumerate(kernels):
            drawn[i] = recipe_kernel(weights[i], seed, index)
        return drawn, list(others)

    return initial


def _given_network(structure: Structure) -> tuple[OwnNetwork, str]:
    structure.refuse_batch_norm()
    own = own_network(
        structure.source,
        structure.features,
        structure.n_classes,
        LEARNING_RATE,
        _FIRST_SEED,
        numbers=structure.numbers,
    )
    _refuse_own_training(own.network)
    network, obstacle = _prepared(own.network)
    refuse_noise(network, probe_rows(own.asked.features, structure.shape))
    return replace(own, network=network), obstacle


def _prepared(network: Any) -> tuple[Any, str]:
    """Return a network with dropout at rate 0 only, or without dropout and the reason."""
    from bridle.dropout.surgery import add_dropout

    plain = without_dropout(network)
    try:
        return add_dropout(plain, 0.0, seed=0), ""
    except InputError as error:
        return plain, str(error)


def _built_start(structure: Structure, like: Any) -> Initial:
    """Return a function that rebuilds a network under a seed and returns its weights."""
    n_outputs = outputs_for(structure.n_classes)
    shapes = [tuple(variable.shape) for variable in like.variables]

    def initial(seed: int) -> tuple[list[AnyArray], list[AnyArray]]:
        built = built_network(structure.source, structure.features, n_outputs, seed)
        network, _ = _prepared(built)
        found = [tuple(variable.shape) for variable in network.variables]
        refuse_other_shapes(found, shapes, seed)
        return _values(network)

    return initial


def _drawn_pairs(
    network: Any, start: tuple[list[AnyArray], list[AnyArray]]
) -> Iterator[tuple[AnyArray, AnyArray]]:
    """Yield the values of a network and of its start, except random streams, which runs set."""
    variables = [*network.trainable_variables, *network.non_trainable_variables]
    held, again = (
        [value for part in values for value in part] for values in (_values(network), start)
    )
    for variable, array, other in zip(variables, held, again, strict=True):
        if variable.name != "seed_generator_state":  # a recurrent layer advances it at every call
            yield array, other


def _refuse_own_training(network: Any) -> None:
    """Raise an error for a model with custom training, since all arms must train alike."""
    plain = load_keras().Model
    for name in ("fit", "train_step", "compute_loss"):
        if getattr(type(network), name) is not getattr(plain, name):
            raise InputError(
                "network must use Keras's own training loop. Received: a model of class "
                f"{type(network).__name__}, which overrides {name}(); a study would not run it. "
                "Pass a custom loss to compile(), and a penalty to add_loss()."
            )


def _values(network: Any) -> tuple[list[AnyArray], list[AnyArray]]:
    return arrays(network.trainable_variables), arrays(network.non_trainable_variables)
