"""`DropoutRegressor`: regression by a network with dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin

from bridle.arguments.row_weights import row_weights
from bridle.networks.estimators.fitting import NetworkEstimator, forget
from bridle.networks.estimators.rows import read_rows
from bridle.networks.estimators.sample import Sample, features
from bridle.networks.estimators.settings import Settings
from bridle.networks.kinds.mlp import RATE, SIZES
from bridle.networks.output_kind import predictions
from bridle.scores import check_true_numbers, r2
from bridle.threads.one_fit import one_fit
from bridle.types import AnyArray

__all__ = ["DropoutRegressor"]


class DropoutRegressor(RegressorMixin, NetworkEstimator, BaseEstimator):
    """A network with dropout that predicts numbers.

    Minimises ``sum_i w_i (f(x_i) - t_i)^2 / sum_i w_i`` with Adam. In a training step each hidden
    unit is dropped with probability ``rate``, and kept units are scaled by ``1 / (1 - rate)``.
    Predictions use all units, unscaled. The targets are standardised, ``t = (y - target_mean_) /
    target_scale_``, so that training need not first find the mean and scale of y. Predictions are
    in the unit of y.

    Parameters
    ----------
    network : keras.Model or callable, optional
        Replaces the default network: a model, which is copied and whose weights are the start; or a
        function (n_features, n_outputs) that builds one, with one linear output. A compiled model
        keeps its optimiser and its loss.
    hidden : tuple of int
        Units of each hidden layer of the default network, with ReLU. Default (128, 64).
    rate : float
        Fraction of hidden units that the default network drops, in [0, 1]. Default 0.5.
    learning_rate : float
        Step size of Adam, above 0, unless ``network`` is compiled. Default 1e-3.
    epochs : int
        At least 1. Default 15.
    batch_size : int
        Rows in a step, at least 1. Default 128.
    validation_fraction : float
        Fraction of the rows for validation, in (0, 1). Default 0.1. They are not used for training,
        only for ``history_`` and ``early_stopping``.
    early_stopping : bool
        Whether to stop after ``n_iter_no_change`` epochs without a smaller validation loss and
        return to the weights of the best epoch. Default False: all epochs, last weights.
    n_iter_no_change : int
        At least 1, used with ``early_stopping`` only. Default 10.
    warm_start : bool
        Whether a second `fit` starts from the weights of the first and keeps its standardisation of
        y. The optimiser starts anew. Default False.
    random_state : int or RandomState, optional
        Seed of the validation rows, initial weights, order of rows and masks.

    Attributes
    ----------
    target_mean_, target_scale_ : float
        Weighted mean and standard deviation (with 1/n) of y; the scale of a constant y is 1. With
        ``warm_start``, those of the first fit.
    network_ : keras.Model
        The fitted network; it predicts t.
    history_ : bridle.networks.curves.Curves
        Four losses an epoch, for t: ``train_loss`` (with dropout), ``train_eval_loss`` (without),
        ``val_loss``, ``penalty``.
    kind_ : {"regression"}
    link_ : {"linear"}
    n_iter_ : int
        Number of trained epochs; with ``early_stopping`` including those after the best.
    n_features_in_ : int
        Number of features p.
    feature_names_in_ : ndarray of shape (p,)
        Only if X had column names.
    encoding_ : FrameEncoding
        Only if X had columns of categories: how they became columns of 0 and 1. ``encoding_.names`` are
        the columns of the network's input.

    Notes
    -----
    As in scikit-learn's ``MLPRegressor``, features are not standardised: use a ``StandardScaler``
    first.

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
        hidden: Sequence[int] = SIZES,
        rate: float = RATE,
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
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Finite numbers.
        y : array-like of shape (n,)
            Finite numbers.
        sample_weight : array-like of shape (n,), optional
            At least 0. A row with weight 2 counts as two rows, one with weight 0 is ignored.

        Returns
        -------
        DropoutRegressor
            The estimator itself.

        Raises
        ------
        InputError
            An argument is wrong or outside its range; a ``ValueError`` whose message names it.
        FloatingPointError
            Training diverged. The estimator is then fitted with the weights of the last epoch with
            finite losses (with ``early_stopping``, the best epoch) and the curves up to it. If
            there is no such epoch, it is unfitted.
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
            mean, scale = _mean_and_scale(values, totals)
            if before:
                # The current network predicts on this scale.
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
        """Return the weighted R2: the explained fraction of the variance of y, of shape (n,)."""
        return r2(y, self.predict(X), sample_weight)


def _mean_and_scale(values: AnyArray, weights: AnyArray) -> tuple[float, float]:
    """Return the weighted mean and standard deviation, 1 for a constant, of numbers of any size."""
    unit = -int(np.frexp(np.abs(values).max())[1])  # in powers of two, which round nothing
    small = np.ldexp(values, unit)
    mean = float(np.average(small, weights=weights))
    scale = float(np.sqrt(np.average((small - mean) ** 2, weights=weights)))
    return float(np.ldexp(mean, -unit)), float(np.ldexp(scale, -unit)) or 1.0
