"""Dropout for self-normalising networks."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.keras_layers.dropout import checked_noise_shape, shared_axes_in
from bridle.dropout.noise import Noise

__all__ = ["AlphaDropout"]


@registered
class AlphaDropout(NoisyLayer):
    """Dropout for SELU networks, which keeps mean 0 and variance 1 of the activations.

    ``y = a (x m + A (1 - m)) + b`` with m 1 for kept units and 0 for dropped ones: dropped units
    take the value A = -1.758… at which SELU saturates, and a and b restore mean and variance
    (formulas in `bridle.dropout.noise`). Rate 1 gives zeros. Drop-in replacement for
    `keras.layers.AlphaDropout`.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1].
    noise_shape : tuple, optional
        For each axis of the input: 1 to share one draw along it, otherwise None or the axis's size.
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Raises
    ------
    InputError
        An argument is outside its range, or ``noise_shape`` does not fit the input.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks", section 2.1 of the
    supplement.
    """

    def __init__(
        self,
        rate: Any,
        noise_shape: Any = None,
        seed: Any = None,
        schedule: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate, seed, schedule, **kwargs)
        self.noise_shape = checked_noise_shape(noise_shape)

    def noised(self, inputs: Any) -> Any:
        """Return the inputs with alpha noise, shared along the axes that ``noise_shape`` names."""
        shared = shared_axes_in(inputs, self.noise_shape)
        return self.noise.apply(Noise("alpha", shared_axes=shared), inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "noise_shape": self.noise_shape}
