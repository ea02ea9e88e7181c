"""Dropout inserted into a copy of a PyTorch network, and removed from it."""

from __future__ import annotations

import warnings
from typing import Any

from torch import nn

from bridle.dropout import torch_modules as ours
from bridle.dropout.rate import stream_key
from bridle.dropout.schedule import Schedule
from bridle.dropout.surgery.placement import Kind, Place, Where, find_places, occupied_places
from bridle.dropout.surgery.plan import (
    Existing,
    closed_parts_error,
    planned,
    warn_before_batch_statistics,
)
from bridle.dropout.surgery.torch.copying import copied, require_no_wrapper
from bridle.dropout.surgery.torch.held_rates import (
    draws_of_hooks,
    fixed_noise,
    held_rates,
    other_draws,
    silence_held_rates,
)
from bridle.dropout.surgery.torch.read_network import read_network
from bridle.dropout.surgery.torch.reading import Opened, Reading
from bridle.dropout.surgery.torch.rewriting import (
    hook_behind,
    insert_behind,
    take_over,
    write_forward,
)
from bridle.dropout.surgery.torch.roles import (
    ACTIVATIONS,
    NATIVE_DROPOUT,
    function_name,
    is_composite,
)
from bridle.dropout.surgery.torch.source_code.sources import (
    asks_for_dropout,
    called_functions,
    packs_sequences,
)
from bridle.dropout.surgery.torch.swaps import noisy_module
from bridle.dropout.surgery.torch.take_out import PUT_IN, drop_calls, exchange, without_dropout
from bridle.dropout.surgery.torch.tracing import UntraceableError, trace
from bridle.dropout.torch_modules.stream import MaskStream
from bridle.errors import BridleWarning, InputError

__all__ = ["add_dropout", "remove_dropout", "restore"]


def add_dropout(
    model: nn.Module,
    rate: Any,
    where: Where,
    kind: Kind | Any,
    existing: Existing,
    seed: int,
    schedule: Schedule | None = None,
) -> nn.Module:
    """Return a copy of a PyTorch network with dropout; see `bridle.add_dropout`.

    Raises
    ------
    InputError
        A place, a rate or the network cannot be used; see `bridle.add_dropout`.
    """
    require_no_wrapper(model)
    copy = _removed(model) if existing == "replace" else copied(model)
    reading = read_network(copy)
    if "" in reading.closed and not reading.graph.steps:
        raise InputError(f"The network cannot be cut: {reading.closed['']}.")
    if where is None and reading.closed:
        raise closed_parts_error(type(model).__name__, reading.closed)
    asked: Any = {"where": where, "kind": kind}
    places = find_places(reading.graph, **asked)
    occupied = occupied_places(reading.graph, **asked)
    chosen = planned(places, rate, occupied, asked_for=not (where is None or callable(where)))
    warn_before_batch_statistics([place for place, _ in chosen])
    _check_untraced(reading, [place for place, _ in chosen], asked_for=where is not None)
    before = [module for module in copy.modules() if isinstance(module, MaskStream)]
    for place, number in chosen:
        _put_in(reading, copy, place, number, kind, seed, schedule)
    for opened in _distinct(reading, [place for place, _ in chosen if not place.inside]):
        write_forward(opened.module, opened.code)
    _keep_apart(copy, before)
    if existing == "replace":
        _warn_of_numbers_taken_out(model)
    _warn_of_classes_asked_for(model)
    return copy


def remove_dropout(model: nn.Module) -> nn.Module:
    """Return a copy of a PyTorch network without any dropout; see `bridle.remove_dropout`."""
    copy = _removed(model)
    _warn_of_classes_asked_for(model)
    drawing = {
        type(module).__name__: found for module in copy.modules() if (found := other_draws(module))
    }
    drawing |= {
        f"a hook of {path or type(model).__name__!r}": found
        for path, module in copy.named_modules()
        if (found := draws_of_hooks(module))
    }
    if drawing:
        named = "; ".join(f"{name}: {'(), '.join(found)}()" for name, found in drawing.items())
        warnings.warn(
            f"The network {type(model).__name__!r} also draws random numbers that, according to its "
            f"source code, are not dropout, or stand in hooks: {named}. They remain, so outputs in "
            "training mode may vary.",
            BridleWarning,
            stacklevel=4,
        )
    return copy


def _removed(model: nn.Module) -> nn.Module:
    copy = copied(model)
    silence_held_rates(copy)
    reading = read_network(copy)
    closed = _drops_unread(copy, reading)
    if closed:
        raise closed_parts_error(type(model).__name__, closed)
    return without_dropout(copy, reading, ours_only=False)


def _drops_unread(model: nn.Module, reading: Reading) -> dict[str, str]:
    """Return the parts with a constant rate in code that cannot be rewritten, with reasons."""
    unread = {**reading.closed, **reading.untraced}
    closed = {
        path: reason
        for path, reason in unread.items()
        if called_functions(model.get_submodule(path)) is None
    }
    closed |= {
        opened.path: f"{type(opened.module).__name__} calls {NATIVE_DROPOUT}(), which returns its mask "
        "too: call dropout()"
        for opened in reading.opened
        if any(function_name(node) == NATIVE_DROPOUT for node in opened.code.nodes)
    }
    traced = [id(module.module) for module in reading.opened if module.way == "traced"]
    for path, module in model.named_modules():
        functions = fixed_noise(module) if id(module) not in traced else []
        if not functions:
            continue
        try:
            opened = Opened(module, path, trace(module), "traced")
            if drop_calls(opened, ours_only=False):
                write_forward(module, opened.code)
        except UntraceableError as error:
            closed[path] = (
                f"{type(module).__name__}: {error}; and it calls {functions[0]}() with a constant "
                "rate: make the rate an attribute of the module"
            )
    return closed


