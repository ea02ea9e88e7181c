"""Divergence: the layer in which infinite values or NaN first appeared."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.types import AnyArray

__all__ = ["is_finite", "where_it_began"]


def is_finite(arrays: Any) -> bool:
    """Return whether all floating-point numbers in some arrays are finite."""
    return all(
        np.isfinite(array).all() for array in map(np.asarray, arrays) if array.dtype.kind == "f"
    )


def where_it_began(network: Any, X: AnyArray, y: AnyArray) -> str:
    """Return a text that names the first part of a network with infinite values or NaN.

    Parameters
    ----------
    network : keras.Model
        The network with the weights before the step.
    X, y : ndarray
        The batch.
    """
    keras = load_keras()
    convert = keras.ops.convert_to_numpy
    for name, values in (("features", X), ("targets", y)):
        if not is_finite([values]):
            return f"the {name} of the batch are not finite"
    for layer in network.layers:
        if not is_finite([convert(weight.value) for weight in layer.weights]):
            return f"the weights of layer {layer.name!r} are not finite"
    try:
        outputs = keras.Model(_input(network), [layer.output for layer in network.layers])(X)
    except Exception:  # subclassed and nested networks have no such list
        return "a loss is not finite"
    for layer, output in zip(network.layers, outputs, strict=True):
        if not is_finite([convert(output)]):
            return f"the output of layer {layer.name!r} is not finite"
    return f"the loss is not finite, after layer {network.layers[-1].name!r}"


def _input(network: Any) -> Any:
    """Return the single input of a network, or the list of inputs."""
    inputs = network.inputs
    return inputs[0] if len(inputs) == 1 else inputs
