"""`mlp`: dense layers, the default network of tables."""

from __future__ import annotations

from bridle.networks.kinds.base import NetworkKind
from bridle.networks.kinds.hidden_layers import DenseLayer, HiddenLayer

__all__ = ["RATE", "SIZES", "Mlp"]

SIZES = (128, 64)
"""Units of the hidden layers."""

RATE = 0.5
"""Rate of dropout after dense layers, and after the hidden layers of a network of the user."""


class Mlp(NetworkKind):
    """Dense layers of 128 and 64 units, which read a row as flat numbers."""

    name = "mlp"
    words = "network"
    takes_words = "rows of any shape"
    rate = RATE

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return True: it takes rows of any shape."""
        return True

    def is_default_for(self, shape: tuple[int, ...]) -> bool:
        """Return whether rows are those of a table."""
        return len(shape) == 1

    def sizes(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return 128 and 64, for every shape."""
        return SIZES

    def layers(self, sizes: tuple[int, ...]) -> tuple[HiddenLayer, ...]:
        """Return a dense layer for each size."""
        return tuple(map(DenseLayer, sizes))
