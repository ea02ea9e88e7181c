"""Sources of networks: the recipe or the user, and the weights that a seed draws for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.own.asked_features import probe_rows
from bridle.networks.own.own_network import (
    OwnNetwork,
    built_network,
    outputs_for,
    own_network,
)
from bridle.networks.own.plain_network import refuse_noise, without_dropout
from bridle.networks.recipe import Kind, Recipe, initializer
from bridle.types import AnyArray

__all__ = ["Initial", "Source", "Structure", "arrays", "network_of"]


Initial = Callable[[int], tuple[list[AnyArray], list[AnyArray]]]
"""From a seed to the initial values of the trainable and of the other variables."""

Source = Any
"""A `Recipe`, a Keras model, or a function of the features' shape and the outputs that builds one."""

_FIRST_SEED = 0
"""That the network is built from which all runs share."""


@dataclass(frozen=True)
class Structure:
    """What fixes the operations of a network, and so its program.

    Attributes
    ----------
    source : Recipe, keras.Model or callable
        A network or a function of the user's gets dropout put in after its hidden layers, at rate 0.
    shape : tuple of int
        Of the features of one row.
    n_classes : int or None
        None for a regression.
    batch_norm : bool
        Normalise before each activation of the recipe, which then has no dropout.
    max_norm : float or None
        Largest norm of the incoming weights of a unit.
    """

    source: Source
    shape: tuple[int, ...]
    n_classes: int | None
    batch_norm: bool = False
    max_norm: float | None = None


def network_of(structure: Structure) -> tuple[OwnNetwork, Initial, str]:
    """Return a network, what its runs start from, and why it has no dropout, if it has none.

    Raises
    ------
    InputError
        The user's network does not fit the data, has noise that cannot be taken out, or is built
        otherwise each time.
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
    _refuse_other_weights(own.network, start(_FIRST_SEED))
    return own, start, obstacle


def arrays(variables: Any) -> list[AnyArray]:
    """Return copies of the values of Keras variables."""
    convert = load_keras().ops.convert_to_numpy
    return [np.array(convert(one.value)) for one in variables]


def _recipe_network(structure: Structure) -> tuple[OwnNetwork, str]:
    from bridle.dropout.keras_layers import Dropout

    keras, recipe = load_keras(), structure.source
    several = structure.n_classes is not None and structure.n_classes > 2
    layers = [keras.Input(structure.shape)]
    if len(structure.shape) > 1:
        layers.append(keras.layers.Flatten())
    for index, units in enumerate(recipe.hidden):
        dense = keras.layers.Dense(units, kernel_initializer=initializer(0, index))
        layers.append(dense)
        if structure.batch_norm:
            layers.append(keras.layers.BatchNormalization())
        layers.append(keras.layers.ReLU())
        if not structure.batch_norm:
            layers.append(Dropout(0.0, seed=index))
    width = structure.n_classes if several else 1
    layers.append(keras.layers.Dense(width, kernel_initializer=initializer(0, len(recipe.hidden))))
    network = keras.Sequential(layers)
    network.compile(keras.optimizers.Adam(recipe.learning_rate))
    kind: Kind = "regression" if structure.n_classes is None else "binary"
    obstacle = "it has a batch normalisation in its place." if structure.batch_norm else ""
    return OwnNetwork(network, "multiclass" if several else kind, "linear"), obstacle


def _recipe_start(network: Any) -> Initial:
    keras = load_keras()
    trainable, others = _values(network)
    kernels = [i for i, one in enumerate(network.trainable_variables) if len(one.shape) > 1]

    def initial(seed: int) -> tuple[list[AnyArray], list[AnyArray]]:
        drawn = list(trainable)
        for index, i in enumerate(kernels):
            value = initializer(seed, index)(trainable[i].shape, "float32")
            drawn[i] = np.array(keras.ops.convert_to_numpy(value))
        return drawn, list(others)

    return initial


def _given_network(structure: Structure) -> tuple[OwnNetwork, str]:
    if structure.batch_norm:
        raise InputError("Batch normalisation is an arm of the default network alone.")
    own = own_network(
        structure.source, _features(structure), structure.n_classes, Recipe(), _FIRST_SEED
    )
    _refuse_own_training(own.network)
    network, obstacle = _prepared(own.network)
    refuse_noise(network, probe_rows(own.features, structure.shape))
    return replace(own, network=network), obstacle


def _prepared(network: Any) -> tuple[Any, str]:
    """Return a network with dropout of rate 0 alone, or without any and why there is no place."""
    from bridle.dropout.surgery import add_dropout

    plain = without_dropout(network)
    try:
        return add_dropout(plain, 0.0, seed=0), ""
    except InputError as error:
        return plain, str(error)


def _built_start(structure: Structure, like: Any) -> Initial:
    """Return what builds a network anew and gives its weights."""
    n_outputs = outputs_for(structure.n_classes)
    shapes = [tuple(one.shape) for one in like.variables]

    def initial(seed: int) -> tuple[list[AnyArray], list[AnyArray]]:
        built = built_network(structure.source, _features(structure), n_outputs, seed)
        network, _ = _prepared(built)
        found = [tuple(one.shape) for one in network.variables]
        if found != shapes:
            raise InputError(
                "network must build the same layers whenever it is called. Received: a function "
                f"whose variables have the shapes {found} for split {seed}, and {shapes} before."
            )
        return _values(network)

    return initial


def _refuse_other_weights(network: Any, start: tuple[list[AnyArray], list[AnyArray]]) -> None:
    variables = [*network.trainable_variables, *network.non_trainable_variables]
    held = [value for values in _values(network) for value in values]
    again = [value for values in start for value in values]
    for variable, one, other in zip(variables, held, again, strict=True):
        # Streams belong to the run: a recurrent layer moves its own at every call.
        if variable.name == "seed_generator_state" or np.array_equal(one, other, equal_nan=True):
            continue
        raise InputError(
            "network must be the same whenever it is built from the same seed, or arms would start "
            "from different weights. Received: a function that builds another one each time. Let "
            "Keras's initialisers, random or numpy.random draw its weights, without a generator of "
            "its own; or give a Keras model."
        )


def _refuse_own_training(network: Any) -> None:
    """Refuse a class that trains in a way of its own: every arm trains in one way."""
    plain = load_keras().Model
    for name in ("fit", "train_step", "compute_loss"):
        if getattr(type(network), name) is not getattr(plain, name):
            raise InputError(
                "network must be a model that Keras trains as it trains any. Received: one of the "
                f"class {type(network).__name__}, which has a {name}() of its own that a study would "
                "not run. Put a loss of yours into compile(), or a penalty into add_loss()."
            )


def _features(structure: Structure) -> int | tuple[int, ...]:
    return structure.shape[0] if len(structure.shape) == 1 else structure.shape


def _values(network: Any) -> tuple[list[AnyArray], list[AnyArray]]:
    return arrays(network.trainable_variables), arrays(network.non_trainable_variables)
