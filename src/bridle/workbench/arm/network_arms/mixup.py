"""Augmentation by mixing pairs of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.networks.regime import Augmentation, Regime
from bridle.types import AnyArray
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["Mixup", "PairsOfRows"]


@dataclass(frozen=True)
class PairsOfRows(Augmentation):
    """``share * row + (1 - share) * partner``, for features and targets.

    A batch has one share, drawn from a Beta(alpha, alpha) distribution; the partners are its rows
    in another order.

    Parameters
    ----------
    alpha : float
        Above 0; the smaller alpha, the closer to one of the two rows.

    Source: Zhang et al. 2018, "mixup: beyond empirical risk minimization", figure 1.
    """

    alpha: float

    mixes_targets = True

    def apply(
        self, X: AnyArray, y: AnyArray, batch_size: int, rng: np.random.Generator
    ) -> tuple[AnyArray, AnyArray]:
        """Return mixed features and targets."""
        X, y = X.copy(), y.copy()
        for first in range(0, len(y), batch_size):
            rows = slice(first, first + batch_size)
            share = np.float32(rng.beta(self.alpha, self.alpha))
            partner = rng.permutation(len(y[rows]))
            for part in (X, y):
                part[rows] = share * part[rows] + (1 - share) * part[rows][partner]
        return X, y


class Mixup(NetworkArm):
    """The network on mixed pairs of rows, alpha 0.2."""

    name = "mixup"
    words = "mixup 0.2"
    choices = (("augmentation", tuple(PairsOfRows(strength) for strength in (0.1, 0.2, 0.4))),)

    def regime(self) -> Regime:
        """Return the mixing."""
        return Regime(augmentation=PairsOfRows(0.2))
