"""Check of the ``network`` argument before anything is read or trained."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from bridle.arguments.real_numbers import shown
from bridle.backend import load_keras
from bridle.errors import InputError

__all__ = ["check_network"]


def check_network(given: Any) -> None:
    """Check that an object is a Keras model or can be a function that builds one.

    Raises
    ------
    InputError
        It is neither a Keras model nor a function of two arguments; or it is a layer or a PyTorch
        module, which are callable too.
    """
    keras = load_keras()
    if isinstance(given, keras.Model):
        return
    wanted = (
        "network must be None, a Keras model or a function (n_features, n_outputs) that builds "
        "one. Received: "
    )
    kind = given if isinstance(given, type) else type(given)
    if issubclass(kind, keras.Layer) and not issubclass(kind, keras.Model):
        raise InputError(f"{wanted}a layer, {kind.__name__}. Put it into a keras.Sequential.")
    # With the PyTorch backend, Keras's models and layers are PyTorch modules too.
    if issubclass(kind, _modules_of_torch()) and not issubclass(kind, keras.Layer):
        raise InputError(
            f"{wanted}a PyTorch module, {kind.__name__}. Use bridle.add_dropout or "
            "bridle.dropout.torch_modules in your own training loop."
        )
    if not callable(given):
        raise InputError(f"{wanted}network={shown(given)}.")
    try:
        signature = inspect.signature(given)
    except ValueError:
        return  # a function in compiled code may have no signature
    try:
        signature.bind(1, 1)
    except TypeError as error:
        raise InputError(f"{wanted}a function of {signature}: {error}.") from error


def _modules_of_torch() -> tuple[type, ...]:
    # If PyTorch is not imported, no object can be a PyTorch module.
    torch = sys.modules.get("torch")
    return () if torch is None else (torch.nn.Module,)
