"""Interval of a regression at a level: by CV+ with the models of the splits, else of one width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bridle.types import Array
from bridle.workbench.model.cv_plus import cv_plus
from bridle.workbench.model.fold_models import FoldModels

__all__ = ["Interval"]


@dataclass(frozen=True, eq=False)
class Interval:
    """How the ends of an interval follow from a row.

    Attributes
    ----------
    half : float
        Quantile of the absolute errors on test rows.
    share : float
        Share of the errors that it is the quantile of.
    folds : FoldModels or None
        The models of the splits.
    """

    half: float
    share: float
    folds: FoldModels | None

    def means(self, frame: pd.DataFrame) -> Array | None:
        """Return the predictions of the models of the splits; None where none are kept."""
        return None if self.folds is None else self.folds.predict(frame)

    def ends(self, predicted: Array, means: Array | None) -> Array:
        """Return the ends of the interval of each row, shape (n, 2).

        Parameters
        ----------
        predicted : ndarray of shape (n,)
        means : ndarray of shape (n, models), or None
            What `means` returned for the same rows.
        """
        if self.folds is None or means is None:
            return np.column_stack([predicted - self.half, predicted + self.half])
        return cv_plus(means, self.folds.errors, self.folds.weights, self.half, self.share)
