"""Linear regression with an elastic-net penalty."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from bridle.arguments.scalars import switch
from bridle.elastic_net.data.given_rows import read_data
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.fitting import Settings, fit_linear_model, forget, warm_start
from bridle.elastic_net.estimators.fitting_rows import fit_to_rows
from bridle.elastic_net.estimators.huber_scale import fit_with_scale
from bridle.elastic_net.estimators.numbers import PredictsNumbers, encode_numbers
from bridle.elastic_net.estimators.summary import Summarized
from bridle.elastic_net.loss import Huber, Loss
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.rows.rows_of import rows_of
from bridle.threads.one_fit import one_fit
from bridle.types import Array

__all__ = ["ElasticNet"]


class ElasticNet(Summarized, PredictsNumbers, Pickled, BaseEstimator):
    r"""Linear regression with an elastic-net penalty and a certificate.

    Minimises

    ``sum_i w_i (y_i - b0 - x_i b)^2 / 2 / sum_i w_i + alpha (l1_ratio |b|_1 + (1 - l1_ratio) |b|^2/2)``,

    the objective of ``sklearn.linear_model.ElasticNet``, with the same arguments. With another ``loss``,
    that loss replaces half the squared error.

    Parameters
    ----------
    alpha : float
        Penalty strength in [0, inf): loss per unit of ``|b|`` (l1) or ``b^2 / 2`` (l2). Default 1.0.
    loss : str or Loss
        "squared"; or, with predictions ``exp(b0 + x_i b)``, "poisson" for counts and rates (the offset
        is then the log of the exposure), "gamma" for amounts above 0, or "tweedie" for amounts that
        are often 0, of power 1.5 (`Tweedie` takes another power); or "huber" for numbers with outliers,
        beyond 1.35 in the unit of y (`Huber` takes another limit, and a scale that is estimated: it is
        then a variable of the objective, as in scikit-learn's ``HuberRegressor``). Default "squared".
    l1_ratio : float
        Fraction of the penalty that is l1, in [0, 1]: 1 is the lasso, 0 the ridge. Default 0.5.
    fit_intercept : bool
        Whether to fit an unpenalised intercept. Default True.
    standardize : bool
        Whether to penalise coefficients per standard deviation (with 1/n) of their feature. ``coef_``
        is on the original scale either way, and X is not copied. Default False.
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
    precompute, copy_X, random_state, selection
        No effect. Accepted so that code written for ``sklearn.linear_model.ElasticNet`` runs, where they
        control the solver. Here X is never copied or changed, and the order of the features does not
        matter.

    Attributes
    ----------
    coef_ : ndarray of shape (p,)
        On the scale of X. float32 if X is and ``tol`` is met after rounding, else float64.
    sparse_coef_ : scipy.sparse.csr_matrix of shape (1, p)
    intercept_ : float
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
    scale_ : float
        Scale of Huber's loss, only if it was estimated. The certificate is of the coefficients at it.
    n_scans_ : int
        How often all rows were read; only if they are not in memory.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (p,)
        Only if X had column names.
    encoding_ : FrameEncoding
        Only if X had columns of categories: how they became columns of 0 and 1. ``encoding_.names`` are
        the columns that ``coef_`` belongs to.

    Notes
    -----
    Source: Zou and Hastie (2005), "Regularization and variable selection via the elastic net",
    section 3; algorithm and losses: Friedman, Hastie and Tibshirani (2010), "Regularization paths for
    generalized linear models via coordinate descent".

    Examples
    --------
    >>> from bridle import ElasticNet
    >>> model = ElasticNet(alpha=0.1).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> model.certificate_.meets(1e-6)
    True
    """

    coef_: Array
    intercept_: float
    certificate_: Certificate
    n_iter_: int
    _exact_: tuple[Array, Array]
    has_offset_: bool
    scale_: float
    n_features_in_: int

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        loss: str | Loss = "squared",
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        standardize: bool = False,
        max_iter: int = 1000,
        tol: float = 1e-6,
        warm_start: bool = False,
        positive: bool = False,
        penalty: ElasticNetPenalty | None = None,
        precompute: bool | npt.ArrayLike = False,
        copy_X: bool = True,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        self.alpha = alpha
        self.loss = loss
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.penalty = penalty
        self.precompute = precompute
        self.copy_X = copy_X
        self.random_state = random_state
        self.selection = selection

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
            stream; they are scanned twice for squared loss, some ten times for others, and once more if
            columns hold text or categories, which become a column of 0 and 1 for each level.
        y : array-like of shape (n,), or str
            Finite numbers. The name of a column of X if its rows are not in memory, and then the other
            arguments are names of columns, too; all columns without another role are features.
        sample_weight : array-like of shape (n,) or str, optional
            At least 0; a row of weight 0 has no influence. Default: equal weights.
        offset : array-like of shape (n,), optional
            Added to the linear predictor. Predictions then require an offset, too.

        Returns
        -------
        ElasticNet
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
            settings = Settings.of(self, group=None)
            source = rows_of(X, y, sample_weight)
            if source is not None:
                fit_to_rows(self, source, offset)
                return self
            data = read_data(self, X, y, sample_weight, offset, y_numeric=True)
            if isinstance(self.loss, Huber) and self.loss.needs_scale:
                fitted, self.scale_ = fit_with_scale(data, self.loss, settings, start)
            else:
                targets = encode_numbers(self.loss, data.labels, data.weights)
                fitted = fit_linear_model(data, targets, settings, start)
            self.coef_ = fitted.coef[:, 0]
            self.intercept_ = float(fitted.intercept[0])
            fitted.hold_evidence(self, data)
            return self

    @property
    def sparse_coef_(self) -> sparse.csr_matrix:
        """The coefficients as a sparse matrix of shape (1, p)."""
        check_is_fitted(self, "coef_")
        return sparse.csr_matrix(self.coef_)

    def _start(self) -> tuple[Array, Array] | None:
        switch("warm_start", self.warm_start)
        if not (self.warm_start and {"coef_", "intercept_"} <= self.__dict__.keys()):
            return None
        return warm_start(self, self.coef_[:, None], np.array([self.intercept_]))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
