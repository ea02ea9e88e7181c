"""The model that ignores every feature: what any other has to beat."""

from __future__ import annotations

import numpy as np

from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.protocol import Protocol

__all__ = ["Dummy"]


class Dummy(Arm):
    """Class shares, or the mean, of the training part."""

    name = "dummy"
    title = "ignores every feature"
    needs_network = False

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Count; see `bridle.workbench.arm.base.Arm.fit`."""
        task = split.task
        if task.is_classification:
            shares = np.bincount(split.train.y, minlength=len(task.classes)) / split.train.y.size
            return Fit(predict=lambda X: np.tile(shares, (X.shape[0], 1)))
        mean = split.train.y.mean()
        return Fit(predict=lambda X: np.full(X.shape[0], mean))
