"""`permuted_target`: a control that is trained on a shuffled target and must not beat the dummy."""

from __future__ import annotations

from dataclasses import replace

from bridle import streams
from bridle.workbench.arm.base import Arm, Fit, Part, Split
from bridle.workbench.arm.linear_arms.elastic_net import ElasticNetArm
from bridle.workbench.protocol import Protocol

__all__ = ["PermutedTarget"]

_TRIED = 7
"""Strengths tried, down to a ninth of the largest; weaker ones fit more noise, and take longer."""


class PermutedTarget(Arm):
    """Another arm, fitted to training and validation rows with shuffled targets.

    Its predictions for test rows are then random. If it still beats the dummy, information about the
    test rows leaks into training.

    Parameters
    ----------
    arm : Arm
        Default: the elastic net, at its larger strengths.
    """

    name = "permuted_target"

    def __init__(self, arm: Arm | None = None) -> None:
        self.arm = arm or ElasticNetArm(l1_ratios=(0.5,), tried=_TRIED)
        self.title = f"a control: {self.arm.name.replace('_', ' ')} on a shuffled target"
        self.needs_network = self.arm.needs_network

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Shuffle the target and fit; see `bridle.workbench.arm.base.Arm.fit`."""
        shuffled = replace(
            split,
            train=_shuffled(split.train, seed, "train"),
            validation=_shuffled(split.validation, seed, "validation"),
        )
        fit = self.arm.fit(shuffled, protocol, seed)
        # Its curves and coefficients are meaningless, so they are not recorded.
        return Fit(predict=fit.predict)


def _shuffled(part: Part, seed: int, name: str) -> Part:
    return replace(part, y=streams.generator(seed, "permuted target", name).permutation(part.y))
