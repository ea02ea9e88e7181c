"""Checks of the values in a saved description; a wrong one raises a ValueError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, nan, prod
from typing import Any

import numpy as np

from bridle.arguments.real_numbers import as_float, shown
from bridle.types import AnyArray

__all__ = [
    "Arrays",
    "a_number",
    "a_scale",
    "a_shape",
    "a_text",
    "a_truth",
    "a_whole",
    "an_array",
    "an_object",
    "one_of",
    "texts",
]

Arrays = Mapping[str, AnyArray]


def an_object(held: Any, *names: str) -> dict[str, Any]:
    """Return the value if it is an object with exactly these names.

    Raises
    ------
    ValueError
        The value is something else.
    """
    if not isinstance(held, dict) or held.keys() != set(names):
        found = ", ".join(map(repr, held)) if isinstance(held, dict) else type(held).__name__
        raise ValueError(f"an object has {found} instead of {', '.join(map(repr, names))}")
    return held


def a_text(name: str, held: Any) -> str:
    """Return the value if it is a text.

    Raises
    ------
    ValueError
        The value is something else.
    """
    if not isinstance(held, str):
        raise ValueError(f"{name} is {held!r}, not text")
    return held


def texts(name: str, held: Any) -> tuple[str, ...]:
    """Return the value if it is a list of texts.

    Raises
    ------
    ValueError
        The value is something else.
    """
    if not isinstance(held, list):
        raise ValueError(f"{name} is not a list")
    return tuple(a_text(name, item) for item in held)


def a_truth(name: str, held: Any) -> bool:
    """Return the value if it is true or false.

    Raises
    ------
    ValueError
        The value is something else.
    """
    if not isinstance(held, bool):
        raise ValueError(f"{name} is {held!r}, neither true nor false")
    return held


def a_whole(name: str, held: Any) -> int:
    """Return the value if it is a whole number.

    Raises
    ------
    ValueError
        The value is something else.
    """
    if type(held) is not int:
        raise ValueError(f"{name} is {held!r}, not a whole number")
    return held


def a_number(name: str, held: Any) -> float:
    """Return the value if it is a finite number.

    Raises
    ------
    ValueError
        The value is something else.
    """
    found = as_float(held) if type(held) in (int, float) else nan
    if not isfinite(found):
        raise ValueError(f"{name} is {shown(held)}, not a finite number")
    return found


def a_shape(name: str, held: Any) -> tuple[int, ...]:
    """Return the value if it is a shape of at most 2**31 numbers.

    Raises
    ------
    ValueError
        The value is something else.
    """
    if not isinstance(held, list) or not held:
        raise ValueError(f"{name} is {held!r} and no shape")
    found = tuple(a_whole(name, item) for item in held)
    if min(found) < 1 or prod(found) > 2**31:
        raise ValueError(f"{name} is {held!r} and no shape")
    return found


def one_of(*allowed: str) -> Callable[[str, Any], str]:
    """Return a check that a value is one of these texts."""

    def check(name: str, held: Any) -> str:
        if held not in allowed:
            raise ValueError(f"{name} is {held!r}, and none of {', '.join(allowed)}")
        return str(held)

    return check


def an_array(
    arrays: Arrays, name: str, shape: tuple[int | None, ...], *, whole: bool = False
) -> Any:
    """Return a finite array by name if it has this shape; None stands for any length.

    Raises
    ------
    ValueError
        The array is missing, or has another type or shape, or infinite or NaN entries.
    """
    if name not in arrays:
        raise ValueError(f"the array {name!r} is missing")
    found = arrays[name]
    if found.dtype.kind != ("i" if whole else "f"):
        raise ValueError(f"the array {name!r} is of {found.dtype}")
    fits = found.ndim == len(shape) and all(
        wanted in (None, there) for wanted, there in zip(shape, found.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"the array {name!r} has shape {found.shape} instead of {shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"the array {name!r} is not finite")
    return found.astype(np.intp if whole else np.float64)


def a_scale(arrays: Arrays, name: str, length: int | None) -> Any:
    """Return an array by name if all its numbers are finite and above 0.

    Raises
    ------
    ValueError
        An entry is not finite and above 0.
    """
    found = an_array(arrays, name, (length,))
    if (found <= 0).any():
        raise ValueError(f"the array {name!r} has numbers that are not above 0")
    return found
