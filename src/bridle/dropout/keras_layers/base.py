"""`NoisyLayer`: base class of the layers that add noise to their input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.masks.source import NoiseSource, require_floating

__all__ = ["NoisyLayer", "registered", "stored_as"]

keras = load_keras()
Layer: Any = keras.layers.Layer

registered = keras.saving.register_keras_serializable(package="bridle")
"""Decorator: registers a layer under the package name that saved models contain."""


def stored_as(name: str) -> Callable[[type], type]:
    """Return a decorator that sets the ``__name__`` of a class to that of the Keras layer it replaces.

    Keras derives from ``__name__`` a layer's path in a weight file, its automatic name and its row
    in a summary: with the same name, weight files fit either layer. The registered name, under
    which a saved model finds the class, stays the original one.
    """

    def rename(cls: type) -> type:
        cls.__name__ = name
        return cls

    return rename


class NoisyLayer(Layer, ABC):
    """A layer that adds noise to its input in training and is the identity at inference.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1]. 0 is the identity, 1 gives zeros.
    seed : int, optional
        Any integer; default: a fresh key.
    schedule : Schedule or dict, optional
        Schedule of the rate over the training calls; default: a constant rate.
    **kwargs
        ``name``, ``dtype``, ``trainable``, as in `keras.layers.Layer`.

    Raises
    ------
    InputError
        An argument is outside its range.
    """

    def __init__(self, rate: Any, seed: Any = None, schedule: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.noise = NoiseSource(rate, seed, schedule)
        self.built = True

    @abstractmethod
    def noised(self, inputs: Any) -> Any:
        """Return the inputs with a fresh draw of the noise."""

    @property
    def rate(self) -> float:
        """Fraction of units to drop; a new value also acts in compiled steps."""
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
        """The seed as given; None if none was."""
        return self.noise.seed

    @property
    def schedule(self) -> Any:
        """The schedule of the rate."""
        return self.noise.schedule

    @property
    def seed_generator(self) -> Any:
        """The stream of random numbers; its ``state`` is (key, counter)."""
        return self.noise.stream

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the inputs, with noise if ``training``."""
        require_floating(self, inputs)
        return self.noised(inputs) if training else inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), **self.noise.config()}
