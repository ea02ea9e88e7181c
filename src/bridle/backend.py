"""Keras and its backend: the one place that imports the framework."""

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

# Keras leaves this file behind at its first import, whatever KERAS_BACKEND says: found like this,
# it is nobody's choice.
WRITTEN_BY_KERAS = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}


def load_keras() -> ModuleType:
    """Import Keras, on JAX unless the user chose another backend.

    The user's choice is, in this order: Keras already imported, the variable ``KERAS_BACKEND``,
    a ``keras.json`` (in ``KERAS_HOME``, else in ``~/.keras``) that differs from the one Keras
    writes by itself. Without one, JAX is chosen where it is installed, else TensorFlow where that
    is, and ``KERAS_BACKEND`` is set accordingly.

    Returns
    -------
    module
        ``keras``.

    Raises
    ------
    MissingExtraError
        Keras or the backend is not installed.
    UnknownNameError
        The backend is not one that trains: jax, tensorflow, torch.
    """
    if sys.modules.get("keras") is None:
        os.environ["KERAS_BACKEND"] = _usable_backend()
    return import_module("keras")


def computed_first(x: Any) -> Any:
    """Return a tensor that is computed as a whole before anything that uses it.

    XLA would compute a gathered array anew inside each operation that reads it, element by element.
    Other backends do not fuse.
    """
    if load_keras().backend.backend() != "jax":
        return x
    return import_module("jax").lax.optimization_barrier(x)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of arrays that JAX compiles at its first call; elsewhere the function itself.

    Operation by operation, JAX compiles each, and a scan at every call.
    """
    if load_keras().backend.backend() != "jax":
        return function
    return import_module("jax").jit(function)


def backend_available() -> str | None:
    """Return None where networks can be trained, else the reason why not.

    Nothing heavy is imported.
    """
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
    # The extra of a backend has its name, and brings Keras too.
    if not _installed("keras"):
        raise MissingExtraError("A network", "keras", chosen)
    if not _installed(chosen):
        elsewhere = "" if chosen == "jax" else ", or KERAS_BACKEND=jax,"
        purpose = f"A network on the Keras backend {chosen!r}{elsewhere}"
        raise MissingExtraError(purpose, chosen, chosen)
    return chosen


def _configured_backend() -> str | None:
    """Return the backend that the user's keras.json names, None where there is no such choice."""
    home = os.environ.get("KERAS_HOME", "~/.keras")
    try:
        settings = json.loads((Path(home).expanduser() / "keras.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(settings, dict) or settings == WRITTEN_BY_KERAS:
        return None
    return settings.get("backend")


def _installed(package: str) -> bool:
    # A module set to None is Python's own way to block an import; find_spec answers None to it.
    return find_spec(package) is not None
