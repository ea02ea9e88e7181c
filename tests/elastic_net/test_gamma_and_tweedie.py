"""Gamma and Tweedie paths and cross-validations, beside scikit-learn and plain facts."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import GammaRegressor, TweedieRegressor
from sklearn.metrics import d2_tweedie_score, mean_tweedie_deviance
from sklearn.model_selection import KFold

from bridle import ElasticNet, ElasticNetCV, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net.loss import Gamma, Tweedie
from bridle.errors import InputError, UnknownNameError

POWERS = {"gamma": 2.0, "tweedie": 1.5, Tweedie(1.2): 1.2, Tweedie(1.9): 1.9}
every_loss = pytest.mark.parametrize("loss", POWERS)


def amounts(loss, n=120, p=6, level=1.0, seed=0):
    """Return X, amounts of which for Tweedie losses some are 0, and a generator."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = rng.gamma(2.0, 0.5, size=n) * np.exp(level + X[:, 0] * 0.5 - X[:, 1] * 0.3)
    return X, y if POWERS[loss] == 2 else np.where(rng.random(n) < 0.4, 0.0, y), rng


@every_loss
@pytest.mark.parametrize("level", [-4.0, 0.0, 14.0])
def test_ridge_equals_scikit_learn(loss, level):
    X, y, rng = amounts(loss, n=400, level=level)
    weights, power = rng.random(400), POWERS[loss]
    alpha = 0.1 * np.exp(level * (2 - power))
    path = elastic_net_path(X, y, loss=loss, l1_ratio=0.0, alphas=[alpha], sample_weight=weights)
    options = {"alpha": alpha, "solver": "newton-cholesky", "tol": 1e-9, "max_iter": 1000}
    other = (
        GammaRegressor(**options)
        if power == 2
        else TweedieRegressor(power=power, link="log", **options)
    )
    other.fit(X, y, sample_weight=weights)
    assert path.coefs[0].toarray()[:, 0] == pytest.approx(other.coef_, rel=1e-6, abs=1e-9)
    assert path.intercepts[0] == pytest.approx(other.intercept_, rel=1e-6)


@every_loss
@pytest.mark.parametrize("shape", [(40, 300), (3000, 20)])
def test_paths_of_every_layout_are_certified_and_agree(loss, shape, tmp_path):
    X, y, rng = amounts(loss, *shape)
    X[rng.random(X.shape) < 0.5] = 0
    np.save(tmp_path / "x.npy", X)
    options = {"loss": loss, "l1_ratio": 0.8, "alphas": 10, "standardize": True, "eps": 0.05}
    dense = elastic_net_path(X, y, **options, tol=1e-10)
    for given, tol in (
        (sparse.csr_array(X), 2e-4),
        (np.load(tmp_path / "x.npy", mmap_mode="r"), 2e-4),
        (X.astype(np.float32), 2e-3),
    ):
        path = elastic_net_path(given, y, **options)
        assert all(one.meets(1e-6) for one in path.certificates)
        for one, other in zip(path.coefs, dense.coefs, strict=True):
            assert one.toarray() == pytest.approx(other.toarray(), abs=tol)


@every_loss
def test_the_unit_of_y_moves_the_intercept_alone(loss):
    X, y, _ = amounts(loss)
    power = POWERS[loss]
    for unit in (1e-6, 1e9):
        there = elastic_net_path(
            X, unit * y, loss=loss, alphas=[0.05 * unit ** (2 - power)], tol=1e-12
        )
        here = elastic_net_path(X, y, loss=loss, alphas=[0.05], tol=1e-12)
        assert there.coefs[0].toarray() == pytest.approx(here.coefs[0].toarray(), abs=1e-6)
        assert there.intercepts[0] - here.intercepts[0] == pytest.approx(np.log(unit), rel=1e-6)


def test_an_offset_of_the_log_of_a_unit_is_that_unit():
    X, y, rng = amounts("gamma")
    units = rng.uniform(0.5, 20, size=y.size)
    plain = elastic_net_path(X, y, loss="gamma", alphas=[0.05], tol=1e-12)
    moved = elastic_net_path(
        X, y * units, loss="gamma", alphas=[0.05], offset=np.log(units), tol=1e-12
    )
    assert plain.coefs[0].toarray() == pytest.approx(moved.coefs[0].toarray(), abs=1e-8)


