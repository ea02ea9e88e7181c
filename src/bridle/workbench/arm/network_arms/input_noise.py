"""Augmentation of tables: Gaussian noise on the features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.networks.regime import Augmentation, Regime
from bridle.types import AnyArray
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["GaussianNoise", "InputNoise"]


@dataclass(frozen=True)
class GaussianNoise(Augmentation):
    """``x + deviation * z`` with an independent standard normal z for every number.

    Parameters
    ----------
    deviation : float
        Above 0, in units of a feature's standard deviation.

    Source: Bishop 1995, "Training with noise is equivalent to Tikhonov regularization".
    """

    deviation: float

    bears = ("scaled",)

    def apply(
        self, X: AnyArray, y: AnyArray, batch_size: int, rng: np.random.Generator
    ) -> tuple[AnyArray, AnyArray]:
        """Return noisy features and the same targets."""
        return X + self.deviation * rng.standard_normal(X.shape, dtype=np.float32), y


class InputNoise(NetworkArm):
    """The network with Gaussian noise on its features, with a fifth of their standard deviation."""

    name = "input_noise"
    words = "input noise 0.2"
    choices = (("augmentation", tuple(GaussianNoise(noise) for noise in (0.1, 0.2, 0.5))),)

    def regime(self) -> Regime:
        """Return the noise."""
        return Regime(augmentation=GaussianNoise(0.2))
