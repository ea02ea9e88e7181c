"""The network with an elastic-net penalty on its kernels, as a term of the loss."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["ElasticNetPenaltyArm"]


class ElasticNetPenaltyArm(NetworkArm):
    """The network with an elastic-net penalty on its kernels, as a term of the loss."""

    name = "elastic_net_penalty"
    words = "elastic-net penalty"
    choices = (
        ("l1", (0.0, 1e-5, 1e-4, 1e-3)),
        ("l2", (1e-4, 1e-3, 1e-2)),
    )

    def regime(self) -> Regime:
        """Return the strengths."""
        return Regime(l1=1e-4, l2=1e-3)
