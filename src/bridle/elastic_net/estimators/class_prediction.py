"""Class prediction: from linear predictors to probabilities and labels."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from bridle.elastic_net.data.rows_to_predict import predict_elsewhere, predict_linear, rows_to_score
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.certified_repr import CertifiedRepr
from bridle.elastic_net.loss import Logistic, Multinomial
from bridle.elastic_net.streaming.accuracy_scan import accuracy_of_rows
from bridle.errors import InputError
from bridle.scores import accuracy
from bridle.types import Array

__all__ = ["ClassPrediction"]

Offset = npt.ArrayLike | None
"""Shape (n,), or (n, K) for several classes; required if, and only if, `fit` was given one."""


class ClassPrediction(CertifiedRepr, ABC):
    """Predictions of a classifier with ``classes_`` (K,), ``coef_`` (1 or K, p) and ``intercept_``.

    In all methods, X has shape (n, p) and the columns of the fit, and ``offset`` shape (n,), or (n, K)
    for several classes. They raise `InputError` if X has other columns or is not finite, or if an
    offset is missing or unexpected.
    """

    classes_: npt.NDArray[Any]
    coef_: Array
    intercept_: Array

    def decision_function(self, X: TableLike, offset: Offset = None) -> Array:
        """Return the linear predictor, shape (n,) for two classes, else (n, K)."""
        eta = predict_linear(self, X, offset)
        return eta[:, 0] if eta.shape[1] == 1 else eta

    def predict_proba(self, X: TableLike, offset: Offset = None) -> Array:
        """Return the class probabilities, shape (n, K), in the order of ``classes_``.

        For rows that are not in memory, a lazy column of the probability of the second class.
        """
        elsewhere = predict_elsewhere(self, X, offset, Logistic().inverse_link)
        if elsewhere is not None:
            return elsewhere
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
        """Return the most probable class, shape (n,); lazily for rows that are not in memory."""
        elsewhere = predict_elsewhere(self, X, offset, _MoreProbable(self))
        if elsewhere is not None:
            return elsewhere
        eta = predict_linear(self, X, offset)
        best = np.argmax(eta, axis=1) if eta.shape[1] > 1 else (eta[:, 0] > 0).astype(np.intp)
        return self.classes_[best]

    def score(
        self, X: TableLike, y: npt.ArrayLike, sample_weight: Any = None, offset: Offset = None
    ) -> float:
        """Return the weighted accuracy, in [0, 1]; y has shape (n,), or is the name of a column.

        Raises
        ------
        InputError
            X or y cannot be used, or an offset is missing or unexpected.
        """
        elsewhere = rows_to_score(self, X, y, sample_weight, offset)
        if elsewhere is not None:
            source, coef, level = elsewhere
            return accuracy_of_rows(source, self.classes_, coef, level)
        return accuracy(y, self.predict(X, offset), sample_weight)


class _MoreProbable:
    """The label of each linear predictor (m, 1) of two classes; it is pickled and sent to the rows."""

    def __init__(self, fitted: ClassPrediction) -> None:
        check_is_fitted(fitted, "coef_")
        self._labels = fitted.classes_

    def __call__(self, eta: Array) -> Array:
        if self._labels.dtype.kind not in "biuf":
            raise InputError(
                "X must be in memory for labels that are not numbers. Received: rows elsewhere, and "
                f"the label {self._labels[0]!r}. Use predict_proba, or predict blocks of rows."
            )
        return np.asarray(self._labels[(eta > 0).astype(np.intp)], dtype=np.float64)
