"""Trainer of the networks of a study: the software whose version its records depend on."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.networks.template.networks import Networks
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.asked_split import asked_split, given_split
from bridle.workbench.run.draw_split import draw_split

__all__ = ["trainer_of"]


def trainer_of(
    dataset: Dataset, arms: Sequence[Arm], protocol: Protocol, networks: Networks
) -> str:
    """Return name and version of the software that trains networks; empty if none is trained."""
    asked = [arm for arm in arms if isinstance(arm, NetworkArm)]
    if not asked:
        return ""
    seed = protocol.seeds[0]
    split, given = draw_split(dataset, protocol, seed), given_split(dataset, protocol, seed)
    for arm in asked:
        try:
            shaped = asked_split(arm, split, given, networks)
            return networks.template(arm.structure(shaped)).software
        except Exception:
            continue  # its runs will fail and become records
    return ""
