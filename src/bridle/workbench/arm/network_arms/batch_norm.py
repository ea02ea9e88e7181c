"""The network with a batch normalisation before each activation."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["BatchNorm"]


class BatchNorm(NetworkArm):
    """The network with a batch normalisation before each activation."""

    name = "batch_norm"
    words = "batch normalisation"
    batch_norm = True

    def regime(self) -> Regime:
        """Return settings without a regulariser; the normalisation is part of the structure."""
        return Regime()
