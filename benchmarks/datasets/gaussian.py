"""Gaussian features, each correlated with its neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.datasets.target import targets

__all__ = ["correlated_gaussian"]

_CORRELATION = 0.5


def correlated_gaussian(
    n: int,
    p: int,
    loss: str,
    informative: int,
    *,
    outputs: int = 1,
    order: str = "F",
    dtype: str = "float64",
    seed: int = 0,
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.float64]]:
    r"""Draw an AR(1) table: ``x_j = r x_{j-1} + sqrt(1 - r^2) z_j`` with r = 0.5, rows independent.

    Parameters
    ----------
    n, p : int
        Rows and features.
    loss : str
        See `benchmarks.task.Task`.
    informative : int
        Number of features that carry signal, at random places.
    outputs : int
        Classes or responses, each with a signal of its own in the same features.
    order : str
        "F" or "C": how X lies in memory.
    dtype : str
        "float64" or "float32". Numbers are drawn as float64 and rounded.
    seed : int

    Returns
    -------
    X : ndarray of shape (n, p)
    y : ndarray of shape (n,) or (n, columns)
        See `benchmarks.datasets.target.targets`.
    """
    rng = np.random.default_rng(seed)
    X = np.empty((n, p), dtype=dtype, order="F")
    column = rng.standard_normal(n)
    X[:, 0] = column
    innovation = np.sqrt(1 - _CORRELATION**2)
    for j in range(1, p):
        column = _CORRELATION * column + innovation * rng.standard_normal(n)
        X[:, j] = column
    chosen = rng.choice(p, informative, replace=False)
    several = (outputs,) if outputs > 1 else ()
    signal = X[:, chosen].astype(np.float64) @ rng.standard_normal((informative, *several))
    y = targets(signal, loss, rng)
    return np.asarray(X, order="C" if order == "C" else "F"), y
