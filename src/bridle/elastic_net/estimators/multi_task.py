"""Linear regression of several responses, with a penalty on rows of coefficients."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from bridle.arguments.scalars import switch
from bridle.elastic_net.data.given_rows import read_data
from bridle.elastic_net.data.inputs import encode_responses
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.fitting import (
    Settings,
    fit_linear_model,
    forget,
    warm_start,
)
from bridle.elastic_net.estimators.responses import PredictsResponses
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.threads.one_fit import one_fit
from bridle.types import Array

__all__ = ["MultiTaskElasticNet"]


class MultiTaskElasticNet(PredictsResponses, Pickled, BaseEstimator):
    r"""Linear regression of several responses in which a feature is used for all of them or for none.

    Minimises

    ``sum_i w_i |y_i - b0 - B x_i|^2 / 2 / sum_i w_i``
    ``+ alpha (l1_ratio sum_j |B_j|_2 + (1 - l1_ratio) / 2 |B|^2)``

    over intercepts b0 and coefficients B, where ``B_j`` holds those of feature j: the objective of
    ``sklearn.linear_model.MultiTaskElasticNet``, with the same arguments. With one response this is
    `ElasticNet`.

    Parameters
    ----------
    alpha : float
        Penalty strength in [0, inf). Default 1.0.
    l1_ratio : float
        Fraction of the penalty that is on norms of rows, in [0, 1]: 0 is the ridge. Default 0.5.
    fit_intercept : bool
        Whether to fit unpenalised intercepts. Default True.
    standardize : bool
        Whether to penalise coefficients per standard deviation (with 1/n) of their feature. ``coef_``
        is on the original scale either way, and X is not copied. Default False.
    max_iter : int
        Most iterations, each a working set and a descent; at least 1. Default 1,000.
    tol : float
        Largest duality gap, relative to half the null deviance, in (0, inf). Default 1e-6.
    warm_start : bool
        Whether `fit` starts from the previous solution. Default False.
    penalty : ElasticNetPenalty, optional
        Supplies the features' factors, on the scale of X; bounds are refused. Its l1 and l2 are ignored.
    copy_X, random_state, selection
        No effect. Accepted so that code written for scikit-learn's estimator runs, where they control
        the solver.

    Attributes
    ----------
    coef_ : ndarray of shape (K, p)
        On the scale of X. float32 if X is and ``tol`` is met after rounding, else float64.
    sparse_coef_ : scipy.sparse.csr_matrix of shape (K, p)
    intercept_ : ndarray of shape (K,)
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
    Source: Simon, Friedman and Hastie (2013), "A blockwise descent algorithm for group-penalized
    multiresponse and multinomial regression".

    Examples
    --------
    >>> from bridle import MultiTaskElasticNet
    >>> model = MultiTaskElasticNet(alpha=0.1).fit([[0, 0], [1, 1], [2, 2]], [[0, 0], [1, 1], [2, 2]])
    >>> model.coef_.shape
    (2, 2)
    """

    coef_: Array
    intercept_: Array
    certificate_: Certificate
    n_iter_: int
    _exact_: tuple[Array, Array]
    has_offset_: bool
    n_features_in_: int

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        standardize: bool = False,
        max_iter: int = 1000,
        tol: float = 1e-6,
        warm_start: bool = False,
        penalty: ElasticNetPenalty | None = None,
        copy_X: bool = True,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.penalty = penalty
        self.copy_X = copy_X
        self.random_state = random_state
        self.selection = selection

    def fit(
        self, X: TableLike, y: npt.ArrayLike, sample_weight: Any = None, offset: Any = None
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers. Dense float64 and float32 arrays, and sorted CSC, are not copied.
        y : array-like of shape (n, K)
            Finite numbers, a column for each response.
        sample_weight : array-like of shape (n,), optional
            At least 0; a row of weight 0 has no influence. Default: equal weights.
        offset : array-like of shape (n, K), optional
            Added to the linear predictors. Predictions then require an offset, too.

        Returns
        -------
        MultiTaskElasticNet
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
            start = self._start()
            forget(self)
            settings = Settings.of(self, positive=False, group="rows")
            data = read_data(self, X, y, sample_weight, offset, y_numeric=True, several=True)
            targets = encode_responses(data.labels, data.table.shape[0])
            if start is not None and start[0].shape[1] != targets.values.shape[1]:
                start = None
            fitted = fit_linear_model(data, targets, settings, start)
            self.coef_ = np.ascontiguousarray(fitted.coef.T)
            self.intercept_ = fitted.intercept
            fitted.hold_evidence(self, data)
            return self

    @property
    def sparse_coef_(self) -> sparse.csr_matrix:
        """The coefficients as a sparse matrix of shape (K, p)."""
        check_is_fitted(self, "coef_")
        return sparse.csr_matrix(self.coef_)

    def _start(self) -> tuple[Array, Array] | None:
        switch("warm_start", self.warm_start)
        if not (self.warm_start and {"coef_", "intercept_"} <= self.__dict__.keys()):
            return None
        return warm_start(self, self.coef_.T, self.intercept_)
