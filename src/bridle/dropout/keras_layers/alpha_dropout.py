"""Dropout for self-normalising networks."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.keras_layers.dropout import checked_noise_shape, shared_axes_in
from bridle.dropout.noise import Noise

__all__ = ["AlphaDropout"]


@registered
class AlphaDropout(NoisyLayer):
    """Dropped units take the value at which SELU saturates; mean 0 and variance 1 are kept.

    Drops in for `keras.layers.AlphaDropout`; rate 1 gives zeros.

    Parameters
    ----------
    rate : float
        Share of units to drop, in [0, 1].
    noise_shape : tuple, optional
        For each axis of the input, 1 to share one draw along it, else None or the axis's size.
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks".
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
        """Return the inputs with alpha noise that shares the axes of ``noise_shape``."""
        shared = shared_axes_in(inputs, self.noise_shape)
        return self.noise.apply(Noise("alpha", shared_axes=shared), inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "noise_shape": self.noise_shape}
