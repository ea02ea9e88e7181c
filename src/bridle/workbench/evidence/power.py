"""Power: what a study could have seen, and how many more splits would settle what it left open."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr, stdtrit

from bridle.errors import InputError
from bridle.workbench.evidence.corrected_interval import Interval

__all__ = [
    "DEFAULT_POWER",
    "MOST_SPLITS",
    "Power",
    "power_of",
    "smallest_effect",
    "splits_to_settle",
]

DEFAULT_POWER = 0.8
MOST_SPLITS = 100
"""More splits than this are never advised: rows are what is lacking then."""

_QUANTILES = 4000


@dataclass(frozen=True)
class Power:
    """How much a comparison could tell.

    Attributes
    ----------
    smallest_difference : float
        The true difference that a study of this size finds with a probability of ``probability``,
        in the unit of the metric.
    probability : float
        In (0, 1).
    splits_to_settle : int or None
        Splits in all from which the interval would be expected to exclude 0 or to stay within the
        margin, if the difference stays as it was seen; None where no number of them up to
        `MOST_SPLITS` would, so that more rows are needed.
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
        Of the difference.
    n_splits : int
        J, at least 2.
    ratio : float
        Test rows over training rows, above 0.
    margin : float
        A difference below it is negligible, at least 0.
    confidence : float
        Level of the interval, in (0, 1).
    """
    return Power(
        smallest_effect(n_splits, confidence, DEFAULT_POWER) * interval.standard_error,
        DEFAULT_POWER,
        splits_to_settle(interval, n_splits, ratio, margin, confidence),
    )


def smallest_effect(n_splits: int, confidence: float, probability: float) -> float:
    r"""Return the difference, in standard errors, that a two-sided t test finds this often.

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
    """
    if n_splits < 2 or not 0 < 1 - confidence < probability < 1:
        raise InputError(
            "n_splits must be at least 2 and 0 < 1 - confidence < probability < 1. Received: "
            f"n_splits={n_splits!r}, confidence={confidence!r}, probability={probability!r}."
        )
    df = n_splits - 1
    critical = float(stdtrit(df, (1 + confidence) / 2))

    # Given the estimated standard error, the t statistic is normal: average over its quantiles.
    # SciPy's noncentral t fails at few degrees of freedom.
    quantiles = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    bounds = critical * np.sqrt(2 * gammaincinv(df / 2, quantiles) / df)

    def found(delta: float) -> float:
        return float(np.mean(ndtr(delta - bounds) + ndtr(-delta - bounds)))

    low, high = 0.0, critical
    while found(high) < probability:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) >= probability else (middle, high)
    return high


def splits_to_settle(
    interval: Interval, n_splits: int, ratio: float, margin: float, confidence: float
) -> int | None:
    r"""Return from how many splits on the interval is expected to settle the matter.

    With d the difference and s^2 the variance of a split's, as they were seen, the half-width
    expected of J' splits is :math:`t_{J'-1} \sqrt{(1/J' + r) s^2}`. The matter is settled where it is
    below |d|, so that the interval excludes 0, or below m - |d|, so that it lies within the margin.
    Splits share their rows, so the width has a floor, and it may be out of reach.

    Returns
    -------
    int or None
        At least 2; None where more than `MOST_SPLITS` would be needed.
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
