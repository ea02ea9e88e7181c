"""Inspection of a Keras model: all its dropout, of bridle, Keras or custom layers."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers import SubNetwork
from bridle.dropout.keras_layers.sub_networks.chain_rates import rates_can_be_set
from bridle.dropout.surgery.bare_layers import BareLayer, bare_layers
from bridle.dropout.surgery.keras.calls import reason_against, sublayers
from bridle.dropout.surgery.keras.reading import read_model
from bridle.dropout.surgery.keras.roles import dropout_within, is_ours, noise_sources, role_of
from bridle.dropout.surgery.network_graph import Graph
from bridle.dropout.surgery.summary import DropoutEntry

__all__ = ["dropout_entries", "has_dropout", "settable_entries"]


def dropout_entries(model: Any) -> tuple[tuple[DropoutEntry, ...], tuple[BareLayer, ...]]:
    """Return the dropouts of a model and its layers without dropout, in the order of computation.

    For a subclassed model, the order is that of Keras's list of layers, and what a layer follows is
    not known.

    Parameters
    ----------
    model : keras.Model
        Not changed.
    """
    if reason_against(model) is not None:
        return _entries_of_class(model), ()
    reading = read_model(model)
    graph = reading.graph
    marked = {step.site: index for index, step in enumerate(graph.steps) if has_dropout(step.layer)}
    layers = {site: graph.steps[index].layer for site, index in marked.items()}
    depths = graph.depths([site for site, layer in layers.items() for _ in range(_count(layer))])
    entries: dict[str, tuple[DropoutEntry, ...]] = {}
    for site, index in marked.items():
        found = _entries(layers[site], site.path, _follows(graph, index), depths[site])
        entries.setdefault(site.path, found)
    flat = tuple(entry for found in entries.values() for entry in found)
    return flat, bare_layers(graph, reading.closed)


def settable_entries(model: Any) -> tuple[DropoutEntry, ...]:
    """Return the dropouts of a model whose rates can be set.

    Parameters
    ----------
    model : keras.Model
        Not changed.
    """
    return tuple(entry for entry in dropout_entries(model)[0] if entry.settable)


def _entries_of_class(model: Any) -> tuple[DropoutEntry, ...]:
    entries: list[DropoutEntry] = []
    within: set[int] = set()
    for layer in sublayers(model):
        if id(layer) not in within and has_dropout(layer) and not _is_container(layer):
            entries.extend(_entries(layer, layer.name, (), len(entries)))
            within |= {id(sublayer) for sublayer in sublayers(layer)}
    return tuple(entries)


def has_dropout(layer: Any) -> bool:
    """Return whether a layer is or contains dropout; one of rate 0 counts if it can be set."""
    if isinstance(layer, SubNetwork):
        return len(layer.dropouts) > 0
    return role_of(layer, 1) == "dropout" or bool(noise_sources(layer)) or dropout_within(layer) > 0


def _is_container(layer: Any) -> bool:
    """Return whether a layer is custom, so that its dropout is in the layers inside it."""
    return not (is_ours(layer) or type(layer).__module__.startswith("keras.src.layers"))


def _count(layer: Any) -> int:
    return len(layer.dropouts) if isinstance(layer, SubNetwork) else 1


def _entries(
    layer: Any, path: str, follows: tuple[str, ...], depth: int
) -> tuple[DropoutEntry, ...]:
    """Return the entry of a layer, or one for each dropout of a sub-network."""
    if not isinstance(layer, SubNetwork):
        return (_entry(layer, path, follows, depth),)
    return tuple(
        DropoutEntry(
            layer=path,
            kind="SubNetwork",
            rate=dropout.rate,
            follows=tuple(f"{path}/{inner.name}" for inner in dropout.layers),
            depth=depth + number,
            settable=rates_can_be_set(),
            sources=(dropout,),
        )
        for number, dropout in enumerate(layer.dropouts)
    )


def _entry(layer: Any, path: str, follows: tuple[str, ...], depth: int) -> DropoutEntry:
    sources = tuple(noise_sources(layer))
    return DropoutEntry(
        layer=path,
        # bridle's layers have Keras's names for weight files; the qualified name differs.
        kind=type(layer).__qualname__.rpartition(".")[2],
        rate=dropout_within(layer),
        follows=follows,
        depth=depth,
        settable=bool(sources),
        sources=sources,
    )


def _follows(graph: Graph, index: int) -> tuple[str, ...]:
    """Return the hidden layer and the layer before a dropout layer; none for inner dropout."""
    step = graph.steps[index]
    if step.role != "dropout":
        return ()
    before = graph.steps[step.inputs[0]]
    source = graph.source(step.inputs[0])
    paths = [step.site.path for step in (source, before) if step is not None]
    return tuple(dict.fromkeys(paths))
