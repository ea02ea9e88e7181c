"""Arms: one way to fit a file, and their catalogue."""

from bridle.workbench.arm.base import Arm as Arm
from bridle.workbench.arm.base import Fit as Fit
from bridle.workbench.arm.base import Part as Part
from bridle.workbench.arm.base import Split as Split
from bridle.workbench.arm.dummy import Dummy
from bridle.workbench.arm.elastic_net import ElasticNetArm
from bridle.workbench.arm.linear import Linear
from bridle.workbench.arm.network import Baseline, Dropout
from bridle.workbench.arm.permuted_target import PermutedTarget

__all__ = ["ARMS", "Arm", "Fit", "Part", "Split"]

ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (Dummy(), PermutedTarget(), Linear(), ElasticNetArm(), Baseline(), Dropout())
}
"""Every arm by its name, plainest first."""
