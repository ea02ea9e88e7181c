"""Logistic and multinomial regression with an elastic-net penalty chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags

from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.data.given_rows import read_data, weigh_classes
from bridle.elastic_net.data.inputs import encode_labels
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.estimators.class_prediction import ClassPrediction
from bridle.elastic_net.estimators.fitting import forget, shape_of
from bridle.elastic_net.estimators.fitting_cv import (
    check_parameters,
    choose,
    fit_cross_validated,
    plot_choice,
    tidy_choice,
)
from bridle.elastic_net.estimators.fitting_rows import fit_cv_to_rows
from bridle.elastic_net.estimators.summary import Summarized
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.files.pickled import Pickled
from bridle.rows.rows_of import rows_of
from bridle.threads.one_fit import one_fit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ElasticNetClassifierCV"]


class ElasticNetClassifierCV(Summarized, ClassPrediction, ClassifierMixin, Pickled, BaseEstimator):
    r"""Logistic or multinomial regression with an elastic-net penalty chosen by cross-validation.

    The objective is that of `ElasticNetClassifier`. All folds share one grid of strengths, computed from
    the full data. Everything else in a fold comes from its training rows, including the means and
    scales of ``standardize``. No rows of X are copied.

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
        Number of folds, at least 2; or a scikit-learn splitter; or pairs of training and test rows. If
        ``fit`` is given groups, a number of folds keeps each group in one fold. Default: 5 stratified
        folds.
    scoring : str or callable, optional
        Score to choose by; see `Scoring.of`. Default: deviance, which is twice the log loss.
    rule : str
        "min" chooses the best mean score; "1se" chooses the strongest penalty, at the same l1_ratio,
        within one standard error of it. Default "min".
    fit_intercept : bool
        Whether to fit an unpenalised intercept. Default True.
    standardize : bool
        Whether to penalise coefficients per standard deviation (with 1/n) of their feature over the
        training rows of each fit. ``coef_`` is on the original scale either way. Default False.
    class_weight : dict or "balanced", optional
        Weights by label; "balanced" weights classes inversely to their frequency. They apply to scores
        too. Default: all 1.
    positive : bool
        Whether coefficients must be at least 0. Default False.
    penalty : ElasticNetPenalty, optional
        Supplies the features' factors and bounds, on the scale of X. Its l1 and l2 are ignored.
    group : None or "rows"
        "rows" ties the classes: a feature is used for all of them or for none, as the norm of its
        coefficients is penalised; see `ElasticNetPenalty`. Without effect on two classes. Default None.
    tol : float
        Largest duality gap, relative to half the null deviance, in (0, inf). Default 1e-6.
    max_iter : int
        Most iterations of each fit, at least 1. Default 1,000.
    random_state : int or RandomState, optional
        Seed that shuffles the rows if ``cv`` is an integer. Default: no shuffling.
    keep_coefs : bool
        Whether ``cv_.fold_models`` keeps the coefficients of every fold. Default False.
    n_jobs : int, optional
        Number of threads. The result has the same bits for any number. Default: all available.

    Attributes
    ----------
    alpha_, l1_ratio_ : float
        The strength and l1_ratio that the rule chose.
    alpha_1se_ : float
        The strength that the rule "1se" would choose.
    alphas_ : ndarray of shape (S,)
        The strengths at the chosen l1_ratio.
    scores_ : ndarray of shape (R, S, F)
        Score of each l1_ratio, strength and fold.
    mean_scores_ : ndarray of shape (R, S)
        Mean scores over folds, weighted by the sums of the weights of their test rows.
    classes_ : ndarray of shape (K,)
    coef_ : ndarray of shape (1, p) for two classes, else (K, p)
        On the scale of X. float32 if X is and ``tol`` is met after rounding, else float64.
    intercept_ : ndarray of shape (1,) or (K,)
    certificate_ : Certificate
        Evidence of how close the solution on all data is to the optimum.
    path_ : Path
        The path on all data, at the chosen l1_ratio.
    cv_ : CrossValidation
    oof_prediction_ : ndarray of shape (n, K) or None
        Out-of-fold probabilities: each row's, by the fold that tests it; None unless every row is
        tested exactly once.
    n_iter_ : int
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
    models via coordinate descent", sections 2.5 and 6.

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
        group: str | None = None,
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
        self.group = group
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
        """Cross-validate, choose a strength and l1_ratio, and fit all data.

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
            At least 0; a row of weight 0 has no influence. They apply to scores too, and multiply
            ``class_weight``. Default: equal weights.
        groups : array-like of shape (n,) or str, optional
            Group of each row. A number of folds keeps each group in one fold; a splitter may use groups
            otherwise.
        offset : array-like of shape (n,), or (n, K) for several classes, optional
            Added to the linear predictor. Predictions then require an offset, too.

        Returns
        -------
        ElasticNetClassifierCV
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
            source = rows_of(X, y, sample_weight, groups)
            if source is not None:
                fit_cv_to_rows(self, source, offset)
                return self
            data = read_data(self, X, y, sample_weight, offset)
            data = weigh_classes(data, self.class_weight)
            targets = encode_labels(data.labels, None, data.weights)
            shape = shape_of(self.penalty, bool(self.positive), self.group)
            result = fit_cross_validated(self, data, targets, groups, shape)
            coef, intercept = choose(self, data, result)
            self.classes_ = np.asarray(targets.classes)
            self.coef_, self.intercept_ = coef.T, intercept
            oof = result.oof_prediction
            if oof is not None and oof.shape[1] == 1:
                oof = np.hstack([1 - oof, oof])
            self.oof_prediction_ = oof
            return self

    def plot(self) -> Figure:
        """Plot scores and coefficients against the strength, with the choices of both rules marked.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return plot_choice(self)

    def tidy(self) -> pd.DataFrame:
        """Return a table with a row per strength at the chosen l1_ratio, as R's broom for cv.glmnet.

        Returns
        -------
        pandas.DataFrame
            Columns lambda, estimate (the mean score), std.error, conf.low and conf.high (estimate minus
            and plus one standard error), nzero.
        """
        return tidy_choice(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
