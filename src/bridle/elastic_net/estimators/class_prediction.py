"""Class prediction: from linear predictors to probabilities and labels."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.data.given_rows import predict_linear
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.certified_repr import CertifiedRepr
from bridle.elastic_net.loss import Logistic, Multinomial
from bridle.scores import accuracy
from bridle.types import Array

__all__ = ["ClassPrediction"]

Offset = npt.ArrayLike | None
"""Shape (n,), or (n, K) for several classes; required if, and only if, `fit` was given one."""


class ClassPrediction(CertifiedRepr, ABC):
    """Predictions of a classifier with ``classes_`` (K,), ``coef_`` (1 or K, p) and ``intercept_``.

    In all methods, X has shape (n, p) and the columns of the fit, and ``offset`` shape (n,), or (n, K)
    for several classes. They raise `InputError` if X does not, or if an offset is missing or unexpected.
    """

    classes_: npt.NDArray[Any]
    coef_: Array
    intercept_: Array

    def decision_function(self, X: TableLike, offset: Offset = None) -> Array:
        """Return the linear predictor, shape (n,) for two classes, else (n, K)."""
        eta = predict_linear(self, X, offset)
        return eta[:, 0] if eta.shape[1] == 1 else eta

    def predict_proba(self, X: TableLike, offset: Offset = None) -> Array:
        """Return the class probabilities, shape (n, K), in the order of ``classes_``."""
        eta = predict_linear(self, X, offset)
        if eta.shape[1] > 1:
            return Multinomial().inverse_link(eta)
        # Not p and 1 - p, so that a tiny probability keeps its digits.
        return Logistic().inverse_link(np.hstack([-eta, eta]))

    def predict_log_proba(self, X: TableLike, offset: Offset = None) -> Array:
        """Return the log of `predict_proba`, shape (n, K); finite even for tiny probabilities."""
        eta = predict_linear(self, X, offset)
        if eta.shape[1] > 1:
            return eta - np.logaddexp.reduce(eta, axis=1, keepdims=True)
        return -np.logaddexp(0.0, np.hstack([eta, -eta]))

    def predict(self, X: TableLike, offset: Offset = None) -> npt.NDArray[Any]:
        """Return the most probable class, shape (n,)."""
        eta = predict_linear(self, X, offset)
        best = np.argmax(eta, axis=1) if eta.shape[1] > 1 else (eta[:, 0] > 0).astype(np.intp)
        return self.classes_[best]

    def score(
        self, X: TableLike, y: npt.ArrayLike, sample_weight: Any = None, offset: Offset = None
    ) -> float:
        """Return the weighted accuracy, in [0, 1]; y has shape (n,).

        Raises
        ------
        InputError
            X or y cannot be used, or an offset is missing or unexpected.
        """
        return accuracy(y, self.predict(X, offset), sample_weight)
