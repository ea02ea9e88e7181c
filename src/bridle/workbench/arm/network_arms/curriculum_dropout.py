"""`curriculum_dropout`: the network with dropout whose rate rises during training."""

from __future__ import annotations

from bridle.dropout.schedule import Curriculum
from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm
from bridle.workbench.arm.network_arms.dropout import RATES, rate_of

__all__ = ["CurriculumDropout"]


class CurriculumDropout(NetworkArm):
    """Dropout after each hidden layer, whose rate rises from 0 to nearly its full value.

    Source: Morerio et al. 2017, "Curriculum dropout", equation 3, with gamma 10 over the training.
    """

    name = "curriculum_dropout"
    choices = (("rate", RATES[:3]),)
    settable = "rate"

    @property
    def words(self) -> str:
        """The final rate, in words."""
        return f"dropout growing to {rate_of(self):g}"

    def regime(self) -> Regime:
        """Return the rate and its schedule."""
        return Regime(rate=rate_of(self), schedule=Curriculum(steps=1))
