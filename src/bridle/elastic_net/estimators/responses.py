"""Several responses: the predictions and scores of their estimators."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from bridle.arguments.row_weights import check_row_weights
from bridle.elastic_net.data.inputs import encode_responses
from bridle.elastic_net.data.rows_to_predict import predict_linear
from bridle.elastic_net.estimators.certified_repr import CertifiedRepr
from bridle.elastic_net.estimators.summary import Summarized
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["PredictsResponses"]


class PredictsResponses(Summarized, CertifiedRepr, RegressorMixin, ABC):
    """Predictions and scores of several responses."""

    def predict(self, X: Any, offset: Any = None) -> Array:
        """Return the predicted means, shape (n, K): ``offset + b0 + X B'``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers, in the columns of the fit.
        offset : array-like of shape (n, K), optional
            Required if, and only if, `fit` was given one.

        Raises
        ------
        InputError
            X is not finite or does not have the columns of the fit, or an offset is missing or
            unexpected.
        """
        return predict_linear(self, X, offset)

    def score(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> float:
        """Return the mean of the responses' R2, each the fraction of its variance that is explained.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers, in the columns of the fit.
        y : array-like of shape (n, K)
        sample_weight : array-like of shape (n,), optional
            At least 0. Default: equal weights.
        offset : array-like of shape (n, K), optional
            Required if, and only if, `fit` was given one.

        Raises
        ------
        InputError
            X or y cannot be used, or an offset is missing or unexpected.
        """
        from sklearn.metrics import r2_score

        predicted = self.predict(X, offset)
        truth = encode_responses(y, len(predicted)).values
        if truth.shape != predicted.shape:
            raise InputError(
                f"y must have the {predicted.shape[1]} responses of the fit. "
                f"Received: shape {truth.shape}."
            )
        weights = check_row_weights(sample_weight, len(predicted))
        return float(r2_score(truth, predicted, sample_weight=weights))

    def _model(self) -> str:
        return f"Linear regression of {np.atleast_2d(self.coef_).shape[0]} responses"

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags
