"""Base of the layers that put noise on their input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.source import NoiseSource, require_floating

__all__ = ["NoisyLayer", "registered", "stored_as"]

keras = load_keras()
Layer: Any = keras.layers.Layer

registered = keras.saving.register_keras_serializable(package="bridle")
"""Decorates a layer that files name; the package is what a file needs to have imported."""


def stored_as(name: str) -> Callable[[type], type]:
    """Give a class the name of the layer of Keras that it drops in for, where Keras looks at it.

    From the class's ``__name__`` Keras makes a layer's place in a weight file, its automatic name
    and its row in a summary. The registered name stays the class's own.
    """

    def rename(cls: type) -> type:
        cls.__name__ = name
        return cls

    return rename


class NoisyLayer(Layer, ABC):
    """A layer that is the identity at inference and puts noise on its input in training.

    Parameters
    ----------
    rate : float
        Share of units to drop, in [0, 1]. 0 is the identity, 1 gives zeros.
    seed : int, optional
        Any integer; default: a fresh key.
    schedule : Schedule or dict, optional
        Share of the rate at each training call, default all of it.
    **kwargs
        ``name``, ``dtype``, ``trainable``, as in `keras.layers.Layer`.
    """

    def __init__(self, rate: Any, seed: Any = None, schedule: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.noise = NoiseSource(rate, seed, schedule)
        self.built = True

    @abstractmethod
    def noised(self, inputs: Any) -> Any:
        """Return the inputs with a new draw of the noise on them."""

    @property
    def rate(self) -> float:
        """Share of units to drop; assigning it acts at once, in a compiled step too."""
        return self.noise.rate

    @rate.setter
    def rate(self, rate: Any) -> None:
        self.noise.rate = rate

    @property
    def rate_variable(self) -> Any:
        """The rate as a Keras variable: a float32 scalar."""
        return self.noise.rate_variable

    @property
    def seed(self) -> int | None:
        """The seed that was given."""
        return self.noise.seed

    @property
    def schedule(self) -> Any:
        """The schedule of the rate."""
        return self.noise.schedule

    @property
    def seed_generator(self) -> Any:
        """The stream; its ``state`` is (key, counter)."""
        return self.noise.stream

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the inputs, with the noise on them if ``training``."""
        require_floating(self, inputs)
        return self.noised(inputs) if training else inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), **self.noise.config()}
