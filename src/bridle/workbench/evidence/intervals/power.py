"""Power: the smallest detectable difference, and the splits needed for a decision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr, stdtrit

from bridle.errors import InputError
from bridle.workbench.evidence.intervals.corrected_interval import Interval

__all__ = [
    "DEFAULT_POWER",
    "MOST_SPLITS",
    "Power",
    "detected_effect",
    "power_of",
    "smallest_effect",
    "splits_to_settle",
]

DEFAULT_POWER = 0.8
"""The usual power of a planned study.

Source: Cohen 1988, "Statistical power analysis for the behavioral sciences".
"""

MOST_SPLITS = 100
"""Largest number of splits that is recommended; beyond it, more rows are needed."""

_QUANTILES = 4000
"""Quantiles of the estimated variance over which the power is averaged."""


@dataclass(frozen=True)
class Power:
    """What a comparison can detect.

    Attributes
    ----------
    smallest_difference : float
        The true difference that a study of this size detects with probability ``probability``, in
        the unit of the metric.
    probability : float
        In (0, 1).
    splits_to_settle : int or None
        Total number of splits for which the interval is expected to exclude 0 or to be within the
        margin, if the observed difference is the true one. None if up to `MOST_SPLITS` splits would
        not suffice, so that more rows are needed.
    """

    smallest_difference: float
    probability: float
    splits_to_settle: int | None


def power_of(
    interval: Interval, n_splits: int, ratio: float, margin: float, confidence: float
) -> Power:
    """Return the power of a comparison.

    Parameters
    ----------
    interval : Interval
        Interval of the difference.
    n_splits : int
        J, at least 2.
    ratio : float
        Test rows divided by training rows, above 0.
    margin : float
        Smallest difference that matters, at least 0.
    confidence : float
        Level of the interval, in (0, 1).
    """
    return Power(
        smallest_effect(n_splits, confidence, DEFAULT_POWER) * interval.standard_error,
        DEFAULT_POWER,
        splits_to_settle(interval, n_splits, ratio, margin, confidence),
    )


def smallest_effect(n_splits: int, confidence: float, probability: float) -> float:
    r"""Return the difference, in standard errors, that a two-sided t test detects.

    The :math:`\delta > 0` at which a noncentral t variable with J - 1 degrees of freedom and
    noncentrality :math:`\delta` lies outside :math:`\pm t_{J-1,(1+c)/2}` with this probability.

    Parameters
    ----------
    n_splits : int
        J, at least 2.
    confidence : float
        c, in (0, 1).
    probability : float
        Above 1 - c, below 1.

    Raises
    ------
    InputError
        An argument is outside its range.
    """
    if n_splits < 2 or not 0 < 1 - confidence < probability < 1:
        raise InputError(
            "n_splits must be at least 2 and 0 < 1 - confidence < probability < 1. Received: "
            f"n_splits={n_splits!r}, confidence={confidence!r}, probability={probability!r}."
        )
    return detected_effect([(1.0, n_splits - 1)], confidence, probability)


def detected_effect(
    parts: Sequence[tuple[float, float]], confidence: float, probability: float
) -> float:
    r"""Return the true mean at which an interval excludes 0 with a given probability.

    The interval is :math:`\bar d \pm \sqrt{\sum_k t_{\nu_k, (1+c)/2}^2 V_k}`, where each estimate
    :math:`V_k` is distributed as a multiple of a chi square with :math:`\nu_k` degrees of freedom. Only
    the first has few degrees of freedom, so only its distribution is averaged over.

    Parameters
    ----------
    parts : sequence of (float, float)
        Variances and their degrees of freedom. If there are none, or all are 0, the result is 0.
    confidence, probability : float
        As for `smallest_effect`.
    """
    error = math.sqrt(sum(variance for variance, _ in parts))
    if error == 0:
        return 0.0
    (first, df), *others = parts
    squares = [
        variance * float(stdtrit(nu, (1 + confidence) / 2)) ** 2
        for variance, nu in ((first, df), *others)
    ]

    # Given the estimated variance the statistic is normal: average over that estimate's quantiles.
    # SciPy's noncentral t distribution fails with few degrees of freedom.
    quantiles = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    drawn = squares[0] * (2 * gammaincinv(df / 2, quantiles) / df)
    bounds = np.sqrt(drawn + sum(squares[1:])) / error

    def found(delta: float) -> float:
        return float(np.mean(ndtr(delta - bounds) + ndtr(-delta - bounds)))

    low, high = 0.0, math.sqrt(sum(squares)) / error
    while found(high) < probability:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) >= probability else (middle, high)
    return high * error


def splits_to_settle(
    interval: Interval, n_splits: int, ratio: float, margin: float, confidence: float
) -> int | None:
    r"""Return the smallest number of splits that is expected to decide the comparison.

    Let d be the observed mean difference, s^2 the observed variance of the differences and r the
    ratio of test to training rows. The expected half-width with J' splits is :math:`t_{J'-1}
    \sqrt{(1/J' + r) s^2}`. The comparison is decided if this is below |d|, so that the interval
    excludes 0, or below m - |d|, so that the interval is within the margin m. The half-width has a
    lower limit because of r, so there may be no such J'.

    Returns
    -------
    int or None
        At least 2; None if more than `MOST_SPLITS` would be needed.

    Raises
    ------
    InputError
        An argument is outside its range.
    """
    if not (n_splits >= 2 and ratio > 0 and margin >= 0):
        raise InputError(
            "n_splits must be at least 2, ratio above 0 and margin at least 0. Received: "
            f"n_splits={n_splits!r}, ratio={ratio!r}, margin={margin!r}."
        )
    spread = interval.standard_error / math.sqrt(1 / n_splits + ratio)
    target = max(abs(interval.mean), margin - abs(interval.mean))

    def settles(count: int) -> bool:
        reach = float(stdtrit(count - 1, (1 + confidence) / 2))
        return reach * math.sqrt(1 / count + ratio) * spread < target

    if spread == 0 or settles(2):
        return 2
    if not settles(MOST_SPLITS):
        return None
    low, high = 2, MOST_SPLITS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if settles(middle) else (middle, high)
    return high
