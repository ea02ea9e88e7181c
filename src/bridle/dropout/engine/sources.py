"""Where networks come from: the recipe, or the user; and the weights that a seed draws for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.dropout.backend import load_keras
from bridle.dropout.estimators.own_network import OwnNetwork, own_network
from bridle.dropout.recipe import Kind, Recipe, initializer
from bridle.errors import InputError

__all__ = ["Initial", "Source", "Structure", "arrays", "network_of"]

Array = npt.NDArray[Any]

Initial = Callable[[int], tuple[list[Array], list[Array]]]
"""From a seed to the initial values of the trainable and of the other variables."""

Source = Any
"""A `Recipe`, a Keras model, or a function of the features' shape and the outputs that builds one."""


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
        The user's network does not fit the data.
    MissingExtraError
        Keras or its backend is not installed.
    """
    if isinstance(structure.source, Recipe):
        own, obstacle = _recipe_network(structure)
        return own, _recipe_start(own.network), obstacle
    own, obstacle = _given_network(structure, 0)
    return own, lambda seed: _given_start(structure, seed), obstacle


def arrays(variables: Any) -> list[Array]:
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

    def initial(seed: int) -> tuple[list[Array], list[Array]]:
        drawn = list(trainable)
        for index, i in enumerate(kernels):
            value = initializer(seed, index)(trainable[i].shape, "float32")
            drawn[i] = np.array(keras.ops.convert_to_numpy(value))
        return drawn, list(others)

    return initial


def _given_network(structure: Structure, seed: int) -> tuple[OwnNetwork, str]:
    from bridle.dropout.surgery import add_dropout, remove_dropout

    if structure.batch_norm:
        raise InputError("Batch normalisation is an arm of the default network alone.")
    shape = structure.shape[0] if len(structure.shape) == 1 else structure.shape
    own = own_network(structure.source, shape, structure.n_classes, Recipe(), seed)
    try:
        cut = add_dropout(remove_dropout(own.network), 0.0, seed=0)
    except InputError as error:
        return own, str(error)
    return OwnNetwork(cut, own.kind, own.link), ""


def _given_start(structure: Structure, seed: int) -> tuple[list[Array], list[Array]]:
    own, _ = _given_network(structure, seed)
    return _values(own.network)


def _values(network: Any) -> tuple[list[Array], list[Array]]:
    return arrays(network.trainable_variables), arrays(network.non_trainable_variables)
