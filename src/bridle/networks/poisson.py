"""Poisson deviance of counts, and their means from linear predictors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from bridle.types import Array

__all__ = ["deviance_of_outputs", "means", "poisson_deviance"]

_FARTHEST = 700.0
"""Largest absolute logarithm of a mean: its exponential is a number above 0."""


def poisson_deviance(y: npt.NDArray[Any], mean: npt.NDArray[Any]) -> Array:
    """Return ``2 (y log(y / m) - y + m)`` of each row.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Counts, at least 0, or counts divided by a number.
    mean : ndarray of shape (n,)
        Predictions m in the same unit, at least 0; above 0 where y is.
    """
    used = np.where(y > 0, mean, 1.0)
    ratio = np.divide(y, used, out=np.ones(len(y)), where=y > 0)
    return np.asarray(2.0 * (xlogy(y, ratio) - y + mean), dtype=np.float64)


def deviance_of_outputs(y: npt.NDArray[Any], z: Array) -> Array:
    """Return the deviance of each row from the logarithm z of its mean; inf where exp(z) is."""
    return np.asarray(2.0 * (xlogy(y, y) - y - y * z + np.exp(z)), dtype=np.float64)


def means(z: Array) -> Array:
    """Return ``exp(z)``, a number above 0 also for z beyond 700."""
    return np.asarray(np.exp(np.clip(z, -_FARTHEST, _FARTHEST)))
