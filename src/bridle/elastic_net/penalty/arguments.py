"""Arguments of a penalty: strengths, mixing parameters, factors and bounds, checked by name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.arguments.real_numbers import as_float, real_array
from bridle.arguments.scalars import is_number, refuse
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["check_each", "check_per_feature", "check_positive", "check_share", "check_strength"]


def check_strength(name: str, value: float) -> float:
    """Return a strength, in [0, inf).

    Raises
    ------
    InputError
        The value is not a finite number of at least 0.
    """
    if not is_number(value) or not 0 <= as_float(value) < np.inf:
        refuse(name, "a finite number of at least 0", value)
    return float(value)


def check_positive(name: str, value: float) -> float:
    """Return a number in (0, inf).

    Raises
    ------
    InputError
        The value is not such a number.
    """
    if not is_number(value) or not 0 < as_float(value) < np.inf:
        refuse(name, "in (0, inf)", value)
    return float(value)


def check_share(name: str, value: float) -> float:
    """Return a number in [0, 1].

    Raises
    ------
    InputError
        The value is not such a number.
    """
    if not is_number(value) or not 0 <= value <= 1:
        refuse(name, "in [0, 1]", value)
    return float(value)


def check_per_feature(name: str, value: float | npt.ArrayLike) -> float | Array:
    """Return a number, or a read-only copy of an array of shape (p,).

    Raises
    ------
    InputError
        The value is neither.
    """
    if type(value) is float:
        return value
    array = real_array(name, value).copy()
    if array.ndim > 1:
        refuse(name, "a number or an array of shape (p,)", f"shape {array.shape}")
    if array.ndim == 0:
        return float(array)
    array.setflags(write=False)
    return array


def check_each(
    name: str, allowed: str, values: float | Array, good: bool | npt.NDArray[np.bool_]
) -> None:
    """Check the values of all features.

    Raises
    ------
    InputError
        Some values are not ``good``; the message names the first of these features.
    """
    if good is True or np.all(good):
        return
    if isinstance(good, bool) or not isinstance(values, np.ndarray):
        refuse(name, allowed, values)
    feature = int(np.argmin(good))
    raise InputError(
        f"{name} must be {allowed}. Received: {name}={values[feature]} for feature {feature} "
        f"({int(np.count_nonzero(~good))} such features)."
    )
