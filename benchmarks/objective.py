r"""The one judge: the grid of strengths and the objective of every solver's answers.

Written with NumPy and SciPy alone, apart from bridle's own losses and certificates, so that it can judge
bridle as well as the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import xlogy

__all__ = ["Objective"]

Array = npt.NDArray[np.float64]

_BATCH = 10
"""Strengths judged at once: n x 10 linear predictors stay small beside X."""

PERFECT: dict[str, Callable[[Array], Array]] = {
    "poisson": lambda y: y - xlogy(y, y),
    "gamma": lambda y: 1 + np.log(y),
    "tweedie": lambda y: 4 * np.sqrt(y),
}
"""Losses of a model that predicts every row exactly, where they are not 0."""


def mean_losses(loss: str, y: Array, eta: Array) -> Array:
    """Return the mean loss of each column of linear predictors, shape (n, S) to (S,)."""
    y = y[:, None]
    if loss == "squared":
        return np.asarray(((y - eta) ** 2).mean(axis=0) / 2)
    if loss == "poisson":
        return np.asarray((np.exp(eta) - y * eta).mean(axis=0))
    if loss == "gamma":
        return np.asarray((y * np.exp(-eta) + eta).mean(axis=0))
    if loss == "tweedie":
        return np.asarray(2 * (np.exp(eta / 2) + y * np.exp(-eta / 2)).mean(axis=0))
    return np.asarray((np.logaddexp(0, eta) - y * eta).mean(axis=0))


class Objective:
    r"""Elastic-net objective at one share of l1, with an unpenalised intercept.

    .. math::
        \frac{1}{n} \sum_i f(y_i, b_0 + x_i b)
        + a \left(r \|b\|_1 + \frac{1 - r}{2} \|b\|_2^2\right)

    with ``f = (y - eta)^2 / 2`` (squared), ``log(1 + exp(eta)) - y eta`` (logistic),
    ``exp(eta) - y eta`` (poisson), ``y exp(-eta) + eta`` (gamma) or
    ``2 exp(eta / 2) + 2 y exp(-eta / 2)`` (tweedie, of power 1.5).

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, p)
    y : ndarray of shape (n,)
    loss : str
        "squared", "logistic", "poisson", "gamma" or "tweedie".
    l1_ratio : float
        r in (0, 1].
    """

    def __init__(self, X: Any, y: Array, loss: str, l1_ratio: float = 0.5) -> None:
        self.X = X
        self.y = y
        self.loss = loss
        self.l1_ratio = l1_ratio

    @property
    def half_null_deviance(self) -> float:
        """Mean loss of the best model without features less that of a perfect one."""
        mean = self.y.mean()
        null, perfect = mean, 0.0
        if self.loss == "logistic":
            null = np.log(mean / (1 - mean))
        elif self.loss in PERFECT:
            null = np.log(mean)
            perfect = float(PERFECT[self.loss](self.y).mean())
        return float(self.mean_loss(np.full((self.y.size, 1), null))[0]) - perfect

    @property
    def strength_max(self) -> float:
        """The smallest strength at which all coefficients are 0: ``max |X'(y - mean)| / (n r)``.

        The residuals of gamma and Tweedie loss are divided by the mean, to the power of the variance
        less 1.
        """
        mean = self.y.mean()
        scale = {"gamma": mean, "tweedie": np.sqrt(mean)}.get(self.loss, 1.0)
        gradient = self.X.T @ ((self.y - mean) / scale)
        return float(np.abs(gradient).max()) / (self.y.size * self.l1_ratio)

    def grid(self, smallest: float, size: int = 100) -> Array:
        """Return decreasing strengths from the largest to ``smallest`` times it, evenly in logs."""
        return self.strength_max * np.geomspace(1, smallest, size)

    def mean_loss(self, eta: Array) -> Array:
        """Return the mean loss of each column of linear predictors, shape (n, S) to (S,)."""
        return mean_losses(self.loss, self.y, eta)

    def values(self, alphas: Array, coefs: Any, intercepts: Array) -> Array:
        """Return the objective at each strength.

        Parameters
        ----------
        alphas : ndarray of shape (S,)
        coefs : csc_matrix of shape (p, S)
        intercepts : ndarray of shape (S,)

        Returns
        -------
        ndarray of shape (S,)
        """
        size = np.asarray(abs(coefs).sum(axis=0)).ravel()
        square = np.asarray(coefs.multiply(coefs).sum(axis=0)).ravel()
        losses = [
            self.mean_loss(self._predict(coefs[:, start : start + _BATCH]) + part)
            for start, part in _batches(intercepts)
        ]
        penalty = self.l1_ratio * size + (1 - self.l1_ratio) / 2 * square
        return np.concatenate(losses) + alphas * penalty

    def _predict(self, coefs: Any) -> Array:
        """Return X b from the features that are used, shape (p, S) to (n, S)."""
        used = np.unique(coefs.indices)
        part: Any = self.X[:, used]
        if sparse.issparse(part):
            return (part @ coefs[used]).toarray()
        return part.astype(np.float64) @ coefs[used].toarray()


def _batches(intercepts: Array) -> list[tuple[int, Array]]:
    starts = range(0, intercepts.size, _BATCH)
    return [(start, intercepts[start : start + _BATCH]) for start in starts]
