"""Inspection of a PyTorch network: which dropout it has, wherever it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from bridle.dropout.surgery.bare_layers import BareLayer, bare_layers
from bridle.dropout.surgery.network_graph import Graph, Site, Step
from bridle.dropout.surgery.summary import DropoutEntry
from bridle.dropout.surgery.torch.float_rates import float_rates
from bridle.dropout.surgery.torch.reading import read_network
from bridle.dropout.surgery.torch.roles import dropout_within, is_pure_dropout, noise_sources

__all__ = ["dropout_entries", "has_dropout"]


def dropout_entries(model: nn.Module) -> tuple[tuple[DropoutEntry, ...], tuple[BareLayer, ...]]:
    """Return every dropout of a network, and every layer without, in the order of computation.

    What is in a part that cannot be read comes last, and what it follows is not known.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed.
    """
    reading = read_network(model)
    graph = reading.graph
    marked = {step.site: index for index, step in enumerate(graph.steps) if _drops(step)}
    depths = graph.depths(frozenset(marked))
    entries: dict[str, DropoutEntry] = {}
    for site, index in marked.items():
        step = graph.steps[index]
        layer = step.layer if isinstance(step.layer, nn.Module) else None
        entry = _entry(layer, step, _follows(graph, index), depths[site])
        entries.setdefault(site.path, entry)
    for path, module in _hidden(model, entries):
        step = Step(Site(path, 0), -1, "dropout", (), own_rate=dropout_within(module))
        entries[path] = _entry(module, step, (), len(entries))
    for path, module in model.named_modules():
        for name, rate in float_rates(module).items():
            entries[f"{path}.{name}".strip(".")] = DropoutEntry(
                layer=path,
                kind=f"{type(module).__name__}.{name}",
                rate=rate,
                follows=(),
                depth=len(entries),
                settable=False,
                sources=(),
            )
    return tuple(entries.values()), bare_layers(graph, reading.closed)


def has_dropout(module: nn.Module) -> bool:
    """Say whether a module is dropout, or does some inside; one of rate 0 counts if it can be set."""
    return is_pure_dropout(module) or bool(noise_sources(module)) or dropout_within(module) > 0


def _drops(step: Step) -> bool:
    layer = step.layer
    return step.role == "dropout" or (isinstance(layer, nn.Module) and has_dropout(layer))


def _hidden(model: nn.Module, known: dict[str, DropoutEntry]) -> Iterator[tuple[str, nn.Module]]:
    for path, module in model.named_modules():
        outer = any(path == one or path.startswith(f"{one}.") for one in known)
        if has_dropout(module) and not outer:
            yield path, module


def _entry(
    module: nn.Module | None, step: Step, follows: tuple[str, ...], depth: int
) -> DropoutEntry:
    sources = () if module is None else tuple(noise_sources(module))
    return DropoutEntry(
        layer=step.site.path,
        kind="function" if module is None else type(module).__name__,
        rate=step.own_rate,
        follows=follows,
        depth=depth,
        settable=bool(sources),
        sources=sources,
    )


def _follows(graph: Graph, index: int) -> tuple[str, ...]:
    """Return the hidden layer and the step before a dropout, none for dropout inside a module."""
    step = graph.steps[index]
    if step.role != "dropout" or not step.inputs:
        return ()
    before = graph.steps[step.inputs[0]]
    source = graph.source(step.inputs[0])
    paths = [one.site.path for one in (source, before) if one is not None]
    return tuple(dict.fromkeys(paths))
