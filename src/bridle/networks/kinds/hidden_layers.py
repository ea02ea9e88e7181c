"""Hidden layers of default networks, independent of any framework."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ConvolutionLayer", "DenseLayer", "HiddenLayer", "RecurrentLayer"]


@dataclass(frozen=True)
class DenseLayer:
    """A dense layer, ReLU, and dropout of single units; it reads flattened rows.

    Attributes
    ----------
    units : int
        At least 1.
    """

    units: int


@dataclass(frozen=True)
class ConvolutionLayer:
    """A convolution along all axes but that of the channels, ReLU, and dropout of whole channels.

    The window is 5 long and moves by 2, with two 0 at each end: of n positions, half of n remain,
    rounded up. So it also does the work of a pooling layer.

    Attributes
    ----------
    units : int
        Channels that it makes, at least 1.

    References
    ----------
    Springenberg et al. 2015, "Striving for simplicity: the all convolutional net", section 2.
    """

    units: int

    window = 5
    stride = 2


@dataclass(frozen=True)
class RecurrentLayer:
    """A GRU that returns its last state, with dropout of the state and of what it returns.

    The mask of the state is drawn once for each sequence.

    Attributes
    ----------
    units : int
        Size of the state, at least 1.

    References
    ----------
    Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent neural
    networks", section 4.
    """

    units: int


HiddenLayer = DenseLayer | ConvolutionLayer | RecurrentLayer
