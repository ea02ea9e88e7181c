"""Stochastic depth: dropout of whole residual branches."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.noise import Noise

__all__ = ["DropPath"]


@registered
class DropPath(NoisyLayer):
    """Stochastic depth: drops a residual branch as a whole, independently for each sample.

    A kept branch is scaled by 1 / (1 - rate). Place the layer at the end of the branch, before the
    addition: ``x + DropPath(0.1)(branch(x))``.

    Parameters
    ----------
    rate : float
        Probability, in [0, 1], that the branch of a sample is dropped.
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Huang et al. 2016, "Deep networks with stochastic depth", section 3, which scales at
    inference instead of in training.
    """

    def noised(self, inputs: Any) -> Any:
        """Return the inputs with one draw of the noise per sample."""
        return self.noise.apply(Noise(shared_axes=tuple(range(1, inputs.ndim))), inputs)
