"""Cox's model of survival times with an elastic-net penalty chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.data.given_rows import read_data
from bridle.elastic_net.data.inputs import Targets
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.fitting import forget, shape_of
from bridle.elastic_net.estimators.fitting_cv import (
    check_parameters,
    choose,
    fit_cross_validated,
    plot_choice,
    tidy_choice,
)
from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard
from bridle.elastic_net.estimators.survival.survival_prediction import PredictsSurvival, cox_loss
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.survival.outcomes import read_outcomes
from bridle.threads.one_fit import one_fit
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["CoxElasticNetCV"]


class CoxElasticNetCV(PredictsSurvival, Pickled, BaseEstimator):
    r"""Cox's proportional hazards with an elastic-net penalty chosen by cross-validation.

    The objective is that of `CoxElasticNet`. All folds share one grid of strengths, computed from the
    full data. A fold's score is the deviance of all rows minus that of its training rows, both of the
    model of its training rows, for each event of its test rows (van Houwelingen; glmnet's
    ``grouped=TRUE``), since few test rows alone have small risk sets.

    Parameters
    ----------
    l1_ratio : float or sequence of float
        Fraction of the penalty that is l1, in [0, 1], or several to choose from. Default 0.5.
    alphas : int or array-like of shape (S,)
        Number of strengths (see `strength_grid`), or the strengths in [0, inf), whose order is kept.
        Default 100.
    eps : float, optional
        Smallest strength over the largest, in (0, 1); only if ``alphas`` is a number. Default: 1e-4 if
        there are more rows than features, else 1e-2.
    cv : int, splitter or iterable of (train, test), optional
        Number of folds, at least 2; or a scikit-learn splitter, which gets the events as y; or pairs of
        training and test rows. A number of folds spreads the events evenly, and keeps each of ``groups``
        in one fold. Default: 5 folds.
    scoring : str, optional
        "deviance" as above, or "concordance", Harrell's C on the test rows. Default "deviance".
    rule : str
        "min" chooses the best mean score; "1se" chooses the strongest penalty, at the same l1_ratio,
        within one standard error of it. Default "min".
    ties, standardize, positive, penalty, tol, max_iter
        As in `CoxElasticNet`.
    random_state : int or RandomState, optional
        Shuffles the rows before they are dealt to a number of folds. Default: they are dealt in order.
    keep_coefs : bool
        Whether to keep the coefficients of every fold. Default False.
    n_jobs : int, optional
        Number of threads. Default: all available.

    Attributes
    ----------
    coef_, baseline_hazards_, event_times_, strata_, certificate_, deviance_explained_, n_iter_, n_rows_
        As in `CoxElasticNet`, at the chosen strength.
    alpha_, l1_ratio_ : float
        The strength and l1_ratio that the rule chose.
    alpha_1se_ : float
        The strength that the rule "1se" chooses.
    alphas_ : ndarray of shape (S,)
    scores_, mean_scores_ : ndarray of shape (R, S, F) and (R, S)
    path_ : Path
        The path on all data, at the chosen l1_ratio.
    cv_ : CrossValidation
    oof_prediction_ : ndarray of shape (n,) or None
        The log risk of each row by the model that was not fitted to it; None if folds overlap.

    Notes
    -----
    Sources: Simon, Friedman, Hastie and Tibshirani (2011), "Regularization paths for Cox's proportional
    hazards model via coordinate descent"; van Houwelingen, Bruinsma, Hart, van 't Veer and Wessels
    (2006), "Cross-validated Cox regression on microarray gene expression data".

    Examples
    --------
    >>> import numpy as np
    >>> from bridle import CoxElasticNetCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 3))
    >>> y = np.column_stack([rng.exponential(np.exp(-X[:, 0])), np.ones(60)])
    >>> model = CoxElasticNetCV(alphas=[0.3, 0.1, 0.03, 0.01], cv=3).fit(X, y)
    >>> bool(model.coef_[0] > 0.5)
    True
    """

    coef_: Array
    baseline_hazards_: list[BaselineHazard]
    strata_: npt.NDArray[Any]
    event_times_: Array
    certificate_: Certificate
    alpha_: float
    l1_ratio_: float
    path_: Path
    cv_: CrossValidation
    has_offset_: bool
    n_features_in_: int

    def __init__(
        self,
        *,
        l1_ratio: float | Sequence[float] = 0.5,
        alphas: int | npt.ArrayLike = 100,
        eps: float | None = None,
        cv: Any = None,
        scoring: str | None = None,
        rule: str = "min",
        ties: str = "efron",
        standardize: bool = False,
        positive: bool = False,
        penalty: ElasticNetPenalty | None = None,
        tol: float = 1e-6,
        max_iter: int = 1000,
        random_state: Any = None,
        keep_coefs: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.l1_ratio = l1_ratio
        self.alphas = alphas
        self.eps = eps
        self.cv = cv
        self.scoring = scoring
        self.rule = rule
        self.ties = ties
        self.standardize = standardize
        self.positive = positive
        self.penalty = penalty
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.keep_coefs = keep_coefs
        self.n_jobs = n_jobs

    @property
    def fit_intercept(self) -> bool:
        """Whether there is an intercept: False, since the baseline hazard takes its place."""
        return False

    def fit(
        self,
        X: TableLike,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        offset: Any = None,
        strata: Any = None,
    ) -> Self:
        """Cross-validate, choose a strength and l1_ratio, and fit all data.

        Parameters
        ----------
        X, y, sample_weight, offset, strata
            As in `CoxElasticNet.fit`. Weights apply to scores too.
        groups : array-like of shape (n,), optional
            Group of each row, such as the person of several rows with starts: a number of folds keeps
            each group in one fold.

        Returns
        -------
        CoxElasticNetCV
            The fitted estimator. A `DataWarning` reports a best strength at the end of the grid.

        Raises
        ------
        InputError
            An argument is out of range, or the data cannot be used. The message names the argument,
            column, row or fold. `InputError` is a ``ValueError``.
        ConcurrentFitError
            Another thread is fitting the same estimator.
        """
        with one_fit(self):
            forget(self)
            check_parameters(self)
            outcomes = read_outcomes(y)
            data = read_data(self, X, outcomes.stop, sample_weight, offset)
            loss, labels = cox_loss(outcomes, strata, self.ties, data.weights, len(data.labels))
            data = replace(data, labels=outcomes.event)
            targets = Targets(loss, outcomes.event[:, None].astype(np.float64), None)
            shape = shape_of(self.penalty, bool(self.positive))
            result = fit_cross_validated(self, data, targets, groups, shape)
            self.coef_ = choose(self, data, result)[0][:, 0]
            oof = result.oof_prediction
            self.oof_prediction_ = None if oof is None else oof[:, 0]
            self._hold_baseline(loss, data, labels)
            return self

    def plot(self) -> Figure:
        """Plot scores and coefficients against the strength, with the choices of both rules marked."""
        return plot_choice(self)

    def tidy(self) -> pd.DataFrame:
        """Return a table with a row per strength; see `bridle.ElasticNetCV.tidy`."""
        return tidy_choice(self)
