"""Rates by place: one number, a ramp over the depth, or a rate by name."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from bridle.dropout.rate import checked_rate, is_number
from bridle.errors import InputError, UnknownNameError

__all__ = ["Named", "assign_rates", "is_pattern", "known_names", "matches"]


class Named(typing.Protocol):
    """What has a rate: it answers to names and lies at a depth."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it answers to."""

    @property
    def depth(self) -> int:
        """Number of others on the way from the input."""


def assign_rates(rate: Any, places: Sequence[Named]) -> list[float | None]:
    """Return the rate of each place, None where it gets none.

    Parameters
    ----------
    rate : float, (float, float) or mapping of str to float
        A number in [0, 1] for all; a pair for a ramp, ``first + (last - first) depth / deepest``;
        or rates by name or glob pattern, where an exact name goes before a pattern and the first
        pattern that fits before the next, and a place that nothing fits gets no dropout.
    places : sequence of Named

    Returns
    -------
    list of float or None
        In the order of ``places``.

    Raises
    ------
    InputError
        A rate is outside its range.
    UnknownNameError
        A name or a pattern of the mapping fits no place.
    """
    if isinstance(rate, Mapping):
        return _by_name(rate, places)
    if is_number(rate) or isinstance(rate, str) or not isinstance(rate, Sequence):
        return [checked_rate(rate)] * len(places)
    if len(rate) != 2:
        raise InputError(
            "rate must be a number in [0, 1], a pair (first, last) for a ramp over the depth, or a "
            f"mapping of names to rates. Received: rate={rate!r}."
        )
    first, last = (checked_rate(one, f"rate[{index}]") for index, one in enumerate(rate))
    deepest = max((place.depth for place in places), default=0)
    # Both ends are met exactly: 0.1 + (0.4 - 0.1) is not 0.4.
    return [
        last
        if 0 < place.depth == deepest
        else first + (last - first) * place.depth / (deepest or 1)
        for place in places
    ]


def is_pattern(name: str) -> bool:
    """Say whether a name is a glob pattern: it has ``*``, ``?`` or ``[`` in it."""
    return any(sign in name for sign in "*?[")


def matches(name: str, place: Named) -> bool:
    """Say whether a name, or a glob pattern, fits one of the names of a place."""
    return any(fnmatchcase(one, name) if is_pattern(name) else one == name for one in place.names)


def known_names(places: Iterable[Named]) -> list[str]:
    """Return the first name of every place, each once."""
    return list(dict.fromkeys(place.names[0] for place in places))


def _by_name(rates: Mapping[Any, Any], places: Sequence[Named]) -> list[float | None]:
    checked = {name: checked_rate(value, f"rate[{name!r}]") for name, value in rates.items()}
    for name in checked:
        if not isinstance(name, str):
            raise InputError(
                f"rate must be given by names or patterns. Received: {name!r} in rate={rates!r}."
            )
        if not any(matches(name, place) for place in places):
            raise UnknownNameError("place for dropout", name, known_names(places))
    ordered = sorted(checked, key=is_pattern)
    return [
        next((checked[name] for name in ordered if matches(name, place)), None) for place in places
    ]
