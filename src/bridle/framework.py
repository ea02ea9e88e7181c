"""The framework of a network, determined without importing any."""

from __future__ import annotations

import sys
from typing import Any, Literal

from bridle.errors import InputError

__all__ = ["framework_of"]


def framework_of(model: Any) -> Literal["keras", "torch"]:
    """Return the framework of a network, ``"keras"`` or ``"torch"``.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        The network.

    Raises
    ------
    InputError
        ``model`` is neither.
    """
    # With the PyTorch backend a Keras model is a PyTorch module too.
    if _is_a(model, "keras", "Model"):
        return "keras"
    if _is_a(model, "torch.nn", "Module"):
        return "torch"
    raise InputError(
        "model must be a Keras 3 network, a keras.Sequential or a functional keras.Model, or a "
        "torch.nn.Module. "
        f"Received: an object of {type(model).__module__}.{type(model).__name__}."
    )


def _is_a(model: Any, module: str, kind: str) -> bool:
    framework = sys.modules.get(module)
    return framework is not None and isinstance(model, getattr(framework, kind))
