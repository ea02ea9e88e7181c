"""Dropout of a residual branch, sample by sample."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.noise import Noise

__all__ = ["DropPath"]


@registered
class DropPath(NoisyLayer):
    """Stochastic depth: a sample's whole branch is kept and scaled by 1 / (1 - rate), or is zero.

    It stands at the end of a residual branch, before the addition: ``x + DropPath(0.1)(branch(x))``.

    Parameters
    ----------
    rate : float
        Share of samples whose branch is dropped, in [0, 1].
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Source: Huang et al. 2016, "Deep networks with stochastic depth", with the scaling in training
    instead of inference.
    """

    def noised(self, inputs: Any) -> Any:
        """Return the inputs with noise that shares all axes but the samples."""
        return self.noise.apply(Noise(shared_axes=tuple(range(1, inputs.ndim))), inputs)
