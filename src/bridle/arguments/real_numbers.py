"""Conversion of given numbers to floats, with errors that name the place of a wrong value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.errors import DataTypeError, InputError

__all__ = ["as_float", "real_array", "refuse_masked", "shown"]

# Characters of a value in a message.
_LONGEST = 60


def as_float(value: Any) -> float:
    """Return a real number as a float; infinity if too large, such as ``10**400``."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def shown(value: object) -> str:
    """Return the text of a value for messages, also for integers of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 4 * _LONGEST:
        return f"an integer of {value.bit_length():,} bits"
    try:
        text = repr(value)
    except ValueError:  # it contains such an integer
        return f"a {type(value).__name__} of integers beyond all floats"
    if "\n" in text:
        text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def real_array(name: str, values: Any) -> npt.NDArray[np.float64]:
    """Return numbers as an array of floats, of any shape and not necessarily finite.

    Parameters
    ----------
    name : str
        The argument, for messages.
    values : array-like
        The numbers as given.

    Raises
    ------
    DataTypeError
        Some values are masked.
    InputError
        A value is not a number, or is an integer too large for a float; the message names its
        place.
    """
    refuse_masked(name, values)
    try:
        # Aligned, as kernels read numbers: a field of a packed record is not.
        return np.require(values, np.float64, ["A", "E"])
    except (TypeError, ValueError, OverflowError) as error:
        place, reason = _first_unreadable(values), str(error).rstrip(".")
        received = f"{reason}" if place is None else f"{place} ({reason})"
        raise InputError(f"{name} must hold numbers. Received: {received}.") from error


def refuse_masked(name: str, values: Any) -> None:
    """Raise an error for masked values, which would otherwise be used as if not masked.

    Raises
    ------
    DataTypeError
        A value is masked; the message names the first place and the number of them.
    """
    if not isinstance(values, np.ma.MaskedArray) or not np.ma.getmaskarray(values).any():
        return
    first = np.argwhere(np.ma.getmaskarray(values))[0]
    raise DataTypeError(
        f"{name} must have no masked values. Received: {int(np.ma.count_masked(values))} of them, the "
        f"first{_at(first)}. Fill or drop them, for instance with {name}.filled()."
    )


def _first_unreadable(values: Any) -> str | None:
    """Return a text that names the first value that is not a float, and its place."""
    try:
        entries: npt.NDArray[Any] = np.asarray(values, dtype=object)
    except ValueError:
        return None
    for place in np.ndindex(entries.shape):
        try:
            float(entries[place])
        except (TypeError, ValueError, OverflowError):
            return f"{shown(entries[place])}{_at(place)}"
    return None


def _at(place: Any) -> str:
    if len(place) == 2:
        return f" in column {place[1]}, row {place[0]}"
    return f" in row {place[0]}" if len(place) == 1 else ""
