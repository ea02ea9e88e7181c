"""Nadeau and Bengio's interval of a mean over random splits, corrected for the rows they share.

Each split j gives a difference d_j in test risk. The textbook interval of their mean assumes that
the d_j are independent. They are not: any two random training sets have most of their rows in
common, so the d_j are correlated and their mean varies more than s^2 / J. With a correlation of

    r = n_test / (n_test + n_train)

the variance of the mean is (1/J + r / (1 - r)) s^2 = (1/J + n_test / n_train) s^2. The second term
does not shrink with J: more splits of the same rows are no substitute for more rows.

Source: Nadeau and Bengio 2003, "Inference for the generalization error", Machine Learning 52,
section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from bridle.arguments.scalars import refuse
from bridle.errors import InputError

__all__ = ["Interval", "corrected_interval"]


@dataclass(frozen=True)
class Interval:
    """A mean and its confidence interval, in the unit of the averaged numbers.

    Attributes
    ----------
    mean, low, high : float
        ``low <= mean <= high``.
    standard_error : float
        Standard error of the mean, corrected for shared rows, at least 0.
    """

    mean: float
    low: float
    high: float
    standard_error: float

    def within(self, margin: float) -> bool:
        """Return whether the whole interval is inside [-margin, margin]."""
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

    The term n_test / n_train accounts for the correlation of the differences; see the module.

    Parameters
    ----------
    differences : sequence of float, length J
        One finite number per split, J at least 2.
    n_train, n_test : float
        Numbers of training and test rows of a split, above 0.
    confidence : float
        The level c, in (0, 1).

    Returns
    -------
    Interval
        With zero width if all differences are equal.

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
        refuse(
            "differences",
            "at least two finite numbers, one per split; use more seeds for more",
            differences,
        )
    if not (n_train > 0 and n_test > 0):
        raise InputError(
            f"n_train and n_test must be above 0. Received: n_train={n_train!r}, n_test={n_test!r}."
        )
    if not 0 < confidence < 1:
        refuse("confidence", "strictly between 0 and 1", confidence)
    # Computed relative to the first value, so that equal values have a variance of exactly zero.
    shifted = values - values[0]
    mean = float(values[0] + shifted.mean())
    variance = float(shifted.var(ddof=1))
    standard_error = math.sqrt((1 / values.size + n_test / n_train) * variance)
    reach = float(stdtrit(values.size - 1, (1 + confidence) / 2)) * standard_error
    return Interval(mean, mean - reach, mean + reach, standard_error)
