"""Linear regression with an elastic-net penalty."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.data.given_rows import read_data
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.fitting import Settings, fit_linear_model, forget
from bridle.elastic_net.estimators.numbers import PredictsNumbers, encode_numbers
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.one_fit import one_fit
from bridle.real_numbers import refuse_other_than_bool
from bridle.types import Array

__all__ = ["ElasticNet"]


class ElasticNet(PredictsNumbers, Pickled, BaseEstimator):
    r"""Linear regression with an elastic-net penalty, certified.

    Minimises

    ``sum_i w_i (y_i - b0 - x_i b)^2 / 2 / sum_i w_i + alpha (l1_ratio |b|_1 + (1 - l1_ratio) |b|^2/2)``

    which is what ``sklearn.linear_model.ElasticNet`` minimises; the arguments are its arguments. Other
    losses take the place of the squared one.

    Parameters
    ----------
    alpha : float
        Strength of the penalty in [0, inf), in units of y squared (l2) or y (l1). Default 1.0.
    loss : str
        "squared" (default), or "poisson" for counts and rates: then ``exp(b0 + x_i b)`` is predicted,
        and an offset is the log of an exposure.
    l1_ratio : float
        Share of the l1 penalty in [0, 1]: 1 is the lasso, 0 the ridge. Default 0.5.
    fit_intercept : bool
        Whether there is an unpenalised intercept. Default True.
    standardize : bool
        Whether the penalty counts coefficients per standard deviation (with 1/n) of their feature.
        ``coef_`` is on the original scale either way, and X is not copied. Default False.
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
    precompute, copy_X, random_state, selection
        Accepted so that code written for ``sklearn.linear_model.ElasticNet`` runs. There they steer
        how the solver goes about it; here there is nothing to steer, since X is never copied or
        changed and the certified solution depends on no order of the features.

    Attributes
    ----------
    coef_ : ndarray of shape (p,)
        Float32 where X is, and certified as such; else float64.
    sparse_coef_ : scipy.sparse.csr_matrix of shape (1, p)
    intercept_ : float
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
    Source: Zou and Hastie (2005), "Regularization and variable selection via the elastic net".

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
    has_offset_: bool
    n_features_in_: int

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        loss: str = "squared",
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
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers; float64 and float32 arrays, and CSC, are read where they lie.
        y : array-like of shape (n,)
            Finite numbers.
        sample_weight : array-like of shape (n,), optional
            At least 0; a weight of 0 is a deleted row.
        offset : array-like of shape (n,), optional
            Added to the linear predictor; predictions then want one too.

        Returns
        -------
        ElasticNet
            The model itself.

        Raises
        ------
        InputError
            A ``ValueError`` that names the argument or the column.
        ConcurrentFitError
            A ``RuntimeError``: another thread is fitting the same estimator.
        """
        with one_fit(self):
            start = self._start()
            forget(self)
            settings = Settings.of(self)
            data = read_data(self, X, y, sample_weight, offset, y_numeric=True)
            targets = encode_numbers(self.loss, data.labels, data.weights)
            fitted = fit_linear_model(data, targets, settings, start)
            self.coef_ = fitted.coef[:, 0]
            self.intercept_ = float(fitted.intercept[0])
            self.has_offset_ = data.offset is not None
            self.certificate_ = fitted.certificate
            self.dual_gap_ = fitted.certificate.gap
            self.n_iter_ = fitted.iterations
            return self

    @property
    def sparse_coef_(self) -> sparse.csr_matrix:
        """The coefficients as a sparse matrix of shape (1, p)."""
        check_is_fitted(self, "coef_")
        return sparse.csr_matrix(self.coef_)

    def _start(self) -> tuple[Array, Array] | None:
        refuse_other_than_bool("warm_start", self.warm_start)
        if not (self.warm_start and {"coef_", "intercept_"} <= self.__dict__.keys()):
            return None
        return self.coef_[:, None], np.array([self.intercept_])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
