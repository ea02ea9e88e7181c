"""Folds of a cross-validation, as weights of the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["Fold", "is_partition", "read_folds"]


@dataclass(frozen=True, eq=False)
class Fold:
    """How often each row counts for training and for testing, two arrays of shape (n,).

    ``number`` is its place among the folds that were given.
    """

    number: int
    train: Array
    test: Array


def read_folds(pairs: Iterable[tuple[Any, Any]], specification: Specification) -> tuple[Fold, ...]:
    """Check folds and turn them into counts.

    Parameters
    ----------
    pairs : iterable of (train, test)
        Indices of rows, as splitters yield them, or Boolean masks of shape (n,). A row that is named
        twice counts twice.
    specification : Specification
        Rows of weight 0 are deleted rows; a fold that they leave without test rows is left out.

    Raises
    ------
    InputError
        When there is no fold, or a fold has no training row, or lacks a class.
    """
    weights = specification.row_weights()
    folds = []
    for number, (train, test) in enumerate(pairs):
        fold = Fold(number, _counts(train, weights.size), _counts(test, weights.size))
        if not np.any(fold.test * weights):
            continue
        _check_training(number, fold.train * weights, specification)
        folds.append(fold)
    if not folds:
        raise InputError("cv must give at least one fold with test rows. Received: none.")
    return tuple(folds)


def is_partition(folds: Iterable[Fold]) -> bool:
    """Whether each row is tested exactly once."""
    return bool(np.all(sum(fold.test for fold in folds) == 1))


def _counts(rows: Any, n: int) -> Array:
    index = np.asarray(rows)
    if index.dtype == bool and index.shape == (n,):
        return index.astype(np.float64)
    usable = index.ndim == 1 and (index.dtype.kind in "iu" or index.size == 0)
    if not usable or np.any((index < 0) | (index >= n)):
        raise InputError(
            f"cv must give indices of rows in [0, {n}) or Boolean masks of shape ({n},). "
            f"Received: dtype {index.dtype}, shape {index.shape}, such as {index.ravel()[:5].tolist()}."
        )
    return np.bincount(index.astype(np.intp), minlength=n).astype(np.float64)


def _check_training(number: int, weights: Array, specification: Specification) -> None:
    if not np.any(weights):
        raise InputError(f"cv must give each fold training rows. Received: fold {number} has none.")
    classes = specification.classes
    if classes is None:
        return
    present = weights @ specification.y
    if present.size == 1:
        present = np.array([weights.sum() - present[0], present[0]])
    missing = classes[present == 0].tolist()
    if missing:
        raise InputError(
            "cv must leave rows of every class in the training part of each fold. Received: fold "
            f"{number} without class {missing[0]!r}. Take fewer folds, or a splitter that stratifies."
        )
