"""`Combination`: a network with several regularisers at once, such as ``dropout+max_norm``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from itertools import combinations
from typing import Any

from bridle.errors import InputError
from bridle.networks.regime import Regime
from bridle.workbench.arm.network_arm import NetworkArm

__all__ = ["Combination"]


class Combination(NetworkArm):
    """The network with the regularisers of several arms.

    Parameters
    ----------
    parts : sequence of NetworkArm
        Two or more arms of the same network. Each adds a regulariser, and no two set the same setting.
    tuned : bool
        Whether each run chooses the settings of all parts first. Default False.

    Raises
    ------
    InputError
        A part adds no regulariser, or two parts set the same setting.
    """

    name = ""
    words = ""

    def __init__(self, parts: Sequence[NetworkArm], *, tuned: bool = False) -> None:
        self.name = "+".join(part.name for part in parts)
        self.words = ", ".join(part.words for part in parts)
        settings = [_settings(part) for part in parts]
        for part, sets in zip(parts, settings, strict=True):
            if not sets:
                raise InputError(
                    f"arms must combine regularisers. Received: {self.name!r}, in which {part.name} "
                    "adds none. Leave it out."
                )
        for (first, its), (other, others) in combinations(zip(parts, settings, strict=True), 2):
            if both := its.keys() & others.keys():
                raise InputError(
                    f"arms must combine regularisers of different kinds. Received: {self.name!r}, in "
                    f"which {first.name} and {other.name} both set the "
                    f"{min(both).replace('_', ' ')}. Leave one of them out."
                )
        together = {name: value for sets in settings for name, value in sets.items()}
        self.batch_norm = together.pop("batch_norm", False)
        self.max_norm = together.pop("max_norm", None)
        self.together = Regime(**together)
        self.choices = tuple(choice for part in parts for choice in part.choices)
        self.needs_images = any(part.needs_images for part in parts)
        self.source = parts[0].source
        self.tuned = tuned
        self.strength = None
        self._set_title(self.source, tuned=tuned)

    def regime(self) -> Regime:
        """Return the settings of all parts."""
        return self.together


def _settings(arm: NetworkArm) -> dict[str, Any]:
    """Return the settings of an arm that differ from those of a plain network."""
    regime, plain = arm.regime(), Regime()
    names = [field.name for field in fields(Regime)]
    sets = {name: getattr(regime, name) for name in names}
    sets |= {"batch_norm": arm.batch_norm, "max_norm": arm.max_norm}
    usual = {name: getattr(plain, name) for name in names} | {"batch_norm": False, "max_norm": None}
    # A rate of 0 was asked for too.
    return {
        name: value
        for name, value in sets.items()
        if value != usual[name] or (arm.strength is not None and name == arm.settable)
    }
