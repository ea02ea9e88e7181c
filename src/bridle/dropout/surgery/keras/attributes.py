"""Plain attributes of custom Keras layers and models, which a copy from a configuration may lose."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.surgery.keras.calls import sublayers

__all__ = ["carry_attributes"]

keras = load_keras()


def carry_attributes(old: Any, new: Any, *, deep: bool = True) -> None:
    """Give a copy the numbers, text and arrays that a custom layer holds as attributes.

    An attribute that was changed after construction, or that `get_config` leaves out, would have its
    first value in the copy. Attributes that Keras itself sets are not touched.

    Parameters
    ----------
    old, new : keras.Layer
        Of the same class.
    deep : bool
        Whether to do the same for the layers inside.
    """
    inside = (sublayers(old), sublayers(new)) if deep else ([], [])
    pairs = list(zip([old, *inside[0]], [new, *inside[1]], strict=False))
    if [type(layer) for layer, _ in pairs] != [type(layer) for _, layer in pairs]:
        return
    for before, after in pairs:
        if isinstance(before, keras.Layer) and not type(before).__module__.startswith("keras."):
            _carry(before, after)


def _carry(before: Any, after: Any) -> None:
    held = vars(after)
    for name, value in vars(before).items():
        if name.startswith("_") or name in _names_of_keras() or not _is_plain(value):
            continue
        if name not in held or not _equal(held[name], value):
            setattr(after, name, copy.deepcopy(value))


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str, np.generic, np.ndarray))


def _equal(value: Any, other: Any) -> bool:
    if type(value) is not type(other):
        return False
    if isinstance(value, np.ndarray):
        return np.array_equal(value, other)
    return bool(value == other)


@cache
def _names_of_keras() -> frozenset[str]:
    """Return the attributes of a layer and of a compiled model that Keras sets."""
    model = keras.Sequential()
    model.compile()
    return frozenset({*vars(model), *vars(keras.layers.Identity())})
