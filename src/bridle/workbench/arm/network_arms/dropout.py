"""The network with dropout after each hidden layer."""

from __future__ import annotations

from bridle.networks.kinds.mlp import RATE
from bridle.networks.recipe import Recipe
from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["RATES", "Dropout", "rate_of"]

RATES = (0.1, 0.2, 0.3, 0.5, 0.7)
"""Rates for tuning, which starts with the first three."""


class Dropout(NetworkArm):
    """The network with dropout after each hidden layer, at the recipe's rate or at 0.5."""

    name = "dropout"
    choices = (("rate", RATES[:3]),)
    settable = "rate"

    @property
    def words(self) -> str:
        """The rate, in words."""
        return f"dropout {rate_of(self):g}"

    def regime(self) -> Regime:
        """Return the rate."""
        return Regime(rate=rate_of(self))


def rate_of(arm: NetworkArm) -> float:
    """Return the dropout rate of an arm without tuning."""
    if arm.strength is not None:
        return arm.strength
    return arm.source.rate if isinstance(arm.source, Recipe) else RATE
