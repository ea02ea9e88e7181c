"""Arms, the models of a study: one per file."""

from bridle.workbench.arm.base import Arm as Arm
from bridle.workbench.arm.base import Fit as Fit
from bridle.workbench.arm.base import Part as Part
from bridle.workbench.arm.base import Split as Split
from bridle.workbench.arm.network_arm import NetworkArm as NetworkArm

__all__ = ["Arm", "Fit", "NetworkArm", "Part", "Split"]
