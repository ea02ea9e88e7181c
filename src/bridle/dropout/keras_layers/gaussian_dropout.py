"""Gaussian noise with the mean and the variance of dropout."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.noise import Noise

__all__ = ["GaussianDropout"]


@registered
class GaussianDropout(NoisyLayer):
    """Each unit is multiplied by a normal number, mean 1, variance rate / (1 - rate).

    Drops in for `keras.layers.GaussianDropout`; rate 1, the limit, gives zeros.

    Parameters
    ----------
    rate : float
        The rate of the dropout that has the same variance, in [0, 1].
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting", section 10.
    """

    def noised(self, inputs: Any) -> Any:
        """Return the inputs with gaussian noise."""
        return self.noise.apply(Noise("gaussian"), inputs)
