"""Divergence: a loss that is not finite, in which step and in which layer it began."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.types import AnyArray

__all__ = ["is_finite", "where_it_began"]


def is_finite(arrays: Any) -> bool:
    """Say whether every floating-point number in some arrays is finite."""
    return all(np.isfinite(one).all() for one in map(np.asarray, arrays) if one.dtype.kind == "f")


def where_it_began(network: Any, X: AnyArray, y: AnyArray) -> str:
    """Return the first place of a network that is not finite for a batch.

    Parameters
    ----------
    network : keras.Model
        With the weights before the step.
    X, y : ndarray
        The batch.
    """
    keras = load_keras()
    convert = keras.ops.convert_to_numpy
    for name, values in (("features", X), ("targets", y)):
        if not is_finite([values]):
            return f"the {name} of the batch are not finite"
    for layer in network.layers:
        if not is_finite([convert(one.value) for one in layer.weights]):
            return f"the weights of layer {layer.name!r} are not finite"
    try:
        outputs = keras.Model(_input(network), [layer.output for layer in network.layers])(X)
    except Exception:  # a network with a call() of its own, or in a network, has no such list
        return "a loss is not finite"
    for layer, output in zip(network.layers, outputs, strict=True):
        if not is_finite([convert(output)]):
            return f"the output of layer {layer.name!r} is not finite"
    return f"the loss is not finite, after layer {network.layers[-1].name!r}"


def _input(network: Any) -> Any:
    """Return the one input of a network, or the list of them."""
    inputs = network.inputs
    return inputs[0] if len(inputs) == 1 else inputs
