"""`regression`: a number, judged by the squared error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score

from bridle.elastic_net.loss import Loss, Squared
from bridle.types import Array
from bridle.workbench.tasks.base import CodedTarget, PlainFit
from bridle.workbench.tasks.numbers import Numbers, as_numbers

__all__ = ["Regression"]


class Regression(Numbers):
    """A number, standardised by mean and standard deviation of the training rows."""

    name = "regression"
    link = "regression"
    metric = "squared error"
    score_name = "R2"
    has_scaled_curves = True
    has_fold_models = True
    network_kinds = ("regression",)
    scanned_loss = Squared()

    def read(
        self, column: pd.Series[Any], name: str, n_without: int, least: int = 0
    ) -> CodedTarget:
        """Return the numbers."""
        return CodedTarget(as_numbers(column, name, self.name, n_without), self.name)

    def scale(self, y: npt.NDArray[Any]) -> tuple[float, float]:
        """Return mean and standard deviation."""
        return float(y.mean()), float(y.std())

    def risk(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> float:
        """Return the mean squared error, in squared units of the given target."""
        return float(mean_squared_error(y, prediction)) * scale**2

    def score(self, y: npt.NDArray[Any], prediction: Array) -> float:
        """Return R2."""
        return float(r2_score(y, prediction))

    def score_given(self, y: Any, predicted: Any) -> float:
        """Return R2."""
        return float(r2_score(y, predicted))

    def constant_loss(
        self, train: npt.NDArray[Any], validation: npt.NDArray[Any], n_classes: int
    ) -> float:
        """Return 1, the variance in units of itself."""
        return 1.0

    def penalized(self, y: npt.NDArray[Any], n_classes: int) -> tuple[Loss, Array]:
        """Return the squared loss."""
        return Squared(), y.astype(np.float64)[:, None]

    def plain_fit(self, X: Array, y: npt.NDArray[Any]) -> PlainFit:
        """Fit least squares; without a unique solution, the one with the smallest norm."""
        line = LinearRegression().fit(X, y)
        details = {"minimum_norm": X.shape[1] >= X.shape[0]}
        return PlainFit(line.coef_[:, None], np.array([line.intercept_]), details)

    def in_given_units(
        self, coefs: Array, intercepts: Array, mean: float, scale: float
    ) -> tuple[Array, Array]:
        """Multiply by the scale, and add the mean to the intercept."""
        return coefs * scale, intercepts * scale + mean

    def said(
        self,
        scores: Sequence[float],
        risks: Sequence[float | None],
        number: Callable[[float], str],
    ) -> tuple[str, list[str]]:
        """Return the root mean squared errors."""
        first, *rest = (number(math.sqrt(risk or 0.0)) for risk in risks)
        said = f"is off by {first} on new rows (root mean squared error, R2 {scores[0]:.2f})"
        return said, [f"by {error}" for error in rest]
