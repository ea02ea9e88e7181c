"""The dropouts of a Keras model, read as `DropoutPlace` for the checks."""

from __future__ import annotations

from math import prod
from typing import Any

from bridle.backend import load_keras
from bridle.dropout import keras_layers
from bridle.dropout.guidance import DropoutPlace
from bridle.dropout.keras_layers.masks.stream import Stream
from bridle.dropout.surgery.keras.calls import reason_against, sublayers
from bridle.dropout.surgery.keras.inspection import has_dropout
from bridle.dropout.surgery.keras.reading import read_model
from bridle.dropout.surgery.network_graph import Graph, Step
from bridle.errors import InputError

__all__ = ["dropout_places"]

keras = load_keras()
layers = keras.layers

SINGLE_UNITS = (
    layers.Dropout,
    layers.AlphaDropout,
    layers.GaussianDropout,
    keras_layers.Dropout,
    keras_layers.AlphaDropout,
    keras_layers.GaussianDropout,
)
"""Layers that draw once per unit, unless they have a ``noise_shape``."""

Spatial: Any = keras.src.layers.regularization.spatial_dropout.BaseSpatialDropout


def dropout_places(model: Any) -> tuple[DropoutPlace, ...]:
    """Return every dropout of a model, in the order of computation.

    Parameters
    ----------
    model : keras.Model
        Not changed.

    Raises
    ------
    InputError
        The model is a subclass with its own ``call``.
    """
    reason = reason_against(model)
    if reason is not None:
        raise InputError(f"The network {model.name!r} cannot be checked: {reason}.")
    graph = read_model(model).graph
    marked = [index for index, step in enumerate(graph.steps) if has_dropout(step.layer)]
    depths = graph.depths(frozenset(graph.steps[index].site for index in marked))
    return tuple(_place(graph, index, depths[graph.steps[index].site]) for index in marked)


def _place(graph: Graph, index: int, depth: int) -> DropoutPlace:
    step = graph.steps[index]
    inside = step.role != "dropout"
    source = None if inside else graph.source(index)
    singly = _drops_single_units(step.layer)
    return DropoutPlace(
        layer=step.site.path,
        rate=step.own_rate,
        depth=depth,
        inside=inside,
        source=step.role if inside else None if source is None else source.role,
        after_output=not inside and graph.is_output[index],
        before_batch_statistics=not inside and graph.stands_before_batch_statistics(index),
        single_units_of_map=singly and bool(step.spatial_axes),
        always_active=step.always_trains or (not inside and not _knows_training(step.layer)),
        keys=_keys(step.layer),
        units=_units(step, singly),
    )


def _drops_single_units(layer: Any) -> bool:
    shaped = getattr(layer, "noise_shape", None) or ()
    return isinstance(layer, SINGLE_UNITS) and not isinstance(layer, Spatial) and 1 not in shaped


def _knows_training(layer: Any) -> bool:
    return bool(layer._call_has_training_arg)


def _keys(layer: Any) -> frozenset[int]:
    """Return the keys of Keras's seed generators in a layer; bridle's streams never share masks."""
    generators = [
        generator
        for part in (layer, *sublayers(layer))
        for generator in part._seed_generators
        if not isinstance(generator, Stream)
    ]
    return frozenset(
        int(keras.ops.convert_to_numpy(generator.state)[0]) for generator in generators
    )


def _units(step: Step, singly: bool) -> int | None:
    shape = step.shape if singly else step.shape[-1:]
    known = [size for size in shape if size is not None]
    return prod(known) if shape and len(known) == len(shape) else None
