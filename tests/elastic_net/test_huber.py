"""Huber's loss: paths and cross-validations beside independent minimisers and plain facts."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import brentq
from sklearn.base import clone
from sklearn.linear_model import HuberRegressor
from sklearn.model_selection import KFold
from tests.laws.random_problems.minimum import Smooth, minimise

from bridle import ElasticNet, ElasticNetCV, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net.loss import Huber
from bridle.errors import InputError


@dataclass(frozen=True, eq=False)
class HuberSum(Smooth):
    """Huber's loss for the plain minimiser of random problems."""

    limit: float = 1.35

    def rounded(self):
        return self

    @property
    def curvature_bound(self):
        return 1.0

    def value(self, eta):
        size = np.abs(self.t - eta)
        tail = self.limit * (size - 0.5 * self.limit)
        return float((self.w @ np.where(size <= self.limit, 0.5 * size**2, tail))[0])

    def gradient(self, eta):
        return self.w[:, None] * np.clip(eta - self.t, -self.limit, self.limit)

    def hessian(self, A, eta, free):
        inside = self.w * (np.abs(self.t - eta)[:, 0] <= self.limit)
        chosen = np.sqrt(inside)[:, None] * A[:, np.nonzero(free)[0]]
        return chosen.T @ chosen


def draw(n=120, p=6, seed=0, level=2.0, outliers=0.1, rise=15.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = level + X[:, 0] - 0.5 * X[:, 1] + 0.3 * rng.normal(size=n)
    return X, y + np.where(rng.random(n) < outliers, rise, 0.0), rng


@pytest.mark.parametrize("seed", range(60))
def test_random_problems_are_minimised_as_by_code_of_its_own(seed):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(5, 60)), int(rng.integers(1, 40))
    X, y, _ = draw(n, max(p, 2), seed, level=float(rng.choice([0.0, 5.0])))
    limit, share = float(rng.choice([0.1, 0.5, 2.0])), float(rng.choice([0.02, 0.2, 0.6]))
    ratio, intercept = float(rng.choice([1.0, 0.7, 0.2])), bool(rng.random() < 0.7)
    lower = np.where(rng.random(X.shape[1]) < 0.2, 0.0, -np.inf)
    factors = rng.uniform(0.5, 2.0, X.shape[1])
    weights = rng.integers(0, 3, n) + 1e-3
    offset = rng.normal(size=n) if rng.random() < 0.5 else None
    options = {
        "loss": Huber(limit),
        "l1_ratio": ratio,
        "penalty": ElasticNetPenalty(0, 0, factors=factors, lower=lower),
        "sample_weight": weights,
        "offset": offset,
        "fit_intercept": intercept,
    }
    first = elastic_net_path(X, y, alphas=2, **options).alphas[0]
    alpha = share * first
    given = sparse.csc_array(X) if rng.random() < 0.3 else X
    path = elastic_net_path(given, y, alphas=[alpha], tol=1e-10, **options)
    certificate = path.certificates[0]
    assert certificate.meets(1e-8)
    smooth = HuberSum(
        "huber",
        y[:, None],
        np.zeros((n, 1)) if offset is None else offset[:, None],
        weights / weights.sum(),
        limit,
    )
    l1, l2 = alpha * ratio * factors, alpha * (1 - ratio) * factors

    def objective(coef, level):
        eta = smooth.offset + level + X @ coef
        return smooth.value(eta) + l1 @ np.abs(coef[:, 0]) + 0.5 * l2 @ coef[:, 0] ** 2

    coef, level = minimise(
        smooth, X, l1=l1, l2=l2, lower=lower, upper=np.full(X.shape[1], np.inf),
        fit_intercept=intercept, start=None,
    )  # fmt: skip
    best = float(objective(coef.astype(float), float(level[0])))
    found = float(objective(path.coefs[0].toarray(), path.intercepts[0]))
    assert found <= best + 1e-7 * abs(best)
    assert certificate.objective == pytest.approx(found, rel=1e-9)
    assert certificate.objective - certificate.gap <= best + 1e-12


@pytest.mark.parametrize("limit", [0.05, 0.4, 3.0])
def test_one_feature_has_its_closed_form(limit):
    X, y, _ = draw(40, 2, outliers=0.3, level=0.0)
    x, alpha = X[:, 0], 0.002

    def slope(b):
        return np.mean(x * np.clip(b * x - y, -limit, limit)) + alpha

    model = ElasticNet(alpha, loss=Huber(limit), l1_ratio=1.0, fit_intercept=False, tol=1e-12)
    found = model.fit(x[:, None], y).coef_[0]
    assert found > 0
    assert found == pytest.approx(brentq(slope, 0, 100, xtol=1e-14), rel=1e-9)


def test_a_limit_beyond_all_residuals_is_squared_loss_and_a_tiny_one_absolute_loss():
    X, y, _ = draw()
    wide = elastic_net_path(X, y, loss=Huber(1e3), alphas=[0.1, 0.01], tol=1e-12)
    squared = elastic_net_path(X, y, alphas=[0.1, 0.01], tol=1e-12)
    for one, other in zip(wide.coefs, squared.coefs, strict=True):
        assert one.toarray() == pytest.approx(other.toarray(), abs=1e-9)
    flat = elastic_net_path(X, y, loss=Huber(1e-6), alphas=[1.0])
    assert flat.intercepts[0] == pytest.approx(np.median(y), abs=0.05)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e4])
def test_ridge_at_the_scale_that_scikit_learn_finds_is_its_fit(unit):
    X, y, _ = draw(300, 5)
    y, penalty = unit * y, 3.0
    other = HuberRegressor(epsilon=1.5, alpha=penalty / unit, tol=1e-10, max_iter=10_000).fit(X, y)
    # Theirs, sum_i scale H(r_i / scale) + alpha |w|^2, is ours times 2 n / scale.
    ours = ElasticNet(
        penalty / unit * other.scale_ / len(y),
        l1_ratio=0.0,
        loss=Huber(1.5, scale=other.scale_),
        tol=1e-12,
    ).fit(X, y)
    assert ours.coef_ == pytest.approx(other.coef_, rel=1e-4, abs=1e-5 * unit)
    assert ours.intercept_ == pytest.approx(other.intercept_, rel=1e-4)


@pytest.mark.parametrize("shape", [(40, 300), (2000, 20)])
def test_paths_of_every_layout_are_certified_and_agree(shape, tmp_path):
    X, y, rng = draw(*shape)
    X[rng.random(X.shape) < 0.5] = 0
    np.save(tmp_path / "x.npy", X)
    options = {"loss": "huber", "l1_ratio": 0.8, "alphas": 10, "standardize": True, "eps": 0.05}
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


def test_scale_and_strength_in_the_unit_of_y_give_coefficients_in_it():
    X, y, _ = draw()
    here = elastic_net_path(X, y, loss=Huber(scale=0.3), l1_ratio=1.0, alphas=[0.05], tol=1e-12)
    for unit in (1e-6, 1e9):
        there = elastic_net_path(
            X,
            unit * y,
            loss=Huber(scale=0.3 * unit),
            l1_ratio=1.0,
            alphas=[0.05 * unit],
            tol=1e-12,
        )
        assert there.coefs[0].toarray() / unit == pytest.approx(here.coefs[0].toarray(), abs=1e-7)
        assert there.intercepts[0] / unit == pytest.approx(here.intercepts[0], rel=1e-7)


def test_outliers_however_far_pull_with_the_same_force():
    X, y, rng = draw(outliers=0.0)
    away = rng.random(y.size) < 0.1
    near, far = (
        ElasticNet(0.05, loss="huber", tol=1e-12).fit(X, np.where(away, y + rise, y))
        for rise in (30.0, 1e12)
    )
    assert near.coef_ == pytest.approx(far.coef_, abs=1e-3)
    plain = ElasticNet(0.05).fit(X, np.where(away, y + 30.0, y))
    assert abs(near.coef_[0] - 1) < abs(plain.coef_[0] - 1)


