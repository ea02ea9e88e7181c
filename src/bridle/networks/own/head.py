"""The kind of a network's outputs: numbers, logits or probabilities."""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np
from scipy.special import logsumexp

from bridle.errors import InputError
from bridle.networks.output_kind import Kind
from bridle.networks.own.drawn_weights import WIDE_DRAWS, outputs_under_drawn_weights
from bridle.networks.own.known_graph import known_graph
from bridle.types import AnyArray

__all__ = ["Link", "link_of", "link_of_outputs"]

Link = Literal["linear", "softmax", "sigmoid"]

_ROUNDING = 1e-2
"""Rounding error of a sum of probabilities in the least precise type of networks."""

_LAST_LAYER = {
    "binary": "linear or applies sigmoid",
    "multiclass": "linear or applies softmax",
    "regression": "linear, since the target has mean 0 and standard deviation 1",
    "count": "linear, since its output is the logarithm of the mean count",
    "survival": "linear, since its output is the logarithm of the risk",
}


def link_of(network: Any, kind: Kind, rows: AnyArray) -> Link:
    """Return the kind of a network's outputs.

    If the last layer is a Keras layer with weights, its activation decides. Otherwise, for instance
    with a cast after a sigmoid or with a custom ``call``, the range of the outputs under several
    draws of the weights decides.

    Parameters
    ----------
    network : keras.Model
        A built network; not changed.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Kind of the task.
    rows : ndarray of shape (n, ...), float32
        A few rows that the network accepts, such as those of `probe_rows`.

    Returns
    -------
    {"linear", "softmax", "sigmoid"}
        Linear: numbers or logits. Softmax: probabilities with sum 1. Sigmoid: one probability.

    Raises
    ------
    InputError
        The outputs do not suit the kind of task.
    """
    last = _last_activation(network)
    if last == "linear" or (last, kind) in (("softmax", "multiclass"), ("sigmoid", "binary")):
        return cast("Link", last)
    found = outputs_under_drawn_weights(network, rows, WIDE_DRAWS)
    return link_of_outputs(np.concatenate(list(found)), kind)


def link_of_outputs(outputs: AnyArray, kind: Kind) -> Link:
    """Return the kind of outputs by their range under several draws of the weights.

    Parameters
    ----------
    outputs : ndarray of shape (n, n_outputs)
        Possibly with infinite values and NaN, which are left out.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Kind of the task.

    Raises
    ------
    InputError
        The outputs do not suit the kind of task.
    """
    outputs = outputs[np.isfinite(outputs).all(axis=1)]
    if not len(outputs):
        raise InputError("network must return finite outputs. Received: a network without any.")
    low, high = outputs.min(), outputs.max()
    if kind == "multiclass" and low >= 0 and _is(outputs.sum(axis=1), 1):
        return "softmax"
    if kind == "binary" and low >= 0 and high <= 1 and low < high:
        return "sigmoid"
    if low < -1 and high > 1:
        return "linear"
    if kind == "multiclass" and _is(logsumexp(outputs, axis=1), 0):
        return "linear"  # log-probabilities are logits
    raise InputError(
        f"network must end in a layer that is {_LAST_LAYER[kind]}. "
        f"Received: a network whose outputs are {_values(low, high)} under all weights that were tried."
    )


def _last_activation(network: Any) -> str | None:
    """Return the activation of the output layer, None if it is not known."""
    from bridle.dropout.surgery.keras.roles import activation_of

    graph = known_graph(network)
    if graph is None:
        return None
    step = graph.steps[graph.outputs[0]]
    activation = getattr(step.layer, "activation", None)
    # A custom function may have the name of one of Keras's activations.
    if step.role not in ("dense", "convolution") or not _is_of_keras(activation):
        return None
    return activation_of(step.layer) or "linear"


def _is_of_keras(function: Any) -> bool:
    return function is None or str(getattr(function, "__module__", "")).startswith("keras.")


def _is(values: AnyArray, number: float) -> bool:
    return bool(np.all(np.abs(values - number) < _ROUNDING))


def _values(low: float, high: float) -> str:
    if low == high:
        return f"all {low:g}"
    if low >= 0:
        return "between 0 and 1" if high <= 1 else "never below 0"
    if high <= 0:
        return "never above 0"
    return f"never {'below -1' if low >= -1 else 'above 1'}"
