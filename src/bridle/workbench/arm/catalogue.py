"""Catalogue of the arms of a study, and those that run by default."""

from __future__ import annotations

from bridle.workbench.arm.base import Arm
from bridle.workbench.arm.linear_arms.dummy import Dummy
from bridle.workbench.arm.linear_arms.elastic_net import ElasticNetArm
from bridle.workbench.arm.linear_arms.linear import Linear
from bridle.workbench.arm.linear_arms.permuted_target import PermutedTarget
from bridle.workbench.arm.network_arms.baseline import Baseline
from bridle.workbench.arm.network_arms.batch_norm import BatchNorm
from bridle.workbench.arm.network_arms.curriculum_dropout import CurriculumDropout
from bridle.workbench.arm.network_arms.dropout import Dropout
from bridle.workbench.arm.network_arms.early_stopping import EarlyStopping
from bridle.workbench.arm.network_arms.elastic_net_penalty import ElasticNetPenaltyArm
from bridle.workbench.arm.network_arms.input_noise import InputNoise
from bridle.workbench.arm.network_arms.max_norm import MaxNorm
from bridle.workbench.arm.network_arms.mixup import Mixup
from bridle.workbench.arm.network_arms.shift_flip import ShiftFlip
from bridle.workbench.arm.network_arms.weight_decay import WeightDecay

__all__ = ["ARMS", "DEFAULT_ARMS"]

ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        Dummy(),
        PermutedTarget(),
        Linear(),
        ElasticNetArm("lasso", (1.0,)),
        ElasticNetArm("ridge", (0.0,)),
        ElasticNetArm(),
        Baseline(),
        EarlyStopping(),
        WeightDecay(),
        ElasticNetPenaltyArm(),
        Dropout(),
        CurriculumDropout(),
        MaxNorm(),
        BatchNorm(),
        InputNoise(),
        Mixup(),
        ShiftFlip(),
    )
}
"""Arms by name, the simplest first; `bridle.workbench.arm.names` makes further ones of them."""

DEFAULT_ARMS = (
    "dummy",
    "permuted_target",
    "linear",
    "elastic_net",
    "baseline",
    "early_stopping",
    "dropout",
)
"""The arms that run by default."""
