"""Kinds of default networks, by kind of data: one per file, and their catalogue."""

from bridle.networks.kinds.base import NetworkKind as NetworkKind
from bridle.networks.kinds.cnn import Cnn
from bridle.networks.kinds.mlp import Mlp
from bridle.networks.kinds.rnn import Rnn

__all__ = ["KINDS", "NetworkKind"]

KINDS: dict[str, NetworkKind] = {kind.name: kind for kind in (Mlp(), Cnn(), Rnn())}
"""Kinds by name."""
