"""Plan of a surgery: what is decided before a network is touched, the same for every framework."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from bridle.dropout.surgery.place_rates import assign_rates, matches
from bridle.dropout.surgery.placement import Place
from bridle.errors import BridleWarning, InputError

__all__ = ["Existing", "closed_parts_error", "planned", "warn_before_batch_statistics"]

Existing = Literal["keep", "replace"]


def planned(
    places: Sequence[Place], rate: Any, occupied: Sequence[Place] = (), *, asked_for: bool = False
) -> list[tuple[Place, float]]:
    """Return the places that get dropout, each with its rate.

    Parameters
    ----------
    places : sequence of Place
    rate : float, (float, float) or mapping of str to float
        See `bridle.dropout.surgery.place_rates.assign_rates`.
    occupied : sequence of Place
        Where dropout stands already.
    asked_for : bool
        Whether a user named the places.

    Warns
    -----
    BridleWarning
        A place that was asked for gets no second dropout, or there is none but such.

    Raises
    ------
    InputError
        A rate is outside its range, or a name fits no place.
    """
    names = [name for name in rate if isinstance(name, str)] if isinstance(rate, Mapping) else []
    fit = {name: [place for place in occupied if matches(name, place)] for name in names}
    named = {place.names[0] for found in fit.values() for place in found}
    if asked_for or not places:
        named = {place.names[0] for place in occupied}
    if named:
        warnings.warn(
            f"Dropout stands at {', '.join(map(repr, sorted(named)))} already, which gets no second "
            "one. existing='replace' takes it out first; dropout_summary shows what stands where.",
            BridleWarning,
            stacklevel=4,
        )
    if names:
        done = [
            name for name in names if fit[name] and not any(matches(name, one) for one in places)
        ]
        rate = {name: number for name, number in rate.items() if name not in done}
    rates = assign_rates(rate, places)
    return [(place, one) for place, one in zip(places, rates, strict=True) if one is not None]


def warn_before_batch_statistics(places: Iterable[Place]) -> None:
    """Warn of dropout that a batch normalisation reads.

    The variance that it learns in training is that of noisy units, 1 / (1 - rate) times what it
    meets at inference.

    Source: Li et al. 2019, "Understanding the disharmony between dropout and batch normalization by
    variance shift".
    """
    named = [repr(place.names[-1]) for place in places if place.before_batch_statistics]
    if named:
        warnings.warn(
            f"Dropout after {', '.join(named)} stands before a batch normalisation, which then "
            "learns a variance that it does not meet at inference. Leave these places out with "
            "where=, or name the layer after the normalisation there.",
            BridleWarning,
            stacklevel=4,
        )


def closed_parts_error(network: str, closed: dict[str, str]) -> InputError:
    """Return the error for a network with parts that cannot be cut.

    Parameters
    ----------
    network : str
        Its name.
    closed : dict of str to str
        Why, by the path of the part; at least one.
    """
    parts = "; ".join(f"{path!r}: {reason}" for path, reason in closed.items())
    return InputError(
        f"The network {network!r} cannot be cut as a whole. Its part {parts}. To leave that as it "
        "is, name in where= the layers that shall get dropout."
    )
