"""`dummy`: a constant prediction, which every useful model must beat."""

from __future__ import annotations

from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.arm.constant_predictor import ConstantPredictor
from bridle.workbench.protocol import Protocol

__all__ = ["Dummy"]


class Dummy(Arm):
    """Predicts the class frequencies, or the mean, of the training rows; equal risks for survival."""

    name = "dummy"
    title = "ignores every feature"
    needs_network = False

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Compute frequencies or mean; see `bridle.workbench.arm.base.Arm.fit`."""
        task = split.task
        value = task.type.constant(split.train.y, len(task.classes))
        return Fit(predict=ConstantPredictor(task.kind, value))
