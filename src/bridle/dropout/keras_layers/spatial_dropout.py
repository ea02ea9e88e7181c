"""Dropout of whole feature maps."""

from __future__ import annotations

from abc import ABC
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.noise import Noise
from bridle.errors import UnknownNameError

__all__ = ["SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "standard_format"]

keras = load_keras()


class SpatialDropout(NoisyLayer, ABC):
    """Base of the spatial layers: one draw for each feature map of each sample."""

    def noised(self, inputs: Any) -> Any:
        """Return the inputs with one draw of the noise per sample and channel."""
        axes = range(2, inputs.ndim) if self.channels_first() else range(1, inputs.ndim - 1)
        return self.noise.apply(Noise(shared_axes=tuple(axes)), inputs)

    def channels_first(self) -> bool:
        """Return whether the channels are axis 1 and not the last one."""
        return False

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, without ``trainable``, which Keras's lacks."""
        config = super().get_config()
        del config["trainable"]
        return config


@registered
class SpatialDropout1D(SpatialDropout):
    """Drops whole channels of sequences of shape (samples, timesteps, channels).

    A channel of a sample is kept, scaled by 1 / (1 - rate), at all timesteps, or zero at all.
    Drop-in replacement for `keras.layers.SpatialDropout1D`.

    Parameters
    ----------
    rate : float
        Fraction of channels to drop, in [0, 1].
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks",
    section 3.2.
    """

    def __init__(self, rate: Any, seed: Any = None, schedule: Any = None, **kwargs: Any) -> None:
        super().__init__(rate, seed, schedule, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)


class SpatialDropoutWithFormat(SpatialDropout, ABC):
    """Spatial dropout for either position of the channel axis, first or last."""

    rank: int

    def __init__(
        self,
        rate: Any,
        data_format: str | None = None,
        seed: Any = None,
        schedule: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate, seed, schedule, **kwargs)
        self.data_format = standard_format(data_format)
        self.input_spec = keras.layers.InputSpec(ndim=self.rank)

    def channels_first(self) -> bool:
        """Return whether the channels are axis 1 and not the last one."""
        return self.data_format == "channels_first"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "data_format": self.data_format}


@registered
class SpatialDropout2D(SpatialDropoutWithFormat):
    """Drops whole channels of images of shape (samples, rows, columns, channels).

    A channel of a sample is kept whole, scaled by 1 / (1 - rate), or is zero. Drop-in replacement
    for `keras.layers.SpatialDropout2D`.

    Parameters
    ----------
    rate : float
        Probability, in [0, 1], that a channel is dropped.
    data_format : {"channels_last", "channels_first"}, optional
        Position of the channel axis; default: Keras's setting.
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks",
    section 3.2.
    """

    rank = 4


@registered
class SpatialDropout3D(SpatialDropoutWithFormat):
    """Drops whole channels of volumes of shape (samples, three axes, channels).

    Drop-in replacement for `keras.layers.SpatialDropout3D`. Parameters, exceptions and source as in
    `SpatialDropout2D`.
    """

    rank = 5


def standard_format(data_format: str | None) -> str:
    """Return the data format; None means Keras's setting.

    Raises
    ------
    UnknownNameError
        It is neither ``"channels_last"`` nor ``"channels_first"``.
    """
    chosen = data_format or keras.config.image_data_format()
    if chosen not in ("channels_last", "channels_first"):
        raise UnknownNameError("data_format", chosen, ("channels_last", "channels_first"))
    return chosen
