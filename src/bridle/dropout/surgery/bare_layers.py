"""The layers of a network without dropout, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridle.dropout.surgery.network_graph import Graph, Step
from bridle.dropout.surgery.placement import HIDDEN, find_places, occupied_places
from bridle.errors import InputError

__all__ = ["BareLayer", "bare_layers"]


@dataclass(frozen=True)
class BareLayer:
    """A layer with weights and without dropout.

    Parameters
    ----------
    layer : str
        Its path.
    reason : str
    """

    layer: str
    reason: str


def bare_layers(graph: Graph, closed: Mapping[str, str]) -> tuple[BareLayer, ...]:
    """Return the layers with weights but without dropout, in order; embeddings are not listed.

    Parameters
    ----------
    graph : Graph
    closed : mapping of str to str
        Parts whose hidden layers are not known, by path, with the reason.
    """
    try:
        free = {owner.path for place in find_places(graph) for owner in place.owners}
    except InputError:  # there is no hidden layer
        free = set()
    taken = {owner.path for place in occupied_places(graph) for owner in place.owners}
    found: dict[str, str] = {}
    for index, step in enumerate(graph.steps):
        path = step.site.path
        if step.role in (*HIDDEN, "custom") and path not in taken | closed.keys():
            found.setdefault(
                path, "none was put in" if path in free else _reason(graph, index, step)
            )
    found |= {path or "the network": reason for path, reason in closed.items()}
    return tuple(BareLayer(path, reason) for path, reason in found.items())


def _reason(graph: Graph, index: int, step: Step) -> str:
    if step.role == "custom":
        return "its class is custom, so what it computes is not known"
    if graph.feeds_attention(index):
        return "computes queries, keys or values: dropout belongs to the attention weights"
    return "leads to an output: no layer computes after it"
