"""Dropout inserted into a copy of a Keras model, and removed from it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from bridle.backend import load_keras
from bridle.dropout import keras_layers
from bridle.dropout.keras_layers.masks.stream import watch
from bridle.dropout.rate import stream_key
from bridle.dropout.schedule import Schedule
from bridle.dropout.surgery.keras.calls import sublayers
from bridle.dropout.surgery.keras.chains import Chain, find_chains, sub_network_swap
from bridle.dropout.surgery.keras.draws import draws_numbers
from bridle.dropout.surgery.keras.inspection import has_dropout
from bridle.dropout.surgery.keras.reading import Reading, read_model
from bridle.dropout.surgery.keras.rebuild import Changes, Swap, rebuild
from bridle.dropout.surgery.keras.roles import is_ours, noise_sources
from bridle.dropout.surgery.keras.swaps import noisy_swap, plain_swap
from bridle.dropout.surgery.network_graph import Site, Step
from bridle.dropout.surgery.placement import Kind, Place, Where, find_places, occupied_places
from bridle.dropout.surgery.plan import (
    Existing,
    closed_parts_error,
    planned,
    warn_before_batch_statistics,
)
from bridle.errors import BridleWarning

__all__ = ["add_dropout", "remove_dropout", "restore"]

keras = load_keras()


def add_dropout(
    model: Any,
    rate: Any,
    where: Where,
    kind: Kind | Any,
    existing: Existing,
    seed: int,
    schedule: Schedule | None = None,
) -> Any:
    """Return a copy of a Keras model with dropout; see `bridle.add_dropout`.

    Raises
    ------
    InputError
        A place, a rate or the network cannot be used; see `bridle.add_dropout`.
    """
    reading = read_model(model)
    if existing == "replace" and _sub_networks(reading):
        model = remove_dropout(model)
        reading = read_model(model)
    if where is None and reading.closed:
        raise closed_parts_error(model.name, reading.closed)
    replace = existing == "replace"
    asked = "auto" if kind == "subnetwork" else kind
    places = find_places(reading.graph, where=where, kind=asked, beside_existing=replace)
    occupied = () if replace else occupied_places(reading.graph, where=where, kind=asked)
    chosen = planned(places, rate, occupied, asked_for=not (where is None or callable(where)))
    warn_before_batch_statistics([place for place, _ in chosen])
    layers = {step.site.path: step.layer for step in reading.graph.steps}
    drop = _dropout_layers(reading, ours_only=False) if replace else frozenset()
    swap = _plain_swaps(reading, ours_only=False) if replace else {}
    after: dict[Site, Callable[[], Any]] = {}
    if kind == "subnetwork":
        chosen = _into_chains(reading, chosen, seed, swap)
        drop |= _replaced(swap)
    for place, number in chosen:
        path, call = place.site
        if place.inside:
            key = stream_key(seed, place.position, "within")
            swap[path] = noisy_swap(layers[path], path, place.kind, number, key, schedule)
        else:
            key = stream_key(seed, place.position, call)
            name = _free_name(reading, path, drop)
            after[place.site] = partial(_new_layer, place, number, key, name, schedule)
    cut = rebuild(model, reading, Changes(after, swap, drop))
    for layer in sublayers(cut):
        watch(layer)
    return cut


def remove_dropout(model: Any) -> Any:
    """Return a copy of a Keras model without any dropout; see `bridle.remove_dropout`."""
    plain = _without_dropout(model, ours_only=False)
    drawing = [
        f"{sublayer.name} ({type(sublayer).__name__})"
        for sublayer in sublayers(plain)
        if draws_numbers(sublayer)
    ]
    if drawing:
        warnings.warn(
            f"The network {model.name!r} also draws random numbers that are not known to be dropout: "
            f"{', '.join(drawing)}. They remain, so outputs in training mode may vary.",
            BridleWarning,
            stacklevel=3,
        )
    return plain


def restore(model: Any) -> Any:
    """Return a copy of a Keras model without bridle's layers; see `bridle.restore`."""
    return _without_dropout(model, ours_only=True)


def _without_dropout(model: Any, ours_only: bool) -> Any:
    reading = read_model(model)
    drop = _dropout_layers(reading, ours_only)
    swap = _plain_swaps(reading, ours_only)
    return rebuild(model, reading, Changes(swap=swap, drop=drop, expand=_sub_networks(reading)))


def _sub_networks(reading: Reading) -> dict[str, tuple[Any, ...]]:
    """Return the layers inside each sub-network, by its path."""
    return {
        step.site.path: tuple(step.layer.layers)
        for step in reading.graph.steps
        if isinstance(step.layer, keras_layers.SubNetwork)
    }


