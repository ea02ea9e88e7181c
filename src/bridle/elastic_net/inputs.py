"""What comes from outside, checked once: a table, its targets, its labels."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from bridle.elastic_net.loss import LOSSES, Loss
from bridle.errors import InputError, UnknownNameError

__all__ = [
    "Targets",
    "check_columns",
    "check_row_weights",
    "check_settings",
    "check_table",
    "column_names",
    "encode_labels",
    "encode_targets",
    "is_number",
]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Targets:
    """Targets as a loss wants them.

    Attributes
    ----------
    loss : Loss
    values : ndarray of shape (n, outputs)
    classes : ndarray of shape (K,) or None
        The labels in order; None for numbers.
    """

    loss: Loss
    values: Array
    classes: npt.NDArray[Any] | None


def check_table(X: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return X as an array of shape (n, p), float64 or float32, read where it lies if it is one."""
    table = check_array(X, dtype=(np.float64, np.float32), ensure_all_finite=False)
    check_columns(table, column_names(X))
    return table


def column_names(X: Any) -> tuple[str, ...] | None:
    """Return the names of the columns of a frame, or None."""
    columns = getattr(X, "columns", None)
    return None if columns is None else tuple(str(one) for one in columns)


def check_columns(X: npt.NDArray[Any], names: tuple[str, ...] | None) -> None:
    """Refuse NaN and infinity in X, naming the column, the count and the first row."""
    # A finite sum needs no second look, and reads X once without a copy.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(X.sum()):
            return
    bad = ~np.isfinite(X)
    if not bad.any():
        return
    column = int(np.flatnonzero(bad.any(axis=0))[0])
    row = int(np.flatnonzero(bad[:, column])[0])
    label = f"{column}" if names is None else f"{names[column]!r}"
    raise InputError(
        f"X contains {int(bad.sum())} values that are NaN or infinity; the first column with one is "
        f"{label}, at row {row}. Drop these rows or impute them, for instance with "
        "sklearn.impute.SimpleImputer."
    )


def check_row_weights(sample_weight: npt.ArrayLike | None, n: int) -> Array | None:
    """Return weights as an array of shape (n,); `Problem.build` judges the values."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (n,):
        raise InputError(f"sample_weight must have shape ({n},). Received: shape {weights.shape}.")
    return weights


def is_number(value: object, kind: type = numbers.Real) -> bool:
    """Whether a value is a number of a kind; True and False are none."""
    return isinstance(value, kind) and not isinstance(value, (bool, np.bool_))


def check_settings(
    fit_intercept: object, standardize: object, tol: object, max_iter: object
) -> None:
    """Refuse settings outside their range."""
    for name, value in (("fit_intercept", fit_intercept), ("standardize", standardize)):
        if not isinstance(value, (bool, np.bool_)):
            raise InputError(f"{name} must be True or False. Received: {name}={value!r}.")
    if not is_number(tol, numbers.Real) or not 0 < tol < np.inf:  # type: ignore[operator]
        raise InputError(f"tol must be in (0, inf). Received: tol={tol!r}.")
    if not is_number(max_iter, numbers.Integral) or max_iter < 1:  # type: ignore[operator]
        raise InputError(
            f"max_iter must be an integer of at least 1. Received: max_iter={max_iter!r}."
        )


def encode_targets(y: npt.ArrayLike, loss: str, n: int, weights: Array | None) -> Targets:
    """Check targets and bring them into the shape of a loss.

    Parameters
    ----------
    y : array-like of shape (n,)
        Numbers for "squared"; labels of two classes for "logistic", of two or more for "multinomial".
    loss : str
        A name in `LOSSES`.
    n : int
        Rows of X.
    weights : ndarray of shape (n,) or None
        A class whose rows all have weight 0 is not there.

    Raises
    ------
    UnknownNameError
        When there is no such loss.
    InputError
        When y is not what the loss wants.
    """
    if loss not in LOSSES:
        raise UnknownNameError("loss", loss, LOSSES)
    values = column_or_1d(np.asarray(y))
    if values.shape[0] != n:
        raise InputError(
            f"y must have one value for each of the {n} rows of X. Received: {values.shape[0]} values."
        )
    if loss != "squared":
        return encode_labels(values, loss, weights)
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            "y must hold numbers for loss='squared'; use loss='logistic' or 'multinomial' for labels. "
            f"Received: dtype {values.dtype}."
        ) from error
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        raise InputError(
            f"y must hold finite numbers. Received: {numbers[bad[0]]} in row {bad[0]} "
            f"({bad.size} such rows). Drop these rows."
        )
    return Targets(LOSSES[loss], numbers[:, None], None)


def encode_labels(y: npt.NDArray[Any], loss: str | None, weights: Array | None) -> Targets:
    """Turn labels of shape (n,) into 0 and 1, one column for "logistic", else one for each class.

    Without a loss it is "logistic" for two classes and "multinomial" for more.
    """
    check_classification_targets(y)
    classes = np.unique(y if weights is None else y[weights > 0])
    if classes.size < 2:
        raise InputError(
            "y must hold at least two classes among the rows with a positive weight. "
            f"Received: {classes.size} class: {classes.tolist()!r}."
        )
    if loss is None:
        loss = "logistic" if classes.size == 2 else "multinomial"
    if loss == "logistic":
        if classes.size > 2:
            raise InputError(
                "y must hold two classes for loss='logistic'; use loss='multinomial' for more. "
                f"Received: {classes.size} classes: {classes[:5].tolist()!r}…"
            )
        return Targets(LOSSES[loss], (y == classes[1]).astype(np.float64)[:, None], classes)
    one_hot = (y[:, None] == classes[None, :]).astype(np.float64)
    # A row of weight 0 may have a class that is not fitted; any one will do for it.
    one_hot[one_hot.sum(axis=1) == 0, 0] = 1.0
    return Targets(LOSSES[loss], one_hot, classes)
