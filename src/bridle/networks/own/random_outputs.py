"""Networks whose outputs in training are drawn at random, although their dropout is off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bridle.errors import InputError
from bridle.networks.own.building.one_line import one_line
from bridle.types import AnyArray

__all__ = ["TIMES", "refuse_random_outputs"]

TIMES = 16
"""Copies of a row: noise at rate p on a unit is equal in all with p^16 + (1 - p)^16, 3e-5 at 0.5."""


def refuse_random_outputs(
    training_pass: Callable[[int], AnyArray], made: str, method: str, layer: str
) -> None:
    """Raise an error if equal rows have other outputs in training, or those of a second pass differ.

    Parameters
    ----------
    training_pass : callable
        Takes a seed; returns the outputs in training of rows that follow each other `TIMES` times.
    made, method, layer : str
        Names of the network, of its method and of a layer of dropout, for the messages.

    Raises
    ------
    InputError
        Outputs differ, or a pass fails.
    """
    try:
        first, other = training_pass(0), training_pass(1)
    except Exception as error:  # custom code may raise anything
        raise InputError(
            f"network must accept rows in training too. Received: a {made} that fails with: "
            f"{one_line(error)}"
        ) from error
    equal_rows = first[::TIMES].repeat(TIMES, axis=0)
    if not (_close(first, equal_rows) and _close(first, other)):
        raise InputError(
            "network must have no noise that cannot be removed, or the baseline would not be plain. "
            f"Received: a {made} whose outputs in training differ for equal rows or from pass to pass, "
            f"although its dropout is off: its {method} draws random numbers. Remove that, or use "
            f"{layer} instead."
        )


def _close(value: AnyArray, other: AnyArray) -> bool:
    size = float(np.abs(value[np.isfinite(value)]).max(initial=0.0))
    return np.allclose(value, other, rtol=1e-3, atol=1e-4 * size, equal_nan=True)
