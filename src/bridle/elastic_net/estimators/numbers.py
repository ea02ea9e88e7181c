"""Regression: losses of numeric targets, and the predictions and scores of regressors."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin

from bridle.arguments.row_weights import row_weights
from bridle.elastic_net.data.inputs import Targets, check_loss, encode_targets
from bridle.elastic_net.data.rows_to_predict import predict_elsewhere, predict_linear, rows_to_score
from bridle.elastic_net.estimators.certified_repr import CertifiedRepr
from bridle.elastic_net.estimators.fitting_rows import score_rows
from bridle.elastic_net.loss import Huber, Loss
from bridle.scores import check_true_numbers, r2
from bridle.types import Array

__all__ = ["PredictsNumbers", "encode_numbers"]


class PredictsNumbers(CertifiedRepr, RegressorMixin, ABC):
    """Predictions and scores of a regressor with a ``loss`` of numeric targets."""

    loss: str | Loss

    def _loss(self) -> Loss:
        """Return the loss, with the scale that the fit estimated if it did."""
        scale = vars(self).get("scale_")
        if scale is None or not isinstance(self.loss, Huber):
            return check_loss(self.loss)
        return Huber(self.loss.epsilon, scale)

    def predict(self, X: Any, offset: Any = None) -> Any:
        """Return the predicted means, shape (n,): the inverse link of ``offset + b0 + X b``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p), or rows as in `bridle.rows`
            Finite numbers, in the columns of the fit. For rows that are not in memory the predictions
            are computed when they are needed: a ``pyarrow.RecordBatchReader`` with a column
            ``prediction``, a Dask series, or a Spark data frame.
        offset : array-like of shape (n,), optional
            Required if, and only if, `fit` was given one.

        Raises
        ------
        InputError
            X is not finite or does not have the columns of the fit, or an offset is missing or
            unexpected.
        """
        link = self._loss().inverse_link
        elsewhere = predict_elsewhere(self, X, offset, link)
        if elsewhere is not None:
            return elsewhere
        return link(predict_linear(self, X, offset))[:, 0]

    def score(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> float:
        """Return the fraction of deviance explained, at most 1; for squared loss, R2.

        ``1 - deviance(y, prediction) / deviance(y, c)``, weighted by ``sample_weight``, where c is the
        mean of y; for Huber's loss, the constant with the smallest loss.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p), or rows that are not in memory
            Finite numbers, in the columns of the fit. Other rows are scanned once, as `fit` does.
        y : array-like of shape (n,), or str
            Finite numbers; the name of a column for rows that are not in memory.
        sample_weight : array-like of shape (n,) or str, optional
            At least 0. Default: equal weights.
        offset : array-like of shape (n,), optional
            Required if, and only if, `fit` was given one.

        Raises
        ------
        InputError
            X or y cannot be used, or an offset is missing or unexpected.
        """
        elsewhere = rows_to_score(self, X, y, sample_weight, offset)
        if elsewhere is not None:
            return score_rows(self, *elsewhere)
        predicted, loss = self.predict(X, offset), self._loss()
        if loss.is_quadratic:
            return r2(y, predicted, sample_weight)
        truth = check_true_numbers(y, len(predicted))
        weights = row_weights(sample_weight, len(predicted))
        y = truth[:, None]
        loss.check_targets(y)
        saturated = -loss.conjugate(np.zeros_like(y), y, weights)

        def deviance(mean: Array) -> float:
            with np.errstate(divide="ignore"):
                eta = np.stack([loss.link(row) for row in mean[:, None]])
            return loss.value(eta, y, weights) - saturated

        constant = np.full_like(truth, loss.best_constant(y, weights))
        return 1 - deviance(predicted) / deviance(constant)


def encode_numbers(loss: Any, y: Any, weights: Array | None) -> Targets:
    """Check a loss of numeric targets, and the targets.

    Raises
    ------
    InputError
        There is no such loss, or y has values that it does not allow.
    """
    return encode_targets(y, check_loss(loss, numeric=True), y.shape[0], weights)
