"""`cnn`: convolutions before a dense layer, the default network of images."""

from __future__ import annotations

from bridle.networks.image_axes import channels_come_first
from bridle.networks.kinds.base import NetworkKind
from bridle.networks.kinds.hidden_layers import ConvolutionLayer, DenseLayer, HiddenLayer

__all__ = ["Cnn"]

_CHANNELS = (16, 32, 64, 64, 64)
"""Channels of the convolutions; each halves the axes."""

_SHORT = 7
"""Length of the shortest axis at which no further convolution comes."""

_DENSE = 64


class Cnn(NetworkKind):
    """Convolutions until the shortest axis is at most 7 long, at most five, and a dense layer.

    An image of 28 x 28 has two, with 16 and 32 channels.
    """

    name = "cnn"
    words = "convolutional network"
    takes_words = "images and sequences"
    rate = 0.25

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether rows are images or sequences."""
        return len(shape) in (2, 3)

    def is_default_for(self, shape: tuple[int, ...]) -> bool:
        """Return whether rows are images."""
        return len(shape) == 3

    def sizes(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the channels of the convolutions, then the units of the dense layer."""
        axes = shape[1:] if channels_come_first(shape) else shape[:-1]
        shortest, n = -(-min(axes) // 2), 1
        while shortest > _SHORT and n < len(_CHANNELS):
            shortest, n = -(-shortest // 2), n + 1
        return (*_CHANNELS[:n], _DENSE)

    def layers(self, sizes: tuple[int, ...]) -> tuple[HiddenLayer, ...]:
        """Return a convolution for each size but the last, and a dense layer."""
        *channels, units = sizes
        return (*map(ConvolutionLayer, channels), DenseLayer(units))
