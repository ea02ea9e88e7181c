"""`rnn`: a GRU, the default network of sequences."""

from __future__ import annotations

from bridle.networks.kinds.base import NetworkKind
from bridle.networks.kinds.hidden_layers import HiddenLayer, RecurrentLayer

__all__ = ["Rnn"]


class Rnn(NetworkKind):
    """A GRU with 64 units, whose last state is read by the output layer."""

    name = "rnn"
    words = "recurrent network"
    takes_words = "sequences"
    rate = 0.25

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether rows are sequences."""
        return len(shape) == 2

    def is_default_for(self, shape: tuple[int, ...]) -> bool:
        """Return whether rows are sequences."""
        return len(shape) == 2

    def sizes(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return 64, for every shape."""
        return (64,)

    def layers(self, sizes: tuple[int, ...]) -> tuple[HiddenLayer, ...]:
        """Return the GRU."""
        (units,) = sizes
        return (RecurrentLayer(units),)
