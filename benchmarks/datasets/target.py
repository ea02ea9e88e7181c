"""Targets with a known share of noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["SIGNAL_TO_NOISE", "targets"]

SIGNAL_TO_NOISE = 3.0
"""Variance of the signal over that of the noise."""

_LOGISTIC_NOISE = np.pi**2 / 3
_GUMBEL_NOISE = np.pi**2 / 6
"""Variances of a logistic variable, and of a Gumbel variable: the log of an exponential one."""

_SPREAD = 0.8
"""Standard deviation of the log mean of counts."""


def targets(
    signal: npt.NDArray[np.float64], loss: str, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    r"""Return targets whose signal has three times the variance of their noise.

    Squared loss gets ``y = signal + noise``, centred and in unit variance (with 1/n): glmnet divides
    y by its standard deviation inside, so that any other variance would be another objective.
    Logistic loss gets labels 0 and 1, the signs of signal plus logistic noise (variance
    ``pi^2 / 3``). Poisson loss gets counts with the mean ``m = 2 exp(0.8 signal)``, the signal in unit
    variance; gamma loss gets amounts of that mean and shape 2; Tweedie loss gets sums of a Poisson
    number, of mean ``sqrt(m)``, of amounts of mean ``sqrt(m)``.

    Several signals are classes or responses. Multinomial loss gets the class whose signal plus Gumbel
    noise (variance ``pi^2 / 6``) is largest, and several responses each what squared loss gets. Cox loss
    gets exponential times whose log hazard is the signal, about half of them censored at times of the
    same distribution.

    Parameters
    ----------
    signal : ndarray of shape (n,), or (n, K) for "multinomial" and "responses"
    loss : str
        See `benchmarks.task.Task`.
    rng : Generator

    Returns
    -------
    ndarray of shape (n,), (n, K) for "responses", or (n, 2) for "cox"
    """
    signal = (signal - signal.mean(axis=0)) / signal.std(axis=0)
    if loss == "multinomial":
        noise = rng.gumbel(size=signal.shape)
        best = np.argmax(np.sqrt(SIGNAL_TO_NOISE * _GUMBEL_NOISE) * signal + noise, axis=1)
        # Without gaps, where a class is the best of no row.
        return np.unique(best, return_inverse=True)[1].astype(np.float64)
    if loss == "cox":
        hazard = np.exp(np.sqrt(SIGNAL_TO_NOISE * _GUMBEL_NOISE) * signal)
        time = rng.exponential(1 / hazard)
        censored = rng.permutation(rng.exponential(1 / hazard))
        return np.column_stack([np.minimum(time, censored), time <= censored])
    if loss == "logistic":
        noise = rng.logistic(size=signal.size)
        return (np.sqrt(SIGNAL_TO_NOISE * _LOGISTIC_NOISE) * signal + noise > 0).astype(np.float64)
    mean = 2 * np.exp(_SPREAD * signal)
    if loss == "poisson":
        return rng.poisson(mean).astype(np.float64)
    if loss == "gamma":
        return rng.gamma(2.0, mean / 2)
    if loss == "tweedie":
        # A sum of k gamma amounts of shape 2 is a gamma amount of shape 2 k.
        claims = rng.poisson(np.sqrt(mean))
        return rng.gamma(2.0 * np.maximum(claims, 1), np.sqrt(mean) / 2) * (claims > 0)
    y = np.sqrt(SIGNAL_TO_NOISE) * signal + rng.standard_normal(signal.shape)
    return np.asarray((y - y.mean(axis=0)) / y.std(axis=0))
