"""Linear predictor: coefficients and intercepts, and their predictions for prepared features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.types import Array
from bridle.workbench.task import TaskKind
from bridle.workbench.tasks.catalogue import TASK_TYPES

__all__ = ["LinearPredictor", "product_by_rows"]

_ROWS_AT_ONCE = 256
"""Rows of every product: with a single shape, a row's prediction does not depend on other rows."""


@dataclass(frozen=True, eq=False)
class LinearPredictor:
    """The inverse link of ``X @ coef + intercept``.

    Attributes
    ----------
    kind : {"binary", "multiclass", "regression", "count", "survival"}
    coef : ndarray of shape (p, outputs)
    intercept : ndarray of shape (outputs,)
        A single output or, with three classes or more, an output for each class.
    """

    kind: TaskKind
    coef: Array
    intercept: Array

    def __call__(self, X: Array) -> Array:
        """Return probabilities of shape (n, classes), or numbers of shape (n,)."""
        return TASK_TYPES[self.kind].predictions(product_by_rows(X, self.coef) + self.intercept)


def product_by_rows(X: Array, coef: Array) -> Array:
    """Return ``X @ coef``, computed so that no row depends, bit for bit, on other rows of X."""
    n = len(X)
    found = np.empty((-(-n // _ROWS_AT_ONCE) * _ROWS_AT_ONCE, coef.shape[1]))
    for first in range(0, n, _ROWS_AT_ONCE):
        rows = X[first : first + _ROWS_AT_ONCE]
        if len(rows) < _ROWS_AT_ONCE:
            rows = np.vstack([rows, np.zeros((_ROWS_AT_ONCE - len(rows), X.shape[1]))])
        found[first : first + _ROWS_AT_ONCE] = rows @ coef
    return found[:n]
