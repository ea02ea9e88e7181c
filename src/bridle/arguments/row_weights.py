"""Row weights: finite numbers of at least 0, one for each row, checked and scaled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.arguments.real_numbers import real_array
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["check_row_weights", "check_weights", "row_weights", "shares"]


def check_row_weights(sample_weight: npt.ArrayLike | None, n: int) -> Array | None:
    """Return weights as an array of shape (n,), None for None; a single number applies to all rows.

    Raises
    ------
    InputError
        They are not numbers, have another shape, are negative or not finite, or are all 0.
    """
    if sample_weight is None:
        return None
    weights = real_array("sample_weight", sample_weight)
    weights = np.full(n, float(weights)) if weights.ndim == 0 else weights
    check_weights("sample_weight", weights, n)
    return weights


def row_weights(sample_weight: npt.ArrayLike | None, n: int) -> Array:
    """Return weights as `check_row_weights` does, but ones for None.

    Raises
    ------
    InputError
        As for `check_row_weights`.
    """
    weights = check_row_weights(sample_weight, n)
    return np.ones(n) if weights is None else weights


def check_weights(name: str, weights: Array, n: int) -> None:
    """Raise an error unless there are n finite weights of at least 0, one of them positive.

    Raises
    ------
    InputError
        The weights have another shape, are negative or not finite, or are all 0.
    """
    if weights.shape != (n,):
        raise InputError(f"{name} must have shape ({n},). Received: shape {weights.shape}.")
    bad = np.flatnonzero(~(weights >= 0) | np.isinf(weights))
    if bad.size:
        raise InputError(
            f"{name} must be finite and at least 0. "
            f"Received: {weights[bad[0]]} in row {bad[0]} ({bad.size} such rows)."
        )
    if not np.any(weights > 0):
        raise InputError(
            f"{name} must not all be 0: at least one row needs a positive weight. Received: only zeros."
        )


def shares(weights: Array | None, n: int) -> Array:
    """Return weights of sum 1, shape (n,): equal ones for None.

    Raises
    ------
    InputError
        As for `check_weights`.
    """
    if weights is None:
        return np.full(n, 1.0 / n)
    weights = np.asarray(weights, dtype=np.float64)
    check_weights("weights", weights, n)
    # Largest first, since the sum of huge weights may overflow.
    weights = weights / weights.max()
    return np.asarray(weights / weights.sum())
