"""A Keras history: the return value of ``fit``, its ``history``, or that as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from bridle.arguments.real_numbers import real_array
from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.logs.entries import Entries

__all__ = ["entries_of_history", "is_history", "losses_of_history"]


def is_history(given: object) -> bool:
    """Return whether this maps names to numbers by epoch, or has such a mapping as ``history``."""
    return isinstance(given, Mapping) or isinstance(getattr(given, "history", None), Mapping)


def entries_of_history(given: Any, name: str) -> Entries:
    """Return one entry for each epoch.

    Parameters
    ----------
    given : keras.callbacks.History or mapping of str to sequence of float
    name : str
        For messages.

    Raises
    ------
    InputError
        The sequences differ in length, or do not have one number per epoch.
    """
    recorded = _recorded(given)
    columns = {str(key): _by_epoch(value, str(key), name) for key, value in recorded.items()}
    lengths = {key: len(values) for key, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(
            f"{name} must hold as many numbers of each kind as there were epochs. Received: "
            f"{lengths}."
        )
    epochs = next(iter(lengths.values()), 0)
    rows = [
        {"epoch": float(epoch + 1), **{key: float(of[epoch]) for key, of in columns.items()}}
        for epoch in range(epochs)
    ]
    return Entries(name, "a history of Keras", rows, noise=_acting_dropout(given))


def losses_of_history(given: object, name: str, keys: Collection[str]) -> dict[str, Array]:
    """Return the numbers by epoch under some keys, each of shape (epochs,).

    Parameters
    ----------
    given : keras.callbacks.History or mapping of str to sequence of float
    name : str
        For messages.
    keys : collection of str
        Such as "loss" and "val_loss".

    Raises
    ------
    InputError
        The value is not a history, lacks a key, or does not have one number per epoch under it.
    """
    if not is_history(given):
        raise InputError(
            f"{name} must be the return value of fit(), or a mapping with 'loss' and 'val_loss'. "
            f"Received: {type(given).__name__}."
        )
    recorded = _recorded(given)
    for key in keys:
        if key not in recorded:
            raise InputError(
                f"{name} has no {key!r}: pass validation_data=... or validation_split=... to fit(). "
                f"It has: {', '.join(map(str, recorded)) or 'nothing'}."
            )
    return {key: _by_epoch(recorded[key], key, name) for key in keys}


def _recorded(given: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = given if isinstance(given, Mapping) else given.history
    return found


def _by_epoch(recorded: Any, key: str, name: str) -> Array:
    values = real_array(f"{key!r} of {name}", recorded)
    if values.ndim != 1:
        raise InputError(
            f"{name} must hold one number per epoch as {key!r}. Received: shape {values.shape}."
        )
    if len(values) == 0:
        raise InputError(
            f"{name} must hold one number per epoch, for at least one epoch of {key!r}. Received: none; "
            "was fit() called with epochs=0?"
        )
    return values


def _acting_dropout(given: Any) -> bool | None:
    """Return whether a history's network has dropout with a rate above 0; None if unknown."""
    model = getattr(given, "model", None)
    if model is None:
        return None
    rates = [getattr(layer, "rate", None) for layer in model._flatten_layers()]
    return any(isinstance(rate, float | int | np.floating) and rate > 0 for rate in rates)
