"""Logistic and multinomial regression with a penalty that cross-validation chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.data.given_rows import read_data, weigh_classes
from bridle.elastic_net.data.inputs import encode_labels
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.class_prediction import ClassPrediction
from bridle.elastic_net.estimators.fitting import forget
from bridle.elastic_net.estimators.fitting_cv import (
    check_parameters,
    choose,
    fit_cross_validated,
    plot_choice,
    tidy_choice,
)
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.one_fit import one_fit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ElasticNetClassifierCV"]


class ElasticNetClassifierCV(ClassPrediction, ClassifierMixin, Pickled, BaseEstimator):
    r"""Logistic or multinomial regression with an elastic-net penalty that cross-validation chooses.

    Several classes have one predictor each (the symmetric parametrisation), with intercepts that sum
    to 0. Every fold is fitted along one grid of strengths, which the full data give, on its training
    rows alone: with ``standardize`` they give means and scales too. No row of X is copied.

    Parameters
    ----------
    l1_ratio : float or sequence of float
        Shares of the l1 penalty in [0, 1] to choose from. Default 0.5.
    alphas : int or array-like of shape (S,)
        Number of strengths, or the strengths in [0, inf), whose order is kept. Default 100.
    eps : float, optional
        The smallest strength over the largest, in (0, 1), where ``alphas`` is a number. Default: 1e-4
        where rows outnumber features, else 1e-2.
    cv : int, splitter or iterable of (train, test), optional
        Number of folds, at least 2, or what deals the rows. Default 5 stratified folds, which keep
        groups together where ``fit`` is given groups.
    scoring : str or callable, optional
        Default: deviance, which is twice the log loss. See `Scoring.of`.
    rule : str
        "min" takes the best mean score (default); "1se" the strongest penalty of the same l1_ratio
        that is within one standard error of it.
    fit_intercept : bool
        Whether there is an unpenalised intercept. Default True.
    standardize : bool
        Whether the penalty counts coefficients per standard deviation (with 1/n) of their feature.
        ``coef_`` is on the original scale either way. Default False.
    class_weight : dict or "balanced", optional
        Weight of each class by its label, or inversely to their frequencies; in scores too.
    positive : bool
        Whether coefficients must be at least 0. Default False.
    penalty : ElasticNetPenalty, optional
        Gives factors and bounds of the features (its l1 and l2 are replaced), on the scale of X.
    tol : float
        Duality gap relative to half the null deviance at which to stop, in (0, inf). Default 1e-6.
    max_iter : int
        Iterations of each fit, at least 1. Default 1,000.
    random_state : int or RandomState, optional
        Where given, an integer ``cv`` deals the rows at random by it.
    keep_coefs : bool
        Whether ``cv_.fold_models`` keeps the coefficients of every fold. Default False.
    n_jobs : int, optional
        Number of threads; default all that this process may use. It changes no bit of the result.

    Attributes
    ----------
    alpha_, l1_ratio_ : float
        What the rule chose.
    alpha_1se_ : float
        What the rule "1se" would choose.
    alphas_ : ndarray of shape (S,)
        The strengths at the chosen l1_ratio.
    scores_ : ndarray of shape (R, S, F)
        Score of each l1_ratio, strength and fold.
    mean_scores_ : ndarray of shape (R, S)
        Their means, each fold weighted by the weights of its test rows.
    classes_ : ndarray of shape (K,)
    coef_ : ndarray of shape (1, p) for two classes, else (K, p)
        Float32 where X is, and certified as such; else float64.
    intercept_ : ndarray of shape (1,) or (K,)
    certificate_ : Certificate
        How far, at most, the solution on all data is from the best one.
    path_ : Path
        All strengths at the chosen l1_ratio, on all data.
    cv_ : CrossValidation
    oof_prediction_ : ndarray of shape (n, K) or None
        The probabilities that the fold that tests a row gives it, where each row is tested once.
    n_iter_ : int
    has_offset_ : bool
        Whether it was fitted with an offset.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (p,)
        Only where X had names.

    Examples
    --------
    >>> import numpy as np
    >>> from bridle import ElasticNetClassifierCV
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> y = X[:, 0] + np.random.default_rng(1).normal(size=60) > 0
    >>> model = ElasticNetClassifierCV(l1_ratio=[0.5, 1.0], alphas=10, rule="1se").fit(X, y)
    >>> bool(model.alpha_ == model.alpha_1se_)
    True
    """

    certificate_: Certificate
    cv_: CrossValidation
    path_: Path
    has_offset_: bool
    n_features_in_: int

    def __init__(
        self,
        *,
        l1_ratio: float | Sequence[float] = 0.5,
        alphas: int | npt.ArrayLike = 100,
        eps: float | None = None,
        cv: Any = None,
        scoring: Any = None,
        rule: str = "min",
        fit_intercept: bool = True,
        standardize: bool = False,
        class_weight: Mapping[Any, float] | str | None = None,
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
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.class_weight = class_weight
        self.positive = positive
        self.penalty = penalty
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.keep_coefs = keep_coefs
        self.n_jobs = n_jobs

    def fit(
        self,
        X: TableLike,
        y: npt.ArrayLike,
        sample_weight: Any = None,
        groups: Any = None,
        offset: Any = None,
    ) -> Self:
        """Cross-validate, choose, and fit all data.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers; float64 and float32 arrays, and CSC, are read where they lie.
        y : array-like of shape (n,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n,), optional
            At least 0; a weight of 0 is a deleted row. They weight scores too, and multiply
            ``class_weight``.
        groups : array-like of shape (n,), optional
            Rows of one group stay in one fold, or what else the splitter does with groups.
        offset : array-like of shape (n,), or (n, K) for several classes, optional
            Added to the linear predictor; predictions then want one too.

        Returns
        -------
        ElasticNetClassifierCV
            The model itself. A `DataWarning` says where the best strength ends the grid.

        Raises
        ------
        InputError
            A ``ValueError`` that names the argument, the column or the fold.
        ConcurrentFitError
            A ``RuntimeError``: another thread is fitting the same estimator.
        """
        with one_fit(self):
            forget(self)
            check_parameters(self)
            data = read_data(self, X, y, sample_weight, offset)
            data = weigh_classes(data, self.class_weight)
            targets = encode_labels(data.labels, None, data.weights)
            result = fit_cross_validated(self, data, targets, groups)
            coef, intercept = choose(self, data, result)
            self.classes_ = np.asarray(targets.classes)
            self.coef_, self.intercept_ = coef.T, intercept
            oof = result.oof_prediction
            if oof is not None and oof.shape[1] == 1:
                oof = np.hstack([1 - oof, oof])
            self.oof_prediction_ = oof
            return self

    def plot(self) -> Figure:
        """Draw scores and coefficients against the strength, with both choices marked."""
        return plot_choice(self)

    def tidy(self) -> pd.DataFrame:
        """Return a row for each strength at the chosen l1_ratio, as R's broom does for cv.glmnet.

        Returns
        -------
        pandas.DataFrame
            Columns lambda, estimate, std.error, conf.low, conf.high, nzero.
        """
        return tidy_choice(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
