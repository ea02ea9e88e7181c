"""Names of arms: from the catalogue, with a number, or combined.

``dropout:0.2`` is the arm ``dropout`` with rate 0.2, and ``dropout+max_norm`` has the regularisers of
both arms. Each arm has a single name: the parts of a combination are in the order of the catalogue, and
a number is formatted by ``%g``.
"""

from __future__ import annotations

import math

from bridle.errors import InputError, UnknownNameError
from bridle.networks.default_network import DEFAULT
from bridle.networks.sources import Source
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.arm.combination import Combination

__all__ = ["arm_of", "is_arm", "place_of"]

_PLACES = {name: place for place, name in enumerate(ARMS)}


def arm_of(name: str, source: Source = DEFAULT, *, tuned: bool = False) -> Arm:
    """Return the arm with a name.

    Parameters
    ----------
    name : str
        A name of the catalogue, perhaps with a number after a colon; or several joined by ``+``.
    source : DefaultNetwork, Recipe, keras.Model, torch.nn.Module or callable
        The network of arms that train a network. Default: the default one.
    tuned : bool
        Whether these arms choose their settings first. Default False.

    Raises
    ------
    UnknownNameError
        There is no such arm.
    InputError
        The text after a colon is not a number that the arm can take; or a combination has an arm twice,
        an arm without a network or regulariser, or two arms that set the same setting.
    """
    parts = [_split(text, name) for text in name.split("+")]
    if len(parts) == 1:
        ((base, strength),) = parts
        arm = ARMS[base]
        if isinstance(arm, NetworkArm):
            return type(arm)(source, tuned=tuned, strength=strength)
        if strength is not None:
            raise InputError(
                f"arms must name {base!r} without a number, because it has no rate or strength to set. "
                f"Received: {name!r}."
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
                f"arms must combine regularisers of a network. Received: {name!r}, in which {base!r} "
                "trains no network. Name it separately."
            )
        made.append(type(arm)(source, strength=strength))
    return Combination(made, tuned=tuned)


def is_arm(name: str) -> bool:
    """Return whether a name is in the catalogue, with or without a number, or is a combination."""
    return all(text.partition(":")[0] in ARMS for text in name.split("+"))


def place_of(name: str) -> tuple[int, ...]:
    """Return a key that sorts names from simple to complex.

    Single arms come first, in the order of the catalogue, then combinations, then other names.
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
