"""Regression with a network and dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin

from bridle.networks.estimators.fitting import NetworkEstimator, forget
from bridle.networks.estimators.rows import read_rows
from bridle.networks.estimators.sample import Sample, features
from bridle.networks.estimators.settings import Settings
from bridle.networks.recipe import predictions
from bridle.one_fit import one_fit
from bridle.row_weights import row_weights
from bridle.scores import check_true_numbers, r2

__all__ = ["DropoutRegressor"]


class DropoutRegressor(RegressorMixin, NetworkEstimator, BaseEstimator):
    """A network with dropout that predicts numbers.

    Minimises ``sum_i w_i (f(x_i) - t_i)^2 / sum_i w_i`` with Adam, each hidden unit left out of a
    training step with probability ``rate``; predictions use all of them. The targets
    ``t = (y - target_mean_) / target_scale_`` have mean 0 and variance 1, so that the first steps
    need not find where y lies; predictions are on the scale of y.

    Parameters
    ----------
    network : keras.Model or callable, optional
        In place of the recipe: a model, whose weights are where the fit starts and which is not
        changed; or a function of (n_features, n_outputs) that builds one, with one output. One that
        is compiled keeps its optimiser and its loss.
    hidden : tuple of int
        Units of each hidden layer of the recipe, with ReLU. Default (128, 64).
    rate : float
        Fraction of hidden units that the recipe drops in a training step, in [0, 1]. Default 0.5.
    learning_rate : float
        Step of Adam, above 0; of the recipe and of a network that is not compiled. Default 1e-3.
    epochs : int
        At least 1. Default 15.
    batch_size : int
        Rows in a step, at least 1. Default 128.
    validation_fraction : float
        Fraction of the rows that are held out for ``history_``, in (0, 1). Default 0.1.
    early_stopping : bool
        Whether to stop after ``n_iter_no_change`` epochs without a smaller validation loss, and keep
        the weights of the best epoch. Default False: train all epochs and keep the last weights.
    n_iter_no_change : int
        At least 1; without early stopping it does nothing. Default 10.
    warm_start : bool
        Whether a second `fit` goes on from the weights of the first; all else, the optimiser
        too, starts as in the first, and the scale of y of the first. Default False.
    random_state : int or RandomState, optional
        Of the held-out rows, the first weights, the order of rows and the masks.

    Attributes
    ----------
    target_mean_, target_scale_ : float
        Mean and standard deviation (with 1/n) of y, rows weighted; a constant y has scale 1. Those of
        the first fit under ``warm_start``.
    network_ : keras.Model
        Fitted; it predicts t.
    history_ : History
        Four losses an epoch, of t: ``train_loss``, ``train_eval_loss``, ``val_loss``, ``penalty``.
    kind_ : {"regression"}
    link_ : {"linear"}
    n_iter_ : int
        Epochs that were trained; under ``early_stopping`` those after the best one too.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (p,)
        Only where X had names.

    Notes
    -----
    Features are not standardised, as in scikit-learn's ``MLPRegressor``: put a ``StandardScaler``
    before it.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting".
    """

    _FITTED = ("target_mean_", "target_scale_")

    target_mean_: float
    target_scale_: float

    def __init__(
        self,
        network: Any | Callable[[int, int], Any] | None = None,
        *,
        hidden: Sequence[int] = (128, 64),
        rate: float = 0.5,
        learning_rate: float = 1e-3,
        epochs: int = 15,
        batch_size: int = 128,
        validation_fraction: float = 0.1,
        early_stopping: bool = False,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        self.network = network
        self.hidden = hidden
        self.rate = rate
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: Any = None) -> Self:
        """Train a network.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Finite numbers.
        y : array-like of shape (n,)
            Finite numbers.
        sample_weight : array-like of shape (n,), optional
            At least 0. A row of weight 2 is two rows, one of weight 0 is none.

        Returns
        -------
        DropoutRegressor
            The estimator itself.

        Raises
        ------
        InputError
            A ``ValueError`` that names the argument.
        FloatingPointError
            Training diverged. The estimator is left fitted, with the weights of the last epoch whose
            losses are finite (the best one under ``early_stopping``) and the curves until there; it
            is unfitted where that is not even the first.
        ConcurrentFitError
            A ``RuntimeError``: another thread is fitting the same estimator.
        """
        with one_fit(self):
            before = self._before()
            forget(self)
            settings = Settings.of(self)
            table, target = read_rows(self, X, y, y_numeric=True)
            target = check_true_numbers(target, len(table))
            self._check_before(before)
            weights = row_weights(sample_weight, len(target))
            kept = weights > 0
            y64, weights = target[kept].astype(np.float64), weights[kept]
            # Sorted, so that the sums do not depend on the order of the rows.
            order = np.argsort(y64, kind="stable")
            values, first = np.unique(y64[order], return_index=True)
            totals = np.add.reduceat(weights[order], first)
            mean = float(np.average(values, weights=totals))
            scale = float(np.sqrt(np.average((values - mean) ** 2, weights=totals))) or 1.0
            if before:
                # What the network predicts so far is on this scale.
                mean, scale = before["target_mean_"], before["target_scale_"]
            scaled = ((y64 - mean) / scale).astype(np.float32)
            sample = Sample.of(features(table[kept]), scaled, weights)
            diverged = self._fit_network(settings, sample, None, before.get("network_"))
            self.target_mean_, self.target_scale_ = mean, scale
            if diverged is not None:
                raise diverged
            return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the predicted number of each row, shape (n,)."""
        outputs = self._outputs(X)
        return predictions(self.kind_, outputs) * self.target_scale_ + self.target_mean_

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: Any = None) -> float:
        """Return R2: the fraction of the variance of y, of shape (n,), that is explained, weighted."""
        return r2(y, self.predict(X), sample_weight)
