r"""The losses of the benchmark as formulas: values, the null model, and how many outputs there are.

Written with NumPy and SciPy alone, apart from bridle's own losses, so that they can judge bridle as well
as the others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, xlogy

__all__ = [
    "PERFECT",
    "count_outputs",
    "cox_losses",
    "mean_losses",
    "null_predictors",
    "null_residuals",
    "one_hot",
]

Array = npt.NDArray[np.float64]

PERFECT: dict[str, Callable[[Array], Array]] = {
    "poisson": lambda y: y - xlogy(y, y),
    "gamma": lambda y: 1 + np.log(y),
    "tweedie": lambda y: 4 * np.sqrt(y),
}
"""Losses of a model that predicts every row exactly, where they are not 0."""


def count_outputs(loss: str, y: Array) -> int:
    """Return the number of linear predictors of a row: of classes, of responses, or 1."""
    if loss == "multinomial":
        return int(y.max()) + 1
    return y.shape[1] if loss == "responses" else 1


def one_hot(y: Array) -> Array:
    """Return a column of 0 and 1 for each class, shape (n, K), from codes 0 to K - 1."""
    return np.asarray(y[:, None] == np.arange(int(y.max()) + 1), np.float64)


def mean_losses(loss: str, y: Array, eta: Array) -> Array:
    """Return the mean loss at each strength, shape (S,).

    Parameters
    ----------
    loss : str
    y : ndarray of shape (n,), (n, K) for "responses", or (n, 2) for "cox": times, and 1 for an event
    eta : ndarray of shape (n, S), or (n, K, S) for "multinomial" and "responses"
    """
    if loss == "cox":
        return cox_losses(y, eta) / y.shape[0]
    if loss == "multinomial":
        own = np.take_along_axis(eta, y.astype(np.intp)[:, None, None], axis=1)[:, 0]
        return np.asarray((logsumexp(eta, axis=1) - own).mean(axis=0))
    if loss == "responses":
        return np.asarray(((y[:, :, None] - eta) ** 2).sum(axis=1).mean(axis=0) / 2)
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


def cox_losses(y: Array, eta: Array) -> Array:
    """Return ``sum over events of log sum_{j at risk} exp(eta_j) - eta_i``, shape (n, S) to (S,)."""
    latest_first, event, last_at_risk = _risk_sets(y)
    eta = eta[latest_first]
    at_risk = np.logaddexp.accumulate(eta, axis=0)[last_at_risk]
    return np.asarray((at_risk - eta)[event].sum(axis=0))


def null_predictors(loss: str, y: Array) -> Array:
    """Return the best linear predictors without features, shape (1, 1), or (1, K, 1)."""
    mean = y.mean(axis=0)
    if loss == "cox":
        return np.zeros((1, 1))
    if loss == "multinomial":
        return np.asarray(np.log(one_hot(y).mean(axis=0))[None, :, None])
    if loss == "responses":
        return np.asarray(mean[None, :, None])
    if loss == "logistic":
        return np.full((1, 1), np.log(mean / (1 - mean)))
    return np.full((1, 1), np.log(mean) if loss in PERFECT else mean)


def null_residuals(loss: str, y: Array) -> Array:
    """Return minus n times the gradient of the mean loss at the null model, shape (n, K).

    That is y less its mean. Residuals of gamma and Tweedie loss are divided by the mean, to the power of
    the variance less 1; those of Cox loss are observed less expected events.
    """
    if loss == "cox":
        latest_first, event, last_at_risk = _risk_sets(y)
        # An event of m rows at risk expects 1 / m of each of them.
        shares = np.zeros(y.shape[0])
        np.add.at(shares, last_at_risk[event], 1 / (last_at_risk[event] + 1.0))
        residuals = np.empty(y.shape[0])
        residuals[latest_first] = event - np.cumsum(shares[::-1])[::-1]
        return residuals[:, None]
    columns = one_hot(y) if loss == "multinomial" else y.reshape(y.shape[0], -1)
    mean = columns.mean(axis=0)
    power = {"gamma": 1.0, "tweedie": 0.5}.get(loss)
    return np.asarray((columns - mean) / (1.0 if power is None else mean**power))


def _risk_sets(
    y: Array,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Return rows by falling time, which of them are events, and the last row at risk with each."""
    order = np.argsort(-y[:, 0], kind="stable")
    backwards = -y[order, 0]
    return order, y[order, 1] > 0, np.searchsorted(backwards, backwards, side="right") - 1