def _warn_of_classes_asked_for(model: nn.Module) -> None:
    """Warn about a forward that asks for the class of a dropout, which surgery changes."""
    asking = [
        type(module).__name__
        for module in model.modules()
        if is_composite(module) and asks_for_dropout(module)
    ]
    if asking:
        warnings.warn(
            f"The forward of {asking[0]} asks for the class of a dropout, which is another one in the "
            "new network: its outputs may differ without noise too. Ask for the rate instead.",
            BridleWarning,
            stacklevel=4,
        )


def _warn_of_numbers_taken_out(model: nn.Module) -> None:
    """Warn about rates held as numbers, which bridle's modules do not replace."""
    lost = [
        f"{path}.{rate.name}".strip(".")
        for path, module in model.named_modules()
        for rate in held_rates(module)
        if rate.rate > 0 and is_composite(module)
    ]
    if lost:
        names = ", ".join(map(repr, lost[:5])) + (", …" if len(lost) > 5 else "")
        warnings.warn(
            f"The dropout at {names} is removed and not replaced, because the network holds its rate "
            f"as a plain number. Set it with set_rate(model, {{{lost[0]!r}: 0.1}}).",
            BridleWarning,
            stacklevel=4,
        )


def restore(model: nn.Module) -> nn.Module:
    """Return a copy of a PyTorch network without bridle's modules; see `bridle.restore`."""
    copy = copied(model)
    return without_dropout(copy, read_network(copy), ours_only=True)


def _put_in(
    reading: Reading,
    model: nn.Module,
    place: Place,
    rate: float,
    kind: str,
    seed: int,
    schedule: Schedule | None,
) -> None:
    path, call = place.site
    if place.inside:
        key = stream_key(seed, place.position, "within")
        module = model.get_submodule(path)
        noisy = noisy_module(
            module,
            path,
            place.kind,
            rate,
            key,
            schedule,
            asked_for=kind != "auto",
            packed=any(packs_sequences(module) for module in model.modules()),
        )
        exchange(model, module, noisy)
        return
    dropout = _new_module(place, rate, stream_key(seed, place.position, call), schedule)
    setattr(dropout, PUT_IN, True)
    dropout.train(model.training)
    spot = reading.spots[place.site]
    if spot.opened.way == "source":
        hook_behind(model.get_submodule(path), dropout)
    elif spot.opened.way == "known":
        take_over(spot, dropout)
    else:
        insert_behind(spot, dropout)


def _new_module(place: Place, rate: float, seed: int, schedule: Schedule | None) -> nn.Module:
    spatial = (ours.SpatialDropout1d, ours.SpatialDropout2d, ours.SpatialDropout3d)
    kinds = {"alpha": ours.AlphaDropout, "gaussian": ours.GaussianDropout, "dropout": ours.Dropout}
    chosen = kinds.get(place.kind) or spatial[place.spatial_axes - 1]
    return chosen(rate, schedule=schedule, seed=seed)


def _distinct(reading: Reading, places: list[Place]) -> list[Opened]:
    """Return the modules with traced code that contain these places, each once."""
    found = [reading.spots[place.site].opened for place in places]
    return [
        module
        for module in {id(module): module for module in found}.values()
        if module.way == "traced"
    ]


def _check_untraced(reading: Reading, places: list[Place], asked_for: bool) -> None:
    """Raise an error or warn about places that are known from source code only."""
    reasons = {**reading.untraced, **reading.closed}
    hooked = [place for place in places if reading.spots[place.site].opened.way == "source"]
    for place in hooked:
        opened = reading.spots[place.site].opened
        called = called_functions(opened.module) or frozenset()
        if place.kind in ("alpha", "gaussian") and called & ACTIVATIONS:
            raise InputError(
                f"kind must not be {place.kind!r} for {place.site.path!r}: the network "
                f"{reasons[opened.path]}. Dropout then comes before the functional activation, "
                "and this kind does not commute with it. Use a module for the activation."
            )
    if hooked and not asked_for:
        named = ", ".join(repr(place.site.path) for place in hooked)
        parts = (reasons[reading.spots[place.site].opened.path] for place in hooked)
        warnings.warn(
            "The order of some modules is read from their source, because of "
            f"{'; '.join(dict.fromkeys(parts))}. Dropout comes after {named}: if that is not right, "
            "name the modules in where=.",
            BridleWarning,
            stacklevel=4,
        )
    modules = {
        id(module): module for module in (reading.spots[p.site].opened.module for p in hooked)
    }
    own = [name for module in modules.values() for name in fixed_noise(module)]
    if own:
        warnings.warn(
            f"Dropout by {own[0]}() at a constant rate, in code without a trace, remains beside the "
            "new one and is not in the summary. Make its rate an attribute of the module, or use "
            "torch.nn.Dropout.",
            BridleWarning,
            stacklevel=4,
        )


def _keep_apart(model: nn.Module, before: list[MaskStream]) -> None:
    """Give new streams unused keys, since an added module is compared with its block only."""
    streams = [module for module in model.modules() if isinstance(module, MaskStream)]
    known = {id(stream) for stream in before}
    taken = {stream.key for stream in before}
    for stream in streams:
        if id(stream) in known:
            continue
        while stream.key in taken:
            stream.move_on()
        taken.add(stream.key)
