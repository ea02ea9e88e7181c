"""Folds of a cross-validation, checked and held as row weights.

A fold is a pair of weight vectors on the same X, so it needs no copy of its rows: a row counts once for
training or once for testing, or more often if the splitter draws it more often.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.errors import InputError
from bridle.types import Array

__all__ = ["Fold", "is_partition", "read_folds"]


@dataclass(frozen=True, eq=False)
class Fold:
    """How often each row counts for training and for testing.

    Attributes
    ----------
    number : int
        Position of the fold in ``cv``.
    train, test : ndarray of shape (n,)
        Counts of the rows.
    """

    number: int
    train: Array
    test: Array


def read_folds(
    pairs: Iterable[tuple[Any, Any]], weights: Array, y: Array, classes: npt.NDArray[Any] | None
) -> tuple[Fold, ...]:
    """Check the folds and turn them into counts of rows.

    Parameters
    ----------
    pairs : iterable of (train, test)
        Indices of rows, as splitters yield them, or Boolean masks of shape (n,). A row that appears
        twice counts twice.
    weights : ndarray of shape (n,)
        Rows of weight 0 do not count. A fold without any other test row is dropped.
    y : ndarray of shape (n, outputs)
        Encoded targets.
    classes : ndarray or None
        Labels, of which every training part must contain each. None: y is numeric.

    Returns
    -------
    tuple of Fold

    Raises
    ------
    InputError
        Rows are neither indices in [0, n) nor masks, no fold is left, or the training rows of a fold
        are empty or lack a class.
    """
    folds = []
    for number, (train, test) in enumerate(pairs):
        fold = Fold(number, _counts(train, weights.size), _counts(test, weights.size))
        if not np.any(fold.test * weights):
            continue
        _check_training(number, fold.train * weights, y, classes)
        folds.append(fold)
    if not folds:
        raise InputError("cv must yield at least one fold with test rows. Received: none.")
    return tuple(folds)


def is_partition(folds: Iterable[Fold]) -> bool:
    """Return True if each row is tested exactly once."""
    return bool(np.all(sum(fold.test for fold in folds) == 1))


def _counts(rows: Any, n: int) -> Array:
    index = np.asarray(rows)
    if index.dtype == bool and index.shape == (n,):
        return index.astype(np.float64)
    usable = index.ndim == 1 and (index.dtype.kind in "iu" or index.size == 0)
    if not usable or np.any((index < 0) | (index >= n)):
        raise InputError(
            f"cv must yield indices of rows in [0, {n}) or Boolean masks of shape ({n},). "
            f"Received: dtype {index.dtype}, shape {index.shape}, such as {index.ravel()[:5].tolist()}."
        )
    return np.bincount(index.astype(np.intp), minlength=n).astype(np.float64)


def _check_training(
    number: int, weights: Array, y: Array, classes: npt.NDArray[Any] | None
) -> None:
    if not np.any(weights):
        raise InputError(
            f"cv must yield training rows for each fold. Received: none in fold {number}."
        )
    if classes is None:
        return
    present = weights @ y
    if present.size == 1:
        present = np.array([weights.sum() - present[0], present[0]])
    missing = classes[present == 0].tolist()
    if missing:
        raise InputError(
            "The training rows of each fold of cv must contain every class. Received: fold "
            f"{number} without class {missing[0]!r}. Use fewer folds, or a stratified splitter."
        )
