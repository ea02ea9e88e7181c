"""`Recipe`: sizes and settings of a default network, which follow from the shape of a row."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from bridle.arguments.real_numbers import as_float
from bridle.arguments.scalars import is_integer, is_number, refuse
from bridle.errors import UnknownNameError
from bridle.networks.kinds.catalogue import KINDS
from bridle.networks.kinds.hidden_layers import HiddenLayer

__all__ = ["LEARNING_RATE", "Recipe"]

LEARNING_RATE = 1e-3
"""Step size of Adam for default networks, and for networks that come without an optimiser."""


@dataclass(frozen=True)
class Recipe:
    """Sizes and settings of a default network; rate 0 is the baseline.

    `bridle.networks.default_network.DefaultNetwork` has those that suit the rows.

    Parameters
    ----------
    hidden : tuple of int
        Units or channels of each hidden layer, at least 1 each.
    rate : float
        Fraction of hidden units dropped in a training step of the arm "dropout", in [0, 1].
    learning_rate : float
        Step size of Adam, above 0, default 1e-3.
    kind : {"mlp", "cnn", "rnn"}
        What its hidden layers are, see `bridle.networks.kinds`. Default "mlp", dense ones.

    Raises
    ------
    InputError
        An argument is outside its range.
    UnknownNameError
        There is no such kind.

    References
    ----------
    Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting";
    Kingma and Ba 2015, "Adam: a method for stochastic optimization".
    """

    hidden: tuple[int, ...]
    rate: float
    learning_rate: float = LEARNING_RATE
    kind: str = "mlp"

    def __post_init__(self) -> None:
        if not (isinstance(self.hidden, tuple) and all(_is_count(units) for units in self.hidden)):
            refuse("hidden", "a tuple of integers from 1 upwards, below 2**31", self.hidden)
        if not (_is_finite(self.rate) and 0 <= self.rate <= 1):
            refuse("rate", "a number in [0, 1], the fraction of units to drop", self.rate)
        if not (_is_finite(self.learning_rate) and self.learning_rate > 0):
            refuse("learning_rate", "a finite number above 0", self.learning_rate)
        if self.kind not in KINDS:
            raise UnknownNameError("network", self.kind, KINDS)

    @property
    def layers(self) -> tuple[HiddenLayer, ...]:
        """The hidden layers, in the order of computation."""
        return KINDS[self.kind].layers(self.hidden)

    @property
    def title(self) -> str:
        """The recipe in a few words, for instance ``network 128-64, dropout 0.5``."""
        sizes = "-".join(str(units) for units in self.hidden)
        return f"{KINDS[self.kind].words} {sizes}" + (
            f", dropout {self.rate:g}" if self.rate else ""
        )


def _is_finite(value: Any) -> bool:
    return is_number(value) and isfinite(as_float(value))


def _is_count(value: Any) -> bool:
    return is_integer(value) and 0 < int(value) < 2**31
