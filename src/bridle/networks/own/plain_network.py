"""The user's network without its dropout, for a plain baseline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import numpy as np

from bridle.arguments.scalars import is_number
from bridle.backend import compiled, load_keras
from bridle.errors import InputError
from bridle.networks.own.known_graph import known_graph
from bridle.networks.own.random_outputs import TIMES, refuse_random_outputs
from bridle.types import AnyArray

__all__ = ["refuse_noise", "without_dropout"]

_RATES = ("dropout", "recurrent_dropout", "_dropout")
"""Attributes of Keras layers that hold the rate of inner dropout."""

_AUGMENTS = ("GaussianNoise", "AugMix", "CutMix", "MixUp", "RandAugment")
"""Keras layers whose noise is augmentation, not dropout; those named Random… are too."""


def without_dropout(network: Any) -> Any:
    """Return a network with its dropout removed, or set to rate 0 if it cannot be removed.

    Parameters
    ----------
    network : keras.Model
        A private copy; it may be changed.
    """
    from bridle.dropout.surgery import remove_dropout

    try:
        return remove_dropout(network)
    except InputError:
        _silence(network)
        return network


def refuse_noise(network: Any, X: AnyArray) -> None:
    """Raise an error if a network still drops units, in its ``call`` or in a custom layer.

    Without noise, equal rows have equal outputs in a training pass, and a second pass with other
    random streams gives the same outputs. Augmentation, Gaussian noise included, is switched off
    for the test and remains in the network.

    Parameters
    ----------
    network : keras.Model
        A result of `without_dropout`; not changed.
    X : ndarray of shape (n, ...), float32
        A few rows that it accepts.

    Raises
    ------
    InputError
        Outputs differ, or a pass fails.
    """
    if known_graph(network) is not None:
        return  # all layers are known, and their dropout is off
    rows = np.repeat(X, TIMES, axis=0)
    with _without_augmentation(network):
        refuse_random_outputs(
            lambda draw: _training_pass(network, rows, draw),
            *("network", "call()", "keras.layers.Dropout"),
        )


def _silence(network: Any) -> None:
    """Set every dropout rate to 0, before anything is compiled."""
    from bridle.dropout.surgery.keras.calls import sublayers
    from bridle.dropout.surgery.keras.roles import ROLES, noise_sources

    of_keras = ROLES[0][1]
    for source in noise_sources(network):
        source.rate = 0.0
    for layer in sublayers(network):
        if isinstance(layer, of_keras):
            setattr(layer, "rate", 0.0)  # noqa: B010 - layers of bridle and of Keras
        for name in _RATES:
            held = vars(layer).get(name)
            if is_number(held):
                setattr(layer, name, 0.0)


def _training_pass(network: Any, X: AnyArray, draw: int) -> AnyArray:
    keras = load_keras()
    trainable = [variable.value for variable in network.trainable_variables]
    others = [
        variable.value + draw if variable.name == "seed_generator_state" else variable.value
        for variable in network.non_trainable_variables
    ]
    keras.random.uniform((draw + 1,))  # advances Keras's global generator

    # Traced again for each draw: noise from Python would be a constant of the compiled function.
    @compiled
    def outputs(trainable: Any, others: Any) -> Any:
        return network.stateless_call(trainable, others, X, training=True)[0]

    found = keras.ops.convert_to_numpy(outputs(trainable, others))
    return np.asarray(found, dtype=np.float64)


@contextmanager
def _without_augmentation(network: Any) -> Iterator[None]:
    from bridle.dropout.surgery.keras.calls import sublayers

    with ExitStack() as stack:
        for layer in sublayers(network):
            name = type(layer).__name__
            is_keras = type(layer).__module__.startswith("keras.")
            if is_keras and (name in _AUGMENTS or name.startswith("Random")):
                object.__setattr__(layer, "call", partial(_at_inference, layer))
                stack.callback(object.__delattr__, layer, "call")
        yield


def _at_inference(layer: Any, inputs: Any, **_: Any) -> Any:
    return type(layer).call(layer, inputs, training=False)
