"""Dropout of the weights of a dense layer."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import registered, stored_as
from bridle.dropout.keras_layers.masks.source import NoiseSource, multiplied
from bridle.dropout.noise import Noise

__all__ = ["DropConnectDense"]

keras = load_keras()
Dense: Any = keras.layers.Dense


@stored_as("Dense")
@registered
class DropConnectDense(Dense):
    """A dense layer that drops single weights in training, with one mask per batch.

    ``y = activation(x (W * m / (1 - rate)) + b)`` with m = 0 for dropped weights, else 1; the bias
    is never dropped. Drops in for
    `keras.layers.Dense`: same weights, same files.

    Parameters
    ----------
    units : int
        Size of the output, at least 1.
    activation : str or callable, optional
        Default: none.
    rate : float
        Fraction of weights to drop, in [0, 1], default 0.5.
    seed, schedule
        As in `bridle.dropout.keras_layers.Dropout`.
    **kwargs
        As in `keras.layers.Dense`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Wan et al. 2013, "Regularization of neural networks using DropConnect", section 3, with
    a mask for each sample instead of each batch.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        *,
        rate: Any = 0.5,
        seed: Any = None,
        schedule: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, activation, **kwargs)
        self.noise = NoiseSource(rate, seed, schedule)

    @property
    def rate(self) -> float:
        """Fraction of weights to drop; a new value also acts in compiled steps."""
        return self.noise.rate

    @rate.setter
    def rate(self, rate: Any) -> None:
        self.noise.rate = rate

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the output of the layer, with dropped weights if ``training``."""
        if not training:
            return super().call(inputs)
        kernel = keras.ops.convert_to_tensor(self.kernel)
        kernel = multiplied(kernel, self.noise.multiplier(Noise(), tuple(kernel.shape)))
        y = keras.ops.matmul(inputs, kernel)
        if self.use_bias:
            y = keras.ops.add(y, self.bias)
        return y if self.activation is None else self.activation(y)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), **self.noise.config()}
