"""`active_noise`: calls a Keras network with dropout on and the rest as at inference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.surgery.keras.calls import sublayers
from bridle.dropout.surgery.keras.inspection import has_dropout
from bridle.dropout.surgery.keras.roles import is_ours

__all__ = ["active_noise", "noisy_layers"]

keras = load_keras()

BatchNormalization: Any = keras.layers.BatchNormalization


def noisy_layers(model: Any) -> list[Any]:
    """Return the layers with dropout: dropout layers, layers with inner dropout, custom layers."""
    return [sublayer for sublayer in sublayers(model) if _draws(sublayer)]


@contextmanager
def active_noise(model: Any) -> Iterator[None]:
    """Turn dropout on in every call of the network within the block.

    Layers with noise are called with ``training=True`` and batch normalisation with
    ``training=False``, whatever the argument ``training`` of the network; other layers get
    that argument.

    Parameters
    ----------
    model : keras.Model
        Restored when the block is left, also after an exception.
    """
    with ExitStack() as stack:
        for layer in sublayers(model):
            if isinstance(layer, BatchNormalization):
                stack.enter_context(_called_with(layer, training=False))
            elif _draws(layer) and layer._call_has_training_arg:
                stack.enter_context(_called_with(layer, training=True))
        yield


@contextmanager
def _called_with(layer: Any, training: bool) -> Iterator[None]:
    own, call = vars(layer), layer.call
    before = own.get("call")
    # Bypasses Keras's ``__setattr__``, which would look for variables in it.
    own["call"] = _fixed(call, training)
    try:
        yield
    finally:
        del own["call"]
        if before is not None:
            own["call"] = before


def _fixed(call: Callable[..., Any], training: bool) -> Callable[..., Any]:
    def fixed(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **{**kwargs, "training": training})

    return fixed


def _draws(layer: Any) -> bool:
    if type(layer).__module__.startswith("keras."):
        # A model only passes ``training`` on, and so do custom layers that wrap others.
        return has_dropout(layer) and not isinstance(layer, keras.Model)
    return bool(layer._seed_generators) or (is_ours(layer) and has_dropout(layer))
