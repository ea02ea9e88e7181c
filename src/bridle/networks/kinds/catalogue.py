"""Catalogue of the kinds of default networks."""

from __future__ import annotations

from bridle.networks.kinds.base import NetworkKind
from bridle.networks.kinds.cnn import Cnn
from bridle.networks.kinds.mlp import Mlp
from bridle.networks.kinds.rnn import Rnn

__all__ = ["KINDS"]

KINDS: dict[str, NetworkKind] = {kind.name: kind for kind in (Mlp(), Cnn(), Rnn())}
"""Kinds by name."""
