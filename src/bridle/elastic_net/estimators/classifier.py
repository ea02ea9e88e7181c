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

from bridle.arguments.scalars import switch
from bridle.elastic_net.data.given_rows import read_data, weigh_classes
from bridle.elastic_net.data.inputs import encode_labels
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.class_prediction import ClassPrediction
from bridle.elastic_net.estimators.fitting import Settings, fit_linear_model, forget, warm_start
from bridle.elastic_net.estimators.fitting_rows import fit_to_rows
from bridle.elastic_net.estimators.summary import Summarized
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.rows.rows_of import rows_of
from bridle.threads.one_fit import one_fit
from bridle.types import Array

__all__ = ["ElasticNetClassifier"]


class ElasticNetClassifier(Summarized, ClassPrediction, ClassifierMixin, Pickled, BaseEstimator):
    r"""Logistic regression (two classes) or multinomial regression with an elastic-net penalty.

    Minimises ``sum_i w_i logloss_i / sum_i w_i + alpha (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|_2^2)``.
    In scikit-learn's ``LogisticRegression`` this is ``C = 1 / (n alpha)``. With more than two classes,
    each has its own linear predictor (the symmetric parametrisation), and intercepts sum to 0.

    Parameters
    ----------
    alpha : float
        Penalty strength in [0, inf): loss per unit of ``|b|`` (l1) or ``b^2 / 2`` (l2). Default 0.01.
    l1_ratio : float
        Fraction of the penalty that is l1, in [0, 1]: 1 is the lasso, 0 the ridge. Default 0.5.
    fit_intercept : bool
        Whether to fit unpenalised intercepts. Default True.
    standardize : bool
        Whether to penalise coefficients per standard deviation (with 1/n) of their feature. ``coef_``
        is on the original scale either way, and X is not copied. Default False.
    class_weight : dict or "balanced", optional
        Weights by label; "balanced" weights classes inversely to their frequency. Default: all 1.
    max_iter : int
        Most iterations, each a working set, a descent and a Newton finish; at least 1. Default 1,000.
    tol : float
        Largest duality gap, relative to half the null deviance, in (0, inf). Default 1e-6.
    warm_start : bool
        Whether `fit` starts from the previous solution. Default False.
    positive : bool
        Whether coefficients must be at least 0. Default False.
    penalty : ElasticNetPenalty, optional
        Supplies the features' factors and bounds, on the scale of X. Its l1 and l2 are ignored.
    group : None or "rows"
        "rows" ties the classes: a feature is used for all of them or for none, as the norm of its
        coefficients is penalised; see `ElasticNetPenalty`. Without effect on two classes. Default None.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    coef_ : ndarray of shape (1, p) for two classes, else (K, p)
        On the scale of X. float32 if X is and ``tol`` is met after rounding, else float64.
    sparse_coef_ : scipy.sparse.csr_matrix of the same shape
    intercept_ : ndarray of shape (1,) or (K,)
    certificate_ : Certificate
        Evidence of how close the solution is to the optimum.
    dual_gap_ : float
        The certificate's gap.
    n_iter_ : int
        Iterations; 0 if a warm start was already a solution.
    has_offset_ : bool
        Whether the model was fitted with an offset.
    deviance_explained_ : float
        Fraction of the null deviance that the model explains, on the rows of the fit.
    n_rows_ : int
        Rows of positive weight.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (p,)
        Only if X had column names.
    encoding_ : FrameEncoding
        Only if X had columns of categories: how they became columns of 0 and 1. ``encoding_.names`` are
        the columns that ``coef_`` belongs to.

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
    _exact_: tuple[Array, Array]
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
        group: str | None = None,
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
        self.group = group

    def fit(
        self, X: TableLike, y: npt.ArrayLike, sample_weight: Any = None, offset: Any = None
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p), or rows that are not in memory
            Finite numbers. Dense float64 and float32 arrays, and sorted CSC, are not copied. Rows that
            are not in memory are the path of a Parquet, CSV or Arrow file or folder, a
            ``pyarrow.dataset.Dataset``, a data frame of Dask or Spark, or an object with an Arrow
            stream; they are scanned some ten times, for two classes only. Columns of text or categories
            become a column of 0 and 1 for each level.
        y : array-like of shape (n,), or str
            Labels of at least two classes. The name of a column of X, which holds two numbers, if its
            rows are not in memory; then the other arguments are names of columns, too.
        sample_weight : array-like of shape (n,) or str, optional
            At least 0; a row of weight 0 has no influence. They multiply ``class_weight``. Default:
            equal weights.
        offset : array-like of shape (n,), or (n, K) for several classes, optional
            Added to the linear predictor. Predictions then require an offset, too.

        Returns
        -------
        ElasticNetClassifier
            The fitted estimator.

        Raises
        ------
        InputError
            An argument is out of range, or the data cannot be used. The message names the argument,
            column or row. `InputError` is a ``ValueError``.
        ConcurrentFitError
            Another thread is fitting the same estimator.
        """
        with one_fit(self):
            before = self._start()
            forget(self)
            settings = Settings.of(self)
            source = rows_of(X, y, sample_weight)
            if source is not None:
                fit_to_rows(self, source, offset)
                return self
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
            fitted.hold_evidence(self, data)
            return self

    @property
    def sparse_coef_(self) -> sparse.csr_matrix:
        """The coefficients as a sparse matrix of the shape of ``coef_``."""
        check_is_fitted(self, "coef_")
        return sparse.csr_matrix(self.coef_)

    def _start(self) -> tuple[npt.NDArray[Any], tuple[Array, Array]] | None:
        switch("warm_start", self.warm_start)
        if not (self.warm_start and {"coef_", "intercept_", "classes_"} <= self.__dict__.keys()):
            return None
        return self.classes_, warm_start(self, self.coef_.T, self.intercept_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
