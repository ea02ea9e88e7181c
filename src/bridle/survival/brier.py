r"""Brier score of predicted survival probabilities, weighted by the inverse probability of censoring.

At a time t, with the predicted probability ``S_i`` that row i survives t, and the censoring distribution
G of the training rows,

``BS(t) = 1/n sum_i (S_i^2 1[T_i <= t, event] / G(T_i-) + (1 - S_i)^2 1[T_i > t] / G(t))``.

Source: Graf, Schmoor, Sauerbrei and Schumacher (1999), "Assessment and comparison of prognostic
classification schemes for survival data".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.arguments.real_numbers import real_array, shown
from bridle.errors import InputError
from bridle.survival.censoring import Censoring
from bridle.survival.outcomes import read_outcomes
from bridle.types import Array

__all__ = ["brier_score", "integrated_brier_score"]


def brier_score(y_train: Any, y: Any, survival: Any, times: Any) -> Array:
    """Return the Brier score at each time, shape (T,); smaller is better.

    ``BS(t) = 1/n sum_i (S_i^2 1[T_i <= t, event] / G(T_i-) + (1 - S_i)^2 1[T_i > t] / G(t))``.

    Parameters
    ----------
    y_train : structured array of shape (m,), or array-like of shape (m, 2)
        Survival times from which the censoring distribution is estimated.
    y : structured array of shape (n,), or array-like of shape (n, 2)
        Survival times.
    survival : array-like of shape (n, T)
        Predicted probability of surviving each time, in [0, 1].
    times : array-like of shape (T,)
        Ascending, at least 0.

    Returns
    -------
    ndarray of shape (T,)
        At least 0. A prediction of 1/2 for all rows scores about 0.25.

    Raises
    ------
    InputError
        An argument has another shape or is out of range, rows have a start, or no training row is
        observed at one of the times.

    Notes
    -----
    Source: Graf, Schmoor, Sauerbrei and Schumacher (1999), "Assessment and comparison of prognostic
    classification schemes for survival data", Statistics in Medicine 18.

    Examples
    --------
    >>> from bridle.survival import brier_score
    >>> y = [[1.0, 1], [2.0, 1], [3.0, 0]]
    >>> brier_score(y, y, [[0.2], [0.8], [0.9]], [1.5]).round(3).tolist()
    [0.03]
    """
    outcomes, train = read_outcomes(y), read_outcomes(y_train, "y_train")
    if outcomes.start is not None:
        raise InputError(
            "y must be times from the beginning for a Brier score. Received: rows with a start."
        )
    when, predicted = real_array("times", times), real_array("survival", survival)
    if when.ndim != 1 or not when.size or np.any(np.diff(when) <= 0) or not np.all(when >= 0):
        raise InputError(
            f"times must be ascending numbers from 0 up. Received: times={shown(times)}."
        )
    if predicted.shape != (outcomes.stop.size, when.size):
        raise InputError(
            f"survival must have a row for each of y and a column for each time, shape "
            f"{(outcomes.stop.size, when.size)}. Received: shape {predicted.shape}."
        )
    if not np.all((predicted >= 0) & (predicted <= 1)):
        raise InputError(
            "survival must hold probabilities in [0, 1]. Received: numbers from "
            f"{predicted.min():g} to {predicted.max():g}."
        )
    censoring = Censoring.of(train)
    at_times, at_stops = censoring.at(when), censoring.before(outcomes.stop)
    dead = outcomes.event[:, None] & (outcomes.stop[:, None] <= when)
    alive = outcomes.stop[:, None] > when
    lost = np.any(alive & (at_times == 0), axis=0) | np.any(dead & (at_stops == 0)[:, None], axis=0)
    if lost.any():
        raise InputError(
            "times must not go beyond the last at which a row of y_train is observed. Received: "
            f"{when[np.argmax(lost)]:g}."
        )
    inverse_times = 1 / np.where(at_times > 0, at_times, 1.0)
    inverse_stops = 1 / np.where(at_stops > 0, at_stops, 1.0)
    parts = (
        dead * predicted**2 * inverse_stops[:, None] + alive * (1 - predicted) ** 2 * inverse_times
    )
    return np.asarray(parts.mean(axis=0))


def integrated_brier_score(y_train: Any, y: Any, survival: Any, times: Any) -> float:
    r"""Return the mean Brier score over time, by the trapezoidal rule.

    .. math:: \int_{t_1}^{t_T} BS(t) \, dt \, / \, (t_T - t_1)

    Parameters
    ----------
    y_train, y : array-like
        As for `brier_score`.
    survival : array-like of shape (n, T)
        Predicted probability of surviving each time, in [0, 1].
    times : array-like of shape (T,)
        At least two, ascending.

    Returns
    -------
    float
        In the units of `brier_score`: 0 is best.

    Raises
    ------
    InputError
        As for `brier_score`, or fewer than two times.

    Notes
    -----
    Source: Graf, Schmoor, Sauerbrei and Schumacher (1999), "Assessment and comparison of prognostic
    classification schemes for survival data", Statistics in Medicine 18.

    Examples
    --------
    >>> from bridle.survival import integrated_brier_score
    >>> y = [[1.0, 1], [2.0, 1], [3.0, 0]]
    >>> round(integrated_brier_score(y, y, [[0.2, 0.1], [0.8, 0.3], [0.9, 0.8]], [1.5, 2.5]), 3)
    0.038
    """
    scores, when = brier_score(y_train, y, survival, times), real_array("times", times)
    if when.size < 2:
        raise InputError("times must be at least two, to integrate over. Received: one time.")
    widths = np.diff(when)
    return float(widths @ (scores[1:] + scores[:-1]) / 2 / widths.sum())
