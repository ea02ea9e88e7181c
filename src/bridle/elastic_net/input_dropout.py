r"""Dropout on the inputs of a linear model, written as the ridge penalty that it equals.

Each input is kept with probability q = 1 - p and divided by q, or set to zero. The linear predictor of
a row keeps its mean and gets the variance ``(p / q) sum_j x_ij^2 b_j^2``. Averaged over the masks M,
the squared loss grows by exactly half of that:

``E[(1/2n) |y - (X * M / q) b|^2] = (1/2n) |y - X b|^2 + (p / 2q) sum_j (|x_j|^2 / n) b_j^2``.

To second order, any other loss grows in the same way, each row in proportion to the curvature of its
loss: for the logistic loss, with the probability s_i of row i, by

``(p / 2q) (1/n) sum_ij s_i (1 - s_i) x_ij^2 b_j^2``.

The s_i depend on the coefficients being fitted. With fixed s_i the penalty is a ridge. At s_i = 1/2 it
is at least as strong as the average over the masks, since the logistic curvature is at most 1/4.

Source: Wager, Wang and Liang (2013), "Dropout training as adaptive regularization", section 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.frames import column_names
from bridle.arguments.not_finite import column_label
from bridle.arguments.real_numbers import real_array
from bridle.arguments.row_weights import check_row_weights
from bridle.arguments.scalars import is_number, refuse
from bridle.elastic_net.data.inputs import check_columns, check_table
from bridle.elastic_net.design.table import TableLike, design_of
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError, UnknownNameError
from bridle.types import Array

__all__ = ["input_dropout_penalty"]


LOSSES = ("squared", "logistic")


def input_dropout_penalty(
    rate: float,
    X: TableLike,
    loss: str = "squared",
    *,
    proba: float | npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
) -> ElasticNetPenalty:
    """Return the ridge penalty that dropout on the inputs amounts to, averaged over its masks.

    ``(p / 2q) sum_j v_j b_j^2`` with the rate p, q = 1 - p, ``v_j = sum_i w_i c_i x_ij^2 / sum_i w_i``.
    For the squared loss it is exact, with c_i = 1. For the logistic loss it holds to second order,
    with ``c_i = s_i (1 - s_i)`` and the probabilities s_i. An intercept is never dropped, so it has
    no term.

    Parameters
    ----------
    rate : float
        p, the fraction of inputs to drop, in [0, 1).
    X : array-like or sparse matrix of shape (n, p)
        The features exactly as they will be fitted: fit without `standardize` and without centring.
    loss : {"squared", "logistic"}
        Default "squared".
    proba : float or array-like of shape (n,), optional
        s, in [0, 1], for "logistic": the probabilities at which the loss is approximated. Pass the
        fraction of the second class for the null model, or the predictions of a fit. Default 1/2,
        where the curvature is largest: the penalty is then an upper bound on the average.
    sample_weight : array-like of shape (n,), optional
        w, at least 0. Default: equal weights.

    Returns
    -------
    ElasticNetPenalty
        With l1 = 0, l2 = p / q and factors v.

    Raises
    ------
    InputError
        An argument is out of range, or a mean square in X overflows.

    Notes
    -----
    Source: Wager, Wang and Liang (2013), "Dropout training as adaptive regularization",
    section 2.
    """
    strength = _checked_odds(rate)
    if loss not in LOSSES:
        raise UnknownNameError("loss with a penalty for dropout", loss, LOSSES)
    table, names = check_table(X), column_names(X)
    check_columns(table, names)
    given = check_row_weights(sample_weight, table.shape[0])
    weights = np.ones(table.shape[0]) if given is None else given / given.max()
    curved = weights * _curvature(loss, proba, table.shape[0])
    if not curved.any():
        return ElasticNetPenalty(0.0, strength, np.zeros(table.shape[1]))
    with np.errstate(over="ignore"):
        mean, variance = design_of(table).moments(curved / curved.sum())
        factors = (mean**2 + variance) * (curved.sum() / weights.sum())
    too_large = np.flatnonzero(~np.isfinite(factors))
    if too_large.size:
        column = int(too_large[0])
        raise InputError(
            "The squares in X must be finite. Received: column "
            f"{column_label(column, names)}, whose mean square overflows ({too_large.size} such "
            "columns). Divide it by its standard deviation."
        )
    return ElasticNetPenalty(0.0, strength, factors)


def _checked_odds(rate: Any) -> float:
    """Return p / q."""
    if not is_number(rate) or not 0 <= rate < 1:
        hint = f" If it is a percentage, write {rate / 100:g}." if _is_percentage(rate) else ""
        raise InputError(
            "rate must be a number in [0, 1), the fraction of inputs to drop: at 1, none is left. "
            f"Received: rate={rate!r}.{hint}"
        )
    return float(rate) / (1.0 - float(rate))


def _is_percentage(rate: Any) -> bool:
    return is_number(rate) and 1 < rate < 100


def _curvature(loss: str, proba: float | npt.ArrayLike | None, n: int) -> float | Array:
    """Return the curvature of each row's loss in its linear predictor."""
    if loss == "squared":
        if proba is not None:
            refuse("proba", "left out for loss='squared', whose curvature is 1 everywhere", proba)
        return 1.0
    shares = _checked_proba(0.5 if proba is None else proba, n)
    return shares * (1.0 - shares)


def _checked_proba(proba: float | npt.ArrayLike, n: int) -> Array:
    allowed = f"a number in [0, 1], or {n} such numbers, one for each row of X"
    try:
        shares = real_array("proba", proba)
    except (TypeError, ValueError) as error:
        raise InputError(f"proba must be {allowed}. Received: {error}.") from error
    if shares.shape not in ((), (n,)):
        columns = " Take the column of the second class." if shares.shape == (n, 2) else ""
        raise InputError(f"proba must be {allowed}. Received: shape {shares.shape}.{columns}")
    bad = np.flatnonzero(~((shares >= 0) & (shares <= 1)))
    if bad.size:
        received = shares if shares.ndim == 0 else f"{shares[bad[0]]} in row {bad[0]}"
        raise InputError(f"proba must be {allowed}. Received: proba={received}.")
    return shares
