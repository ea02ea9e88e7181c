"""Real data from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["standardised_file"]


def standardised_file(file: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Read a table and its classes.

    Parameters
    ----------
    file : Path
        An .npz file of X, shape (n, p), and labels y, shape (n,).

    Returns
    -------
    X : ndarray of shape (n, p)
        In Fortran order; columns have mean 0 and standard deviation 1 (with 1/n), or are 0 if constant.
    y : ndarray of shape (n,)
        Classes 0 to K - 1.
    """
    with np.load(file) as held:
        X, labels = held["X"].astype(np.float64), held["y"]
    X -= X.mean(axis=0)
    spread = X.std(axis=0)
    X /= np.where(spread > 0, spread, 1.0)
    return np.asfortranarray(X), np.unique(labels, return_inverse=True)[1].astype(np.float64)
