"""Registration: Keras knows bridle's layers as soon as there is a Keras, and none is imported.

A saved model names its layers, and Keras looks them up among those that were registered. Whoever
imports `bridle.dropout` wants them found, before ``import keras`` as well as after it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["register_layers"]


def register_layers() -> None:
    """Register the layers now if Keras is imported, else at the end of its import."""
    if sys.modules.get("keras") is None:
        sys.meta_path.insert(0, _AfterKeras())
    else:
        _register()


class _AfterKeras(MetaPathFinder):
    """Finds Keras where the other finders do, and registers the layers when it has been loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of Keras, and of nothing else."""
        if fullname != "keras":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((one for one in found if one is not None), None)
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
