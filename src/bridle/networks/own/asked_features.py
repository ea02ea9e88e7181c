"""The kind of features a network expects: standardised, as given, or integer codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bridle.networks.own.drawn_weights import outputs_under_drawn_weights
from bridle.networks.own.known_graph import known_graph, readers
from bridle.networks.own.read_as_codes import codes_read
from bridle.types import AnyArray

__all__ = ["Asked", "Features", "asked_features", "asked_of", "names_of_things", "probe_rows"]


Features = Literal["scaled", "given", "ids"]
"""Features with mean 0 and standard deviation 1; in the unit of the data; integer codes."""


@dataclass(frozen=True)
class Asked:
    """What a network expects of its features.

    Attributes
    ----------
    features : {"scaled", "given", "ids"}
    codes : tuple of int
        Features, along the last axis, that are read as integer codes where not all are.
    """

    features: Features
    codes: tuple[int, ...] = ()


def asked_of(read: tuple[int, ...], width: int) -> Asked:
    """Return what a network expects that reads some features of this width as codes."""
    if not read:
        return Asked("scaled")
    return Asked("ids") if len(read) == width else Asked("given", read)


_ROWS = 8

_MOST_NAMES = 2**24

_WHOLE = frozenset({"Embedding", "CategoryEncoding", "IntegerLookup", "Hashing", "OneHot", "Take"})
"""Layers and operations of Keras that read integers."""

_OWN_UNITS = frozenset({"Normalization", "Rescaling", "Discretization"})
"""Layers of Keras that read features in the unit of the data."""


def asked_features(network: Any, n_features: int | tuple[int, ...]) -> Asked:
    """Return the kind of features a network expects, and which are codes.

    Integer codes, if its input has an integer type or is read by an Embedding. As given, if a layer
    such as Rescaling or Normalization reads the input, or if only some of the features are read as
    codes. Otherwise standardised. Where codes may be read in another way, by an Embedding behind a
    slice or by custom code, the network is probed; see `codes_read`.

    Parameters
    ----------
    network : keras.Model
        A built network; not changed.
    n_features : int or tuple of int
        Number of features, or the shape of one row.
    """
    graph = known_graph(network)
    within = {type(layer).__name__ for layer in network._flatten_layers()}
    first = within if graph is None else {type(step.layer).__name__ for step in readers(graph)}
    if graph is not None and (_WHOLE & first or "int" in str(network.inputs[0].dtype)):
        return Asked("ids")
    shape = _shape(n_features)
    read: tuple[int, ...] = ()
    if graph is None or _WHOLE & within:
        read = codes_read(
            lambda rows: outputs_under_drawn_weights(network, rows),
            shape,
            has_table=bool(_WHOLE & within),
        )
    asked = asked_of(read, shape[-1])
    own_units = asked.features == "scaled" and _OWN_UNITS & first
    return Asked("given") if own_units else asked


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
    """Return a few rows that a network accepts: 0 and 1, unless it expects standardised features."""
    shape = (_ROWS, *_shape(n_features))
    rng = np.random.default_rng(0)
    if features != "scaled":
        return rng.integers(0, 2, size=shape).astype(np.float32)
    return 3 * rng.standard_normal(shape, dtype=np.float32)


def _shape(n_features: int | tuple[int, ...]) -> tuple[int, ...]:
    return (n_features,) if isinstance(n_features, int) else n_features
