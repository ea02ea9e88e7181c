"""Arms: one way to fit a file, and their catalogue."""

from bridle.workbench.arm.base import Arm as Arm
from bridle.workbench.arm.base import Fit as Fit
from bridle.workbench.arm.base import Part as Part
from bridle.workbench.arm.base import Split as Split
from bridle.workbench.arm.baseline import Baseline
from bridle.workbench.arm.batch_norm import BatchNorm
from bridle.workbench.arm.curriculum_dropout import CurriculumDropout
from bridle.workbench.arm.dropout import Dropout
from bridle.workbench.arm.dropout_elastic_net import DropoutElasticNet
from bridle.workbench.arm.dummy import Dummy
from bridle.workbench.arm.early_stopping import EarlyStopping
from bridle.workbench.arm.elastic_net import ElasticNetArm
from bridle.workbench.arm.elastic_net_penalty import ElasticNetPenaltyArm
from bridle.workbench.arm.input_noise import InputNoise
from bridle.workbench.arm.linear import Linear
from bridle.workbench.arm.max_norm import MaxNorm
from bridle.workbench.arm.mixup import Mixup
from bridle.workbench.arm.network_arm import NetworkArm as NetworkArm
from bridle.workbench.arm.permuted_target import PermutedTarget
from bridle.workbench.arm.shift_flip import ShiftFlip
from bridle.workbench.arm.weight_decay import WeightDecay

__all__ = ["ARMS", "DEFAULT_ARMS", "Arm", "Fit", "NetworkArm", "Part", "Split"]

ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        Dummy(),
        PermutedTarget(),
        Linear(),
        ElasticNetArm(),
        Baseline(),
        EarlyStopping(),
        WeightDecay(),
        ElasticNetPenaltyArm(),
        Dropout(),
        CurriculumDropout(),
        DropoutElasticNet(),
        MaxNorm(),
        BatchNorm(),
        InputNoise(),
        Mixup(),
        ShiftFlip(),
    )
}
"""Every arm by its name, plainest first."""

DEFAULT_ARMS = (
    "dummy",
    "permuted_target",
    "linear",
    "elastic_net",
    "baseline",
    "early_stopping",
    "dropout",
)
"""The arms that run where none is named."""
