"""Poisson paths and cross-validations, beside scikit-learn's PoissonRegressor and plain facts."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import d2_tweedie_score, mean_poisson_deviance
from sklearn.model_selection import KFold

from bridle import ElasticNet, ElasticNetCV, elastic_net_path
from bridle.errors import InputError, UnknownNameError


def counts(n=120, p=6, level=1.0, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, rng.poisson(np.exp(level + X[:, 0] * 0.5 - X[:, 1] * 0.3)).astype(float), rng


@pytest.mark.parametrize("level", [-4.0, 0.0, 7.0])
def test_ridge_equals_scikit_learn(level):
    X, y, rng = counts(n=400, level=level)
    weights = rng.random(400)
    alpha = 0.1 * np.exp(level)
    path = elastic_net_path(
        X, y, loss="poisson", l1_ratio=0.0, alphas=[alpha], sample_weight=weights
    )
    other = PoissonRegressor(alpha=alpha, solver="newton-cholesky", tol=1e-9, max_iter=1000)
    other.fit(X, y, sample_weight=weights)
    assert path.coefs[0].toarray()[:, 0] == pytest.approx(other.coef_, rel=1e-6, abs=1e-9)
    assert path.intercepts[0] == pytest.approx(other.intercept_, rel=1e-6)


@pytest.mark.parametrize("shape", [(40, 300), (3000, 20)])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.csc_array])
def test_paths_of_every_layout_are_certified_and_agree(shape, kind):
    X, y, rng = counts(*shape)
    X[rng.random(X.shape) < 0.5] = 0
    options = {"loss": "poisson", "l1_ratio": 0.8, "alphas": 20, "standardize": True}
    path = elastic_net_path(kind(X), y, **options)
    assert all(one.meets(1e-6) for one in path.certificates)
    dense = elastic_net_path(X, y, **options, tol=1e-10)
    for one, other in zip(path.coefs, dense.coefs, strict=True):
        assert one.toarray() == pytest.approx(other.toarray(), abs=2e-4)


def test_an_exposure_is_an_offset_and_repetition_a_weight():
    X, y, rng = counts()
    exposure = rng.uniform(0.5, 20, size=y.size)
    rates = elastic_net_path(
        X, y, loss="poisson", alphas=[0.05], offset=np.log(exposure), tol=1e-12
    )
    # The likelihood of counts with an exposure is that of rates weighted by it.
    alpha = 0.05 / exposure.mean()
    weighted = elastic_net_path(
        X, y / exposure, loss="poisson", alphas=[alpha], sample_weight=exposure, tol=1e-12
    )
    assert rates.coefs[0].toarray() == pytest.approx(weighted.coefs[0].toarray(), abs=1e-8)
    assert rates.intercepts[0] == pytest.approx(weighted.intercepts[0], abs=1e-8)


def test_the_strongest_strength_leaves_the_mean():
    X, y, _ = counts()
    path = elastic_net_path(X, y, loss="poisson", alphas=5)
    assert path.coefs[0].nnz == 0
    assert path.intercepts[0] == pytest.approx(np.log(y.mean()), rel=1e-9)


def test_predictions_are_means_and_their_deviance_is_that_of_scikit_learn():
    X, y, _ = counts()
    path = elastic_net_path(X, y, loss="poisson", alphas=[0.2, 0.02])
    means = path.predict(X, alpha=0.02)
    assert np.all(means > 0)
    saturated = np.mean(y - np.where(y > 0, y * np.log(np.maximum(y, 1)), 0))
    assert 2 * (path.losses[1] - saturated) == pytest.approx(mean_poisson_deviance(y, means))


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_targets_that_are_no_counts_are_refused_by_row(bad):
    X, y, _ = counts()
    y[7] = bad
    with pytest.raises(InputError, match="row 7"):
        elastic_net_path(X, y, loss="poisson")


def test_no_counts_at_all_are_the_null_model():
    X, y, _ = counts()
    path = elastic_net_path(X, np.zeros_like(y), loss="poisson", alphas=[0.1])
    assert path.coefs[0].nnz == 0
    assert path.predict(X, alpha=0.1) == pytest.approx(0, abs=1e-12)


def test_estimators_choose_predict_and_score_as_scikit_learn_does():
    X, y, rng = counts(300)
    weights = rng.random(300)
    chosen = ElasticNetCV(loss="poisson", l1_ratio=[0.5, 1.0], alphas=30, cv=4).fit(X, y)
    alone = ElasticNet(chosen.alpha_, loss="poisson", l1_ratio=chosen.l1_ratio_).fit(X, y)
    assert chosen.predict(X) == pytest.approx(alone.predict(X), rel=1e-4)
    assert np.all(chosen.oof_prediction_ > 0)
    worse = chosen.mean_scores_[0, 0]
    assert chosen.mean_scores_.min() < worse
    assert alone.score(X, y, weights) == pytest.approx(
        d2_tweedie_score(y, alone.predict(X), power=1, sample_weight=weights), rel=1e-9
    )


def test_deviance_of_a_fold_is_that_of_its_test_rows():
    X, y, _ = counts(200)
    folds = list(KFold(4).split(X))
    model = ElasticNetCV(loss="poisson", alphas=[0.05], cv=folds).fit(X, y)
    for k, (train, test) in enumerate(folds):
        one = ElasticNet(0.05, loss="poisson").fit(X[train], y[train])
        expected = mean_poisson_deviance(y[test], one.predict(X[test]))
        assert model.scores_[0, 0, k] == pytest.approx(expected, rel=1e-5)


def test_a_loss_of_labels_is_refused_by_name():
    X, y, _ = counts()
    with pytest.raises(UnknownNameError, match="squared"):
        ElasticNet(loss="logistic").fit(X, y)
