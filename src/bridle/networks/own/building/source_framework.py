"""Framework of a study's network: of an object, or of what the user's function builds."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any, Literal

from bridle import streams
from bridle.backend import backend_available
from bridle.networks.own.building.global_seeds import global_seeds
from bridle.networks.recipe import Recipe

__all__ = ["Framework", "is_of_keras", "is_of_torch", "obstacle_to", "source_framework"]

Framework = Literal["keras", "torch"]


def is_of_keras(given: Any) -> bool:
    """Return whether an object is a Keras model; no framework is imported for it."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(given, keras.Model)


def is_of_torch(given: Any) -> bool:
    """Return whether an object is a PyTorch module, and no layer or model of Keras on PyTorch."""
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    if torch is None or not isinstance(given, torch.nn.Module):
        return False
    return keras is None or not isinstance(given, keras.Layer)


def source_framework(source: Any, features: int | tuple[int, ...], n_outputs: int) -> Framework:
    """Return the framework that trains a network.

    The recipe is trained by Keras or, if no backend of Keras is installed, by PyTorch. A function
    is called once, and what it returns decides.

    Parameters
    ----------
    source : Recipe, keras.Model, torch.nn.Module or callable
    features : int or tuple of int
        Number of features, or the shape of one row.
    n_outputs : int
    """
    if is_of_keras(source):
        return "keras"
    if is_of_torch(source):
        return "torch"
    if isinstance(source, Recipe):
        return "torch" if backend_available() and _torch_is_installed() else "keras"
    if not _torch_is_installed():
        return "keras"
    try:
        with global_seeds(streams.integer(0, "initialisation")):
            built = source(features, n_outputs)
    except Exception:  # the same error is reported when the template is built
        missing = backend_available() is not None or "keras" not in sys.modules
        return "torch" if missing and "torch" in sys.modules else "keras"
    first = built[0] if isinstance(built, tuple) and built else built
    return "torch" if is_of_torch(first) or backend_available() else "keras"


def obstacle_to(source: Any) -> str | None:
    """Return None if a network can be trained, otherwise the reason why not; import nothing heavy."""
    if is_of_torch(source):
        return None
    reason = backend_available()
    return None if reason is None or _torch_is_installed() else reason


def _torch_is_installed() -> bool:
    return find_spec("torch") is not None
