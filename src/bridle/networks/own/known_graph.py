"""The graph of a network whose layers are all Keras's or bridle's, and therefore known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.surgery.network_graph import Graph, Step

__all__ = ["known_graph", "readers"]

_MOVES = frozenset({"Cast", "Flatten", "Identity", "Permute", "RepeatVector", "Reshape"})
"""Layers and operations that change no values, except for their type."""


def known_graph(network: Any) -> Graph | None:
    """Return the graph of a network, None if it has custom layers or a custom ``call``.

    Parameters
    ----------
    network : keras.Model
        Not changed.
    """
    from bridle.dropout.surgery.keras.calls import reason_against, sublayers
    from bridle.dropout.surgery.keras.reading import read_model

    of_somebody = load_keras().layers.Lambda
    layers = [network, *sublayers(network)]
    if reason_against(network) is not None or any(
        isinstance(layer, of_somebody) or not _is_known(type(layer)) for layer in layers
    ):
        return None
    return read_model(network).graph


def readers(graph: Graph) -> Iterator[Step]:
    """Yield the steps that read the features, also through steps that only move them."""
    features: set[int] = set()
    for index, step in enumerate(graph.steps):
        if not step.inputs and step.layer is None:
            features.add(index)
        elif features.intersection(step.inputs):
            if type(step.layer).__name__ in _MOVES:
                features.add(index)
            yield step


def _is_known(kind: type) -> bool:
    return kind.__module__.startswith(("keras.", "bridle."))
