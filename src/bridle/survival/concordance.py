r"""Concordance: how often the row with the earlier event has the higher risk.

A pair (i, j) can be compared if i has an event at ``t_i`` and j is at risk then and outlives it: its
time is later, or equal and censored. With risks r and pair weights v,

``C = sum v_ij (1[r_i > r_j] + 1/2 1[r_i = r_j]) / sum v_ij``.

Sources: Harrell, Califf, Pryor, Lee and Rosati (1982), "Evaluating the yield of medical tests"; Uno,
Cai, Pencina, D'Agostino and Wei (2011), "On the C-statistics for evaluating overall adequacy of risk
prediction procedures with censored survival data".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.real_numbers import real_array
from bridle.arguments.row_weights import row_weights
from bridle.arguments.scalars import is_number, refuse
from bridle.errors import InputError
from bridle.survival.censoring import Censoring
from bridle.survival.outcomes import Outcomes, read_outcomes, read_strata
from bridle.survival.pairs import comparable_pairs, no_pair_error
from bridle.types import Array

__all__ = ["concordance", "harrell_c", "uno_c"]


def harrell_c(y: Any, risk: Any, sample_weight: Any = None, strata: Any = None) -> float:
    """Return Harrell's C: every pair that can be compared counts the same.

    Parameters
    ----------
    y : structured array of shape (n,), or array-like of shape (n, 2) or (n, 3)
        Survival times, as for `bridle.CoxElasticNet`.
    risk : array-like of shape (n,)
        Predicted risk: higher means an earlier event.
    sample_weight : array-like of shape (n,), optional
        The weight of a pair is the product of its rows' weights. Default: equal weights.
    strata : array-like of shape (n,), optional
        Only rows of one stratum are compared. Default: all.

    Returns
    -------
    float
        In [0, 1]: 1 for the right order, 0.5 for random risks.

    Raises
    ------
    InputError
        An argument has another length or form, or no pair can be compared.

    Examples
    --------
    >>> from bridle.survival import harrell_c
    >>> harrell_c([[1.0, 1], [2.0, 1], [3.0, 0]], [0.9, 0.1, 0.4])
    0.6666666666666666
    """
    outcomes = read_outcomes(y)
    n = outcomes.stop.size
    codes, _ = read_strata(strata, n)
    return concordance(outcomes, _risks(risk, n), row_weights(sample_weight, n), strata=codes)


def uno_c(y_train: Any, y: Any, risk: Any, tau: float | None = None) -> float:
    """Return Uno's C: events have weight ``1 / G(t-)^2``, so that censoring does not matter.

    Parameters
    ----------
    y_train : as `y`
        Survival times from which the censoring distribution G is estimated.
    y : structured array of shape (n,), or array-like of shape (n, 2) or (n, 3)
        Survival times.
    risk : array-like of shape (n,)
        Predicted risk: higher means an earlier event.
    tau : float, optional
        Only events before it count; above 0. Default: all events, which needs G to be above 0 at the
        last of them.

    Returns
    -------
    float
        In [0, 1]: 1 for the right order, 0.5 for random risks.

    Raises
    ------
    InputError
        An argument has another length or form, no pair can be compared, or G is 0 at an event.

    Examples
    --------
    >>> from bridle.survival import uno_c
    >>> y = [[1.0, 1], [2.0, 1], [3.0, 0]]
    >>> uno_c(y, y, [0.9, 0.1, 0.4])
    0.6666666666666666
    """
    outcomes, train = read_outcomes(y), read_outcomes(y_train, "y_train")
    if tau is not None and not (is_number(tau) and tau > 0):
        refuse("tau", "above 0", tau)
    n = outcomes.stop.size
    counted = outcomes.event & (outcomes.stop < (np.inf if tau is None else tau))
    free = Censoring.of(train).before(outcomes.stop)
    if np.any(free[counted] <= 0):
        last = float(outcomes.stop[counted & (free > 0)].max(initial=0.0))
        raise InputError(
            "tau must exclude events after the last time at which a row of y_train is observed. "
            f"Received: tau={tau}; the last event that has a weight is at {last:g}."
        )
    of_events = np.zeros(n)
    of_events[counted] = free[counted] ** -2.0
    return concordance(outcomes, _risks(risk, n), np.ones(n), of_events)


def concordance(
    outcomes: Outcomes,
    risk: Array,
    weights: Array,
    of_events: Array | None = None,
    strata: npt.NDArray[np.intp] | None = None,
) -> float:
    """Return the concordance with pair weights ``w_i w_j`` times a weight of the event.

    Parameters
    ----------
    outcomes : Outcomes
    risk, weights : ndarray of shape (n,)
    of_events : ndarray of shape (n,), optional
        Weight of each row's event. Default: 1.
    strata : ndarray of shape (n,), int, optional
        Only rows of one stratum are compared. Default: all.

    Raises
    ------
    InputError
        No two rows can be compared.
    """
    factor = np.ones(risk.size) if of_events is None else of_events
    events = np.flatnonzero(outcomes.event & (weights * factor > 0))
    agreed = total = 0.0
    for some, pairs in comparable_pairs(outcomes, events, strata):
        weight = pairs * weights * (weights * factor)[some, None]
        higher, equal = risk[some, None] > risk, risk[some, None] == risk
        agreed += float((weight * (higher + 0.5 * equal)).sum())
        total += float(weight.sum())
    if total == 0:
        raise no_pair_error(risk.size)
    return agreed / total


def _risks(risk: Any, n: int) -> Array:
    found = real_array("risk", risk)
    if found.shape != (n,) or not np.isfinite(found).all():
        raise InputError(
            f"risk must hold a finite number for each of the {n} rows of y. Received: shape "
            f"{found.shape}{'' if found.shape != (n,) else ', with a number that is not finite'}."
        )
    return found
