"""Gaussian noise with the mean and the variance of dropout."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.noise import Noise

__all__ = ["GaussianDropout"]


@registered
class GaussianDropout(NoisyLayer):
    """Multiplies each unit by a normal variable with mean 1 and variance rate / (1 - rate).

    Mean and variance are those of dropout at the same rate. Rate 1 gives zeros. Drop-in replacement
    for `keras.layers.GaussianDropout`.

    Parameters
    ----------
    rate : float
        Rate of the dropout with the same variance, in [0, 1].
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting", section 10.
    """

    def noised(self, inputs: Any) -> Any:
        """Return the inputs with Gaussian noise."""
        return self.noise.apply(Noise("gaussian"), inputs)
