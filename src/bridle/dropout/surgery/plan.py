"""Decisions of a surgery before a network is changed, equal for all frameworks."""

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
    """Return the places that get dropout, with their rates.

    Parameters
    ----------
    places : sequence of Place
        Candidates.
    rate : float, (float, float) or mapping of str to float
        See `bridle.dropout.surgery.place_rates.assign_rates`.
    occupied : sequence of Place
        Places that have dropout already.
    asked_for : bool
        Whether the user named the places.

    Warns
    -----
    BridleWarning
        A requested place has dropout already, or all places have.

    Raises
    ------
    InputError
        A rate is outside its range, or a name matches no place.
    """
    names = [name for name in rate if isinstance(name, str)] if isinstance(rate, Mapping) else []
    fit = {name: [place for place in occupied if matches(name, place)] for name in names}
    named = {place.names[0] for found in fit.values() for place in found}
    if asked_for or not places:
        named = {place.names[0] for place in occupied}
    if named:
        warnings.warn(
            f"There is already dropout at {', '.join(map(repr, sorted(named)))}, so none is added "
            "there. Use existing='replace' to remove it first; dropout_summary lists all dropout.",
            BridleWarning,
            stacklevel=4,
        )
    if names:
        done = [
            name
            for name in names
            if fit[name] and not any(matches(name, place) for place in places)
        ]
        rate = {name: number for name, number in rate.items() if name not in done}
    rates = assign_rates(rate, places)
    return [(place, rate) for place, rate in zip(places, rates, strict=True) if rate is not None]


def warn_before_batch_statistics(places: Iterable[Place]) -> None:
    """Warn about dropout that is followed by a batch normalisation.

    In training it estimates the variance of noisy units, which is larger than the one at inference:
    for units with mean 0 by the factor 1 / (1 - rate).

    Source: Li et al. 2019, "Understanding the disharmony between dropout and batch normalization by
    variance shift".
    """
    named = [repr(place.names[-1]) for place in places if place.before_batch_statistics]
    if named:
        warnings.warn(
            f"Dropout after {', '.join(named)} comes before a batch normalisation, whose estimated "
            "variance then includes the noise and does not fit at inference. Exclude these places "
            "with where=, or name the layer after the normalisation.",
            BridleWarning,
            stacklevel=4,
        )


def closed_parts_error(network: str, closed: dict[str, str]) -> InputError:
    """Return the error for a network with parts that cannot be changed.

    Parameters
    ----------
    network : str
        Name of the network.
    closed : dict of str to str
        Reason for each part, by path; at least one.
    """
    parts = "; ".join(
        f"{f'its part {path!r}' if path else 'the network itself'}: {reason}"
        for path, reason in closed.items()
    )
    return InputError(
        f"The network {network!r} cannot be cut as a whole: {parts}. To leave that "
        "unchanged, name the layers to get dropout in where=."
    )
