"""Inspection of a PyTorch network: all its dropout, of bridle, PyTorch or custom modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter

from torch import nn

from bridle.dropout.surgery.bare_layers import BareLayer, bare_layers
from bridle.dropout.surgery.network_graph import Graph, Site, Step
from bridle.dropout.surgery.summary import DropoutEntry
from bridle.dropout.surgery.torch.held_rates import HeldRate, held_rates
from bridle.dropout.surgery.torch.read_network import read_network
from bridle.dropout.surgery.torch.reading import Reading
from bridle.dropout.surgery.torch.roles import dropout_within, is_pure_dropout, noise_sources
from bridle.dropout.surgery.torch.tracing import rate_path

__all__ = ["dropout_entries", "has_dropout", "settable_entries"]


def dropout_entries(model: nn.Module) -> tuple[tuple[DropoutEntry, ...], tuple[BareLayer, ...]]:
    """Return the dropouts of a network and its layers without dropout, in the order of computation.

    Dropout in parts that cannot be read comes last, and what it follows is not known. Numbers that
    are 0 are not listed.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed.
    """
    reading = read_network(model)
    known = _entries_of_modules(model, reading)
    entries = known | _entries_of_numbers(model, known)
    listed = (entry for entry in entries.values() if entry.rate > 0 or not _is_number(entry))
    return tuple(listed), bare_layers(reading.graph, reading.closed)


def settable_entries(model: nn.Module) -> tuple[DropoutEntry, ...]:
    """Return the dropouts whose rates can be set, including numbers that are 0.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed.
    """
    known = _entries_of_modules(model, read_network(model))
    entries = (known | _entries_of_numbers(model, known)).values()
    return tuple(entry for entry in entries if entry.settable or entry.by_name)


def _entries_of_modules(model: nn.Module, reading: Reading) -> dict[str, DropoutEntry]:
    """Return the dropouts that are modules or functions, by name."""
    graph = reading.graph
    marked = {step.site: index for index, step in enumerate(graph.steps) if _drops(step)}
    depths = graph.depths(frozenset(marked))
    entries: dict[str, DropoutEntry] = {}
    for site, index in marked.items():
        step = graph.steps[index]
        layer = step.layer if isinstance(step.layer, nn.Module) else None
        entry = _entry(layer, step, _follows(graph, index), depths[site])
        if layer is None and (held := _number_of(reading, site)) is not None:
            name, source = held
            entry = replace(entry, layer=name, sources=(source,), by_name=True)
        entries.setdefault(entry.layer, entry)
    for path, module in _hidden(model, entries):
        step = Step(Site(path, 0), -1, "dropout", (), own_rate=dropout_within(module))
        entries[path] = _entry(module, step, (), len(entries))
    return entries


def _entries_of_numbers(
    model: nn.Module, known: dict[str, DropoutEntry]
) -> dict[str, DropoutEntry]:
    """Return the rates that modules hold as numbers, except those of known dropouts."""
    sources = [source for entry in known.values() if entry.by_name for source in entry.sources]
    held = {(id(source.holder), source.attribute) for source in sources}
    entries: dict[str, DropoutEntry] = {}
    for path, module in model.named_modules():
        for rate in held_rates(module):
            if (id(rate.holder), rate.attribute) in held:
                continue
            held.add((id(rate.holder), rate.attribute))
            own = type(module).__module__.startswith("torch.")
            name = path if own else f"{path}.{rate.name}".strip(".")
            entries[name] = DropoutEntry(
                layer=name,
                kind=type(module).__name__,
                rate=rate.rate,
                follows=(),
                depth=len(known) + len(entries),
                settable=False,
                sources=(rate,),
                by_name=True,
            )
    return entries


def _is_number(entry: DropoutEntry) -> bool:
    """Return whether a dropout is something other than a pure dropout module."""
    held = (source for source in entry.sources if isinstance(source, HeldRate))
    return any(not is_pure_dropout(rate.module) for rate in held)


def _number_of(reading: Reading, site: Site) -> tuple[str, HeldRate] | None:
    """Return the number that a function uses as its rate, and its path in the network."""
    opened, node = reading.spots[site]
    path = rate_path(node)
    if path is None:
        return None
    *way, attribute = path.split(".")
    holder = attrgetter(".".join(way))(opened.module) if way else opened.module
    return f"{opened.path}.{path}".strip("."), HeldRate(opened.module, path, holder, attribute)


def has_dropout(module: nn.Module) -> bool:
    """Return whether a module is or contains dropout; one of rate 0 counts if it can be set."""
    return is_pure_dropout(module) or bool(noise_sources(module)) or dropout_within(module) > 0


def _drops(step: Step) -> bool:
    layer = step.layer
    return step.role == "dropout" or (isinstance(layer, nn.Module) and has_dropout(layer))


def _hidden(model: nn.Module, known: dict[str, DropoutEntry]) -> Iterator[tuple[str, nn.Module]]:
    for path, module in model.named_modules():
        outer = any(path == prefix or path.startswith(f"{prefix}.") for prefix in known)
        if has_dropout(module) and not outer:
            yield path, module


def _entry(
    module: nn.Module | None, step: Step, follows: tuple[str, ...], depth: int
) -> DropoutEntry:
    sources = () if module is None else tuple(noise_sources(module))
    own = () if module is None else tuple(held_rates(module))
    return DropoutEntry(
        layer=step.site.path,
        kind="function" if module is None else type(module).__name__,
        rate=step.own_rate,
        follows=follows,
        depth=depth,
        settable=bool(sources),
        sources=sources or own,
        by_name=bool(own),
    )


def _follows(graph: Graph, index: int) -> tuple[str, ...]:
    """Return the hidden layer and the step before a dropout; none for inner dropout."""
    step = graph.steps[index]
    if step.role != "dropout" or not step.inputs:
        return ()
    before = graph.steps[step.inputs[0]]
    source = graph.source(step.inputs[0])
    paths = [step.site.path for step in (source, before) if step is not None]
    return tuple(dict.fromkeys(paths))
