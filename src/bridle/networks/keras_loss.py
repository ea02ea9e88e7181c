"""Compilation of a Keras network with the loss of a kind of outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.networks.output_kind import Kind

__all__ = ["compile_network", "keras_cox_terms", "keras_poisson_deviance"]


def compile_network(
    network: Any, kind: Kind, learning_rate: float, *, from_logits: bool = True
) -> None:
    """Compile a network in place with Adam and the loss of a kind of prediction.

    Parameters
    ----------
    network : keras.Model
        Changed in place.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Determines the loss: cross-entropy, squared error, Poisson deviance or Cox loss.
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


def keras_cox_terms(y: Any, z: Any) -> Any:
    """Return the term of each row of a batch, in Keras, times its weight: 0 for a censored row.

    Parameters
    ----------
    y : tensor of shape (n, 2)
        As `bridle.networks.partial_likelihood.ranked_times` gives them, of which these rows are some.
    z : tensor of shape (n, 1) or (n,)
        Logs of the risks.
    """
    ops = load_keras().ops
    rank, weight, z = y[:, 0], y[:, 1], ops.cast(ops.reshape(z, (-1,)), y.dtype)
    number, seen = ops.cumsum(ops.ones_like(rank)), weight > 0
    at_risk = rank[None, :] >= rank[:, None]
    tied = (rank[None, :] == rank[:, None]) & seen[None, :] & seen[:, None]
    tied = ops.cast(tied, z.dtype)
    before = ops.cast(number[None, :] < number[:, None], z.dtype)
    # Efron: of d tied events, the k-th from 0 leaves k / d of each out of its risk set.
    left_out = ops.sum(tied * before, axis=1) / ops.maximum(ops.sum(tied, axis=1), 1.0)
    shares = ops.cast(at_risk, z.dtype) - left_out[:, None] * tied
    largest = ops.stop_gradient(ops.max(ops.where(at_risk, z[None, :], -np.inf), axis=1))
    risks = ops.exp(ops.where(at_risk, z[None, :] - largest[:, None], 0.0))
    mean = ops.sum(shares * risks, axis=1) / ops.sum(shares, axis=1)
    return weight * (np.log(2) + ops.log(mean) + largest - z)


def _loss(kind: Kind, from_logits: bool) -> Any:
    losses = load_keras().losses
    if kind == "regression":
        return losses.MeanSquaredError()
    if kind == "count":
        return keras_poisson_deviance
    if kind == "survival":
        return keras_cox_terms
    if kind == "binary":
        return losses.BinaryCrossentropy(from_logits=from_logits)
    return losses.SparseCategoricalCrossentropy(from_logits=from_logits)
