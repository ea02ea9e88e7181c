"""Logistic and multinomial regression with an elastic-net penalty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.data.given_rows import read_data, weigh_classes
from bridle.elastic_net.data.inputs import encode_labels
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.class_prediction import ClassPrediction
from bridle.elastic_net.estimators.fitting import Settings, fit_linear_model, forget
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.one_fit import one_fit
from bridle.real_numbers import refuse_other_than_bool
from bridle.types import Array

__all__ = ["ElasticNetClassifier"]


class ElasticNetClassifier(ClassPrediction, ClassifierMixin, Pickled, BaseEstimator):
    r"""Logistic regression (two classes) or multinomial regression with an elastic-net penalty.

    Minimises ``sum_i w_i logloss_i / sum_i w_i + alpha (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|_2^2)``.
    In the terms of scikit-learn's ``LogisticRegression``, ``alpha = 1 / (n C)``. Several classes have
    one predictor each (the symmetric parametrisation), with intercepts that sum to 0.

    Parameters
    ----------
    alpha : float
        Strength of the penalty in [0, inf). Default 0.01.
    l1_ratio : float
        Share of the l1 penalty in [0, 1]: 1 is the lasso, 0 the ridge. Default 0.5.
    fit_intercept : bool
        Whether there are unpenalised intercepts. Default True.
    standardize : bool
        Whether the penalty counts coefficients per standard deviation (with 1/n) of their feature.
        ``coef_`` is on the original scale either way, and X is not copied. Default False.
    class_weight : dict or "balanced", optional
        Weight of each class by its label, or inversely to their frequencies.
    max_iter : int
        Iterations (working set, descent, finish), at least 1. Default 1,000.
    tol : float
        Duality gap relative to half the null deviance at which to stop, in (0, inf). Default 1e-6.
    warm_start : bool
        Whether a second `fit` starts from the coefficients of the first. Default False.
    positive : bool
        Whether coefficients must be at least 0. Default False.
    penalty : ElasticNetPenalty, optional
        Gives factors and bounds of the features (its l1 and l2 are replaced), on the scale of X.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    coef_ : ndarray of shape (1, p) for two classes, else (K, p)
        Float32 where X is, and certified as such; else float64.
    sparse_coef_ : scipy.sparse.csr_matrix of the same shape
    intercept_ : ndarray of shape (1,) or (K,)
    certificate_ : Certificate
        How far, at most, the solution is from the best one.
    dual_gap_ : float
        The certificate's gap.
    n_iter_ : int
        Iterations; 0 where a warm start was a solution.
    has_offset_ : bool
        Whether it was fitted with an offset.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (p,)
        Only where X had names.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent", sections 3 and 4.

    Examples
    --------
    >>> from bridle import ElasticNetClassifier
    >>> model = ElasticNetClassifier().fit([[0.0], [1.0], [2.0], [3.0]], ["a", "b", "a", "b"])
    >>> model.predict_proba([[1.5]]).shape
    (1, 2)
    """

    classes_: npt.NDArray[Any]
    coef_: Array
    intercept_: Array
    certificate_: Certificate
    n_iter_: int
    has_offset_: bool
    n_features_in_: int

    def __init__(
        self,
        alpha: float = 0.01,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        standardize: bool = False,
        class_weight: Mapping[Any, float] | str | None = None,
        max_iter: int = 1000,
        tol: float = 1e-6,
        warm_start: bool = False,
        positive: bool = False,
        penalty: ElasticNetPenalty | None = None,
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.penalty = penalty

    def fit(
        self, X: TableLike, y: npt.ArrayLike, sample_weight: Any = None, offset: Any = None
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers; float64 and float32 arrays, and CSC, are read where they lie.
        y : array-like of shape (n,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n,), optional
            At least 0; a weight of 0 is a deleted row. Multiplies ``class_weight``.
        offset : array-like of shape (n,), or (n, K) for several classes, optional
            Added to the linear predictor; predictions then want one too.

        Returns
        -------
        ElasticNetClassifier
            The model itself.

        Raises
        ------
        InputError
            A ``ValueError`` that names the argument or the column.
        ConcurrentFitError
            A ``RuntimeError``: another thread is fitting the same estimator.
        """
        with one_fit(self):
            before = self._start()
            forget(self)
            settings = Settings.of(self)
            data = read_data(self, X, y, sample_weight, offset)
            data = weigh_classes(data, self.class_weight)
            targets = encode_labels(data.labels, None, data.weights)
            classes: Any = targets.classes
            start = None
            if before is not None and np.array_equal(before[0], classes):
                start = before[1]
            fitted = fit_linear_model(data, targets, settings, start)
            self.classes_ = classes
            self.coef_ = fitted.coef.T
            self.intercept_ = fitted.intercept
            self.has_offset_ = data.offset is not None
            self.certificate_ = fitted.certificate
            self.dual_gap_ = fitted.certificate.gap
            self.n_iter_ = fitted.iterations
            return self

    @property
    def sparse_coef_(self) -> sparse.csr_matrix:
        """The coefficients as a sparse matrix of the shape of ``coef_``."""
        check_is_fitted(self, "coef_")
        return sparse.csr_matrix(self.coef_)

    def _start(self) -> tuple[npt.NDArray[Any], tuple[Array, Array]] | None:
        refuse_other_than_bool("warm_start", self.warm_start)
        if not (self.warm_start and {"coef_", "intercept_", "classes_"} <= self.__dict__.keys()):
            return None
        return self.classes_, (self.coef_.T, self.intercept_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
