"""Regressors' own: the losses of numbers, and predictions and scores by them."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin

from bridle.elastic_net.data.given_rows import predict_linear
from bridle.elastic_net.data.inputs import Targets, encode_targets
from bridle.elastic_net.loss import LOSSES
from bridle.errors import UnknownNameError
from bridle.real_numbers import shown
from bridle.row_weights import row_weights
from bridle.scores import check_true_numbers, r2
from bridle.types import Array

__all__ = ["PredictsNumbers", "encode_numbers"]


class PredictsNumbers(RegressorMixin, ABC):
    """Predictions and scores of a regressor whose ``loss`` is one of numbers."""

    loss: str

    def predict(self, X: Any, offset: Any = None) -> Array:
        """Return the mean of each row, shape (n,): the inverse link of ``offset + b0 + X b``.

        It takes an offset exactly where `fit` had one.
        """
        return LOSSES[self.loss].inverse_link(predict_linear(self, X, offset))[:, 0]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of the deviance that is explained, at most 1: R2 for the squared loss.

        ``1 - deviance(y, prediction) / deviance(y, mean of y)``.
        """
        predicted = self.predict(X)
        if LOSSES[self.loss].is_quadratic:
            return r2(y, predicted, sample_weight)
        truth = check_true_numbers(y, len(predicted))
        weights = row_weights(sample_weight, len(predicted))
        loss, y = LOSSES[self.loss], truth[:, None]
        loss.check_targets(y)
        saturated = -loss.conjugate(np.zeros_like(y), y, weights)

        def deviance(mean: Array) -> float:
            with np.errstate(divide="ignore"):
                eta = np.stack([loss.link(one) for one in mean[:, None]])
            return loss.value(eta, y, weights) - saturated

        constant = np.full_like(truth, np.average(truth, weights=weights))
        return 1 - deviance(predicted) / deviance(constant)


def encode_numbers(loss: Any, y: Any, weights: Array | None) -> Targets:
    """Check the name of a loss of numbers, and the numbers."""
    names = [name for name, one in LOSSES.items() if not one.most_classes]
    if not isinstance(loss, str) or loss not in names:
        raise UnknownNameError("loss", loss if isinstance(loss, str) else shown(loss), names)
    return encode_targets(y, loss, y.shape[0], weights)
