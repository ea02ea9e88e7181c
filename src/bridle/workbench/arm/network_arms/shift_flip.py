"""Augmentation of images by shifts and reflection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.networks.image_axes import channels_come_first
from bridle.networks.regime import Augmentation, Regime
from bridle.types import AnyArray
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["ShiftAndFlip", "ShiftFlip"]


@dataclass(frozen=True)
class ShiftAndFlip(Augmentation):
    """Shifts each image by up to ``pixels`` along both axes, and mirrors it with probability 1/2.

    New pixels at an edge are 0, the mean of a prepared image.

    Parameters
    ----------
    pixels : int
        Largest shift, at least 0.
    """

    pixels: int

    def apply(
        self, X: AnyArray, y: AnyArray, batch_size: int, rng: np.random.Generator
    ) -> tuple[AnyArray, AnyArray]:
        """Return changed images and the same targets.

        Images have the shape (n, height, width, channels) or (n, channels, height, width); see
        `bridle.networks.image_axes`.
        """
        if channels_come_first(X.shape[1:]):
            changed, y = self._changed(np.moveaxis(X, 1, -1), y, rng)
            return np.moveaxis(changed, -1, 1), y
        return self._changed(X, y, rng)

    def _changed(
        self, X: AnyArray, y: AnyArray, rng: np.random.Generator
    ) -> tuple[AnyArray, AnyArray]:
        n, height, width, _ = X.shape
        k = self.pixels
        padded = np.pad(X, ((0, 0), (k, k), (k, k), (0, 0)))
        down, right = rng.integers(0, 2 * k + 1, (2, n))
        mirrored = np.asarray(rng.random(n) < 0.5)
        columns = np.arange(width)
        columns = np.where(mirrored[:, None], columns[::-1], columns) + right[:, None]
        rows = np.arange(height) + down[:, None]
        return padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]], y


class ShiftFlip(NetworkArm):
    """The network on images that are shifted by up to two pixels and mirrored."""

    name = "shift_flip"
    words = "shifts of 2 and flips"
    needs_images = True
    choices = (("augmentation", tuple(ShiftAndFlip(pixels) for pixels in (1, 2, 4))),)

    def regime(self) -> Regime:
        """Return the augmentation."""
        return Regime(augmentation=ShiftAndFlip(2))
