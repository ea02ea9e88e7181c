"""Strengths at one l1_ratio."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Grid"]


class Grid(NamedTuple):
    """Strengths (scikit-learn's alphas) of shape (S,), and the l1_ratio that they share."""

    strengths: npt.NDArray[np.float64]
    l1_ratio: float
