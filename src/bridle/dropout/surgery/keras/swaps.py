"""Replacements of Keras layers by layers with inner dropout, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers import (
    ConcreteDropout,
    DropoutAttention,
    DropoutBidirectional,
    DropoutGRU,
    DropoutLSTM,
)
from bridle.dropout.rate import stream_key
from bridle.dropout.schedule import Schedule
from bridle.dropout.surgery.keras.copies import copy_layer, plain_class
from bridle.dropout.surgery.keras.rebuild import Swap
from bridle.dropout.surgery.keras.roles import OF_KERAS, is_ours, noise_sources
from bridle.dropout.surgery.placement import Kind

__all__ = ["noisy_swap", "plain_swap"]

keras = load_keras()

ARGUMENTS = {
    "recurrent": "recurrent_dropout",
    "weight_drop": "weight_dropout",
    "attention": "dropout",
}
"""Argument for the rate, by kind of dropout."""

# A layer has a noise source only if it is made with a rate above 0.
ANY_RATE = 0.5


def noisy_swap(
    layer: Any, path: str, kind: Kind, rate: float, key: int, schedule: Schedule | None = None
) -> Swap:
    """Return the swap of a layer for the same layer with dropout inside.

    Parameters
    ----------
    layer : keras.Layer
        LSTM, GRU, MultiHeadAttention, or one of these in a wrapper.
    path : str
    kind : {"recurrent", "weight_drop", "attention"}
    rate : float
        In [0, 1].
    key : int
        Key of its random stream.
    schedule : Schedule, optional
        Default: a constant rate.
    """
    ramp = {} if schedule is None else {"schedule": schedule.config()}

    def noisy(inner: Any, *within: str) -> Any:
        silent = dict.fromkeys(_own_arguments(inner), 0.0)
        changes = {**silent, **ramp, ARGUMENTS[kind]: ANY_RATE, "seed": stream_key(key, *within)}
        return copy_layer(inner, path, kind=_noisy_class(inner), **changes)

    def make() -> Any:
        both = DropoutBidirectional if _is_both_ways(layer) else None
        new = _through_wrappers(layer, path, noisy, kind=both)
        for source in noise_sources(new):
            source.rate = rate
        return new

    return Swap(layer, make)


def plain_swap(layer: Any, path: str) -> Swap:
    """Return the swap of a layer for the same layer without inner dropout, of a Keras class.

    Parameters
    ----------
    layer : keras.Layer
        A layer of Keras or bridle with inner dropout, or such a layer in a wrapper.
    path : str
    """
    if isinstance(layer, ConcreteDropout):
        inner = layer.layer
        return Swap(inner, lambda: copy_layer(inner, path, name=layer.name))

    def plain(inner: Any, *within: str) -> Any:
        kind = plain_class(inner) if is_ours(inner) else type(inner)
        config = _silent(kind.get_config(inner))  # type: ignore[attr-defined]
        if is_ours(inner) and "seed" in config:
            config["seed"] = None
        return copy_layer(inner, path, kind=kind, **config)

    both = keras.layers.Bidirectional if _is_both_ways(layer) else None
    return Swap(layer, lambda: _through_wrappers(layer, path, plain, kind=both))


def _noisy_class(layer: Any) -> type:
    if isinstance(layer, keras.layers.LSTM):
        return DropoutLSTM
    return DropoutGRU if isinstance(layer, keras.layers.GRU) else DropoutAttention


def _is_both_ways(layer: Any) -> bool:
    return isinstance(layer, keras.layers.Bidirectional)


def _through_wrappers(layer: Any, path: str, change: Callable[..., Any], kind: type | None) -> Any:
    """Return the changed layer, in a wrapper of the same class or of ``kind`` if it has one."""
    write = keras.saving.serialize_keras_object
    if _is_both_ways(layer):
        return copy_layer(
            layer,
            path,
            kind=kind,
            layer=write(change(layer.forward_layer, "forward")),
            backward_layer=write(change(layer.backward_layer, "backward")),
        )
    if isinstance(layer, keras.layers.Wrapper):
        return copy_layer(layer, path, layer=write(change(layer.layer)))
    return change(layer)


def _own_arguments(layer: Any) -> list[str]:
    return [name for name in OF_KERAS if name in plain_class(layer).get_config(layer)]  # type: ignore[attr-defined]


def _silent(config: Any) -> Any:
    """Return a configuration with all of Keras's rates set to 0, also in cells inside."""
    if isinstance(config, list):
        return [_silent(item) for item in config]
    if not isinstance(config, dict):
        return config
    return {
        name: 0.0 if name in OF_KERAS and isinstance(value, (int, float)) else _silent(value)
        for name, value in config.items()
    }