def test_two_clusters_between_which_no_row_has_a_curvature_are_certified():
    X = np.random.default_rng(0).normal(size=(40, 50))
    y = np.repeat([0.0, 100.0], 20)
    path = elastic_net_path(X, y, loss=Huber(1.0), alphas=20, eps=0.1)
    assert all(one.meets(1e-6) for one in path.certificates)
    assert path.coefs[-1].nnz


def test_features_without_penalty_bounds_and_weights_of_zero_are_kept():
    X, y, _ = draw()
    weights = np.ones(y.size)
    weights[:40] = 0.0
    penalty = ElasticNetPenalty(0, 0, factors=[0.0, 1, 1, np.inf, 2, 1], lower=[-9] * 2 + [0.0] * 4)
    options = {"loss": "huber", "alphas": [0.02], "penalty": penalty}
    path = elastic_net_path(X, y, sample_weight=weights, **options)
    fewer = elastic_net_path(X[40:], y[40:], **options)
    coef = path.coefs[0].toarray()[:, 0]
    assert path.certificates[0].meets(1e-6)
    assert coef == pytest.approx(fewer.coefs[0].toarray()[:, 0], abs=1e-3)
    assert coef[0] != 0
    assert coef[3] == 0
    assert coef[2:].min() >= 0


def test_deviance_of_a_fold_is_that_of_its_test_rows():
    X, y, _ = draw(160)
    folds = list(KFold(4).split(X))
    loss = Huber(scale=0.3)
    model = ElasticNetCV(loss=loss, alphas=[0.05], cv=folds, keep_coefs=True).fit(X, y)
    for k, (train, test) in enumerate(folds):
        one = ElasticNet(0.05, loss=loss).fit(X[train], y[train])
        size = np.abs(y[test] - one.predict(X[test]))
        d = 1.35 * 0.3
        expected = 2 * np.mean(np.where(size <= d, size**2 / 2, d * (size - d / 2)))
        assert model.scores_[0, 0, k] == pytest.approx(expected, rel=1e-5)


def test_estimators_choose_predict_and_score():
    X, y, rng = draw(300)
    weights = rng.random(300)
    chosen = ElasticNetCV(loss=Huber(scale=0.3), l1_ratio=[0.5, 1.0], alphas=20, cv=4).fit(X, y)
    alone = ElasticNet(chosen.alpha_, loss=Huber(scale=0.3), l1_ratio=chosen.l1_ratio_).fit(X, y)
    assert chosen.predict(X) == pytest.approx(alone.predict(X), rel=1e-3)
    assert abs(chosen.coef_[0] - 1) < 0.05
    absolute = ElasticNetCV(loss="huber", alphas=5, scoring="neg_mean_absolute_error").fit(X, y)
    assert np.all(absolute.scores_ < 0)

    def loss_of(prediction):
        size = np.abs(y - prediction)
        return weights @ np.where(size <= 0.405, size**2 / 2, 0.405 * (size - 0.2025))

    constant = min(loss_of(level) for level in np.linspace(y.min(), y.max(), 20_001))
    expected = 1 - loss_of(alone.predict(X)) / constant
    assert alone.score(X, y, weights) == pytest.approx(expected, abs=1e-5)


def test_the_loss_is_cloned_copied_and_shown():
    X, y, _ = draw()
    model = ElasticNet(0.05, loss=Huber(1.5, scale=0.2)).fit(X, y)
    assert "Huber(1.5, scale=0.2)" in repr(model)
    assert "Huber regression" in str(model.summary())
    assert np.array_equal(clone(model).fit(X, y).coef_, model.coef_)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))


@pytest.mark.parametrize("value", [0, -1.0, np.inf, np.nan, "1", True])
def test_an_epsilon_or_scale_outside_its_range_is_refused(value):
    with pytest.raises(InputError, match=r"epsilon must be in \(0, inf\)"):
        Huber(value)
    with pytest.raises(InputError, match=r"scale must be in \(0, inf\)"):
        Huber(scale=value)
