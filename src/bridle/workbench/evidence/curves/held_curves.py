"""Curves of runs with different numbers of epochs, extended to equal lengths.

A run that has ended keeps its last value. Otherwise the mean over the runs would jump when one
ends, and its lowest epoch would depend on which runs ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["held_curves"]


def held_curves(curves: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Return an array with one row per curve, as long as the longest curve.

    Parameters
    ----------
    curves : sequence of sequence of float
        At least one. An empty curve becomes a row of NaN.
    """
    held = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(held, curves, strict=True):
        row[: len(curve)] = curve
        row[len(curve) :] = curve[-1] if len(curve) else np.nan
    return held
