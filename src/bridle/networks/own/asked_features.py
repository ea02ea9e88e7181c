"""The kind of features a network expects: standardised, as given, or integer codes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from bridle.networks.own.drawn_weights import outputs_under_drawn_weights
from bridle.networks.own.known_graph import known_graph, readers
from bridle.types import AnyArray

__all__ = ["Features", "asked_features", "names_of_things", "probe_rows"]


Features = Literal["scaled", "given", "ids"]
"""Features with mean 0 and standard deviation 1; in the unit of the data; integer codes."""

_ROWS = 8

_MOST_NAMES = 2**24

_WHOLE = frozenset({"Embedding", "CategoryEncoding", "IntegerLookup", "Hashing", "OneHot"})
"""Layers and operations of Keras that read integers."""

_OWN_UNITS = frozenset({"Normalization", "Rescaling", "Discretization"})
"""Layers of Keras that read features in the unit of the data."""


def asked_features(network: Any, n_features: int | tuple[int, ...]) -> Features:
    """Return the kind of features a network expects.

    Integer codes, if its input has an integer type or is read by an Embedding. As given, if a layer
    such as Rescaling or Normalization reads the input. Otherwise standardised. A network with
    custom code is probed: it expects integer codes if it ignores fractions for all weights tried.

    Parameters
    ----------
    network : keras.Model
        A built network; not changed.
    n_features : int or tuple of int
        Number of features, or the shape of one row.
    """
    graph = known_graph(network)
    if graph is None:
        names = {type(layer).__name__ for layer in network._flatten_layers()}
        whole = _drops_fractions(network, n_features)
    else:
        names = {type(step.layer).__name__ for step in readers(graph)}
        whole = bool(_WHOLE & names) or "int" in str(network.inputs[0].dtype)
    if whole:
        return "ids"
    return "given" if _OWN_UNITS & names else "scaled"


def names_of_things(network: Any) -> int:
    """Return how many integer codes 0, 1, … a network that reads codes accepts.

    This is the smallest ``input_dim`` of the Embeddings that read them. If none is known, it is
    2**24, up to which float32 represents all integers.
    """
    graph = known_graph(network)
    read = [] if graph is None else [reader.layer for reader in readers(graph)]
    sizes = [int(layer.input_dim) for layer in read if type(layer).__name__ == "Embedding"]  # type: ignore[attr-defined]
    return min([*sizes, _MOST_NAMES])


def probe_rows(features: Features, n_features: int | tuple[int, ...]) -> AnyArray:
    """Return a few rows that a network accepts; codes are 0 and 1."""
    shape = (_ROWS, *_shape(n_features))
    rng = np.random.default_rng(0)
    if features == "ids":
        return rng.integers(0, 2, size=shape).astype(np.float32)
    return 3 * rng.standard_normal(shape, dtype=np.float32)


def _drops_fractions(network: Any, n_features: int | tuple[int, ...]) -> bool:
    rows = probe_rows("ids", n_features)
    found = outputs_under_drawn_weights(network, np.concatenate([rows, rows + 0.4, 1 - rows]))
    whole, fractions, others = np.split(found, 3, axis=1)
    return np.array_equal(whole, fractions, equal_nan=True) and not np.array_equal(
        whole, others, equal_nan=True
    )


def _shape(n_features: int | tuple[int, ...]) -> tuple[int, ...]:
    return (n_features,) if isinstance(n_features, int) else n_features
