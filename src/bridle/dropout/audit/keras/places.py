"""Places of a Keras network: the paths of its layers, and the rates that they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridle.arguments.scalars import is_number
from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import NoisyLayer
from bridle.dropout.keras_layers.masks.source import NoiseSource
from bridle.dropout.schedule import Constant
from bridle.dropout.surgery.keras.calls import is_model, sublayers
from bridle.dropout.surgery.keras.roles import dropout_within, role_of

__all__ = ["Held", "draws_blocks", "held_rate", "held_rates", "layers_by_path", "settable_rates"]

keras = load_keras()


@dataclass(eq=False)
class Held:
    """A rate that the attribute of a layer holds, and that acts when it is set.

    Attributes
    ----------
    layer : keras.Layer
    attribute : str
    """

    layer: Any
    attribute: str

    @property
    def rate(self) -> float:
        """The rate, in [0, 1]; it can be set."""
        return float(getattr(self.layer, self.attribute))

    @rate.setter
    def rate(self, rate: float) -> None:
        setattr(self.layer, self.attribute, rate)


def layers_by_path(model: Any) -> dict[str, Any]:
    """Return the layers inside a model by their paths, each once, outer ones before inner ones."""
    found: dict[str, Any] = {}
    seen = {id(model)}

    def walk(layer: Any, prefix: str) -> None:
        for inner in sublayers(layer, deep=False):
            if id(inner) in seen:
                continue
            seen.add(id(inner))
            path, number = f"{prefix}{inner.name}", 1
            while path in found:
                number += 1
                path = f"{prefix}{inner.name}_{number}"
            found[path] = inner
            walk(inner, f"{path}/")

    walk(model, "")
    return found


def held_rates(layers: dict[str, Any]) -> dict[str, float]:
    """Return the rates above 0 and below 1 that layers hold, by path.

    Layers inside a layer of Keras or bridle, such as the cell of an LSTM, are left out.
    """
    found: dict[str, float] = {}
    whole: list[str] = []
    for path, layer in layers.items():
        if isinstance(layer, NoiseSource) or any(path.startswith(f"{one}/") for one in whole):
            continue
        rate = held_rate(layer)
        if rate is not None and 0 < rate < 1:
            found[path] = rate
            if not _is_custom(layer):
                whole.append(path)
    return found


def held_rate(layer: Any) -> float | None:
    """Return the rate of the next call of a layer; None if it holds none, or a schedule sets it."""
    if isinstance(layer, NoisyLayer) and layer.schedule != Constant():
        return None
    if _is_custom(layer):
        own = _own_rate(layer)
        return None if own is None else own.rate
    if is_model(layer) or isinstance(layer, keras.layers.Wrapper):
        return None
    return dropout_within(layer)


def settable_rates(layers: dict[str, Any]) -> dict[str, Held]:
    """Return the rates that can be set and measured, by path: of layers that do nothing but drop."""
    found = {}
    for path, layer in layers.items():
        own = _own_rate(layer)
        if own is not None and held_rate(layer) and not draws_blocks(layer):
            found[path] = own
    return found


def draws_blocks(layer: Any) -> bool:
    """Return whether a layer drops neighbouring units together by design, as DropBlock does."""
    return any(word in type(layer).__name__.lower() for word in ("block", "cutout"))


def _is_custom(layer: Any) -> bool:
    return not type(layer).__module__.startswith(("keras.", "bridle."))


def _own_rate(layer: Any) -> Held | None:
    """Return the rate of a layer that only drops, or of a custom layer with a single rate."""
    if role_of(layer, 1) == "dropout":
        return Held(layer, "rate")
    if not _is_custom(layer):
        return None
    drops = "drop" in type(layer).__name__.lower()
    names = [
        name
        for name, value in vars(layer).items()
        if ("drop" in name.lower() or (drops and name in ("rate", "p")))
        and is_number(value)
        and 0 < value < 1
    ]
    return Held(layer, names[0]) if len(names) == 1 else None
