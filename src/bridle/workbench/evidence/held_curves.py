"""Curves of runs that end at different epochs, side by side: one that has ended keeps its last value.

So the mean over the runs does not jump where one ends, and whoever asks for its lowest epoch gets the
same answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["held_curves"]


def held_curves(curves: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Return one row a curve, as long as the longest of them.

    Parameters
    ----------
    curves : sequence of sequence of float
        At least one. NaN stands for what an empty one would hold.
    """
    held = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(held, curves, strict=True):
        row[: len(curve)] = curve
        row[len(curve) :] = curve[-1] if len(curve) else np.nan
    return held
