"""Names of arms: of the catalogue, with a number, and combined.

``dropout:0.2`` is the arm ``dropout`` with the rate 0.2, and ``dropout+max_norm`` has the regularisers
of both. Each arm has one name: the parts of a combination stand in the order of the catalogue, and a
number is written as ``%g`` writes it.
"""

from __future__ import annotations

import math

from bridle.errors import InputError, UnknownNameError
from bridle.networks.sources import Source
from bridle.workbench.arm import ARMS, Arm, NetworkArm
from bridle.workbench.arm.combination import Combination
from bridle.workbench.arm.network_arm import RECIPE

__all__ = ["arm_of", "is_arm", "place_of"]

_PLACES = {name: place for place, name in enumerate(ARMS)}


def arm_of(name: str, source: Source = RECIPE, *, tuned: bool = False) -> Arm:
    """Return the arm of a name.

    Parameters
    ----------
    name : str
        Of the catalogue; with a number after a colon; or several, joined by ``+``.
    source : Recipe, keras.Model or callable
        The network of arms that train one. Default: the recipe's.
    tuned : bool
        Whether these choose their settings first. Default False.

    Raises
    ------
    UnknownNameError
        There is no such arm.
    InputError
        What stands after a colon is no number that the arm can take; or a combination has an arm
        twice, one that trains no network or adds no regulariser, or two that set the same thing.
    """
    parts = [_split(text, name) for text in name.split("+")]
    if len(parts) == 1:
        ((base, strength),) = parts
        arm = ARMS[base]
        if isinstance(arm, NetworkArm):
            return type(arm)(source, tuned=tuned, strength=strength)
        if strength is not None:
            raise InputError(
                f"arms must name {base!r} without a number, since it has none to set. Received: "
                f"{name!r}."
            )
        return arm
    bases = [base for base, _ in parts]
    twice = next((base for base in bases if bases.count(base) > 1), None)
    if twice is not None:
        raise InputError(
            f"arms must combine different regularisers. Received: {name!r}, which names {twice!r} "
            "twice. Leave one out."
        )
    made = []
    for base, strength in sorted(parts, key=lambda part: _PLACES[part[0]]):
        arm = ARMS[base]
        if not isinstance(arm, NetworkArm):
            raise InputError(
                f"arms must combine regularisers of a network. Received: {name!r}, where {base!r} "
                "trains none. Name it by itself."
            )
        made.append(type(arm)(source, strength=strength))
    return Combination(made, tuned=tuned)


def is_arm(name: str) -> bool:
    """Return whether a name is one of the catalogue, with or without a number, or a combination."""
    return all(text.partition(":")[0] in ARMS for text in name.split("+"))


def place_of(name: str) -> tuple[int, ...]:
    """Return a key that sorts names from simple to complex.

    In the order of the catalogue; a combination after all single arms; names of others last.
    """
    if not is_arm(name):
        return (len(ARMS),)
    places = [_PLACES[text.partition(":")[0]] for text in name.split("+")]
    return (places[0],) if len(places) == 1 else (len(ARMS) - 1, len(places), *places)


def _split(part: str, name: str) -> tuple[str, float | None]:
    base, colon, number = (text.strip() for text in part.partition(":"))
    if base not in ARMS:
        raise UnknownNameError("arm", base, ARMS)
    if not colon:
        return base, None
    try:
        strength = float(number)
    except ValueError:
        strength = math.nan
    if not math.isfinite(strength):
        raise InputError(
            f"arms must have a number after a colon, as in dropout:0.2. Received: {name!r}."
        )
    return base, strength