@every_loss
def test_bounds_factors_and_weights_of_zero_are_kept(loss):
    X, y, _ = amounts(loss)
    weights = np.ones(y.size)
    weights[:40] = 0.0
    penalty = ElasticNetPenalty(0, 0, factors=[0.0, 1, 1, np.inf, 2, 1], lower=[-9] * 2 + [0.0] * 4)
    options = {"loss": loss, "alphas": [0.02], "penalty": penalty}
    path = elastic_net_path(X, y, sample_weight=weights, **options)
    fewer = elastic_net_path(X[40:], y[40:], **options)
    coef = path.coefs[0].toarray()[:, 0]
    assert path.certificates[0].meets(1e-6)
    assert coef == pytest.approx(fewer.coefs[0].toarray()[:, 0], abs=1e-3)
    assert coef[0] != 0
    assert coef[3] == 0
    assert coef[2:].min() >= 0


@every_loss
def test_deviance_of_a_fold_is_that_of_its_test_rows(loss):
    X, y, _ = amounts(loss, 200)
    folds = list(KFold(4).split(X))
    model = ElasticNetCV(loss=loss, alphas=[0.05], cv=folds, keep_coefs=True).fit(X, y)
    for k, (train, test) in enumerate(folds):
        one = ElasticNet(0.05, loss=loss).fit(X[train], y[train])
        expected = mean_tweedie_deviance(y[test], one.predict(X[test]), power=POWERS[loss])
        assert model.scores_[0, 0, k] == pytest.approx(expected, rel=1e-5)


@every_loss
def test_estimators_choose_predict_and_score_as_scikit_learn_does(loss):
    X, y, rng = amounts(loss, 300)
    weights = rng.random(300)
    chosen = ElasticNetCV(loss=loss, l1_ratio=[0.5, 1.0], alphas=20, cv=4).fit(X, y)
    alone = ElasticNet(chosen.alpha_, loss=loss, l1_ratio=chosen.l1_ratio_).fit(X, y)
    assert chosen.predict(X) == pytest.approx(alone.predict(X), rel=1e-3)
    assert chosen.mean_scores_.min() < chosen.mean_scores_[0, 0]
    absolute = ElasticNetCV(loss=loss, alphas=5, scoring="neg_mean_absolute_error").fit(X, y)
    assert np.all(absolute.scores_ < 0)
    assert alone.score(X, y, weights) == pytest.approx(
        d2_tweedie_score(y, alone.predict(X), power=POWERS[loss], sample_weight=weights), rel=1e-9
    )


def test_a_loss_itself_is_an_argument_that_is_cloned_copied_and_shown():
    X, y, _ = amounts("tweedie")
    model = ElasticNet(0.05, loss=Tweedie(1.7)).fit(X, y)
    assert "Tweedie(1.7)" in repr(model)
    assert "Tweedie regression" in str(model.summary())
    again = clone(model).fit(X, y)
    copied = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.coef_, model.coef_)
    assert np.array_equal(copied.predict(X), model.predict(X))
    named = ElasticNet(0.05, loss="tweedie").fit(X, y)
    assert np.array_equal(named.coef_, ElasticNet(0.05, loss=Tweedie()).fit(X, y).coef_)
    assert not np.allclose(named.coef_, model.coef_, rtol=1e-3)


@pytest.mark.parametrize(("loss", "bad"), [("gamma", 0.0), ("gamma", -1.0), ("tweedie", -1.0)])
def test_targets_that_are_no_amounts_are_refused_by_row(loss, bad):
    X, y, _ = amounts(loss)
    y[7] = bad
    allowed = "above 0" if loss == "gamma" else "at least 0"
    with pytest.raises(InputError, match=rf"{allowed} for loss='{loss}'.*row 7"):
        elastic_net_path(X, y, loss=loss)


@pytest.mark.parametrize("power", [1, 2.0, 0.5, np.nan, "1.5", True])
def test_a_power_outside_its_range_is_refused_with_what_to_do(power):
    with pytest.raises(InputError, match=r"power must be in \(1, 2\); for 1 use loss='poisson'"):
        Tweedie(power)


def test_an_unknown_loss_is_refused_with_the_names():
    with pytest.raises(UnknownNameError, match="gamma"):
        ElasticNet(loss=Gamma).fit([[0.0], [1.0]], [1.0, 2.0])
