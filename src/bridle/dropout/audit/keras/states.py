"""`States`: what an audit changes in a Keras network, and puts back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.audit.keras.backends import generators

__all__ = ["States", "undisturbed"]

keras = load_keras()

Values = list[tuple[Any, Any]]


class States:
    """Variables of a network and of the random streams that it is seen to use.

    Attributes
    ----------
    first : dict of int to tuple
        Each variable by its id, with the value that it had when it was first seen.
    """

    def __init__(self, model: Any) -> None:
        self.first: dict[int, tuple[Any, Any]] = {}
        for variable in (*model.variables, *generators()):
            self._keep(variable)

    def meet(self, seed: Any) -> None:
        """Keep the state of a stream before its first draw; None stands for Keras' global one."""
        if seed is None:
            self._keep(_global_stream().state)
        elif isinstance(seed, keras.random.SeedGenerator):
            self._keep(seed.state)

    def of(self, layer: Any) -> Values:
        """Return the values of a layer's variables and of the streams that were met."""
        met = [one for one, _ in self.first.values() if "seed_generator_state" in one.name]
        own = {id(variable): variable for variable in (*layer.variables, *met)}
        return [(variable, _value(variable)) for variable in own.values()]

    def put(self, values: Values) -> None:
        """Give variables these values."""
        for variable, value in values:
            variable.assign(value)

    def restore(self) -> None:
        """Give every variable the value that it had first."""
        self.put(list(self.first.values()))

    def _keep(self, variable: Any) -> None:
        self.first.setdefault(id(variable), (variable, _value(variable)))


@contextmanager
def undisturbed(model: Any) -> Iterator[States]:
    """Leave a network's variables, and the random streams that it uses, as they are."""
    states = States(model)
    try:
        yield states
    finally:
        states.restore()


def _global_stream() -> Any:
    return keras.src.random.seed_generator.global_seed_generator()


def _value(variable: Any) -> Any:
    return np.array(keras.ops.convert_to_numpy(variable.value), copy=True)
