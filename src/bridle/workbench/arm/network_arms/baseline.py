"""`baseline`: the network without a regulariser."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["Baseline"]


class Baseline(NetworkArm):
    """The network without a regulariser."""

    name = "baseline"
    words = ""

    def regime(self) -> Regime:
        """Return a regime without a regulariser."""
        return Regime()
