"""`NetworkKind`: base class of the kinds of default networks, by kind of data."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bridle.networks.kinds.hidden_layers import HiddenLayer

__all__ = ["NetworkKind"]


class NetworkKind(ABC):
    """A kind of default network, which both frameworks build from its hidden layers.

    A concrete kind is final: it defines these attributes and methods, and inherits nothing else.
    """

    name: str
    """Name in ``--network`` and records."""

    words: str
    """What it is in a few words, before its sizes."""

    takes_words: str
    """Which rows it takes, for messages."""

    rate: float
    """Rate of its dropout in the arm "dropout"."""

    @abstractmethod
    def takes(self, shape: tuple[int, ...]) -> bool:
        """Return whether it can be built for rows of this shape."""

    @abstractmethod
    def is_default_for(self, shape: tuple[int, ...]) -> bool:
        """Return whether it is the default for rows of this shape."""

    @abstractmethod
    def sizes(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the sizes of its hidden layers for rows of this shape."""

    @abstractmethod
    def layers(self, sizes: tuple[int, ...]) -> tuple[HiddenLayer, ...]:
        """Return its hidden layers, each of which dropout follows; the output layer comes after."""
