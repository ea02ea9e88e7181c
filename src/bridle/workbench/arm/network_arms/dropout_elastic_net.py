"""Dropout and the elastic-net penalty together."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm
from bridle.workbench.arm.network_arms.dropout import RATES, rate_of

__all__ = ["DropoutElasticNet"]


class DropoutElasticNet(NetworkArm):
    """The network with dropout, and with an elastic-net penalty on its kernels."""

    name = "dropout+elastic_net"
    choices = (
        ("rate", RATES[:3]),
        ("l1", (0.0, 1e-5, 1e-4)),
        ("l2", (1e-4, 1e-3)),
    )

    @property
    def words(self) -> str:
        """The rate and the penalty, in words."""
        return f"dropout {rate_of(self):g}, elastic-net penalty"

    def regime(self) -> Regime:
        """Return the rate and the strengths."""
        return Regime(rate=rate_of(self), l1=1e-4, l2=1e-3)
