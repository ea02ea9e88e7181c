"""Dropout of single units, or of units that share a draw along some axes."""

from __future__ import annotations

from typing import Any

from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.noise import Noise, shared_axes_of

__all__ = ["Dropout", "checked_noise_shape", "shared_axes_in"]


@registered
class Dropout(NoisyLayer):
    """Keeps each unit with probability 1 - rate and scales it by 1 / (1 - rate); else gives 0.

    The scaling in training keeps the mean of every unit, so inference uses the input unchanged.
    Drop-in replacement for `keras.layers.Dropout`.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1]. 0 is the identity, 1 gives zeros.
    noise_shape : tuple, optional
        For each axis of the input: 1 to share one draw along it, otherwise None or the axis's size.
    seed : int, optional
        Any integer; default: a fresh key. Layers with the same seed still draw different masks.
    schedule : Schedule or dict, optional
        Schedule of the rate over the training calls, for instance `bridle.dropout.schedule.Linear`;
        default: a constant rate.
    **kwargs
        As in `keras.layers.Layer`.

    Raises
    ------
    InputError
        An argument is outside its range, or ``noise_shape`` does not fit the input.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting".
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
        """Return the inputs with noise, shared along the axes that ``noise_shape`` names."""
        shared = shared_axes_in(inputs, self.noise_shape)
        return self.noise.apply(Noise(shared_axes=shared), inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "noise_shape": self.noise_shape}


def checked_noise_shape(noise_shape: Any) -> tuple[int | None, ...] | None:
    """Return the noise shape as a tuple, after the checks that need no input.

    Raises
    ------
    InputError
        It is not a sequence, or an entry is neither None nor an integer from 1 upwards.
    """
    if noise_shape is None:
        return None
    shape = tuple(noise_shape) if isinstance(noise_shape, list) else noise_shape
    shared_axes_of(shape, [None] * len(shape) if isinstance(shape, tuple) else [])
    return shape


def shared_axes_in(inputs: Any, noise_shape: tuple[int | None, ...] | None) -> tuple[int, ...]:
    """Return the axes of the inputs along which ``noise_shape`` shares its draws."""
    return () if noise_shape is None else shared_axes_of(noise_shape, inputs.shape)
