"""A null: an arm that learns from a shuffled target, and so must not beat the dummy."""

from __future__ import annotations

from dataclasses import replace

from bridle import streams
from bridle.workbench.arm.base import Arm, Fit, Part, Split
from bridle.workbench.arm.linear_arms.elastic_net import ElasticNetArm
from bridle.workbench.protocol import Protocol

__all__ = ["PermutedTarget"]

_TRIED = 7
"""Down to a ninth of the largest strength: from noise, a weaker one learns only more noise, slowly."""


class PermutedTarget(Arm):
    """Another arm, fitted to training and validation rows whose targets were shuffled.

    What it predicts of the test rows then is chance. If it beats the dummy there all the same, the
    arm, or the split, knows the test rows by another way.

    Parameters
    ----------
    arm : Arm
        Default: the elastic net, at its larger strengths.
    """

    name = "permuted_target"

    def __init__(self, arm: Arm | None = None) -> None:
        self.arm = arm or ElasticNetArm(tried=_TRIED)
        self.title = f"{self.arm.name}, target shuffled: a null"
        self.needs_network = self.arm.needs_network

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Shuffle and fit; see `bridle.workbench.arm.base.Arm.fit`."""
        shuffled = replace(
            split,
            train=_shuffled(split.train, seed, "train"),
            validation=_shuffled(split.validation, seed, "validation"),
        )
        fit = self.arm.fit(shuffled, protocol, seed)
        # Its curves and coefficients describe nothing, and would stand among those that do.
        return Fit(predict=fit.predict)


def _shuffled(part: Part, seed: int, name: str) -> Part:
    return replace(part, y=streams.generator(seed, "permuted target", name).permutation(part.y))
