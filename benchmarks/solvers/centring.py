"""Centred columns, for path functions that leave the intercept to their callers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.task import Task

__all__ = ["centred"]

Array = npt.NDArray[np.float64]


def centred(task: Task) -> tuple[Any, dict[str, Any], Callable[[Array], Array]]:
    """Return columns to fit, what else the path function needs to know, and the way back.

    Dense columns are centred in a copy in Fortran order. Sparse ones stay as they are: scikit-learn
    and celer take their means as ``X_offset``.

    Returns
    -------
    X : ndarray or csc_matrix of shape (n, p)
    settings : dict
        More arguments for the path function.
    uncentre : callable
        Coefficients (p, S) to intercepts (S,), or (K, p, S) to (K, S).
    """
    means = np.asarray(task.X.mean(axis=0)).ravel()
    target = np.asarray(task.y.mean(axis=0))[..., None]

    def uncentre(coefs: Array) -> Array:
        return np.asarray(target - means @ coefs)

    if task.sparse:
        return task.X, {"X_offset": means, "X_scale": np.ones_like(means)}, uncentre
    return np.asarray(task.X - means, order="F"), {}, uncentre
