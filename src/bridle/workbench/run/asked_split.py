"""A split with features in the form that an arm's network expects."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from bridle.errors import InputError
from bridle.networks.template.networks import Networks
from bridle.workbench.arm import NetworkArm, Split
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split

__all__ = ["asked_split", "given_split"]


def given_split(dataset: Dataset, protocol: Protocol, seed: int) -> Callable[[], Split]:
    """Return a function that draws the split of a seed with original features, once."""
    return cache(lambda: draw_split(dataset, protocol, seed, as_given=True))


def asked_split(
    arm: NetworkArm, split: Split, given: Callable[[], Split], networks: Networks
) -> Split:
    """Return the prepared split, or that with features as they were given.

    Parameters
    ----------
    arm : NetworkArm
        The arm.
    split : Split
        The split with prepared features.
    given : callable
        A result of `given_split`.
    networks : Networks
        The networks of the study.

    Raises
    ------
    InputError
        The arm's network fits neither form; or it expects original features, and these are not all
        numbers.
    """
    try:
        features = networks.template(arm.structure(split)).features
    except InputError:
        # It may have as many inputs as original columns, and not as many as prepared ones.
        other = _fitting(arm, given, networks)
        if other is None:
            raise
        return other
    return split if features == "scaled" else given()


def _fitting(arm: NetworkArm, given: Callable[[], Split], networks: Networks) -> Split | None:
    try:
        other = given()
        features = networks.template(arm.structure(other)).features
    except InputError:
        return None
    return None if features == "scaled" else other
