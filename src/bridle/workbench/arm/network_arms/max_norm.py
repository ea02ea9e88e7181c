"""The network with the norm of each unit's incoming weights held to 3 at most."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["MaxNorm"]


class MaxNorm(NetworkArm):
    """The network with the norm of each unit's incoming weights held to 3 at most."""

    name = "max_norm"
    words = "max norm 3"
    max_norm = 3.0

    def regime(self) -> Regime:
        """Return a regime without a regulariser: the constraint is in the structure."""
        return Regime()
