"""Arms with the default network that suits the rows of a study."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.networks.default_network import DefaultNetwork
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.arm.names import arm_of

__all__ = ["suited_arms"]


def suited_arms(arms: Sequence[Arm], shape: tuple[int, ...] | None) -> list[Arm]:
    """Return arms whose default network is chosen by the shape of a row; others as they are.

    Parameters
    ----------
    arms : sequence of Arm
    shape : tuple of int, or None
        Shape of one row of images or sequences; None for a table.

    Raises
    ------
    InputError
        The kind of network that was asked for is not for such rows.
    """
    return [_suited(arm, shape) for arm in arms]


def _suited(arm: Arm, shape: tuple[int, ...] | None) -> Arm:
    if not (isinstance(arm, NetworkArm) and isinstance(arm.source, DefaultNetwork)):
        return arm
    return arm_of(arm.name, arm.source.recipe(shape), tuned=arm.tuned)
