"""The network with decoupled weight decay."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["WeightDecay"]


class WeightDecay(NetworkArm):
    """The network with decoupled weight decay."""

    name = "weight_decay"
    words = "weight decay 0.1"
    choices = (("weight_decay", (0.01, 0.1, 1.0)),)

    def regime(self) -> Regime:
        """Return the decay."""
        return Regime(weight_decay=0.1)
