"""Scores of predictions by targets and weights from outside, which are checked first."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.validation import column_or_1d

from bridle.diagnosis import check_finite_targets, reason_of
from bridle.errors import InputError
from bridle.real_numbers import real_array, refuse_masked, shown
from bridle.row_weights import check_row_weights
from bridle.types import Array

__all__ = ["accuracy", "check_true_numbers", "r2"]


def accuracy(y: Any, predicted: npt.NDArray[Any], sample_weight: Any) -> float:
    """Return the weighted share of labels that are predicted.

    Parameters
    ----------
    y : object
        As ``score`` was given it: labels (n,).
    predicted : ndarray of shape (n,)
    sample_weight : object
        As ``score`` was given it.

    Raises
    ------
    InputError
        y or the weights are no labels or weights of the rows.
    """
    weights = check_row_weights(sample_weight, len(predicted))
    refuse_masked("y", y)
    try:
        return float(accuracy_score(column_or_1d(y), predicted, sample_weight=weights))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"y must hold a label for each of the {len(predicted)} rows of X, of the kind that was "
            f"fitted, such as {shown(predicted[0].item())}. Received: {reason_of(error)}."
        ) from error


def r2(y: Any, predicted: Array, sample_weight: Any) -> float:
    """Return R2: the fraction of the variance of y that the predictions (n,) explain; see `accuracy`."""
    weights = check_row_weights(sample_weight, len(predicted))
    truth = check_true_numbers(y, len(predicted))
    return float(r2_score(truth, predicted, sample_weight=weights))


def check_true_numbers(y: Any, n: int) -> Array:
    """Return targets as n finite numbers.

    Raises
    ------
    InputError
        They are something else.
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
