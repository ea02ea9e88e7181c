"""`DropoutClassifier`: classification by a network with dropout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin

from bridle.arguments.class_weights import class_weights
from bridle.arguments.not_finite import check_labels
from bridle.arguments.row_weights import row_weights
from bridle.errors import InputError
from bridle.networks.estimators.fitting import NetworkEstimator, forget
from bridle.networks.estimators.rows import read_rows
from bridle.networks.estimators.sample import Sample, features
from bridle.networks.estimators.settings import Settings
from bridle.networks.kinds.mlp import RATE, SIZES
from bridle.networks.output_kind import predictions
from bridle.scores import accuracy
from bridle.threads.one_fit import one_fit

__all__ = ["DropoutClassifier"]


class DropoutClassifier(ClassifierMixin, NetworkEstimator, BaseEstimator):
    """A network with dropout that predicts classes.

    Minimises ``sum_i w_i crossentropy_i / sum_i w_i`` with Adam. In a training step each hidden
    unit is dropped with probability ``rate``, and kept units are scaled by ``1 / (1 - rate)``.
    Predictions use all units, unscaled.

    Parameters
    ----------
    network : keras.Model or callable, optional
        Replaces the default network: a model, which is copied and whose weights are the start; or a
        function (n_features, n_outputs) that builds one, with one output for two classes. The last
        layer must be linear (logits), a softmax or, for one output, a sigmoid. A compiled model
        keeps its optimiser and its loss, which must take class codes.
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
        Fraction of the rows for validation, in (0, 1), stratified by class. Default 0.1. They are
        not used for training, only for ``history_`` and ``early_stopping``.
    early_stopping : bool
        Whether to stop after ``n_iter_no_change`` epochs without a smaller validation loss and
        return to the weights of the best epoch. Default False: all epochs, last weights.
    n_iter_no_change : int
        At least 1, used with ``early_stopping`` only. Default 10.
    warm_start : bool
        Whether a second `fit` starts from the weights of the first. The optimiser starts anew, and
        the classes must be the same. Default False.
    class_weight : dict or "balanced", optional
        Weight of each class by its label, or weights inversely proportional to the class
        frequencies. They multiply the row weights, also in the losses of ``history_``.
    random_state : int or RandomState, optional
        Seed of the validation rows, initial weights, order of rows and masks.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        Class labels, sorted.
    network_ : keras.Model
        The fitted network.
    history_ : bridle.networks.curves.Curves
        Four losses an epoch: ``train_loss`` (with dropout), ``train_eval_loss`` (without),
        ``val_loss``, ``penalty``.
    kind_ : {"binary", "multiclass"}
        One output, or one for each class.
    link_ : {"linear", "softmax", "sigmoid"}
        Kind of the outputs: logits or probabilities.
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
    As in scikit-learn's ``MLPClassifier``, features are not standardised: use a ``StandardScaler``
    first.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting".
    """

    _FITTED = ("classes_",)

    classes_: npt.NDArray[Any]

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
        class_weight: Mapping[Any, float] | str | None = None,
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
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: Any = None) -> Self:
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Finite numbers.
        y : array-like of shape (n,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n,), optional
            At least 0. A row with weight 2 counts as two rows, one with weight 0 is ignored.

        Returns
        -------
        DropoutClassifier
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
            table, labels = read_rows(self, X, y)
            check_labels(labels)
            self._check_before(before)
            weights = row_weights(sample_weight, len(labels))
            weights = weights * class_weights(self.class_weight, labels)
            kept = weights > 0
            classes, codes = np.unique(labels[kept], return_inverse=True)
            if len(classes) < 2:
                raise InputError(
                    "y must have at least 2 classes among the rows of positive weight. "
                    f"Received: 1 class, {classes[0]!r}."
                )
            if before and not np.array_equal(before["classes_"], classes):
                raise InputError(
                    "With warm_start=True, y must have the classes of the fit that it continues, "
                    f"{before['classes_'].tolist()!r}. Received: {classes.tolist()!r}. Set "
                    "warm_start=False to fit anew."
                )
            sample = Sample.of(features(table[kept]), codes.astype(np.float32), weights[kept])
            diverged = self._fit_network(settings, sample, len(classes), before.get("network_"))
            self.classes_ = classes
            if diverged is not None:
                raise diverged
            return self

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the probability of each class, shape (n, K), in the order of ``classes_``."""
        outputs = self._outputs(X)
        return predictions(self.kind_, outputs)

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the most probable class of each row, shape (n,)."""
        probabilities = self.predict_proba(X)
        return self.classes_[np.argmax(probabilities, axis=1)]

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: Any = None) -> float:
        """Return the fraction of labels of shape (n,) that are predicted, weighted."""
        return accuracy(y, self.predict(X), sample_weight)
