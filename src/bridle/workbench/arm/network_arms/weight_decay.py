"""The network with decoupled weight decay."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["WeightDecay"]


_DECAY = 0.1


class WeightDecay(NetworkArm):
    """The network with decoupled weight decay."""

    name = "weight_decay"
    choices = (("weight_decay", (0.01, 0.1, 1.0)),)
    settable = "weight_decay"

    @property
    def words(self) -> str:
        """The decay, in words."""
        return f"weight decay {self.regime().weight_decay:g}"

    def regime(self) -> Regime:
        """Return the decay."""
        return Regime(weight_decay=_DECAY if self.strength is None else self.strength)
