"""Checks of scalar arguments: numbers, whole numbers and switches."""

from __future__ import annotations

from numbers import Integral, Real
from operator import index
from typing import Any, NoReturn

import numpy as np

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError

__all__ = ["is_integer", "is_number", "refuse", "switch", "whole_at_least"]


_NUMBERS = frozenset({int, float})
_SWITCHES = (bool, np.bool_)


def is_number(value: Any) -> bool:
    """Return whether a value is a real number: NaN and infinity are, a Boolean is not."""
    # The usual types first: to ask an abstract class takes longer than all other checks of a number.
    return type(value) in _NUMBERS or (isinstance(value, Real) and not isinstance(value, _SWITCHES))


def is_integer(value: Any) -> bool:
    """Return whether a value is an integer; a Boolean is not."""
    return type(value) is int or (isinstance(value, Integral) and not isinstance(value, _SWITCHES))


def refuse(name: str, allowed: str, value: object) -> NoReturn:
    """Raise an error that states the argument, the allowed values and the value received.

    Raises
    ------
    InputError
        Always.
    """
    raise InputError(f"{name} must be {allowed}. Received: {name}={shown(value)}.")


def switch(name: str, value: object) -> bool:
    """Return a Boolean. Other values are refused: the text ``"False"`` would count as true.

    Raises
    ------
    InputError
        The value is not a Boolean.
    """
    if not isinstance(value, _SWITCHES):
        refuse(name, "True or False", value)
    return bool(value)


def whole_at_least(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return a whole number of at least ``least`` and, if given, at most ``most``.

    Raises
    ------
    InputError
        The value is not such a number.
    """
    try:
        number = None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        allowed = f"from {least} upwards" if most is None else f"from {least} to {most:,}"
        refuse(name, f"a whole number {allowed}", value)
    return number
