r"""The one judge: the grid of strengths and the objective of every solver's answers.

Written with NumPy and SciPy alone, apart from bridle's own losses and certificates, so that it can judge
bridle as well as the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.losses import PERFECT, count_outputs, mean_losses, null_predictors, null_residuals

__all__ = ["Objective"]

Array = npt.NDArray[np.float64]

_BATCH = 10
"""Strengths judged at once: n x 10 linear predictors stay small beside X."""


class Objective:
    r"""Elastic-net objective at one share of l1, with unpenalised intercepts.

    .. math::
        \frac{1}{n} \sum_i f(y_i, b_0 + x_i b)
        + a \left(r \|b\|_1 + \frac{1 - r}{2} \|b\|_2^2\right)

    with ``f = (y - eta)^2 / 2`` (squared), ``log(1 + exp(eta)) - y eta`` (logistic),
    ``exp(eta) - y eta`` (poisson), ``y exp(-eta) + eta`` (gamma),
    ``2 exp(eta / 2) + 2 y exp(-eta / 2)`` (tweedie, of power 1.5),
    ``log sum_k exp(eta_k) - eta_y`` (multinomial), ``sum_k (y_k - eta_k)^2 / 2`` (responses) or the
    negative log partial likelihood (cox, without intercept).

    "responses" has the sum over features of ``(sum_k b_jk^2)^(1/2)`` in place of the l1 norm: a feature
    is used for all responses or for none.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, p)
    y : ndarray of shape (n,) or (n, columns)
        See `Task`.
    loss : str
    l1_ratio : float
        r in (0, 1].
    """

    def __init__(self, X: Any, y: Array, loss: str, l1_ratio: float = 0.5) -> None:
        self.X = X
        self.y = y
        self.loss = loss
        self.l1_ratio = l1_ratio
        self.outputs = count_outputs(loss, y)

    @property
    def half_null_deviance(self) -> float:
        """Mean loss of the best model without features less that of a perfect one."""
        null = null_predictors(self.loss, self.y)
        null = np.broadcast_to(null, (self.y.shape[0], *null.shape[1:]))
        perfect = float(PERFECT[self.loss](self.y).mean()) if self.loss in PERFECT else 0.0
        return float(self.mean_loss(null)[0]) - perfect

    @property
    def strength_max(self) -> float:
        """The smallest strength at which all coefficients are 0.

        That is ``max |X'(y - mean)| / (n r)``, with `null_residuals` in place of ``y - mean``, and for
        "responses" the largest norm of a row of ``X'(y - mean)``.
        """
        gradient = np.asarray(self.X.T @ null_residuals(self.loss, self.y))
        sizes = np.linalg.norm(gradient, axis=1) if self._is_tied else np.abs(gradient)
        return float(sizes.max()) / (self.y.shape[0] * self.l1_ratio)

    def grid(self, smallest: float, size: int = 100) -> Array:
        """Return decreasing strengths from the largest to ``smallest`` times it, evenly in logs."""
        return self.strength_max * np.geomspace(1, smallest, size)

    def mean_loss(self, eta: Array) -> Array:
        """Return the mean loss of linear predictors, shape (n, S) or (n, K, S) to (S,)."""
        return mean_losses(self.loss, self.y, eta)

    def values(self, alphas: Array, coefs: Any, intercepts: Array) -> Array:
        """Return the objective at each strength.

        Parameters
        ----------
        alphas : ndarray of shape (S,)
        coefs : csc_matrix of shape (K p, S)
            The p coefficients of the first output, then those of the next.
        intercepts : ndarray of shape (S,), or (K, S)

        Returns
        -------
        ndarray of shape (S,)
        """
        constants = np.reshape(intercepts, (self.outputs, alphas.size))
        losses = []
        for start in range(0, alphas.size, _BATCH):
            part = slice(start, start + _BATCH)
            eta = self._predict(coefs[:, part]) + constants[:, part]
            losses.append(self.mean_loss(eta if self.outputs > 1 else eta[:, 0]))
        size, square = self._sizes(coefs)
        penalty = self.l1_ratio * size + (1 - self.l1_ratio) / 2 * square
        return np.concatenate(losses) + alphas * penalty

    @property
    def _is_tied(self) -> bool:
        return self.loss == "responses"

    def _sizes(self, coefs: Any) -> tuple[Array, Array]:
        """Return the l1 norms, or the sums of norms of rows, and the squared l2 norms, shape (S,)."""
        squares = sparse.csc_matrix(coefs.multiply(coefs))
        size = abs(coefs)
        if self._is_tied:
            size = np.sqrt(sum(squares[rows] for rows in self._rows_of_outputs()))
        return np.ravel(size.sum(axis=0)), np.ravel(squares.sum(axis=0))

    def _predict(self, coefs: Any) -> Array:
        """Return X b from the features that are used, shape (K p, S) to (n, K, S)."""
        return np.stack([self._product(coefs[rows]) for rows in self._rows_of_outputs()], axis=1)

    def _product(self, coefs: Any) -> Array:
        used = np.unique(coefs.indices)
        part: Any = self.X[:, used]
        if sparse.issparse(part):
            return np.asarray((part @ coefs[used]).toarray())
        return np.asarray(part.astype(np.float64) @ coefs[used].toarray())

    def _rows_of_outputs(self) -> list[slice]:
        p = self.X.shape[1]
        return [slice(output * p, (output + 1) * p) for output in range(self.outputs)]
