"""Features that a network asks for: on one scale, as they were given, or as whole numbers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from bridle.networks.own.drawn_weights import outputs_under_drawn_weights
from bridle.networks.own.known_graph import known_graph, readers
from bridle.types import AnyArray

__all__ = ["Features", "asked_features", "names_of_things", "probe_rows"]


Features = Literal["scaled", "given", "ids"]
"""Each feature with mean 0 and standard deviation 1; in its own units; whole numbers."""

_ROWS = 8

_MOST_NAMES = 2**24

_WHOLE = frozenset({"Embedding", "CategoryEncoding", "IntegerLookup", "Hashing", "OneHot"})
"""Layers and operations of Keras that read whole numbers."""

_OWN_UNITS = frozenset({"Normalization", "Rescaling", "Discretization"})
"""Layers of Keras that read features in the units that they come in."""


def asked_features(network: Any, n_features: int | tuple[int, ...]) -> Features:
    """Return which features a network asks for.

    Whole numbers, where it has an input of integers, or an Embedding reads them. As they were given,
    where a layer that has the units of the data reads them, such as Rescaling or Normalization. In a
    network with code of the user's it is tried: whole numbers are asked for where fractions make no
    difference, whatever the weights.

    Parameters
    ----------
    network : keras.Model
        Built; not changed.
    n_features : int or tuple of int
        Of one row.
    """
    graph = known_graph(network)
    if graph is None:
        names = {type(one).__name__ for one in network._flatten_layers()}
        whole = _drops_fractions(network, n_features)
    else:
        names = {type(one.layer).__name__ for one in readers(graph)}
        whole = bool(_WHOLE & names) or "int" in str(network.inputs[0].dtype)
    if whole:
        return "ids"
    return "given" if _OWN_UNITS & names else "scaled"


def names_of_things(network: Any) -> int:
    """Return how many whole numbers, from 0, a network takes that asks for such.

    The smallest ``input_dim`` of an Embedding that reads them; where none is known, what float32 can
    tell apart.
    """
    graph = known_graph(network)
    read = [] if graph is None else [one.layer for one in readers(graph)]
    sizes = [int(one.input_dim) for one in read if type(one).__name__ == "Embedding"]  # type: ignore[attr-defined]
    return min([*sizes, _MOST_NAMES])


def probe_rows(features: Features, n_features: int | tuple[int, ...]) -> AnyArray:
    """Return a few rows that a network takes: 0 and 1 where it asks for whole numbers."""
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
