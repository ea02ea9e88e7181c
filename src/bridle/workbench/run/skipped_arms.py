"""Arms that cannot run, with the reason: no backend, no images, or an unsuitable network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.own.building.source_framework import obstacle_to
from bridle.networks.recipe import Recipe
from bridle.networks.template.networks import Networks
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.asked_split import asked_split, given_split
from bridle.workbench.run.draw_split import draw_split, part_rows

__all__ = ["skipped_arms"]


def skipped_arms(
    dataset: Dataset, arms: Sequence[Arm], protocol: Protocol, networks: Networks
) -> dict[str, str]:
    """Return the arms that cannot run, with the reason.

    Nothing is trained or written.

    Raises
    ------
    InputError
        The data cannot be split, or the user's network suits none of its arms.
    MissingExtraError
        None of the arms can run without a backend.
    """
    skipped = _obstructed(dataset, arms, protocol)
    return skipped | _without_network(dataset, arms, protocol, networks, skipped)


def _obstructed(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> dict[str, str]:
    """Return the arms that cannot run on this machine or on these data, with the reason."""
    for seed in protocol.seeds:
        part_rows(dataset, protocol, seed)
    obstacles = {arm.name: _obstacle_to(arm) for arm in arms if arm.needs_network}
    skipped = {name: reason for name, reason in obstacles.items() if reason}
    if dataset.task.type.has_events:
        reason = "it mixes targets, and survival times cannot be mixed"
        skipped |= {arm.name: reason for arm in arms if _mixes_targets(arm)}
    if dataset.shape is None or len(dataset.shape) != 3:
        skipped |= {arm.name: "it is for images" for arm in arms if arm.needs_images}
    if skipped and all(arm.name in skipped for arm in arms if arm.name != "dummy"):
        load_keras()  # raises an error that names the extra
    return skipped


def _obstacle_to(arm: Arm) -> str | None:
    return obstacle_to(arm.source if isinstance(arm, NetworkArm) else None)


def _mixes_targets(arm: Arm) -> bool:
    augmentation = arm.regime().augmentation if isinstance(arm, NetworkArm) else None
    return augmentation is not None and augmentation.mixes_targets


def _without_network(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    networks: Networks,
    skipped: Mapping[str, str],
) -> dict[str, str]:
    """Return the arms for which the user's network is unsuitable, with the reason.

    Raises an error if these are all arms. It is tested on the first split, before a folder is
    created or anything is trained.
    """
    own = [
        arm
        for arm in arms
        if isinstance(arm, NetworkArm)
        and not isinstance(arm.source, Recipe)
        and arm.name not in skipped
    ]
    if not own:
        return {}
    seed = protocol.seeds[0]
    split, given = draw_split(dataset, protocol, seed), given_split(dataset, protocol, seed)
    refused: dict[str, InputError] = {}
    for arm in own:
        try:
            arm.job(asked_split(arm, split, given, networks), protocol, seed, networks)
        except InputError as error:
            refused[arm.name] = error
        except Exception:
            continue  # its runs will fail and become records
    if len(refused) == len(own):
        raise next(iter(refused.values()))
    return {name: str(error) for name, error in refused.items()}
