"""Inputs from users, checked once: table, targets, labels, offset and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array
from sklearn.utils.validation import column_or_1d

from bridle.arguments.frames import whole_table
from bridle.arguments.not_finite import (
    check_finite_columns,
    check_finite_targets,
    check_kinds,
    check_labels,
    explain,
)
from bridle.arguments.real_numbers import as_float, real_array, refuse_masked, shown
from bridle.arguments.scalars import is_integer, is_number, refuse, switch
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.design.table import Table, as_numbers_read, column_extremes, column_of
from bridle.elastic_net.loss import LOSSES, Loss
from bridle.errors import InputError, UnknownNameError
from bridle.types import Array

__all__ = [
    "TABLE_TYPES",
    "Targets",
    "check_columns",
    "check_loss",
    "check_offset",
    "check_settings",
    "check_table",
    "encode_labels",
    "encode_responses",
    "encode_targets",
]


TABLE_TYPES = (np.float64, np.float32)
"""Types that are used without a copy; other numbers become float64."""


@dataclass(frozen=True)
class Targets:
    """Targets, encoded for a loss.

    Attributes
    ----------
    loss : Loss
    values : ndarray of shape (n, outputs)
    classes : ndarray of shape (K,) or None
        The labels, sorted; None for numeric targets.
    """

    loss: Loss
    values: Array
    classes: npt.NDArray[Any] | None


def check_table(X: Any) -> Table:
    """Return X as a table of shape (n, p), float64 or float32, without a copy if possible.

    Raises
    ------
    InputError
        X cannot be read as a table of numbers.
    """
    X = as_numbers_read(whole_table(X))
    check_kinds(X)
    try:
        return as_numbers_read(
            check_array(X, accept_sparse="csc", dtype=TABLE_TYPES, ensure_all_finite=False)
        )
    except (TypeError, ValueError, OverflowError) as error:
        explain(X, None, error)


def check_columns(X: Table, names: tuple[str, ...] | None) -> ColumnRanges:
    """Check that X is finite, and return the ranges of its columns.

    Returns
    -------
    ColumnRanges
        Ranges of the columns of X, which the check computes anyway.

    Raises
    ------
    InputError
        X holds NaN or infinity; the message names the column, the count and the first row.
    """
    ranges = ColumnRanges(*column_extremes(X))
    check_finite_columns(ranges.finite, lambda column: column_of(X, column), names)
    return ranges


def check_offset(offset: npt.ArrayLike | None, shape: tuple[int, ...]) -> Array | None:
    """Return a finite offset in the shape of y, (n, outputs), or None if none was given.

    Raises
    ------
    InputError
        It has another shape, or holds other than finite numbers.
    """
    if offset is None:
        return None
    given = real_array("offset", offset)
    if given.ndim == 1 and shape[1] == 1:
        given = given[:, None]
    if given.shape != shape:
        raise InputError(
            f"offset must have the shape of y, {shape}. Received: shape {given.shape}."
        )
    bad = np.argwhere(~np.isfinite(given))
    if bad.size:
        raise InputError(
            "offset must hold finite numbers. "
            f"Received: {given[tuple(bad[0])]} in row {bad[0][0]} ({len(bad)} such values)."
        )
    return given


def check_settings(
    fit_intercept: object, standardize: object, tol: object, max_iter: object
) -> None:
    """Check the settings that all estimators share.

    Raises
    ------
    InputError
        A setting is out of range.
    """
    for name, value in (("fit_intercept", fit_intercept), ("standardize", standardize)):
        switch(name, value)
    if not is_number(tol) or not 0 < as_float(tol) < np.inf:
        refuse("tol", "in (0, inf)", tol)
    if not is_integer(max_iter) or not 1 <= max_iter < 2**63:  # type: ignore[operator]
        refuse("max_iter", "an integer in [1, 2**63)", max_iter)


def check_loss(loss: object, *, numeric: bool = False) -> Loss:
    """Return a loss, given its name or the loss itself.

    Parameters
    ----------
    loss : str or Loss
        A name in `LOSSES`, or a loss, of which a parameter may differ from the default.
    numeric : bool
        Whether only losses of numeric targets are allowed. Default False.

    Raises
    ------
    UnknownNameError
        There is no such loss.
    """
    found = LOSSES.get(loss) if isinstance(loss, str) else loss
    if isinstance(found, Loss) and not (numeric and found.most_classes):
        return found
    names = [name for name, loss in LOSSES.items() if not (numeric and loss.most_classes)]
    raise UnknownNameError("loss", loss if isinstance(loss, str) else shown(loss), names)


def encode_targets(y: npt.ArrayLike, loss: str | Loss, n: int, weights: Array | None) -> Targets:
    """Check targets and encode them for a loss.

    Parameters
    ----------
    y : array-like of shape (n,)
        Numbers that the loss allows; labels of two classes for "logistic", of two or more for
        "multinomial".
    loss : str or Loss
    n : int
        Rows of X.
    weights : ndarray of shape (n,) or None
        Classes whose rows all have weight 0 are ignored.

    Returns
    -------
    Targets

    Raises
    ------
    UnknownNameError
        There is no such loss.
    InputError
        y has another length, or values that the loss does not allow; or the scale of the loss is to be
        estimated.
    """
    chosen = check_loss(loss)
    if chosen.needs_scale:
        raise InputError(
            "loss must have a number for its scale, which only ElasticNet estimates, on rows in memory. "
            f"Received: {chosen!r}. Give it the scale_ of such a fit."
        )
    refuse_masked("y", y)
    values = np.asarray(y)
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        values = column_or_1d(values)
    if values.shape[0] != n:
        raise InputError(
            f"y must have one value for each of the {n} rows of X. Received: {values.shape[0]} values."
        )
    if chosen.most_classes:
        return encode_labels(values, chosen.name, weights)
    try:
        numbers = real_array("y", values)
    except InputError as error:
        raise InputError(
            f"{error} For labels, use loss='logistic' or 'multinomial' instead of {chosen.name!r}."
        ) from error
    check_finite_targets(numbers)
    chosen.check_targets(numbers[:, None] if weights is None else numbers[weights > 0, None])
    return Targets(chosen, numbers[:, None], None)


def encode_responses(y: Any, n: int) -> Targets:
    """Check several responses of squared loss, the columns of y, of shape (n, outputs).

    Raises
    ------
    InputError
        y has another shape, or values that are not finite.
    """
    refuse_masked("y", y)
    numbers = real_array("y", y)
    if numbers.ndim != 2 or numbers.shape[0] != n or numbers.shape[1] == 0:
        raise InputError(
            f"y must have a row for each of the {n} rows of X and a column for each response. "
            f"Received: shape {numbers.shape}. For a single response use ElasticNet."
        )
    first_bad = np.argmin(np.isfinite(numbers), axis=1)
    check_finite_targets(numbers[np.arange(n), first_bad])
    squared = LOSSES["squared"]
    squared.check_targets(numbers)
    return Targets(squared, np.ascontiguousarray(numbers), None)


def encode_labels(y: npt.NDArray[Any], loss: str | None, weights: Array | None) -> Targets:
    """Encode labels of shape (n,) as 0 and 1: one column for "logistic", else one per class.

    If ``loss`` is None, it becomes "logistic" for two classes and "multinomial" for more.

    Raises
    ------
    InputError
        Labels are missing or not class labels, there is only one class, or "logistic" got more than two.
    """
    check_labels(y)
    classes = np.unique(y if weights is None else y[weights > 0])
    if classes.size < 2:
        raise InputError(
            "y must hold at least two classes in rows of positive weight. "
            f"Received: {classes.size} class: {classes.tolist()!r}."
        )
    if loss is None:
        loss = "logistic" if classes.size == 2 else "multinomial"
    if LOSSES[loss].most_classes == 2:
        if classes.size > 2:
            raise InputError(
                f"y must hold two classes for loss={loss!r}; use loss='multinomial' for more. "
                f"Received: {classes.size} classes: {classes[:5].tolist()!r}…"
            )
        return Targets(LOSSES[loss], (y == classes[1]).astype(np.float64)[:, None], classes)
    one_hot = (y[:, None] == classes[None, :]).astype(np.float64)
    # A row of weight 0 may have a class that is not fitted; it has no influence, so any class will do.
    one_hot[one_hot.sum(axis=1) == 0, 0] = 1.0
    return Targets(LOSSES[loss], one_hot, classes)
