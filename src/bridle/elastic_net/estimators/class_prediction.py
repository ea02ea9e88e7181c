"""From the linear predictors of classes to probabilities and labels."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.fitting import new_data
from bridle.elastic_net.loss import Logistic, Multinomial
from bridle.elastic_net.waiting import product

__all__ = ["ClassPrediction"]

Array = npt.NDArray[np.float64]


class ClassPrediction(ABC):
    """Predictions of a classifier with ``classes_`` (K,), ``coef_`` (1 or K, p) and ``intercept_``."""

    classes_: npt.NDArray[Any]
    coef_: Array
    intercept_: Array

    def decision_function(self, X: TableLike) -> Array:
        """Return the linear predictor: (n,) for two classes, else (n, K)."""
        eta = self._linear_predictor(X)
        return eta[:, 0] if eta.shape[1] == 1 else eta

    def predict_proba(self, X: TableLike) -> Array:
        """Return the probability of each class, shape (n, K), in the order of ``classes_``."""
        eta = self._linear_predictor(X)
        if eta.shape[1] > 1:
            return Multinomial().inverse_link(eta)
        # Each from its own tail, so that a tiny probability keeps its digits.
        return Logistic().inverse_link(np.hstack([-eta, eta]))

    def predict_log_proba(self, X: TableLike) -> Array:
        """Return the logarithm of `predict_proba`, shape (n, K), finite also in the far tails."""
        eta = self._linear_predictor(X)
        if eta.shape[1] > 1:
            return eta - np.logaddexp.reduce(eta, axis=1, keepdims=True)
        return -np.logaddexp(0.0, np.hstack([eta, -eta]))

    def predict(self, X: TableLike) -> npt.NDArray[Any]:
        """Return the most probable class, shape (n,)."""
        eta = self._linear_predictor(X)
        best = np.argmax(eta, axis=1) if eta.shape[1] > 1 else (eta[:, 0] > 0).astype(np.intp)
        return self.classes_[best]

    def _linear_predictor(self, X: TableLike) -> Array:
        return product(new_data(self, X), self.coef_.T) + self.intercept_
