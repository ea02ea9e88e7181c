"""`max_norm`: the network with incoming weights of norm at most 3 for each unit."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["MaxNorm"]


class MaxNorm(NetworkArm):
    """The network with incoming weights of norm at most 3 for each unit."""

    name = "max_norm"
    words = "max norm 3"
    max_norm = 3.0

    def regime(self) -> Regime:
        """Return settings without a regulariser; the constraint is part of the structure."""
        return Regime()
