"""Two sides of a comparison, timed in turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from statistics import median
from time import perf_counter

from benchmarks.scaffold.figures import Figures

__all__ = ["Call", "Pair", "compare"]

Call = Callable[[], object]


@dataclass(frozen=True)
class Pair:
    """Calls that do the same work with bridle's noise and with the other's.

    Attributes
    ----------
    ours, theirs : callable
        Without arguments; they return when the work is done.
    """

    ours: Call
    theirs: Call


def compare(
    pair: Pair,
    rounds: int,
    least: float = 0.1,
    clock: Callable[[], float] = perf_counter,
    warm_up: int = 3,
) -> Figures:
    """Time both sides in every round, the first to go taking turns.

    Parameters
    ----------
    pair : Pair
    rounds : int
        At least 1.
    least : float
        Seconds that a side takes in a round at least; short calls are repeated.
    clock : callable
        Returns seconds.
    warm_up : int
        Calls of each side that are not timed.
    """
    sides = (pair.ours, pair.theirs)
    for side in sides:
        _seconds(side, warm_up, clock)
    calls = [max(1, ceil(least / max(_seconds(side, 1, clock), 1e-6))) for side in sides]
    spent: tuple[list[float], list[float]] = ([], [])
    for round_ in range(rounds):
        for side in (0, 1) if round_ % 2 == 0 else (1, 0):
            spent[side].append(_seconds(sides[side], calls[side], clock))
    ratios = [ours / theirs for ours, theirs in zip(*spent, strict=True)]
    return Figures(median(spent[0]), median(spent[1]), median(ratios), rounds)


def _seconds(call: Call, times: int, clock: Callable[[], float]) -> float:
    """Return the mean seconds of a call."""
    began = clock()
    for _ in range(times):
        call()
    return (clock() - began) / times
