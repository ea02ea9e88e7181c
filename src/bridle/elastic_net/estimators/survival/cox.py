"""Cox's model of survival times with an elastic-net penalty of a given strength."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from bridle.elastic_net.data.given_rows import read_data
from bridle.elastic_net.data.inputs import Targets
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.fitting import Settings, fit_linear_model, forget
from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard
from bridle.elastic_net.estimators.survival.survival_prediction import PredictsSurvival, cox_loss
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.survival.outcomes import read_outcomes
from bridle.threads.one_fit import one_fit
from bridle.types import Array

__all__ = ["CoxElasticNet"]


class CoxElasticNet(PredictsSurvival, Pickled, BaseEstimator):
    r"""Cox's proportional hazards with an elastic-net penalty.

    Minimises

    ``-log PL(b) / sum_i w_i + alpha (l1_ratio |b|_1 + (1 - l1_ratio) / 2 |b|_2^2)``

    with the partial likelihood PL (`bridle.elastic_net.loss.Cox`). There is no intercept: the baseline
    hazard takes its place.

    Parameters
    ----------
    alpha : float
        Strength of the penalty, in [0, inf). Default 1.0.
    l1_ratio : float
        Fraction of the penalty that is l1, in [0, 1]. Default 0.5.
    ties : str
        How events at the same time are treated: "efron" or "breslow". Default "efron".
    standardize : bool
        Whether to penalise coefficients per standard deviation (with 1/n) of their feature. ``coef_`` is
        on the scale of X either way. Default False.
    positive : bool
        Whether coefficients must be at least 0. Default False.
    penalty : ElasticNetPenalty, optional
        Supplies the features' factors and bounds, on the scale of X. Its l1 and l2 are ignored.
    tol : float
        Largest duality gap, relative to half the null deviance, in (0, inf). Default 1e-6.
    max_iter : int
        Most iterations, at least 1. Default 1,000.

    Attributes
    ----------
    coef_ : ndarray of shape (p,)
        Log hazard ratios, on the scale of X.
    baseline_hazards_ : list of BaselineHazard
        The cumulative hazard of a row of zeros, one for each stratum.
    event_times_ : ndarray of shape (T,)
        Times of the events, ascending.
    strata_ : ndarray
        Sorted labels of the strata; empty without strata.
    certificate_ : Certificate
        Evidence of how close the solution is to the optimum.
    deviance_explained_ : float
        Fraction of the null deviance that the model explains, on the rows of the fit.
    n_iter_, n_rows_, n_features_in_ : int
    has_offset_ : bool
    feature_names_in_ : ndarray of shape (p,)
        Only if X had column names.
    encoding_ : FrameEncoding
        Only if X had columns of categories: how they became columns of 0 and 1. ``encoding_.names`` are
        the columns that ``coef_`` belongs to.

    Notes
    -----
    Sources: Cox (1972), "Regression models and life-tables"; Simon, Friedman, Hastie and Tibshirani
    (2011), "Regularization paths for Cox's proportional hazards model via coordinate descent".

    Examples
    --------
    >>> from bridle import CoxElasticNet
    >>> X, y = [[0.0], [1.0], [2.0], [1.5]], [[4.0, 1], [3.0, 1], [1.0, 1], [2.0, 0]]
    >>> model = CoxElasticNet(alpha=0.01).fit(X, y)
    >>> bool(model.coef_[0] > 0)
    True
    >>> model.predict_survival_function([[0.0]], times=[0.5]).tolist()
    [[1.0]]
    """

    coef_: Array
    baseline_hazards_: list[BaselineHazard]
    strata_: npt.NDArray[Any]
    event_times_: Array
    certificate_: Certificate
    has_offset_: bool
    n_features_in_: int

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        ties: str = "efron",
        standardize: bool = False,
        positive: bool = False,
        penalty: ElasticNetPenalty | None = None,
        tol: float = 1e-6,
        max_iter: int = 1000,
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.ties = ties
        self.standardize = standardize
        self.positive = positive
        self.penalty = penalty
        self.tol = tol
        self.max_iter = max_iter

    def fit(
        self,
        X: TableLike,
        y: Any,
        sample_weight: Any = None,
        offset: Any = None,
        strata: Any = None,
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers.
        y : structured array of shape (n,), or array-like or DataFrame of shape (n, 2) or (n, 3)
            An event (bool) and a time, as scikit-survival has them; or columns (time, event) or (start,
            stop, event): a row is at risk from after its start up to its stop.
        sample_weight : array-like of shape (n,), optional
            At least 0. Default: equal weights.
        offset : array-like of shape (n,), optional
            Added to the linear predictor. Predictions then require an offset, too.
        strata : array-like of shape (n,), optional
            Labels. Each stratum has a baseline hazard of its own. Default: one for all rows.

        Returns
        -------
        CoxElasticNet
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
            forget(self)
            settings = Settings(
                self.alpha,
                self.l1_ratio,
                fit_intercept=False,
                standardize=self.standardize,
                positive=self.positive,
                penalty=self.penalty,
                group=None,
                tol=self.tol,
                max_iter=self.max_iter,
            )
            outcomes = read_outcomes(y)
            data = read_data(self, X, outcomes.stop, sample_weight, offset)
            loss, labels = cox_loss(outcomes, strata, self.ties, data.weights, len(data.labels))
            targets = Targets(loss, outcomes.event[:, None].astype(np.float64), None)
            fitted = fit_linear_model(data, targets, settings, None)
            self.coef_ = fitted.coef[:, 0]
            self.certificate_ = fitted.certificate
            self.n_iter_ = fitted.iterations
            self.deviance_explained_ = fitted.deviance_explained
            self.n_rows_ = data.n_rows
            self.has_offset_ = data.offset is not None
            self._hold_baseline(loss, data, labels)
            return self
