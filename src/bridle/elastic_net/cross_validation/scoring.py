"""Scores of predictions, and whether more or less is better."""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from bridle.arguments.real_numbers import shown
from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.cross_validation.fold_score import FoldScore
from bridle.elastic_net.cross_validation.fold_weights import Fold
from bridle.elastic_net.loss import Loss, SingleOutputLoss
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError, UnknownNameError
from bridle.types import Array

__all__ = ["Scoring"]


_DEVIANCE = "deviance"
_WORSE = ("_error", "_loss", "_deviance")


Evaluate = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class Scoring(FoldScore):
    """A score that is computed from linear predictors and targets.

    Attributes
    ----------
    name : str
    greater_is_better : bool
    evaluate : callable
        Maps linear predictors (m, S, outputs), targets (m, outputs) and positive weights (m,) to S
        scores.
    """

    name: str
    greater_is_better: bool
    evaluate: Evaluate

    def of_fold(self, specification: Specification, fold: Fold, model: FoldModels) -> Array:
        """Return the score of a fold's models on its test rows, at each strength, shape (S,)."""
        weights = fold.test * specification.row_weights()
        rows = np.flatnonzero(weights)
        eta = model.linear_predictors(specification, rows)
        return self.evaluate(eta, specification.y[rows], weights[rows])

    @classmethod
    def of(cls, scoring: Any, loss: Loss, classes: npt.NDArray[Any] | None) -> Scoring:
        """Build a score from the user's ``scoring`` argument.

        Parameters
        ----------
        scoring : None, str or callable
            None and "deviance": twice the weighted mean loss minus that of the saturated model, which
            is the mean squared error (of several responses, the sum of theirs) or twice the log loss;
            less is better. Any other string: the scikit-learn scorer of that name; more is better. A
            scorer object (``make_scorer``) is used likewise. A function ``metric(y_true, y_pred)``,
            optionally with ``sample_weight``, receives the result of ``predict``. As in scikit-learn,
            more is better if its name ends in "_score", and less if it ends in "_error", "_loss" or
            "_deviance".
        loss : Loss
        classes : ndarray of shape (K,) or None
            The labels of a classification.

        Returns
        -------
        Scoring

        Raises
        ------
        InputError
            There is no such scorer, or the name of a function has none of these endings.
        """
        if scoring is None or (isinstance(scoring, str) and scoring == _DEVIANCE):
            return cls(_DEVIANCE, False, _deviance(loss))
        from sklearn.metrics import get_scorer, get_scorer_names, make_scorer, r2_score

        predictor = (_Numbers if classes is None else _Labels)(loss, classes)
        if isinstance(scoring, str):
            if scoring not in get_scorer_names():
                raise UnknownNameError("scoring", scoring, [_DEVIANCE, *get_scorer_names()])
            return cls(scoring, True, _by_scorer(get_scorer(scoring), predictor))
        if isinstance(scoring, type(make_scorer(r2_score))):
            return cls(str(scoring), True, _by_scorer(scoring, predictor))
        name = getattr(scoring, "__name__", "")
        if not callable(scoring) or not name.endswith(("_score", *_WORSE)):
            raise InputError(
                "scoring must be None, the name of a scikit-learn scorer, a function whose name ends in "
                "'_score' (more is better), '_error', '_loss' or '_deviance' (less is better), or "
                f"sklearn.metrics.make_scorer(function, ...). Received: scoring={shown(scoring)}."
            )
        return cls(name, not name.endswith(_WORSE), _by_function(scoring, predictor))


@dataclass
class _Predictor(ABC):
    """A model that takes the linear predictor as X, so that scikit-learn's scorers can call it."""

    loss: Loss
    classes: npt.NDArray[Any] | None

    @property
    def classes_(self) -> Any:
        return self.classes

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _Numbers(RegressorMixin, _Predictor, BaseEstimator):
    def predict(self, eta: Array) -> Array:
        return self.decode(self.loss.inverse_link(eta))

    def decode(self, y: Array) -> Array:
        return y[:, 0] if y.shape[1] == 1 else y


class _Labels(ClassifierMixin, _Predictor, BaseEstimator):
    def decision_function(self, eta: Array) -> Array:
        return eta[:, 0] if eta.shape[1] == 1 else eta

    def predict_proba(self, eta: Array) -> Array:
        if eta.shape[1] > 1:
            return self.loss.inverse_link(eta)
        return self.loss.inverse_link(np.hstack([-eta, eta]))

    def predict(self, eta: Array) -> npt.NDArray[Any]:
        return self.decode(self.predict_proba(eta)[:, 1:] if eta.shape[1] == 1 else eta)

    def decode(self, y: Array) -> npt.NDArray[Any]:
        index = np.argmax(y, axis=1) if y.shape[1] > 1 else (y[:, 0] > 0.5).astype(np.intp)
        return np.asarray(self.classes_[index])


def _deviance(loss: Loss) -> Evaluate:
    def deviance(eta: Array, y: Array, weights: Array) -> Array:
        share = weights / weights.sum()
        saturated = -loss.conjugate(np.zeros_like(y), y, share)
        if isinstance(loss, SingleOutputLoss) and y.shape[1] == 1:
            values = loss.values(eta[:, :, 0], y, share)
        else:
            values = np.array([loss.value(predictor, y, share) for predictor in eta.swapaxes(0, 1)])
        return 2 * (values - saturated)

    return deviance


def _one_by_one(score: Callable[[Array, Array, Array], float]) -> Evaluate:
    def evaluate(eta: Array, y: Array, weights: Array) -> Array:
        return np.array([score(predictor, y, weights) for predictor in eta.swapaxes(0, 1)])

    return evaluate


def _by_scorer(scorer: Any, predictor: Any) -> Evaluate:
    def score(eta: Array, y: Array, weights: Array) -> float:
        options = {} if np.all(weights == weights[0]) else {"sample_weight": weights}
        return float(scorer(predictor, eta, predictor.decode(y), **options))

    return _one_by_one(score)


def _by_function(function: Any, predictor: Any) -> Evaluate:
    takes_weights = "sample_weight" in inspect.signature(function).parameters

    def score(eta: Array, y: Array, weights: Array) -> float:
        truth, predicted = predictor.decode(y), predictor.predict(eta)
        if np.all(weights == weights[0]):
            return float(function(truth, predicted))
        if not takes_weights:
            raise InputError(
                "scoring must accept sample_weight, because the rows have unequal weights. "
                f"Received: scoring={function!r} with the signature {inspect.signature(function)}."
            )
        return float(function(truth, predicted, sample_weight=weights))

    return _one_by_one(score)
