"""`early_stopping`: the baseline, stopped early and returned to its best epoch."""

from __future__ import annotations

from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["EarlyStopping"]


PATIENCE = 5
"""Epochs without a smaller validation loss before training stops."""


class EarlyStopping(NetworkArm):
    """The baseline, stopped when its validation loss no longer falls, at its best epoch."""

    name = "early_stopping"
    words = "early stopping"

    def regime(self) -> Regime:
        """Return the patience."""
        return Regime(patience=PATIENCE)
