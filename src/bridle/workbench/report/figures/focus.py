"""Focus: the region of a loss axis that matters, without a diverged first epoch or a lost arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.types import Array

__all__ = ["focused"]

_USUAL = 0.9
"""Quantile of the losses up to which the axis always extends."""

_STRAY = 3.0
"""A loss more than this many times as far above the lowest as that quantile may be outside."""

_ROOM = 0.06
"""Fraction of the range that is added on either side."""


def focused(lines: Sequence[Array]) -> tuple[float, float]:
    """Return the limits of an axis for lines of losses.

    The lowest loss is always inside, and so are nine of ten losses and at least half of the lines'
    ends. Losses more than three times as far above the lowest are outside: those of a first epoch
    that diverged, or of an arm that diverged when most did not. Without such losses all are inside.

    Parameters
    ----------
    lines : sequence of ndarray of shape (epochs,)
        Means over splits; at least one value is finite.
    """
    finite = [line[np.isfinite(line)] for line in lines]
    finite = [line for line in finite if line.size]
    values = np.concatenate(finite)
    low = float(values.min())
    ends = np.array([line[-1] for line in finite])
    usual = max(float(np.quantile(values, _USUAL)), float(np.median(ends)))
    limit = low + _STRAY * (usual - low)
    inside = ends[ends <= limit]
    high = float(values.max())
    if high > limit:
        high = max(usual + (usual - low) / 2, float(inside.max(initial=usual)))
    spread = high - low or abs(high) or 1.0
    return low - _ROOM * spread, high + _ROOM * spread