def _into_chains(
    reading: Reading, chosen: list[tuple[Place, float]], seed: int, swap: dict[str, Swap]
) -> list[tuple[Place, float]]:
    """Add the swaps for sub-networks to ``swap``, and return the places that they do not cover.

    Warns
    -----
    BridleWarning
        There are such places.
    """
    wanted = {
        place.site: number
        for place, number in chosen
        if place.kind in ("dropout", "spatial", "recurrent")
    }
    chains = find_chains(reading.graph, wanted)
    for chain in chains:
        name = _free_name(reading, chain.paths[0], frozenset(), "_sub_network")
        swap[chain.paths[-1]] = sub_network_swap(chain, seed, name)
    taken = {path for chain in chains for path in chain.paths}
    rest = [(place, number) for place, number in chosen if place.site.path not in taken]
    if rest:
        named = ", ".join(repr(place.names[-1]) for place, _ in rest)
        warnings.warn(
            f"Dropout at {named} computes all units: a sub-network supports only Dense, Conv1D to "
            "Conv3D with the channels last, LSTM, GRU and SimpleRNN, each called once, with an "
            "elementwise activation.",
            BridleWarning,
            stacklevel=4,
        )
    return rest


def _replaced(swap: dict[str, Swap]) -> frozenset[str]:
    """Return the paths of the layers that were moved into a sub-network, except its own path."""
    chains = [part.source for part in swap.values() if isinstance(part.source, Chain)]
    return frozenset(path for chain in chains for path in chain.paths[:-1])


def _dropout_layers(reading: Reading, ours_only: bool) -> frozenset[str]:
    """Return the paths of the layers that do nothing but dropout."""
    return frozenset(
        step.site.path
        for step in reading.graph.steps
        if step.role == "dropout" and (not ours_only or _has_ours(step.layer))
    )


def _plain_swaps(reading: Reading, ours_only: bool) -> dict[str, Swap]:
    """Return the swaps that replace layers with inner dropout by layers without.

    Raises
    ------
    InputError
        A custom layer has dropout inside.
    """
    inside = [step for step in reading.graph.steps if step.layer is not None and _inside(step)]
    taken = [step for step in inside if not ours_only or _has_ours(step.layer)]
    closed = {step.site.path: _why_closed(step, reading) for step in taken if step.role == "custom"}
    if closed:
        raise closed_parts_error("with dropout", closed)
    return {step.site.path: plain_swap(step.layer, step.site.path) for step in taken}


def _inside(step: Step) -> bool:
    if step.role == "dropout" or isinstance(step.layer, keras_layers.SubNetwork):
        return False
    return has_dropout(step.layer) or is_ours(step.layer)


def _has_ours(layer: Any) -> bool:
    return is_ours(layer) or bool(noise_sources(layer))


def _why_closed(step: Step, reading: Reading) -> str:
    return reading.closed.get(
        step.site.path,
        f"{type(step.layer).__name__} is a custom layer with dropout inside, which cannot be "
        "removed",
    )


def _free_name(
    reading: Reading, path: str, dropped: frozenset[str], suffix: str = "_dropout"
) -> str:
    """Return and reserve a name for the dropout after the layer at ``path``."""
    prefix, _, after = path.rpartition("/")
    prefix = f"{prefix}/" if prefix else ""
    taken = reading.names[prefix]
    stem = after.removesuffix(suffix) + suffix
    name, number = stem, 0
    while name in taken and prefix + name not in dropped:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name


def _new_layer(place: Place, rate: float, key: int, name: str, schedule: Schedule | None) -> Any:
    """Return the dropout layer for a place that is not inside a layer."""
    before = [layer for layer in place.layers if isinstance(layer, keras.Layer)]
    # With the types of the layer before it, so that it does not cast.
    dtype = before[-1].compute_dtype if before else None
    more = {"seed": key, "name": name, "dtype": dtype, "schedule": schedule}
    formats = [getattr(layer, "data_format", None) for layer in before]
    data_format = next((known for known in formats if known is not None), None)
    if place.kind == "alpha":
        return keras_layers.AlphaDropout(rate, **more)
    if place.kind == "gaussian":
        return keras_layers.GaussianDropout(rate, **more)
    if place.kind == "dropout":
        return keras_layers.Dropout(rate, **more)
    if place.spatial_axes == 1 and data_format == "channels_first":
        return keras_layers.Dropout(rate, noise_shape=(None, None, 1), **more)
    if place.spatial_axes == 1:
        return keras_layers.SpatialDropout1D(rate, **more)
    two = place.spatial_axes == 2
    spatial = keras_layers.SpatialDropout2D if two else keras_layers.SpatialDropout3D
    return spatial(rate, data_format=data_format, **more)
