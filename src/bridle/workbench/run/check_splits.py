"""Checks of the data and of the splits of a study, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.dropout.guidance import DropoutPlace
from bridle.networks.recipe import Recipe
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.checks.base import Outcome, run_checks
from bridle.workbench.checks.splits.catalogue import SPLIT_CHECKS
from bridle.workbench.checks.splits.recipe_places import recipe_places
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import part_rows
from bridle.workbench.splits import Parts

__all__ = ["check_splits", "dropout_places"]


def check_splits(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> Outcome:
    """Return the results of the checks of the data and of the splits.

    Parameters
    ----------
    dataset : Dataset
    arms : sequence of Arm
        Those that run.
    protocol : Protocol
    """
    view = _split_view(dataset, arms, protocol)
    return Outcome(dataset.findings) + run_checks(SPLIT_CHECKS, view)


def _split_view(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> SplitView:
    seeds = {protocol.run_of(seed): seed for seed in protocol.seeds}
    return SplitView(
        frame=dataset.frame,
        target=dataset.task.type.ordered(dataset.target),
        task=dataset.task,
        groups=dataset.groups,
        protocol=protocol,
        parts=tuple(Parts(*part_rows(dataset, protocol, seed)) for seed in seeds.values()),
        places=dropout_places(arms),
    )


def dropout_places(arms: Sequence[Arm]) -> tuple[DropoutPlace, ...]:
    """Return the places of dropout in the default network, once for all arms that share it."""
    recipes = [
        arm.source
        for arm in arms
        if isinstance(arm, NetworkArm) and isinstance(arm.source, Recipe) and arm.regime().rate > 0
    ]
    return tuple(dict.fromkeys(place for recipe in recipes for place in recipe_places(recipe)))
