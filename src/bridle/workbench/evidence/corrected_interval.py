"""Corrected interval for a mean over splits that share their rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from bridle.errors import InputError

__all__ = ["Interval", "corrected_interval"]


@dataclass(frozen=True)
class Interval:
    """A mean and how far it can be trusted, in the unit of what was averaged.

    Attributes
    ----------
    mean, low, high : float
        ``low <= mean <= high``.
    standard_error : float
        Corrected for the rows that the splits share, at least 0.
    """

    mean: float
    low: float
    high: float
    standard_error: float

    def within(self, margin: float) -> bool:
        """Whether the whole interval lies in [-margin, margin]."""
        return -margin <= self.low and self.high <= margin

    def p_value(self, n_splits: int) -> float:
        """Return the two-sided p-value of the hypothesis that the mean is 0.

        Parameters
        ----------
        n_splits : int
            J, at least 2: the test has J - 1 degrees of freedom.
        """
        if self.standard_error == 0:
            return float(self.mean == 0)
        return float(2 * stdtr(n_splits - 1, -abs(self.mean) / self.standard_error))


def corrected_interval(
    differences: Sequence[float] | npt.NDArray[np.float64],
    n_train: float,
    n_test: float,
    confidence: float,
) -> Interval:
    r"""Return the corrected resampled t interval of a mean over random splits.

    .. math:: \bar d \pm t_{J-1,\,(1+c)/2}\;
              \sqrt{\Bigl(\frac1J + \frac{n_{test}}{n_{train}}\Bigr) s^2},
              \qquad s^2 = \frac1{J-1} \sum_{j=1}^J (d_j - \bar d)^2

    The splits draw from the same rows, so their results are correlated and s^2 / J is too small;
    the second term stands for that correlation, taken to be n_test / (n_test + n_train).

    Parameters
    ----------
    differences : sequence of float, length J
        One finite number a split, J at least 2.
    n_train, n_test : float
        Rows in each part of a split, above 0.
    confidence : float
        The level c, in (0, 1).

    Returns
    -------
    Interval
        Of zero width where all differences are equal.

    Raises
    ------
    InputError
        An argument is outside its range.

    Notes
    -----
    Source: Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003)
    239-281, section 3: the corrected resampled t-test.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
        raise InputError(
            "differences must be at least two finite numbers, one a split; more seeds give more. "
            f"Received: differences={differences!r}."
        )
    if not (n_train > 0 and n_test > 0):
        raise InputError(
            f"n_train and n_test must be above 0. Received: n_train={n_train!r}, n_test={n_test!r}."
        )
    if not 0 < confidence < 1:
        raise InputError(
            f"confidence must be strictly between 0 and 1. Received: confidence={confidence!r}."
        )
    # Measured from the first value, so that equal values have a spread of exactly zero.
    shifted = values - values[0]
    mean = float(values[0] + shifted.mean())
    variance = float(shifted.var(ddof=1))
    standard_error = math.sqrt((1 / values.size + n_test / n_train) * variance)
    reach = float(stdtrit(values.size - 1, (1 + confidence) / 2)) * standard_error
    return Interval(mean, mean - reach, mean + reach, standard_error)
