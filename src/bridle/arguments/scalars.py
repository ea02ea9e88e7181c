"""Arguments: numbers, whole numbers and switches, refused by name with the range and what came."""

from __future__ import annotations

from numbers import Integral, Real
from operator import index
from typing import Any, NoReturn

import numpy as np

from bridle.arguments.real_numbers import shown
from bridle.errors import InputError

__all__ = ["is_integer", "is_number", "refuse", "switch", "whole_at_least"]


def is_number(value: Any) -> bool:
    """Say whether ``value`` is a real number, a Boolean left out; NaN and infinity are numbers."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def is_integer(value: Any) -> bool:
    """Say whether ``value`` is an integer, a Boolean left out."""
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_)


def refuse(name: str, allowed: str, value: object) -> NoReturn:
    """Raise InputError for the value of an argument, of which ``allowed`` is said to be right."""
    raise InputError(f"{name} must be {allowed}. Received: {name}={shown(value)}.")


def switch(name: str, value: object) -> bool:
    """Return true or false; refuse others, of which ``"False"`` would count as true."""
    if not isinstance(value, bool | np.bool_):
        refuse(name, "True or False", value)
    return bool(value)


def whole_at_least(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return a whole number from ``least`` upwards, to ``most`` if there is one; refuse others."""
    try:
        number = None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        allowed = f"from {least} upwards" if most is None else f"from {least} to {most:,}"
        refuse(name, f"a whole number {allowed}", value)
    return number
