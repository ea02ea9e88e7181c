"""A ``network`` argument, refused where it is of the wrong kind, before anything is read or trained."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.real_numbers import shown

__all__ = ["check_network"]


def check_network(given: Any) -> None:
    """Refuse what can be no network and builds none, before it is called.

    Raises
    ------
    InputError
        It is neither a Keras model nor a function of two arguments, or is a layer or a network of
        PyTorch, which can be called as well.
    """
    keras = load_keras()
    if isinstance(given, keras.Model):
        return
    wanted = (
        "network must be None, a Keras model or a function of the numbers of features and outputs that "
        "builds one. Received: "
    )
    kind = given if isinstance(given, type) else type(given)
    if issubclass(kind, keras.Layer) and not issubclass(kind, keras.Model):
        raise InputError(f"{wanted}a layer, {kind.__name__}. Put it into a keras.Sequential.")
    # With PyTorch under it, Keras's own are modules of PyTorch too.
    if issubclass(kind, _modules_of_torch()) and not issubclass(kind, keras.Layer):
        raise InputError(
            f"{wanted}a module of PyTorch, {kind.__name__}. bridle.add_dropout and "
            "bridle.dropout.torch_modules serve those in a training loop of your own."
        )
    if not callable(given):
        raise InputError(f"{wanted}network={shown(given)}.")
    try:
        signature = inspect.signature(given)
    except ValueError:
        return  # of what is not written in Python nothing is known
    try:
        signature.bind(1, 1)
    except TypeError as error:
        raise InputError(f"{wanted}a function of {signature}: {error}.") from error


def _modules_of_torch() -> tuple[type, ...]:
    # Nothing is a module of PyTorch that nobody imported.
    torch = sys.modules.get("torch")
    return () if torch is None else (torch.nn.Module,)
