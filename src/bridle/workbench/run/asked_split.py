"""A split with features in the form that an arm's network expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from bridle.errors import InputError
from bridle.networks.template.networks import Networks
from bridle.workbench.arm import NetworkArm, Split
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split

__all__ = ["GivenSplit", "asked_split", "given_split"]


@dataclass(frozen=True)
class GivenSplit:
    """A split with original features, which is drawn when it is asked for.

    Attributes
    ----------
    dataset : Dataset
        The data.
    draw : callable
        Returns the split, or raises an `InputError` if not all features are finite numbers.
    """

    dataset: Dataset
    draw: Callable[[], Split]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one row as it was given."""
        return self.dataset.shape or (self.dataset.frame.shape[1],)


def given_split(dataset: Dataset, protocol: Protocol, seed: int) -> GivenSplit:
    """Return the split of a seed with original features, which is drawn at most once."""
    return GivenSplit(dataset, cache(lambda: draw_split(dataset, protocol, seed, as_given=True)))


def asked_split(arm: NetworkArm, split: Split, given: GivenSplit, networks: Networks) -> Split:
    """Return the prepared split, or that with features as they were given.

    Parameters
    ----------
    arm : NetworkArm
        The arm.
    split : Split
        The split with prepared features.
    given : GivenSplit
        The split with original features.
    networks : Networks
        The networks of the study.

    Raises
    ------
    InputError
        The arm's network fits neither form; or it expects original features, and these are not all
        numbers.
    """
    structure = arm.structure(split)
    try:
        features = networks.template(structure).features
    except InputError:
        # It may have as many inputs as original columns, and not as many as prepared ones.
        if given.shape == structure.shape:
            raise
        try:
            features = networks.template(replace(structure, shape=given.shape)).features
        except InputError:
            features = None
        if features is None:
            raise
        if features == "scaled":
            raise _more_features(split, given) from None
    return split if features == "scaled" else given.draw()


def _more_features(split: Split, given: GivenSplit) -> InputError:
    own = [str(name) for name in given.dataset.frame.columns]
    made = [name for name in split.feature_names if name not in own]
    dropped = [name for name in own if name not in split.feature_names]
    changed = [f"it has {made[0]!r}" if made else "", f"not {dropped[0]!r}" if dropped else ""]
    return InputError(
        f"network must take rows of {len(split.feature_names)} features, into which the {len(own)} "
        f"columns of X are made: {', '.join(filter(None, changed))}. Received: a network for rows of "
        f"{len(own)}. Give a function that builds it from the number of features, or X with numbers "
        "only and nothing missing."
    )
