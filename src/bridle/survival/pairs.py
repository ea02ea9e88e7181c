"""Pairs of rows that can be compared: one has an event, and the other outlives it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bridle.errors import InputError
from bridle.survival.outcomes import Outcomes
from bridle.types import Flags, Index

__all__ = ["comparable_pairs", "no_pair_error"]

# Pairs that are compared together, in a few arrays of 80 MB. Not tuned.
_PAIRS_AT_ONCE = 10_000_000


def comparable_pairs(
    outcomes: Outcomes,
    events: Index,
    strata: npt.NDArray[np.intp] | None = None,
) -> Iterator[tuple[Index, Flags]]:
    """Yield some events, and which rows can be compared with each of them.

    Row j can be compared with row i if i has an event, at which j is at risk, and j outlives it: its
    time is later, or equal and censored.

    Parameters
    ----------
    outcomes : Outcomes
        Of n rows.
    events : ndarray of int
        Rows with an event.
    strata : ndarray of shape (n,), int, optional
        Only rows of one stratum are compared. Default: all.

    Yields
    ------
    some : ndarray of int of shape (k,)
        The next of ``events``.
    pairs : ndarray of shape (k, n), bool
    """
    stop, starts, censored = outcomes.stop, outcomes.starts, ~outcomes.event
    block = max(1, _PAIRS_AT_ONCE // max(stop.size, 1))
    for first in range(0, events.size, block):
        some = events[first : first + block]
        time = stop[some, None]
        pairs = ((stop > time) | ((stop == time) & censored)) & (starts < time)
        if strata is not None:
            pairs &= strata == strata[some, None]
        yield some, pairs


def no_pair_error(rows: int) -> InputError:
    """Return the error for rows of which no two can be compared."""
    return InputError(
        "y must hold two rows that can be compared: one with an event, and one that outlives it. "
        f"Received: {rows} rows without such a pair."
    )
