"""Interval of a regression at a level: CV+ if the models of the splits are saved, else of one width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bridle.types import Array
from bridle.workbench.model.intervals.cv_plus import cv_plus
from bridle.workbench.model.intervals.fold_models import FoldModels

__all__ = ["Interval"]


@dataclass(frozen=True, eq=False)
class Interval:
    """An interval as a function of a row or its prediction.

    Attributes
    ----------
    half : float
        Quantile of the absolute errors on test rows.
    share : float
        Fraction of the errors that do not exceed it.
    folds : FoldModels or None
        The models of the splits.
    least : float
        Smallest possible target, 0 for counts. Default: minus infinity.
    """

    half: float
    share: float
    folds: FoldModels | None
    least: float = -np.inf

    def ends_of(self, frame: pd.DataFrame) -> Array | None:
        """Return the ends of each row's interval, shape (n, 2); None without models of the splits."""
        if self.folds is None:
            return None
        means = self.folds.predict(frame)
        return cv_plus(means, self.folds.errors, self.folds.weights, self.half, self.share)

    def around(self, predicted: Array, ends: Array | None) -> Array:
        """Return the ends that `ends_of` gave or, without them, prediction plus and minus ``half``."""
        if ends is None:
            low = np.maximum(predicted - self.half, self.least)
            return np.column_stack([low, predicted + self.half])
        return ends
