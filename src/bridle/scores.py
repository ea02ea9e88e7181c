"""Accuracy and R2 of predictions, after checks of targets and weights."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from sklearn.utils.validation import column_or_1d

from bridle.arguments.not_finite import check_finite_targets, reason_of
from bridle.arguments.real_numbers import real_array, refuse_masked, shown
from bridle.arguments.row_weights import check_row_weights
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["accuracy", "check_true_numbers", "r2"]


def accuracy(y: Any, predicted: npt.NDArray[Any], sample_weight: Any) -> float:
    """Return the accuracy: the weighted fraction of correctly predicted labels.

    Parameters
    ----------
    y : object
        Labels (n,), as given to ``score``.
    predicted : ndarray of shape (n,)
        Predicted labels.
    sample_weight : object
        Row weights, as given to ``score``.

    Raises
    ------
    InputError
        y or the weights do not fit the rows.
    """
    from sklearn.metrics import accuracy_score

    weights = check_row_weights(sample_weight, len(predicted))
    refuse_masked("y", y)
    try:
        return float(accuracy_score(column_or_1d(y), predicted, sample_weight=weights))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"y must hold a label for each of the {len(predicted)} rows of X, of the type of the "
            f"fitted labels, such as {shown(predicted[0].item())}. Received: {reason_of(error)}."
        ) from error


def r2(y: Any, predicted: Array, sample_weight: Any) -> float:
    """Return R2: the fraction of the variance of y that the predictions explain.

    ``1 - sum_i w_i (y_i - f_i)^2 / sum_i w_i (y_i - m)^2``, with the predictions f and the weighted mean
    m of y.

    Parameters
    ----------
    y : object
        Targets (n,), as given to ``score``.
    predicted : ndarray of shape (n,)
        f.
    sample_weight : object
        Row weights, as given to ``score``.

    Raises
    ------
    InputError
        y or the weights do not fit the rows.
    """
    from sklearn.metrics import r2_score

    weights = check_row_weights(sample_weight, len(predicted))
    truth = check_true_numbers(y, len(predicted))
    return float(r2_score(truth, predicted, sample_weight=weights))


def check_true_numbers(y: Any, n: int) -> Array:
    """Return the targets as n finite numbers.

    Raises
    ------
    InputError
        y has another shape, or holds something other than finite numbers.
    """
    numbers = real_array("y", y)
    if numbers.shape == (n, 1):
        numbers = numbers[:, 0]
    if numbers.shape != (n,):
        raise InputError(
            f"y must have one number for each of the {n} rows of X. Received: shape {numbers.shape}."
        )
    check_finite_targets(numbers)
    return numbers
