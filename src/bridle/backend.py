"""Import of Keras and choice of its backend."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from bridle.errors import BridleError, MissingExtraError, UnknownNameError

__all__ = ["backend_available", "compiled", "computed_first", "load_keras"]

TRAINING_BACKENDS = ("jax", "tensorflow", "torch")

# Keras writes this file at its first import, whatever KERAS_BACKEND says. With exactly this content
# it does not express a choice of the user.
WRITTEN_BY_KERAS = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}


def load_keras() -> ModuleType:
    """Import Keras, on JAX unless the user chose another backend.

    The user's choice is the first of: Keras is already imported; the variable ``KERAS_BACKEND``; a
    ``keras.json`` (in ``KERAS_HOME``, else in ``~/.keras``) that differs from the one Keras writes
    itself. Without a choice, JAX is used if it is installed, else TensorFlow if that is, and
    ``KERAS_BACKEND`` is set accordingly.

    Returns
    -------
    module
        ``keras``.

    Raises
    ------
    MissingExtraError
        Keras or the backend is not installed.
    UnknownNameError
        The backend cannot train: it is not jax, tensorflow or torch.
    """
    if sys.modules.get("keras") is None:
        os.environ["KERAS_BACKEND"] = _usable_backend()
    return import_module("keras")


def computed_first(x: Any) -> Any:
    """Return a tensor that is computed completely before it is used.

    XLA would fuse a gather into every operation that reads its result, and so repeat it there,
    element by element. Other backends do not fuse.
    """
    if load_keras().backend.backend() != "jax":
        return x
    return import_module("jax").lax.optimization_barrier(x)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``jax.jit`` of a function of arrays on JAX, otherwise the function itself.

    Without it, JAX would compile every operation separately, and a scan at every call.
    """
    if load_keras().backend.backend() != "jax":
        return function
    return import_module("jax").jit(function)


def backend_available() -> str | None:
    """Return None if networks can be trained, otherwise the reason why not, without importing Keras."""
    if sys.modules.get("keras") is not None:
        return None
    try:
        _usable_backend()
    except BridleError as error:
        return str(error)
    return None


def _usable_backend() -> str:
    chosen = os.environ.get("KERAS_BACKEND") or _configured_backend()
    if chosen is None:
        chosen = "tensorflow" if _installed("tensorflow") and not _installed("jax") else "jax"
    if chosen not in TRAINING_BACKENDS:
        raise UnknownNameError("Keras backend that trains", chosen, TRAINING_BACKENDS)
    # The extra of a backend has the same name, and installs Keras too.
    if not _installed("keras"):
        raise MissingExtraError("A network", "keras", chosen)
    if not _installed(chosen):
        elsewhere = "" if chosen == "jax" else ", or KERAS_BACKEND=jax,"
        purpose = f"A network on the Keras backend {chosen!r}{elsewhere}"
        raise MissingExtraError(purpose, chosen, chosen)
    return chosen


def _configured_backend() -> str | None:
    """Return the backend chosen in the user's keras.json, None if there is no choice."""
    home = os.environ.get("KERAS_HOME", "~/.keras")
    try:
        settings = json.loads((Path(home).expanduser() / "keras.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(settings, dict) or settings == WRITTEN_BY_KERAS:
        return None
    return settings.get("backend")


def _installed(package: str) -> bool:
    # A module set to None in sys.modules blocks its import; find_spec returns None for it.
    return find_spec(package) is not None
