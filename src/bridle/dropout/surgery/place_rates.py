"""Rates of places: a number for all, a ramp over the depth, or rates by name."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from bridle.arguments.scalars import is_number, refuse
from bridle.dropout.rate import checked_rate
from bridle.errors import InputError, UnknownNameError

__all__ = ["Named", "assign_rates", "is_pattern", "known_names", "matches"]


class Named(typing.Protocol):
    """Something with a rate, which has names and a depth."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names by which it can be addressed."""

    @property
    def depth(self) -> int:
        """Number of others between the input and this one."""


def assign_rates(rate: Any, places: Sequence[Named]) -> list[float | None]:
    """Return the rate of each place, None for no dropout.

    Parameters
    ----------
    rate : float, (float, float) or mapping of str to float
        A number in [0, 1] for all places; a pair for a ramp, ``first + (last - first) depth /
        deepest``; or rates by name or glob pattern. Exact names have priority over patterns, and
        earlier patterns over later ones. Places without a match get no dropout.
    places : sequence of Named
        The places.

    Returns
    -------
    list of float or None
        In the order of ``places``.

    Raises
    ------
    InputError
        A rate is outside its range.
    UnknownNameError
        A name or a pattern of the mapping matches no place.
    """
    if isinstance(rate, Mapping):
        return _by_name(rate, places)
    if is_number(rate) or isinstance(rate, str) or not isinstance(rate, Sequence):
        return [checked_rate(rate)] * len(places)
    if len(rate) != 2:
        refuse(
            "rate",
            "a number in [0, 1], a pair (first, last) for a ramp over the depth, or a mapping of names "
            "to rates",
            rate,
        )
    first, last = (checked_rate(share, f"rate[{index}]") for index, share in enumerate(rate))
    deepest = max((place.depth for place in places), default=0)
    # Exact at both ends, since 0.1 + (0.4 - 0.1) is not 0.4.
    return [
        last
        if 0 < place.depth == deepest
        else first + (last - first) * place.depth / (deepest or 1)
        for place in places
    ]


def is_pattern(name: str) -> bool:
    """Return whether a name is a glob pattern, with ``*``, ``?`` or ``[``."""
    return any(sign in name for sign in "*?[")


def matches(name: str, place: Named) -> bool:
    """Return whether a name or a glob pattern matches one of the names of a place."""
    return any(
        fnmatchcase(known, name) if is_pattern(name) else known == name for known in place.names
    )


def known_names(places: Iterable[Named]) -> list[str]:
    """Return the first name of every place, without repetition."""
    return list(dict.fromkeys(place.names[0] for place in places))


def _by_name(rates: Mapping[Any, Any], places: Sequence[Named]) -> list[float | None]:
    checked = {name: checked_rate(value, f"rate[{name!r}]") for name, value in rates.items()}
    for name in checked:
        if not isinstance(name, str):
            raise InputError(
                f"The keys of rate must be names or patterns of layers. Received: {name!r} in "
                f"rate={rates!r}."
            )
        if not any(matches(name, place) for place in places):
            raise UnknownNameError("place for dropout", name, known_names(places))
    ordered = sorted(checked, key=is_pattern)
    return [
        next((checked[name] for name in ordered if matches(name, place)), None) for place in places
    ]
