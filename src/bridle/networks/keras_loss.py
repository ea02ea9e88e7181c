"""Compilation of a Keras network with the loss of a kind of outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.networks.output_kind import Kind

__all__ = ["compile_network", "keras_poisson_deviance"]


def compile_network(
    network: Any, kind: Kind, learning_rate: float, *, from_logits: bool = True
) -> None:
    """Compile a network in place with Adam and the loss of a kind of prediction.

    Parameters
    ----------
    network : keras.Model
        Changed in place.
    kind : {"binary", "multiclass", "regression", "count"}
        Determines the loss: cross-entropy, squared error or Poisson deviance.
    learning_rate : float
        Step size of Adam, above 0.
    from_logits : bool
        Whether the outputs are logits rather than probabilities. Default True.
    """
    optimizer = load_keras().optimizers.Adam(float(learning_rate))
    network.compile(optimizer, _loss(kind, from_logits))


def keras_poisson_deviance(y: Any, z: Any) -> Any:
    """Return the Poisson deviance of each row from the logarithm z of its mean, in Keras."""
    ops = load_keras().ops
    y, z = ops.reshape(y, (-1,)), ops.reshape(z, (-1,))
    own = y * ops.log(ops.maximum(y, np.finfo(np.float32).tiny)) - y
    return 2.0 * (own - y * z + ops.exp(z))


def _loss(kind: Kind, from_logits: bool) -> Any:
    losses = load_keras().losses
    if kind == "regression":
        return losses.MeanSquaredError()
    if kind == "count":
        return keras_poisson_deviance
    if kind == "binary":
        return losses.BinaryCrossentropy(from_logits=from_logits)
    return losses.SparseCategoricalCrossentropy(from_logits=from_logits)
