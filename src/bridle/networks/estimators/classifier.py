"""Classification with a network and dropout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin

from bridle.class_weights import class_weights
from bridle.diagnosis import check_labels
from bridle.errors import InputError
from bridle.networks.estimators.fitting import NetworkEstimator, forget
from bridle.networks.estimators.rows import read_rows
from bridle.networks.estimators.sample import Sample, features
from bridle.networks.estimators.settings import Settings
from bridle.networks.recipe import predictions
from bridle.one_fit import one_fit
from bridle.row_weights import row_weights
from bridle.scores import accuracy

__all__ = ["DropoutClassifier"]


class DropoutClassifier(ClassifierMixin, NetworkEstimator, BaseEstimator):
    """A network with dropout that predicts classes.

    Minimises ``sum_i w_i crossentropy_i / sum_i w_i`` with Adam, each hidden unit left out of a
    training step with probability ``rate``; predictions use all of them.

    Parameters
    ----------
    network : keras.Model or callable, optional
        In place of the recipe: a model, whose weights are where the fit starts and which is not
        changed; or a function of (n_features, n_outputs) that builds one, where two classes have
        one output. It ends in a linear layer (logits), in a softmax or, for one output, in a
        sigmoid. One that is compiled keeps its optimiser and its loss, which takes codes of
        classes.
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
        Fraction of the rows that are held out for ``history_``, in (0, 1), of each class about the
        same. Default 0.1.
    early_stopping : bool
        Whether to stop after ``n_iter_no_change`` epochs without a smaller validation loss, and keep
        the weights of the best epoch. Default False: train all epochs and keep the last weights.
    n_iter_no_change : int
        At least 1; without early stopping it does nothing. Default 10.
    warm_start : bool
        Whether a second `fit` goes on from the weights of the first; all else, the optimiser
        too, starts as in the first; the classes must be the same. Default False.
    class_weight : dict or "balanced", optional
        Weight of each class by its label, or inversely to their frequencies; multiplies the weights
        of rows, in the losses of ``history_`` too.
    random_state : int or RandomState, optional
        Of the held-out rows, the first weights, the order of rows and the masks.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    network_ : keras.Model
        Fitted.
    history_ : History
        Four losses an epoch: ``train_loss``, ``train_eval_loss``, ``val_loss``, ``penalty``.
    kind_ : {"binary", "multiclass"}
        One output, or one for each class.
    link_ : {"linear", "softmax", "sigmoid"}
        What the outputs are.
    n_iter_ : int
        Epochs that were trained; under ``early_stopping`` those after the best one too.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (p,)
        Only where X had names.

    Notes
    -----
    Features are not standardised, as in scikit-learn's ``MLPClassifier``: put a ``StandardScaler``
    before it.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting".
    """

    _FITTED = ("classes_",)

    classes_: npt.NDArray[Any]

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
        """Train a network.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Finite numbers.
        y : array-like of shape (n,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n,), optional
            At least 0. A row of weight 2 is two rows, one of weight 0 is none.

        Returns
        -------
        DropoutClassifier
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
                    "y must have the classes of the fit that warm_start=True goes on from, "
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
