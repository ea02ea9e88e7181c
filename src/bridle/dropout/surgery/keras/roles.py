"""Roles of Keras layers, as far as they matter for dropout."""

from __future__ import annotations

from typing import Any

from bridle.arguments.scalars import is_number
from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import NoisyLayer
from bridle.dropout.keras_layers.masks.source import NoiseSource
from bridle.dropout.keras_layers.sub_networks.sub_network import SubNetwork
from bridle.dropout.surgery.keras.calls import is_model, sublayers
from bridle.dropout.surgery.network_graph import COMPUTING, Role

__all__ = [
    "OF_KERAS",
    "activation_of",
    "dropout_within",
    "is_ours",
    "noise_sources",
    "role_of",
    "why_hidden",
]

keras = load_keras()


def _classes(*names: str) -> tuple[type, ...]:
    """Return the Keras layers with these names, as far as this version has them."""
    found = (getattr(keras.layers, name, None) for name in names)
    return tuple(role for role in found if role is not None)


_CONVOLUTIONS = ("Conv", "DepthwiseConv", "SeparableConv", "ConvLSTM")

# The first entry of which a layer is an instance determines its role.
ROLES: tuple[tuple[Role, tuple[type, ...]], ...] = (
    (
        "dropout",
        (
            NoisyLayer,
            *_classes("Dropout", "AlphaDropout", "GaussianDropout"),
            *_classes(*(f"SpatialDropout{axes}D" for axes in (1, 2, 3))),
        ),
    ),
    ("recurrent", _classes("LSTM", "GRU")),
    ("attention", _classes("MultiHeadAttention")),
    (
        "convolution",
        _classes(
            *(f"{name}{axes}D" for name in _CONVOLUTIONS for axes in (1, 2, 3)),
            *(f"Conv{axes}DTranspose" for axes in (1, 2, 3)),
        ),
    ),
    ("dense", _classes("Dense", "EinsumDense", "RNN", "GroupQueryAttention")),
    ("embedding", _classes("Embedding")),
    ("activation", _classes("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")),
    (
        "normalization",
        _classes(
            "BatchNormalization",
            "LayerNormalization",
            "GroupNormalization",
            "RMSNormalization",
            "UnitNormalization",
        ),
    ),
    ("other", _classes("Normalization", "Lambda", "AdditiveAttention")),
)

OF_KERAS = ("dropout", "recurrent_dropout")
"""Arguments of Keras layers for inner dropout."""

ACTIVATIONS = frozenset(
    name.replace("_", "") for name in dir(keras.activations) if name[0] != "_"
) - {"get", "serialize", "deserialize", "linear"}
"""Names of activations, as in the classes of Keras operations."""


def role_of(layer: Any, n_inputs: int) -> Role:
    """Return the role of a layer or operation with this number of inputs."""
    inner = _wrapped(layer)
    role = next((role for role, classes in ROLES if isinstance(inner, classes)), None)
    if role in ("recurrent", "attention") and not _is_exchangeable(inner):
        return "dense"
    if role == "activation" and activation_of(layer) is None:
        return "other"
    if role is not None:
        return role
    if not isinstance(layer, keras.Layer):
        if type(layer).__name__.lower() in ACTIVATIONS:
            return "activation"
    elif layer.weights or sublayers(layer):
        return "custom"
    return "merge" if n_inputs > 1 else "other"


def activation_of(layer: Any) -> str | None:
    """Return the name of a layer's activation, None for none or the identity."""
    inner = _wrapped(layer)
    function = getattr(inner, "activation", None)
    if function is None:
        name = type(inner).__name__.lower()
        return name if name in ACTIVATIONS or name == "prelu" else None
    name = getattr(function, "__name__", type(function).__name__.lower())
    return None if name == "linear" else str(name)


def dropout_within(layer: Any) -> float:
    """Return the largest rate of the dropout that a layer is or contains; 0 for none."""
    if isinstance(layer, (NoiseSource, SubNetwork, *ROLES[0][1])):
        return float(layer.rate)  # type: ignore[attr-defined]
    rates = [0.0]
    if type(layer).__module__.startswith("keras."):
        values: tuple[Any, ...] = tuple(getattr(layer, name, None) for name in OF_KERAS)
        rates += [float(value) for value in values if is_number(value)]
    inner = noise_sources(layer) if is_ours(layer) else sublayers(layer, deep=False)
    return max([*rates, *map(dropout_within, inner)])


def is_ours(layer: Any) -> bool:
    """Return whether a layer is one of bridle's."""
    return type(layer).__module__.startswith("bridle.")


def noise_sources(layer: Any) -> list[Any]:
    """Return the noise sources in a layer, itself included; their rates can be set."""
    return [part for part in (layer, *sublayers(layer)) if isinstance(part, NoiseSource)]


def why_hidden(layer: Any) -> str | None:
    """Return why the layers inside a layer cannot be reached, None if there are none."""
    inner, name = _wrapped(layer), type(layer).__name__
    if is_model(inner):
        return f"{name} wraps a model: apply add_dropout to that model and wrap the result instead"
    if _is_exchangeable(inner) or not any(_is_hidden(sublayer) for sublayer in sublayers(inner)):
        return None
    return (
        f"{name} is a layer with inner layers, whose order is not known: add dropout in its call()"
    )


def _is_hidden(layer: Any) -> bool:
    return role_of(layer, 1) in COMPUTING - {"custom", "embedding"}


def _is_exchangeable(layer: Any) -> bool:
    """Return whether a layer has a class of Keras or bridle, not a custom subclass."""
    return type(layer).__module__.startswith(("keras.", "bridle."))


def _wrapped(layer: Any) -> Any:
    """Return the layer inside a wrapper, or the layer itself if it is not a wrapper."""
    while isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    if isinstance(layer, keras.layers.Bidirectional):
        return layer.forward_layer
    return layer
