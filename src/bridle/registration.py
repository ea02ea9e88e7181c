"""Registration of bridle's classes with Keras, without importing Keras.

A saved model names its layers, regularisers and optimiser, and Keras looks the names up among what
is registered. After ``import bridle`` it must find bridle's, whether Keras was imported before or is
imported later.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["register_classes"]


def register_classes() -> None:
    """Register the classes now if Keras is imported, else at the end of its import."""
    if sys.modules.get("keras") is None:
        sys.meta_path.insert(0, _AfterKeras())
    else:
        _register()


class _AfterKeras(MetaPathFinder):
    """Import hook that registers the classes as soon as Keras has been loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of Keras from the other finders; None for any other module."""
        if fullname != "keras":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((candidate for candidate in found if candidate is not None), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                    _register()

            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec


def _register() -> None:
    if int(sys.modules["keras"].__version__.split(".")[0]) >= 3:
        from bridle.dropout import keras_layers  # noqa: F401
        from bridle.networks.penalty import keras_optimizers, regularizer  # noqa: F401
