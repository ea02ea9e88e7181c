"""Constant predictor: the same prediction for every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridle.types import Array
from bridle.workbench.task import TaskKind
from bridle.workbench.tasks.catalogue import TASK_TYPES

__all__ = ["ConstantPredictor"]


@dataclass(frozen=True, eq=False)
class ConstantPredictor:
    """Frequencies of the classes, or a mean.

    Attributes
    ----------
    kind : {"binary", "multiclass", "regression", "count", "survival"}
    value : ndarray of shape (classes,) or (1,)
    """

    kind: TaskKind
    value: Array

    def __call__(self, X: Array) -> Array:
        """Return probabilities of shape (n, classes), or numbers of shape (n,)."""
        if not TASK_TYPES[self.kind].is_classification:
            return np.full(len(X), self.value[0])
        return np.tile(self.value, (len(X), 1))
