"""Check of the ``network`` argument before anything is read or trained."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from typing import Any

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.networks.own.building.source_framework import is_of_keras, is_of_torch

__all__ = ["check_network"]


def check_network(given: Any, kinds: Iterable[str] = ()) -> None:
    """Check that an object is a network, or can be a function that builds one.

    Parameters
    ----------
    given : object
    kinds : iterable of str
        Names that would be accepted, too, for the message. Default: none.

    Raises
    ------
    InputError
        It is neither a Keras model, a PyTorch module, nor a function of two arguments; or it is a
        layer, which is callable too.
    """
    if is_of_keras(given) or is_of_torch(given):
        return
    named = "".join(f"{name!r}, " for name in kinds)
    wanted = (
        f"network must be None, {named}a Keras model, a PyTorch module or a function (n_features, "
        "n_outputs) that builds one. Received: "
    )
    kind = given if isinstance(given, type) else type(given)
    # Without Keras imported, no object can be one of its layers.
    keras = sys.modules.get("keras")
    if (
        keras is not None
        and issubclass(kind, keras.Layer)
        and not (issubclass(kind, keras.Model) and isinstance(given, type))
    ):
        raise InputError(f"{wanted}a layer, {kind.__name__}. Put it into a keras.Sequential.")
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
